"""One question through a fusion: masks made of what is kept, and one row for each way of hiding.

Knows nothing of gradients: the engine asks without them, an explainer with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from jaxtyping import Bool
from torch import Tensor

from fusion.models.masking import Presence
from fusion.models.strategies.base import Fusion
from fusion.outputs import MODALITIES, FusionOutput, ImageEncoding, TextEncoding

BOTH = frozenset(MODALITIES)


def pass_through(
    model: Fusion,
    image: ImageEncoding,
    text: TextEncoding,
    region_mask: Bool[Tensor, "N P"],
    keeps: Sequence[frozenset[str]],
) -> FusionOutput:
    """B rows, one for each of `keeps`, about one image or about one image each; a text encoding
    of one row stands for all of them."""
    rows = repeated(text, len(keeps))
    keep = torch.tensor([[name in kept for name in MODALITIES] for kept in keeps])
    present = Presence(keep=keep, region_mask=region_mask, token_mask=rows.mask)
    output: FusionOutput = model(image, rows, present)
    return output


def repeated(text: TextEncoding, rows: int) -> TextEncoding:
    """An encoding of one row, or of `rows`, as one of `rows`."""
    return replace(
        text,
        tokens=text.tokens.expand(rows, -1, -1),
        mask=text.mask.expand(rows, -1),
        pooled=text.pooled.expand(rows, -1),
    )
