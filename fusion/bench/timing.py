"""Durations in, medians, 95th and 99th percentiles out."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

MILLISECONDS = 1000.0


def milliseconds(action: Callable[[], object]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * MILLISECONDS


def summary(durations: Sequence[float], *, unit: str = "ms") -> dict[str, Any]:
    """Median, 95th and 99th percentile, and count.

    >>> summary([1.0, 2.0, 3.0])
    {'median_ms': 2.0, 'p95_ms': 2.9, 'p99_ms': 2.98, 'count': 3}
    """
    if not durations:
        raise ValueError("there are no durations to summarise; measure at least one")
    median, p95, p99 = np.percentile(durations, [50, 95, 99])
    return {
        f"median_{unit}": round(float(median), 3),
        f"p95_{unit}": round(float(p95), 3),
        f"p99_{unit}": round(float(p99), 3),
        "count": len(durations),
    }
