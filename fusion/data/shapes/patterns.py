"""Where a fill shows its colour (0) and where a lighter or darker tone of it (1).

Patterns are computed in the object's own coordinates: units of its radius, origin at its
centre, y down.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

# (x (1, w), y (h, 1), radius in px, rng) -> (h, w) in 0..1
Pattern = Callable[[np.ndarray, np.ndarray, float, np.random.Generator], np.ndarray]


def _turned(
    x: np.ndarray, y: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    angle = rng.uniform(0, np.pi)
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    return x * cos + y * sin, y * cos - x * sin


def _soft(distance: np.ndarray, radius: float) -> np.ndarray:
    """1 where the signed distance (in radii) is positive, with an edge one px wide."""
    soft: np.ndarray = np.clip(distance * np.float32(radius) + 0.5, 0, 1)
    return soft


def _wave(x: np.ndarray, period: float) -> np.ndarray:
    """Distance to the edge of alternating bands, positive in every second one."""
    return np.float32(period / 4) - np.abs((x / np.float32(period)) % 1 - 0.5) * period


def _shaded(x: np.ndarray, y: np.ndarray, radius: float, rng: np.random.Generator) -> np.ndarray:
    across, _ = _turned(x, y, rng)
    return np.clip((across + 1) / 2, 0, 1)


def _glossy(x: np.ndarray, y: np.ndarray, radius: float, rng: np.random.Generator) -> np.ndarray:
    return np.clip(1 - ((x + 0.3) ** 2 + (y + 0.35) ** 2) / 0.7, 0, 1)


def _period(radius: float, low: float, high: float, rng: np.random.Generator) -> float:
    return max(float(rng.uniform(low, high)), 4.5 / radius)


def _stripes(x: np.ndarray, y: np.ndarray, radius: float, rng: np.random.Generator) -> np.ndarray:
    period = _period(radius, 0.34, 0.6, rng)
    across, _ = _turned(x, y, rng)
    return _soft(_wave(across, period), radius)


def _dots(x: np.ndarray, y: np.ndarray, radius: float, rng: np.random.Generator) -> np.ndarray:
    period = _period(radius, 0.4, 0.6, rng)
    u, v = ((axis / period) % 1 - 0.5 for axis in _turned(x, y, rng))
    return _soft((np.float32(0.3) - np.sqrt(u * u + v * v)) * period, radius)


def _checks(x: np.ndarray, y: np.ndarray, radius: float, rng: np.random.Generator) -> np.ndarray:
    period = _period(radius, 0.6, 0.9, rng)
    u, v = (_soft(_wave(axis, period), radius) for axis in _turned(x, y, rng))
    squares: np.ndarray = np.abs(u - v)
    return squares


PATTERNS: dict[str, Pattern] = {
    "shaded": _shaded,
    "glossy": _glossy,
    "stripes": _stripes,
    "dots": _dots,
    "checks": _checks,
}
