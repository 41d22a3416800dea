"""The twelve colours as ranges of hue, saturation and value, with gaps between them.

The gaps are wide enough that exposure, noise and compression never carry a colour into its
neighbour's range (red / orange / brown / pink, white / gray / black, green / teal / blue).
"""

from __future__ import annotations

import colorsys
import math
from dataclasses import dataclass

import numpy as np

from fusion.data.shapes.vocabulary import COLOURS

RGB = tuple[int, int, int]
MIN_VISIBILITY = 30.0


@dataclass(frozen=True, slots=True)
class ColourRange:
    """Hue in degrees (may start below 0), saturation and value in 0..1; each as (low, high).

    `light` and `dark` say how far (0..1) a tone may go towards white and black and still bear
    the colour's name; 0 means not at all.
    """

    hue: tuple[float, float]
    saturation: tuple[float, float]
    value: tuple[float, float]
    light: float
    dark: float


RANGES = {
    "red": ColourRange((-6.0, 5.0), (0.82, 0.97), (0.78, 0.94), 0.0, 0.30),
    "green": ColourRange((108.0, 136.0), (0.60, 0.90), (0.50, 0.76), 0.35, 0.30),
    "blue": ColourRange((211.0, 227.0), (0.72, 0.95), (0.72, 0.98), 0.30, 0.35),
    "yellow": ColourRange((50.0, 57.0), (0.72, 0.95), (0.95, 1.0), 0.45, 0.12),
    "orange": ColourRange((25.0, 33.0), (0.86, 1.0), (0.95, 1.0), 0.25, 0.0),
    "purple": ColourRange((274.0, 291.0), (0.55, 0.85), (0.52, 0.78), 0.25, 0.30),
    "pink": ColourRange((326.0, 344.0), (0.34, 0.52), (0.97, 1.0), 0.40, 0.0),
    "brown": ColourRange((20.0, 29.0), (0.62, 0.80), (0.38, 0.52), 0.12, 0.30),
    "black": ColourRange((0.0, 360.0), (0.0, 0.25), (0.02, 0.12), 0.20, 0.0),
    "white": ColourRange((0.0, 360.0), (0.0, 0.02), (0.96, 1.0), 0.0, 0.13),
    "gray": ColourRange((0.0, 360.0), (0.0, 0.05), (0.45, 0.62), 0.22, 0.22),
    "teal": ColourRange((174.0, 185.0), (0.75, 1.0), (0.50, 0.68), 0.30, 0.28),
}  # fmt: skip
# Backgrounds that are paler than objects ever are, and still have one obvious name.
PALE = {
    "blue": ColourRange((205.0, 218.0), (0.28, 0.42), (0.94, 1.0), 0.12, 0.10),
    "green": ColourRange((105.0, 130.0), (0.28, 0.42), (0.84, 0.94), 0.12, 0.10),
    "yellow": ColourRange((50.0, 57.0), (0.32, 0.48), (0.97, 1.0), 0.12, 0.05),
}


def sample_rgb(colour: str, rng: np.random.Generator, *, pale: bool = False) -> RGB:
    """A random RGB triple (0..255) that bears the colour's name."""
    within = PALE[colour] if pale and colour in PALE else RANGES[colour]
    return _at(within, rng.random(3).tolist())


def _at(within: ColourRange, shares: list[float]) -> RGB:
    """The colour at a share (0..1) of each of the three spans."""
    spans = (within.hue, within.saturation, within.value)
    h, s, v = (low + t * (high - low) for (low, high), t in zip(spans, shares, strict=True))
    red, green, blue = colorsys.hsv_to_rgb(h / 360 % 1.0, s, v)
    return round(red * 255), round(green * 255), round(blue * 255)


MIDDLES = {colour: _at(within, [0.5, 0.5, 0.5]) for colour, within in RANGES.items()}


def mix(a: RGB, b: RGB, share: float) -> RGB:
    """`a` moved towards `b` by `share` (0..1).

    >>> mix((0, 0, 0), (200, 100, 50), 0.5)
    (100, 50, 25)
    """
    r, g, b_ = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return r, g, b_


def tone(colour: str, rgb: RGB, lighter: bool, amount: float) -> RGB:
    """A lighter or darker tone that still bears the name; falls back to the side that exists."""
    r = RANGES[colour]
    if r.dark == 0.0 or (lighter and r.light > 0.0):
        return mix(rgb, (255, 255, 255), r.light * amount)
    return mix(rgb, (0, 0, 0), r.dark * amount)


def to_lab(rgb: RGB) -> tuple[float, float, float]:
    """CIE L*a*b* (D65) of an sRGB triple; L in 0..100.

    >>> [round(v) for v in to_lab((255, 255, 255))]
    [100, 0, 0]
    """
    r, g, b = (c / 3294.6 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb)
    x = (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    z = (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def distance(a: RGB, b: RGB) -> float:
    """Difference of two colours: distance in L*a*b*."""
    return math.dist(to_lab(a), to_lab(b))


def visibility(a: RGB, b: RGB) -> float:
    """How well `a` stands out on `b`: like `distance`, but lightness counts for most of it.

    Edges are seen by lightness; below MIN_VISIBILITY an object is a strain to look at.
    """
    (l_a, a_a, b_a), (l_b, a_b, b_b) = to_lab(a), to_lab(b)
    return math.sqrt((l_a - l_b) ** 2 + 0.2 * ((a_a - a_b) ** 2 + (b_a - b_b) ** 2))


def nearest_colour(rgb: RGB) -> str:
    """The name whose middle is nearest in L*a*b*.

    >>> nearest_colour((220, 30, 30)), nearest_colour((250, 250, 250))
    ('red', 'white')
    """
    return min(COLOURS, key=lambda c: distance(rgb, MIDDLES[c]))
