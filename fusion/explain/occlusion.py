"""Occlusion (Zeiler and Fergus 2014): erase a window, see how far the answer's probability falls.

    value of a region = v(whole image) - v(image without the window that holds the region)

The windows tile the grid, so that a map costs one encoding per window. What lies in a window is
erased together; that a region matters only along with another window stays unseen.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from fusion.explain import EXPLAINERS
from fusion.explain.base import Subject


@EXPLAINERS.register(
    "occlusion",
    label="Occlusion",
    summary="Erases the image window by window, and shows by how much the answer's probability "
    "falls.",
    source="Zeiler, Fergus 2014",
)
class Occlusion:
    """Erases windows of `window` by `window` regions, side by side."""

    signed = True

    def __init__(self, *, window: int = 2) -> None:
        if window < 1:
            raise ValueError(f"a window must be at least 1 region wide, got {window}")
        self.window = window

    def __call__(self, subject: Subject) -> Float[np.ndarray, "H W"]:
        """Drop in probability, -1..1; positive = the region speaks for the answer."""
        windows = tiles(*subject.grid, window=self.window)
        drops = subject.probability - subject.without(windows)
        return np.einsum("n,nhw->hw", drops, windows).astype(np.float32)


def tiles(rows: int, columns: int, *, window: int) -> Bool[np.ndarray, "N H W"]:
    """Windows that cover the grid, every region in exactly one.

    >>> tiles(2, 3, window=2).astype(int).tolist()
    [[[1, 1, 0], [1, 1, 0]], [[0, 0, 1], [0, 0, 1]]]
    """
    across = -(-columns // window)
    number = np.add.outer(np.arange(rows) // window * across, np.arange(columns) // window)
    return np.arange(number.max() + 1)[:, None, None] == number
