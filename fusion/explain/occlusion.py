"""Occlusion (Zeiler and Fergus 2014), by captum: hide a part, see how far the probability falls.

    value of a region = v(whole image) - v(image without the window that holds the region)
    value of a token  = v(whole question) - v(question without the token)

The windows tile the grid, so that a map costs one encoding per window. What lies in a window is
erased together; that a region matters only along with another window stays unseen.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from jaxtyping import Int
from torch import Tensor

from fusion.explain import EXPLAINERS
from fusion.explain.base import Found, OfEverything
from fusion.explain.subject import Subject


@EXPLAINERS.register(
    "occlusion",
    label="Occlusion",
    summary="Hides the image window by window, and the question word by word, and shows by how "
    "much the answer's probability falls.",
    source="Zeiler, Fergus 2014; captum",
)
class Occlusion(OfEverything):
    """Hides windows of `window` by `window` regions, side by side, and single tokens."""

    cost: ClassVar[str] = "tens of passes"

    def __init__(self, *, window: int = 2) -> None:
        if window < 1:
            raise ValueError(f"a window must be at least 1 region wide, got {window}")
        self.window = window

    def __call__(self, subject: Subject, wanted: frozenset[str]) -> Found:
        """Drop in probability, -1..1; positive = the part speaks for the answer."""
        tokens = torch.arange(len(subject.present("text")))
        windows = {"image": tiles(*subject.grid, window=self.window), "text": tokens}
        return Found(values={m: drops(subject, m, windows[m]) for m in sorted(wanted)})


def drops(subject: Subject, modality: str, parts: Int[Tensor, "*S"]) -> Tensor:
    """How far the probability falls without all that has the same number in `parts`."""
    from captum.attr import FeatureAblation

    def shown(kept: Tensor) -> Tensor:
        return subject.without(modality, kept == 0)

    present = subject.present(modality)
    if not present.any():
        return torch.zeros(parts.shape)
    found: Tensor = FeatureAblation(shown).attribute(
        torch.ones(1, *parts.shape),
        feature_mask=parts[None],
        perturbations_per_eval=int(parts.max()) + 1,
    )
    return found[0].float() * present


def tiles(rows: int, columns: int, *, window: int) -> Int[Tensor, "H W"]:
    """The number of each region's window; the windows cover the grid, side by side.

    >>> tiles(2, 3, window=2).tolist()
    [[0, 0, 1], [0, 0, 1]]
    """
    across = -(-columns // window)
    down = torch.arange(rows) // window * across
    return down[:, None] + torch.arange(columns) // window
