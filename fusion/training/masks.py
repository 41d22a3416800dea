"""What training hides, drawn at random; True = kept.

Without a generator torch's own is drawn from, which all threads of a process share.
"""

from __future__ import annotations

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from fusion.training.recipe import MaskRates

Generator = torch.Generator | None

TOKENS_LOST = 0.2  # of a question that loses tokens
REGIONS_LOST = 0.5  # at most, of an image that loses regions


def drawn_keep(
    batch: int, rates: MaskRates, device: torch.device, generator: Generator = None
) -> Bool[Tensor, "B M"]:
    """Which modalities each question keeps."""
    draw = torch.rand(batch, device=device, generator=generator)
    both = draw < rates.both
    image = both | ((draw >= rates.both) & (draw < rates.both + rates.image))
    text = both | (draw > 1 - rates.text)
    return torch.stack([~image, ~text], dim=1)


def drawn_regions(
    images: int, regions: int, rates: MaskRates, device: torch.device, generator: Generator = None
) -> Bool[Tensor, "N P"]:
    """Some images lose a random share of their regions."""
    lost = torch.rand(images, 1, device=device, generator=generator) * REGIONS_LOST
    chosen = torch.rand(images, 1, device=device, generator=generator) < rates.regions
    gone = torch.rand(images, regions, device=device, generator=generator) < lost
    return ~(chosen & gone)


def dropped_tokens(
    ids: Int[Tensor, "B S"], *, share: float, generator: Generator = None
) -> Bool[Tensor, "B S"]:
    """A share of the questions loses some of its tokens; [CLS] stays."""
    chosen = torch.rand(len(ids), 1, device=ids.device, generator=generator) < share
    gone = torch.rand(ids.shape, device=ids.device, generator=generator) < TOKENS_LOST
    kept = ~(chosen & gone)
    kept[:, 0] = True
    return kept
