"""Who is in a scene and where: themes for the attributes, and placement without hiding.

Lengths are in units of sqrt(width * height), as everywhere in the shapes dataset.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fusion.data.shapes.vocabulary import SHAPES, SIZES

SMALL_RADIUS = (0.055, 0.075)
LARGE_RADIUS = (0.10, 0.14)
SMALLEST_DIAMETER_PX = 11.0
TINY_SMALL_RADIUS = 0.0825
MIN_CENTRE_DISTANCE = 0.105
TIGHTEST = -0.2  # gap of two circles, times the smaller radius
EDGE = 0.004  # left between a circle and the edge of the canvas
ATTEMPTS = 6
CANDIDATES = 48


@dataclass(frozen=True, slots=True)
class Placed:
    """Centre as fractions of the canvas, and radius."""

    x: float
    y: float
    radius: float


def sample_canvas(rng: np.random.Generator) -> tuple[int, int]:
    """Width and height in px: 64..1024, most 128..400, aspect between 1:2 and 2:1."""
    u = rng.random()
    low, high = (128, 400) if u < 0.82 else (64, 128) if u < 0.91 else (400, 1024)
    side = low * (high / low) ** rng.random()
    aspect = 1.0 if rng.random() < 0.35 else 2.0 ** rng.uniform(-0.98, 0.98)
    stretch = math.sqrt(max(aspect, 1 / aspect))
    side = min(max(side, 64 * stretch), 1024 / stretch)
    width, height = side * math.sqrt(aspect), side / math.sqrt(aspect)
    return min(max(round(width), 64), 1024), min(max(round(height), 64), 1024)


def sample_attributes(
    rng: np.random.Generator, count: int, colours: Sequence[str]
) -> list[tuple[str, str, str]]:
    """(shape, colour, size) of each object, under one of three themes.

    Independent attributes; a palette of two or three colours and / or shapes, which makes
    counts and comparisons non-trivial; or one that is the odd one out.
    """
    theme = rng.random()
    shapes: list[str]
    if theme < 0.45 or (theme >= 0.80 and count < 4):
        shapes, hues = _draw(rng, SHAPES, count), _draw(rng, colours, count)
    elif theme < 0.80:
        which = int(rng.integers(3))  # 0 colours, 1 shapes, 2 both
        shapes = _draw(rng, SHAPES if which == 0 else _subset(rng, SHAPES), count)
        hues = _draw(rng, colours if which == 1 else _subset(rng, colours), count)
    elif rng.random() < 0.5:
        shapes, hues = _draw(rng, SHAPES, count), _odd(rng, colours, count)
    else:
        shapes, hues = _odd(rng, SHAPES, count), _draw(rng, colours, count)
    sizes = _draw(rng, SIZES, count) if rng.random() < 0.85 else _draw(rng, SIZES, 1) * count
    return list(zip(shapes, hues, sizes, strict=True))


def _draw(rng: np.random.Generator, names: Sequence[str], count: int) -> list[str]:
    return [names[int(i)] for i in rng.integers(len(names), size=count)]


def _subset(rng: np.random.Generator, names: Sequence[str]) -> list[str]:
    count = int(rng.integers(2, 4))
    return [names[int(i)] for i in rng.permutation(len(names))[:count]]


def _odd(rng: np.random.Generator, names: Sequence[str], count: int) -> list[str]:
    """All the same but one; the odd one comes first, so dropping from the end keeps it."""
    odd, common = (names[int(i)] for i in rng.permutation(len(names))[:2])
    return [odd] + [common] * (count - 1)


def sample_places(
    rng: np.random.Generator, sizes: Sequence[str], width: int, height: int
) -> list[Placed]:
    """A place for each object, in order; fewer at the end when they do not all fit.

    Every circumscribed circle lies inside the canvas; two circles overlap by at most a tenth
    of the smaller diameter, and centres are at least MIN_CENTRE_DISTANCE apart.
    """
    unit = math.sqrt(width * height)
    spacing = 0.25 if rng.random() < 0.7 else TIGHTEST  # times the smaller radius
    wished = [_radius_range(size, unit) for size in sizes]
    shares = rng.random(len(sizes))
    placed: list[Placed] = []
    for count in range(len(sizes), 0, -1):
        for attempt in range(ATTEMPTS):
            shrink = 0.55**attempt
            radii = [
                low + (high - low) * float(t) * shrink
                for (low, high), t in zip(wished[:count], shares, strict=False)
            ]
            gap = spacing if attempt < 2 else max(TIGHTEST, spacing - 0.1 * attempt)
            placed = _place(rng, radii, width / unit, height / unit, gap)
            if placed:
                return placed
    raise AssertionError("one object always fits")


def _radius_range(size: str, unit: float) -> tuple[float, float]:
    if size == "large":
        return LARGE_RADIUS
    low = min(max(SMALL_RADIUS[0], SMALLEST_DIAMETER_PX / 2 / unit), TINY_SMALL_RADIUS)
    return low, max(low, SMALL_RADIUS[1])


def _place(
    rng: np.random.Generator,
    radii: Sequence[float],
    width: float,
    height: float,
    gap: float,
) -> list[Placed]:
    """Places the largest first; empty when one of them finds no room."""
    done: dict[int, tuple[float, float]] = {}
    for i in sorted(range(len(radii)), key=lambda k: -radii[k]):
        edge = radii[i] + EDGE
        for u, v in rng.random((CANDIDATES, 2)).tolist():
            x, y = edge + u * (width - 2 * edge), edge + v * (height - 2 * edge)
            if all(apart(x, y, radii[i], *done[j], radii[j], gap) for j in done):
                done[i] = (x, y)
                break
        else:
            return []
    return [
        Placed(done[i][0] / width, done[i][1] / height, radius) for i, radius in enumerate(radii)
    ]


def apart(
    x: float,
    y: float,
    radius: float,
    other_x: float,
    other_y: float,
    other: float,
    gap: float,
) -> bool:
    """Whether two circles leave each other the gap."""
    nearest = max(radius + other + gap * min(radius, other), MIN_CENTRE_DISTANCE)
    return (x - other_x) ** 2 + (y - other_y) ** 2 >= nearest * nearest
