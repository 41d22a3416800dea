"""Painting one object on its own small crop: stencils (alpha) and fills (colour).

A fill is a pattern between 0 (the object's colour) and 1 (a lighter or darker tone of it), a
stencil that says where there is paint, and for some fills a dark line on top.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops, ImageDraw

from fusion.data.shapes.outlines import outline, wobbly
from fusion.data.shapes.palette import RGB, mix, tone
from fusion.data.shapes.patterns import PATTERNS
from fusion.data.shapes.scene import SceneObject

HAND_DRAWN = ("sketch", "pen", "scribble")
Points = np.ndarray


@dataclass(frozen=True, slots=True)
class Crop:
    """Where an object is drawn: top left corner and size in px, and its centre in the crop.

    Stencils are drawn `oversample` times larger and reduced, which is the anti-aliasing.
    """

    left: int
    top: int
    width: int
    height: int
    centre: tuple[float, float]
    radius: float
    oversample: int


@dataclass(frozen=True, slots=True)
class Painted:
    """An object's colours, where there is paint (L), and its whole silhouette (L)."""

    image: Image.Image
    alpha: Image.Image
    silhouette: Image.Image


def crop_of(thing: SceneObject, width: int, height: int, smooth: bool) -> Crop:
    """The crop around an object, cut at the canvas; two px wider than the object."""
    radius = thing.radius * (width * height) ** 0.5
    x, y = thing.x * width, thing.y * height
    left, top = max(int(x - radius) - 2, 0), max(int(y - radius) - 2, 0)
    right, bottom = min(int(x + radius) + 3, width), min(int(y + radius) + 3, height)
    oversample = 1 if not smooth else 3 if radius < 50 else 2
    return Crop(left, top, right - left, bottom - top, (x - left, y - top), radius, oversample)


def paint(thing: SceneObject, crop: Crop, rng: np.random.Generator) -> Painted:
    """The object as its `fill` says."""
    points = outline(thing)
    if thing.fill in HAND_DRAWN:
        points = wobbly(points, rng)
    silhouette = _polygon(crop, points)
    image = _colours(thing, crop, rng)
    alpha = silhouette
    if thing.fill in ("hollow", "pen"):
        alpha = _band(crop, points, max(0.19 * crop.radius, 1.9))
    elif thing.fill == "scribble":
        lines = ImageChops.darker(_hatch(crop, rng, 0.24, 0.13), silhouette)
        alpha = ImageChops.lighter(_band(crop, points, max(0.13 * crop.radius, 1.5)), lines)
    elif thing.fill == "outlined":
        width = max(rng.uniform(0.05, 0.12) * crop.radius, 1.0)
        image.paste(line_colour(thing), mask=_band(crop, points, width))
    elif thing.fill == "sketch":
        lines = _sketchy_lines(crop, outline(thing), rng)
        image.paste(line_colour(thing), mask=lines)
        alpha = silhouette = ImageChops.lighter(silhouette, lines)
    return Painted(image, alpha, silhouette)


def line_colour(thing: SceneObject) -> RGB:
    """A dark line that goes with the object's colour; a black object gets a gray one."""
    return (84, 84, 84) if thing.colour == "black" else mix(thing.rgb, (12, 12, 16), 0.72)


def _polygon(crop: Crop, points: Points) -> Image.Image:
    stencil, draw = _blank(crop)
    draw.polygon(_pixels(crop, points), fill=255)
    return _reduced(stencil, crop)


def _band(crop: Crop, points: Points, width: float) -> Image.Image:
    """A stroke of `width` px along the inside of the outline."""
    inside, draw = _blank(crop)
    corners = _pixels(crop, points)
    draw.polygon(corners, fill=255)
    stroke, draw = _blank(crop)
    _stroke(draw, corners, 2 * width * crop.oversample)
    return _reduced(ImageChops.darker(inside, stroke), crop)


def _sketchy_lines(crop: Crop, points: Points, rng: np.random.Generator) -> Image.Image:
    """Two passes of an unsteady pen along the outline."""
    stencil, draw = _blank(crop)
    for _ in range(2):
        corners = _pixels(crop, wobbly(points, rng) * 0.97)
        _stroke(draw, corners, max(0.05 * crop.radius, 0.8) * crop.oversample)
    return _reduced(stencil, crop)


def _hatch(crop: Crop, rng: np.random.Generator, spacing: float, width: float) -> Image.Image:
    """Parallel, slightly unsteady pen strokes; spacing and width in units of the radius."""
    stencil, draw = _blank(crop)
    spacing = max(spacing, 3.2 / crop.radius)
    offsets = np.arange(-1.1, 1.1, spacing)
    ends = rng.normal(0, 0.06, (2, len(offsets))) + offsets
    lines = np.stack([np.full_like(ends, -1.1), ends], axis=-1)  # (2, n, xy)
    lines[1, :, 0] = 1.1
    turn = rng.uniform(0.5, 1.1)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    thick = max(round(width * crop.radius * crop.oversample), crop.oversample)
    for start, end in (lines @ rotation).transpose(1, 0, 2):
        draw.line(_pixels(crop, np.stack([start, end])), fill=255, width=thick)
    return _reduced(stencil, crop)


def _blank(crop: Crop) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    k = crop.oversample
    stencil = Image.new("L", (crop.width * k, crop.height * k))
    return stencil, ImageDraw.Draw(stencil)


def _pixels(crop: Crop, points: Points) -> list[tuple[float, float]]:
    """Crop coordinates; half a px less because the drawing counts from pixel centres."""
    at = (points * crop.radius + crop.centre) * crop.oversample - 0.5
    return [(x, y) for x, y in at.tolist()]


def _stroke(draw: ImageDraw.ImageDraw, corners: list[tuple[float, float]], width: float) -> None:
    """A closed stroke; a disc on each corner, because joined segments leave hairline gaps."""
    thick = max(round(width), 1)
    draw.line([*corners, corners[0]], fill=255, width=thick)
    if thick > 2:
        for corner in corners:
            draw.circle(corner, thick / 2, fill=255)


def _reduced(stencil: Image.Image, crop: Crop) -> Image.Image:
    return stencil if crop.oversample == 1 else stencil.reduce(crop.oversample)


def _colours(thing: SceneObject, crop: Crop, rng: np.random.Generator) -> Image.Image:
    """The crop filled with the colour, blended towards a tone of it where the fill says."""
    pattern = PATTERNS.get(thing.fill)
    if pattern is None:
        return Image.new("RGB", (crop.width, crop.height), thing.rgb)
    lighter = bool(rng.random() < 0.5) or thing.fill == "glossy"
    other = tone(thing.colour, thing.rgb, lighter, rng.uniform(0.75, 1.0))
    if thing.fill == "glossy" and thing.colour == "red":
        other = mix(thing.rgb, (255, 255, 255), 0.3)  # a small highlight leaves red red
    y, x = np.ogrid[0 : crop.height, 0 : crop.width]
    local_x = ((x + 0.5 - crop.centre[0]) / crop.radius).astype(np.float32)
    local_y = ((y + 0.5 - crop.centre[1]) / crop.radius).astype(np.float32)
    share = pattern(local_x, local_y, crop.radius, rng)[..., None]
    base = np.array(thing.rgb, np.float32)
    pixels = base + share * (np.array(other, np.float32) - base)
    return Image.fromarray((pixels + 0.5).astype(np.uint8))
