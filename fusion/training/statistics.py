"""Small statistics of the evaluation: intervals, calibration."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Z95 = 1.959964


def wilson(correct: int, count: int) -> tuple[float, float]:
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
