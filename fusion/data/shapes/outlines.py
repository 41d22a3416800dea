"""The outline of each shape as a polygon inscribed in the unit circle (y down).

Every outline is centred on its circumscribed circle, so a shape's `radius` is half of what the
eye takes for its extent, and the largest object is the one that looks largest.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from fusion.data.shapes.scene import SceneObject

STAR_INNER = 0.42
CROSS_ARM = 0.31  # half the thickness of an arm
WOBBLE = 0.045


def outline(thing: SceneObject) -> np.ndarray:
    """Corners (n, 2) of the object, turned by its rotation, in units of its radius."""
    points = _rectangle(thing.aspect) if thing.shape == "rectangle" else _unit(thing.shape)
    angle = math.radians(thing.rotation)
    cos, sin = math.cos(angle), math.sin(angle)
    x, y = points.T
    return np.stack([x * cos - y * sin, x * sin + y * cos], axis=1)


def wobbly(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The outline as an unsteady hand would draw it: shifted by up to about WOBBLE."""
    dense = _resample(points, 60)
    angle = np.arange(60) * (2 * np.pi / 60)
    shift = np.zeros((60, 2))
    for wave in (2, 3, 5):
        size, phase = rng.uniform(0.3, 1.0, 2), rng.uniform(0, 2 * np.pi, 2)
        shift += size * np.sin(wave * angle[:, None] + phase) / 3
    return (dense + WOBBLE * shift) / (1 + WOBBLE)


def _resample(points: np.ndarray, count: int) -> np.ndarray:
    """`count` points evenly spaced along the closed outline."""
    closed = np.vstack([points, points[:1]])
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))])
    at = np.linspace(0, along[-1], count, endpoint=False)
    return np.stack([np.interp(at, along, closed[:, k]) for k in (0, 1)], axis=1)


@lru_cache(maxsize=16)
def _unit(shape: str) -> np.ndarray:
    return UNIT_OUTLINES[shape]()


def _regular(corners: int) -> np.ndarray:
    """A regular polygon with one corner on top."""
    angle = np.arange(corners) * (2 * np.pi / corners) - np.pi / 2
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _rectangle(aspect: float) -> np.ndarray:
    x, y = aspect / math.hypot(aspect, 1), 1 / math.hypot(aspect, 1)
    return np.array([[-x, -y], [x, -y], [x, y], [-x, y]])


def _star() -> np.ndarray:
    points = _regular(10)
    points[1::2] *= STAR_INNER
    return points


def _cross() -> np.ndarray:
    a = CROSS_ARM
    b = math.sqrt(1 - a * a)
    corner = [(a, -b), (a, -a), (b, -a), (b, a), (a, a), (a, b)]
    return np.array(corner + [(-x, -y) for x, y in corner])


def _heart() -> np.ndarray:
    """x = 16 sin³t, y = 13 cos t - 5 cos 2t - 2 cos 3t - cos 4t, scaled into the unit circle."""
    t = np.linspace(0, 2 * np.pi, 56, endpoint=False)
    x = 16 * np.sin(t) ** 3
    y = -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))
    # The smallest circle around it touches the tip and both lobes: its centre is on x = 0.
    heights = np.linspace(-5, 8, 261)
    reach = [np.hypot(x, y - h).max() for h in heights]
    best = int(np.argmin(reach))
    centred = np.stack([x, y - heights[best]], axis=1)
    return centred / float(reach[best])


UNIT_OUTLINES = {
    "circle": lambda: _regular(72),
    "square": lambda: _rectangle(1.0),
    "triangle": lambda: _regular(3),
    "pentagon": lambda: _regular(5),
    "star": _star,
    "heart": _heart,
    "cross": _cross,
}
