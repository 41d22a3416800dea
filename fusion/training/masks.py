"""What training hides, drawn at random; True = kept."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from fusion.training.recipe import MaskRates

TOKENS_LOST = 0.2  # of a question that loses tokens
REGIONS_LOST = 0.5  # at most, of an image that loses regions


def drawn_keep(batch: int, rates: MaskRates, device: torch.device) -> Bool[Tensor, "B M"]:
    """Which modalities each question keeps."""
    draw = torch.rand(batch, device=device)
    both = draw < rates.both
    image = both | ((draw >= rates.both) & (draw < rates.both + rates.image))
    text = both | (draw > 1 - rates.text)
    return torch.stack([~image, ~text], dim=1)


def drawn_regions(
    images: int, regions: int, rates: MaskRates, device: torch.device
) -> Bool[Tensor, "N P"]:
    """Some images lose a random share of their regions."""
    lost = torch.rand(images, 1, device=device) * REGIONS_LOST
    chosen = torch.rand(images, 1, device=device) < rates.regions
    return ~(chosen & (torch.rand(images, regions, device=device) < lost))


def dropped_tokens(ids: Int[Tensor, "B S"], *, share: float) -> Bool[Tensor, "B S"]:
    """A share of the questions loses some of its tokens; [CLS] stays."""
    chosen = torch.rand(len(ids), 1, device=ids.device) < share
    kept = ~(chosen & (torch.rand(ids.shape, device=ids.device) < TOKENS_LOST))
    kept[:, 0] = True
    return kept
