"""What Duet is measured against: one forward of ResNet-50 (224 px) and BERT-base (16 tokens).

The two models of the reference document's pipeline, the real classes with random weights: a
forward takes as long with weights that mean something. float32, one image and one question.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from fusion.platform import prepare_torchvision

PIXELS = 224
TOKENS = 16
WORDS = "one forward of ResNet-50 (224 px) + BERT-base (16 tokens), random weights, float32"


def yardstick() -> Callable[[], object]:
    """A function that does the one forward; the models are made here, once."""
    prepare_torchvision()  # without which neither import below works beside a CPU torch
    from torchvision.models import resnet50
    from transformers import BertConfig, BertModel

    resnet = resnet50(weights=None).eval().requires_grad_(False)
    bert = BertModel(BertConfig()).eval().requires_grad_(False)
    image = torch.randn(1, 3, PIXELS, PIXELS)
    tokens = torch.randint(1000, 2000, (1, TOKENS))

    def forward() -> object:
        with torch.inference_mode():
            return resnet(image), bert(input_ids=tokens)

    return forward
