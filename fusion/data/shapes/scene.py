"""Scenes as pure geometry and attributes, no pixels: one seed is one scene.

Positions are fractions of the canvas, origin top left, y down. Lengths and distances are in
units of sqrt(width * height), so that they mean the same on every aspect ratio.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fusion.data.shapes.layout import (
    Placed,
    sample_attributes,
    sample_canvas,
    sample_places,
)
from fusion.data.shapes.looks import Look, sample_look
from fusion.data.shapes.palette import (
    MIDDLES,
    MIN_VISIBILITY,
    RGB,
    sample_rgb,
    visibility,
)
from fusion.data.shapes.vocabulary import COLOURS, MAX_OBJECTS

SMALLEST_CANVAS, LARGEST_CANVAS = 64, 1024
# (largest sqrt(area) in px, most objects): tiny canvases hold fewer things one can still see.
TINY_LIMITS = ((90, 5), (128, 7))


@dataclass(frozen=True, kw_only=True, slots=True)
class SceneObject:
    """One object: what can be asked about it, and how it is drawn.

    `x`, `y` are fractions of the canvas, `radius` is that of the circumscribed circle,
    `rotation` is in degrees, clockwise; `aspect` is the rectangle's long side over its short.
    """

    shape: str
    colour: str
    size: str
    x: float
    y: float
    radius: float
    rotation: float
    fill: str = "flat"
    rgb: RGB = (0, 0, 0)
    aspect: float = 2.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """One scene; `background` is the colour a person would name.

    `objects` are in drawing order: a later one lies over an earlier one where they touch.
    """

    seed: int
    width: int
    height: int
    background: str
    objects: tuple[SceneObject, ...]
    background_rgb: RGB = (255, 255, 255)
    background_look: str = "plain"
    degradation: str = "none"
    strength: float = 0.5
    smooth: bool = True


def make_scene(
    seed: int,
    *,
    looks: str = "train",
    objects: int | None = None,
    size: tuple[int, int] | None = None,
) -> Scene:
    """The scene of a seed, the same on every machine.

    `looks` is "train" or "held-out"; `objects` (1..10) and `size` (width, height in px) are
    drawn from the seed unless given.
    """
    _check(objects, size)
    rng = np.random.Generator(np.random.PCG64(seed))
    width, height = size or sample_canvas(rng)
    count = objects or int(rng.integers(1, _most_objects(width, height) + 1))
    background, background_rgb = _background(rng)
    attributes = sample_attributes(rng, count, _visible_colours(background, background_rgb))
    places = sample_places(rng, [size_ for _, _, size_ in attributes], width, height)
    look = sample_look(rng, count, looks)
    things = [
        _object(rng, what, where, fill, background_rgb)
        for what, where, fill in zip(attributes, places, look.fills, strict=False)
    ]
    order = rng.permutation(len(things))
    return _assemble(seed, (width, height), background, background_rgb,
                     tuple(things[int(i)] for i in order), look)  # fmt: skip


def _assemble(
    seed: int,
    size: tuple[int, int],
    background: str,
    background_rgb: RGB,
    objects: tuple[SceneObject, ...],
    look: Look,
) -> Scene:
    return Scene(
        seed=seed,
        width=size[0],
        height=size[1],
        background=background,
        objects=objects,
        background_rgb=background_rgb,
        background_look=look.background,
        degradation=look.degradation,
        strength=look.strength,
        smooth=look.smooth,
    )


def _check(objects: int | None, size: tuple[int, int] | None) -> None:
    if objects is not None and not 1 <= objects <= MAX_OBJECTS:
        raise ValueError(f"objects must be 1 to {MAX_OBJECTS}, got {objects}")
    if size is None:
        return
    if not all(SMALLEST_CANVAS <= side <= LARGEST_CANVAS for side in size):
        raise ValueError(
            f"width and height must be {SMALLEST_CANVAS} to {LARGEST_CANVAS} px, "
            f"got {size[0]} by {size[1]}"
        )
    if max(size) > 2 * min(size):
        raise ValueError(f"the aspect must be within 1:2 and 2:1, got {size[0]} by {size[1]}")


def _most_objects(width: int, height: int) -> int:
    for side, most in TINY_LIMITS:
        if width * height < side * side:
            return most
    return MAX_OBJECTS


def _background(rng: np.random.Generator) -> tuple[str, RGB]:
    """White, black and gray make up half of the backgrounds."""
    if rng.random() < 0.5:
        colour = ("white", "white", "black", "gray")[int(rng.integers(4))]
    else:
        others = [c for c in COLOURS if c not in ("white", "black", "gray")]
        colour = others[int(rng.integers(len(others)))]
    return colour, sample_rgb(colour, rng, pale=bool(rng.random() < 0.5))


def _visible_colours(background: str, background_rgb: RGB) -> list[str]:
    """The colours that stand out on the background; never its own."""
    return [
        c
        for c in COLOURS
        if c != background and visibility(MIDDLES[c], background_rgb) >= MIN_VISIBILITY
    ]


def _object(
    rng: np.random.Generator,
    what: tuple[str, str, str],
    where: Placed,
    fill: str,
    background_rgb: RGB,
) -> SceneObject:
    shape, colour, size = what
    return SceneObject(
        shape=shape,
        colour=colour,
        size=size,
        x=where.x,
        y=where.y,
        radius=where.radius,
        rotation=_rotation(rng, shape),
        fill=fill,
        rgb=_visible_rgb(rng, colour, background_rgb),
        aspect=float(rng.uniform(1.6, 2.4)),
    )


def _rotation(rng: np.random.Generator, shape: str) -> float:
    """Mostly a small tilt; now and then any angle at which the shape keeps its name."""
    tilt = float(rng.uniform(-1, 1))
    most = 18 if rng.random() < 0.75 else 40 if shape == "heart" else 60
    angle = most * tilt
    upright = shape == "rectangle" and rng.random() < 0.5
    return angle + 90 if upright else angle


def _visible_rgb(rng: np.random.Generator, colour: str, background_rgb: RGB) -> RGB:
    """The first of some samples that stands out enough, else the best of them."""
    samples = []
    for _ in range(8):
        rgb = sample_rgb(colour, rng)
        samples.append(rgb)
        if visibility(rgb, background_rgb) >= MIN_VISIBILITY:
            return rgb
    return max(samples, key=lambda rgb: visibility(rgb, background_rgb))
