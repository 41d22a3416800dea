"""Small statistics of the evaluation: intervals, calibration."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Z95 = 1.959964


def wilson(correct: int | float, count: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927).

    >>> [round(x, 3) for x in wilson(95, 100)]
    [0.888, 0.978]
    """
    if count == 0:
        return (0.0, 1.0)
    p, z = correct / count, Z95
    middle = (p + z * z / (2 * count)) / (1 + z * z / count)
    half = z * math.sqrt(p * (1 - p) / count + z * z / (4 * count**2)) / (1 + z * z / count)
    return (middle - half, middle + half)


def share(right: np.ndarray) -> dict[str, Any]:
    """How many of a boolean array are True, with the interval of the share."""
    correct, count = int(right.sum()), len(right)
    return {
        "correct": correct,
        "count": count,
        "interval": [round(x, 4) for x in wilson(correct, count)],
    }


def mean_score(scores: np.ndarray) -> dict[str, Any]:
    """The mean of scores 0..1, with its 95 % interval: mean +- z s / sqrt(n), within 0..1.

    Scores without spread, or a single one, say nothing about s; the interval is then Wilson's,
    which is never too narrow, as no scores of this mean spread more than those that are 0 or 1.

    >>> mean_score(np.array([0.0, 0.3, 1.0, 1.0]))
    {'mean': 0.575, 'count': 4, 'interval': [0.0793, 1.0]}
    """
    count, mean = len(scores), float(scores.mean())
    spread = float(scores.std(ddof=1)) if count > 1 else 0.0
    half = Z95 * spread / math.sqrt(count)
    low, high = (mean - half, mean + half) if spread else wilson(mean * count, count)
    interval = [round(min(max(x, 0.0), 1.0), 4) for x in (low, high)]
    return {"mean": round(mean, 4), "count": count, "interval": interval}


def interval_of(values: np.ndarray) -> dict[str, Any]:
    """The mean of any numbers, with its 95 % interval: mean +- z s / sqrt(n).

    >>> interval_of(np.array([1.0, 2.0, 6.0]))
    {'mean': 3.0, 'count': 3, 'interval': [0.006, 5.994]}
    """
    count, mean = len(values), float(values.mean())
    half = Z95 * float(values.std(ddof=1)) / math.sqrt(count) if count > 1 else math.inf
    if not math.isfinite(half):  # a single value says nothing about the spread
        return {"mean": round(mean, 3), "count": count, "interval": None}
    interval = [round(mean - half, 3), round(mean + half, 3)]
    return {"mean": round(mean, 3), "count": count, "interval": interval}


def expected_calibration_error(
    confidence: np.ndarray, right: np.ndarray, *, bins: int = 15
) -> float:
    """Mean distance between confidence and accuracy over equal-width bins (Guo et al. 2017)."""
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        (index == b).mean() * abs(confidence[index == b].mean() - right[index == b].mean())
        for b in range(bins)
        if (index == b).any()
    ]
    return float(sum(gaps))
