"""What a map says in numbers: where its weight lies, and how much of it is on an object."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

ROWS = ("top", "middle", "bottom")
COLUMNS = ("left", "centre", "right")
COVERED = 0.10  # as in the evaluation's pointing figures


def mean_over_layers_and_heads(
    cross: Float[np.ndarray, "L K T H W"],
) -> Float[np.ndarray, "T H W"]:
    """One map per token: the mean of the weights over layers and attention heads."""
    return cross.mean(axis=(0, 1))


def weight_by_ninth(weights: Float[np.ndarray, "H W"]) -> dict[tuple[str, str], float]:
    """Share of the weight in each ninth of the picture, as (row, column); the shares sum to 1."""
    height, width = weights.shape
    rows = np.arange(height) * 3 // height
    columns = np.arange(width) * 3 // width
    return {
        (row, column): float(weights[np.ix_(rows == i, columns == j)].sum())
        for i, row in enumerate(ROWS)
        for j, column in enumerate(COLUMNS)
    }


def coverage(mask: Bool[np.ndarray, "h w"], grid: tuple[int, int]) -> Float[np.ndarray, "H W"]:
    """Part of each region that the mask covers, 0 to 1; exact for any picture size."""
    pooled = _pool(mask.astype(float), 0, np.linspace(0, mask.shape[0], grid[0] + 1))
    return _pool(pooled, 1, np.linspace(0, mask.shape[1], grid[1] + 1))


def _pool(values: np.ndarray, axis: int, edges: np.ndarray) -> np.ndarray:
    """Mean along `axis` between fractional edges, by interpolating the running sum."""
    moved = np.moveaxis(values, axis, 0)
    running = np.concatenate([np.zeros((1, *moved.shape[1:])), moved.cumsum(axis=0)])
    low = np.floor(edges).astype(int).clip(0, len(moved) - 1)
    part = (edges - low)[:, None]
    at_edges = running[low] * (1 - part) + running[low + 1] * part
    means = np.diff(at_edges, axis=0) / np.diff(edges)[:, None]
    return np.moveaxis(means, 0, axis)


def share_inside(weights: Float[np.ndarray, "H W"], mask: Bool[np.ndarray, "h w"]) -> float:
    """Share of the weight on the regions of an object: those of which it covers at least a
    tenth (or, for a tiny object, the one it covers most)."""
    covered = coverage(mask, weights.shape)
    inside = covered >= min(COVERED, float(covered.max()))
    return float(weights[inside & (covered > 0)].sum())
