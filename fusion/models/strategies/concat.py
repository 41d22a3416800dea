"""Concatenation, the reference document's baseline: pool, join, classify; no attention."""

from __future__ import annotations

import torch
from torch import nn

from fusion.config import FusionConfig
from fusion.models.masking import Presence, masked
from fusion.models.pooling import pool
from fusion.models.steering import OWN, Steering
from fusion.models.strategies import STRATEGIES
from fusion.models.strategies.base import Fusion
from fusion.outputs import FusionOutput, ImageEncoding, TextEncoding


@STRATEGIES.register(
    "concat",
    label="Concatenation",
    summary="One vector for the image and one for the question, side by side; no attention, so "
    "nothing says where it looked.",
    source="reference document, section 5.2",
)
class ConcatFusion(Fusion):
    """Pooled image and pooled question, concatenated, one hidden layer, answers.

    What is present is pooled as the encoders pool; with nothing masked these are the encodings' own
    pooled vectors. The document's two linear layers have no nonlinearity between them and so equal
    one; here a GELU stands between.
    """

    def __init__(self, config: FusionConfig) -> None:
        super().__init__(config, fused_width=4 * config.width)
        self.fuse = nn.Linear(2 * config.encoding_width, 4 * config.width)
        self.classifier = nn.Linear(4 * config.width, len(config.answers))

    def forward(
        self,
        image: ImageEncoding,
        text: TextEncoding,
        present: Presence,
        *,
        steering: Steering = OWN,
    ) -> FusionOutput:
        per_image = text.tokens.shape[0] // image.regions.shape[0]
        regions = image.regions.flatten(1, 2)
        seen = pool(image.pooling, regions, present.region_mask, summary=image.pooled)
        seen = masked(seen.repeat_interleave(per_image, 0), present.keep[:, 0])
        read = pool(text.pooling, text.tokens, present.tokens, summary=text.pooled)
        fused = nn.functional.gelu(self.fuse(torch.cat([seen, read], dim=-1)))
        return FusionOutput(logits=self.classifier(fused), fused=fused)
