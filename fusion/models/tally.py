"""Counting: how much of what the question describes the image holds.

A softmax cannot count (twice as much of the same gives the same mean); a sum can, as in the
counting module of Zhang, Hare, Pruegel-Bennett 2018. Each description c that the question gives
asks for one kind of thing:

    n_c = sum_j f_cj s_j,   f_cj = sigmoid(q_c . k_j / sqrt(d))

q_c comes from the question, k_j from region j, and s_j, between 0 and 1, says which part of its
object region j is, so that large things do not count more. A last count is of what fits the first
description on one side of what fits the second ("left of the star"):

    n = sum_j f_1j s_j sigmoid(w . (p_j - a) - b),   a = sum_j f_2j s_j p_j / sum_j f_2j s_j

p_j is where the object of region j is, w the direction that the question names. It is no
attention: nothing but the numbers is read through it, and none of the maps show it.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

NAMES = ("first", "second", "both", "beside")  # what fits a description; the first at its side
CHANNELS = len(NAMES)
DESCRIPTIONS = CHANNELS - 1  # all but "beside"
WIDTH = 32  # d
STEEP = 100.0  # scale of w: sides are told apart within a few hundredths of the image
HIGHEST = 10  # counts above look alike
STEP = 0.5  # how far a count spreads over its neighbours
FEATURES = CHANNELS * (HIGHEST + 2)


class Tally(nn.Module):
    """Counts of what the question describes, in channels; see the module's docstring."""

    def __init__(self, width: int) -> None:
        """`width` is that of the encodings."""
        super().__init__()
        self.query = two_layers(width, 2 * width, DESCRIPTIONS * WIDTH)
        self.key = two_layers(width, width, DESCRIPTIONS * WIDTH)
        self.part = nn.Linear(width, 1)  # s = sigmoid(part)
        self.place = nn.Linear(width, 2)  # p, in fractions of the image
        self.direction = two_layers(width, width, 2)  # w = STEEP * direction
        self.start = nn.Parameter(torch.ones(()))  # b

    def scores(
        self, question: Float[Tensor, "B D"], regions: Float[Tensor, "N P D"]
    ) -> Float[Tensor, "N C Q P"]:
        """How well each region fits each description of an image's B / N questions; the logit of
        f."""
        N, P, _ = regions.shape
        queries = self.query(question).view(N, -1, DESCRIPTIONS, WIDTH).transpose(1, 2)
        keys = self.key(regions).view(N, P, DESCRIPTIONS, WIDTH).permute(0, 2, 3, 1)
        scores: Tensor = queries @ keys / math.sqrt(WIDTH)
        return scores

    def sides(
        self,
        question: Float[Tensor, "B D"],
        places: Float[Tensor, "N P 2"],
        anchors: Float[Tensor, "N Q P"],
    ) -> Float[Tensor, "N Q P"]:
        """How surely the object of each region lies on the side that the question names, seen
        from the mean place of the `anchors` (weights, at least 0); a logit."""
        N = len(places)
        w = STEEP * self.direction(question).view(N, -1, 2)
        a = anchors @ places / anchors.sum(2, keepdim=True).clamp(min=1e-4)
        logits: Tensor = w @ places.transpose(1, 2) - (w * a).sum(2, keepdim=True) - self.start
        return logits

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
        amounts = fits * parts.unsqueeze(1).to(fits.dtype)  # (N, C, Q, P)
        sides = self.sides(question, self.place(regions), amounts[:, 1])
        beside = amounts[:, 0] * sides.sigmoid()
        counts = torch.cat([amounts.sum(3), beside.sum(2).unsqueeze(1)], dim=1)
        return counts.transpose(1, 2).flatten(0, 1)


def two_layers(width: int, hidden: int, out: int) -> nn.Sequential:
    """From an encoding to `out` numbers."""
    return nn.Sequential(
        nn.LayerNorm(width), nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, out)
    )


def count_features(counts: Float[Tensor, "B C"]) -> Float[Tensor, "B F"]:
    """Each count as a number and as a soft one-hot over 0 .. HIGHEST, so that a linear layer can
    tell any two of them apart."""
    near = (counts.unsqueeze(-1) - torch.arange(HIGHEST + 1, device=counts.device)) / STEP
    return torch.cat([counts / HIGHEST, torch.exp(-near.square() / 2).flatten(1)], dim=1)
