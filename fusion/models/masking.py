"""What of the input is present, from whole modalities down to single regions and tokens.

A masked part is multiplied by 0 (x~_i = x_i * m_i) and leaves every softmax, so the weights of
what is present still sum to 1. A modality with no part left is hidden, whichever way it came.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from fusion.outputs import MODALITIES


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Presence:
    """Masks, True = present, for N images with B / N questions each (flat grids, P = H * W).

    Regions are masked per image, tokens and whole modalities per question.
    """

    keep: Bool[Tensor, "B M"]
    region_mask: Bool[Tensor, "N P"]
    token_mask: Bool[Tensor, "B T"]

    @property
    def regions(self) -> Bool[Tensor, "B P"]:
        """The regions each question may look at."""
        per_image = self.keep.shape[0] // self.region_mask.shape[0]
        return self.region_mask.repeat_interleave(per_image, 0) & self.keep[:, :1]

    @property
    def tokens(self) -> Bool[Tensor, "B T"]:
        """The tokens each question has left."""
        return self.token_mask & self.keep[:, 1:]

    @property
    def modalities(self) -> Bool[Tensor, "B M"]:
        """A modality is present when any part of it is."""
        return torch.stack([self.regions.any(1), self.tokens.any(1)], dim=1)


def masked(x: Float[Tensor, "*S D"], mask: Bool[Tensor, "*S"]) -> Float[Tensor, "*S D"]:
    """x * m, with one mask value for each vector."""
    return x * mask.unsqueeze(-1).to(x.dtype)


def masked_mean(x: Float[Tensor, "B N D"], mask: Bool[Tensor, "B N"]) -> Float[Tensor, "B D"]:
    """Mean over what is present; zero when nothing is."""
    return masked(x, mask).sum(1) / mask.sum(1, keepdim=True).clamp(min=1).to(x.dtype)


def keep_tensor(keep: frozenset[str]) -> Bool[Tensor, "1 M"]:
    """The switches as a mask: {"image"} -> [[True, False]]."""
    return torch.tensor([[name in keep for name in MODALITIES]])
