"""From a scene to pixels, with the exact place of every object.

Each object is painted on its own small crop, anti-aliased by oversampling, and pasted; the
canvas itself is never oversampled, so a large picture costs little more than a small one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from fusion.data.shapes.backgrounds import paint_background
from fusion.data.shapes.degrade import degrade
from fusion.data.shapes.fills import Crop, Painted, crop_of, paint
from fusion.data.shapes.scene import Scene


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Drawing:
    """An RGB image of (width, height), and where its N objects are.

    `masks` is bool (N, height, width), the pixels of each object that no later one covers (a
    hollow object's mask includes its inside); `boxes` is int (N, 4): x0, y0, x1, y1 around the
    mask, x1 and y1 exclusive.
    """

    image: Image.Image
    masks: np.ndarray
    boxes: np.ndarray


def draw(scene: Scene) -> Drawing:
    """The picture of a scene, the same for the same scene."""
    rng = np.random.Generator(np.random.PCG64([scene.seed, 1]))
    image = paint_background(scene, rng)
    crops = [crop_of(o, scene.width, scene.height, scene.smooth) for o in scene.objects]
    painted = [paint(o, c, rng) for o, c in zip(scene.objects, crops, strict=True)]
    for thing, crop, paints in zip(scene.objects, crops, painted, strict=True):
        if thing.fill == "shadowed":
            _cast_shadow(image, crop, paints)
    for crop, paints in zip(crops, painted, strict=True):
        image.paste(paints.image, (crop.left, crop.top), paints.alpha)
    masks = _visible(scene, crops, painted)
    return Drawing(image=degrade(image, scene, rng), masks=masks, boxes=_boxes(masks, crops))


def _cast_shadow(image: Image.Image, crop: Crop, paints: Painted) -> None:
    """A soft dark copy of the silhouette, down and to the right; never over an object."""
    offset, blur = max(round(0.16 * crop.radius), 1), max(0.1 * crop.radius, 0.8)
    edge = round(2 * blur) + 1
    size = (crop.width + 2 * edge, crop.height + 2 * edge)
    shadow = Image.new("L", size)
    shadow.paste(paints.silhouette.point(lambda v: v * 0.45), (edge, edge))
    shadow = shadow.filter(ImageFilter.GaussianBlur(blur))
    at = (crop.left - edge + offset, crop.top - edge + offset)
    image.paste((0, 0, 0), (*at, at[0] + size[0], at[1] + size[1]), shadow)


def _visible(scene: Scene, crops: list[Crop], painted: list[Painted]) -> np.ndarray:
    masks = np.zeros((len(crops), scene.height, scene.width), bool)
    for i, (crop, paints) in enumerate(zip(crops, painted, strict=True)):
        rows, columns = _window(crop)
        inside = np.asarray(paints.silhouette) >= 128
        masks[:i, rows, columns] &= ~inside
        masks[i, rows, columns] = inside
    return masks


def _boxes(masks: np.ndarray, crops: list[Crop]) -> np.ndarray:
    boxes = np.zeros((len(crops), 4), np.int64)
    for i, crop in enumerate(crops):
        mask = masks[(i, *_window(crop))]
        ys, xs = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        corners = (xs[0], ys[0], xs[-1] + 1, ys[-1] + 1)
        boxes[i] = np.add(corners, (crop.left, crop.top, crop.left, crop.top))
    return boxes


def _window(crop: Crop) -> tuple[slice, slice]:
    return slice(crop.top, crop.top + crop.height), slice(crop.left, crop.left + crop.width)
