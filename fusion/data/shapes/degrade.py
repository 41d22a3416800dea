"""What happens to a picture on its way: compression, blur, noise, exposure; all of it mild."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFilter

from fusion.data.shapes.backgrounds import add_noise, grain
from fusion.data.shapes.scene import Scene


def degrade(image: Image.Image, scene: Scene, rng: np.random.Generator) -> Image.Image:
    """The image after the scene's `degradation`, whose `strength` is in 0..1."""
    change = DEGRADERS.get(scene.degradation)
    return image if change is None else change(image, scene.strength, rng)


def _jpeg(image: Image.Image, strength: float, rng: np.random.Generator) -> Image.Image:
    tiny = image.width * image.height < 128 * 128
    quality = round(92 - (22 if tiny else 50) * strength)
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality, subsampling=0 if tiny else 2)
    return Image.open(stream).convert("RGB")


def _blur(image: Image.Image, strength: float, rng: np.random.Generator) -> Image.Image:
    side = (image.width * image.height) ** 0.5
    radius = (0.002 + 0.004 * strength) * side
    return image.filter(ImageFilter.GaussianBlur(radius))


def _noise(image: Image.Image, strength: float, rng: np.random.Generator) -> Image.Image:
    return add_noise(image, rng, 3 + 9 * strength)


def _exposure(image: Image.Image, strength: float, rng: np.random.Generator) -> Image.Image:
    """v' = v ** gamma: white stays white and black stays black."""
    gamma = 2.0 ** (rng.choice([-0.42, 0.38]) * (0.3 + 0.7 * strength))
    curve = [round(255 * (v / 255) ** gamma) for v in range(256)]
    return image.point(curve * 3)


def _speckle(image: Image.Image, strength: float, rng: np.random.Generator) -> Image.Image:
    """Multiplicative noise."""
    pixels = np.asarray(image, np.float32)
    noise = grain(rng, image.width, image.height) * np.float32(0.03 + 0.06 * strength)
    return _from_float(pixels * (1 + noise)[..., None])


def _vignette(image: Image.Image, strength: float, rng: np.random.Generator) -> Image.Image:
    """Darker towards the corners, by a tenth to a quarter."""
    pixels = np.asarray(image, np.float32)
    y, x = np.ogrid[-1 : 1 : image.height * 1j, -1 : 1 : image.width * 1j]
    light = 1 - (0.10 + 0.13 * strength) * (x * x + y * y) / 2
    return _from_float(pixels * light.astype(np.float32)[..., None])


def _from_float(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray(np.clip(pixels + 0.5, 0, 255).astype(np.uint8))


DEGRADERS: dict[str, Callable[[Image.Image, float, np.random.Generator], Image.Image]] = {
    "jpeg": _jpeg,
    "blur": _blur,
    "noise": _noise,
    "exposure": _exposure,
    "speckle": _speckle,
    "vignette": _vignette,
}
