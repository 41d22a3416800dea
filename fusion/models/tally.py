"""Counting: how much of what the question describes the image holds.

A softmax cannot count (twice as much of the same gives the same mean); a sum can, as in the
counting module of Zhang, Hare, Pruegel-Bennett 2018. Each channel c asks for one kind of thing:

    n_c = sum_j sigmoid(q_c . k_j / sqrt(d)) s_j

q_c comes from the question, k_j from region j, and s_j, between 0 and 1, says which part of its
object region j is, so that large things do not count more. It is no attention: nothing but the
number is read through it, and none of the maps show it.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

CHANNELS = 3  # the first description, the second, what fits both
WIDTH = 32  # d
HIGHEST = 10  # counts above look alike
STEP = 0.5  # how far a count spreads over its neighbours
FEATURES = CHANNELS * (HIGHEST + 2)


class Tally(nn.Module):
    """Counts of what the question describes, in channels; see the module's docstring."""

    def __init__(self, width: int) -> None:
        """`width` is that of the encodings."""
        super().__init__()
        self.query = to_channels(width, 2 * width)
        self.key = to_channels(width, width)
        self.part = nn.Linear(width, 1)  # s = sigmoid(part)

    def scores(
        self, question: Float[Tensor, "B D"], regions: Float[Tensor, "N P D"]
    ) -> Float[Tensor, "N C Q P"]:
        """How well each region fits what each of an image's B / N questions asks for; the logit
        of the first factor."""
        N, P, _ = regions.shape
        queries = self.query(question).view(N, -1, CHANNELS, WIDTH).transpose(1, 2)
        keys = self.key(regions).view(N, P, CHANNELS, WIDTH).permute(0, 2, 3, 1)
        scores: Tensor = queries @ keys / math.sqrt(WIDTH)
        return scores

    def forward(
        self,
        question: Float[Tensor, "B D"],
        regions: Float[Tensor, "N P D"],
        mask: Bool[Tensor, "B P"],
    ) -> Float[Tensor, "B C"]:
        """The counts for each question; 0 when no region is present."""
        N, P, _ = regions.shape
        fits = self.scores(question, regions).sigmoid()
        parts = mask.view(N, -1, P) * self.part(regions).sigmoid().transpose(1, 2)  # (N, Q, P)
        counts: Tensor = torch.einsum("ncqp,nqp->nqc", fits, parts.to(fits.dtype))
        return counts.flatten(0, 1)


def to_channels(width: int, hidden: int) -> nn.Sequential:
    """Two linear layers from an encoding to the vectors of all channels."""
    return nn.Sequential(
        nn.LayerNorm(width),
        nn.Linear(width, hidden),
        nn.GELU(),
        nn.Linear(hidden, CHANNELS * WIDTH),
    )


def count_features(counts: Float[Tensor, "B C"]) -> Float[Tensor, "B F"]:
    """Each count as a number and as a soft one-hot over 0 .. HIGHEST, so that a linear layer can
    tell any two of them apart."""
    near = (counts.unsqueeze(-1) - torch.arange(HIGHEST + 1, device=counts.device)) / STEP
    return torch.cat([counts / HIGHEST, torch.exp(-near.square() / 2).flatten(1)], dim=1)
