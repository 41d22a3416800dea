"""Backgrounds: a colour one can name, with a texture that is clearly not an object."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

from fusion.data.shapes.palette import RGB, mix, tone
from fusion.data.shapes.scene import Scene

NOISE_TILE = 192  # px; noise repeats beyond that, which no eye finds


def paint_background(scene: Scene, rng: np.random.Generator) -> Image.Image:
    """The background alone, RGB, as the scene's `background_look` says."""
    return TEXTURES[scene.background_look](scene, rng)


def add_noise(image: Image.Image, rng: np.random.Generator, sigma: float) -> Image.Image:
    """Gray Gaussian noise of standard deviation `sigma` in 0..255 levels."""
    pixels = np.asarray(image, np.int16)
    noise = grain(rng, pixels.shape[1], pixels.shape[0]) * np.float32(sigma)
    noisy = pixels + noise.astype(np.int16)[..., None]
    return Image.fromarray(np.clip(noisy, 0, 255, out=noisy).astype(np.uint8))


def grain(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Standard normal noise (height, width), float32, tiled when the canvas is large."""
    tile = rng.standard_normal((min(height, NOISE_TILE), min(width, NOISE_TILE)), np.float32)
    repeats = (-(-height // tile.shape[0]), -(-width // tile.shape[1]))
    return np.tile(tile, repeats)[:height, :width]


def _plain(scene: Scene, rng: np.random.Generator) -> Image.Image:
    return Image.new("RGB", (scene.width, scene.height), scene.background_rgb)


def _noisy(scene: Scene, rng: np.random.Generator) -> Image.Image:
    return add_noise(_plain(scene, rng), rng, rng.uniform(3, 9))


def _gradient(scene: Scene, rng: np.random.Generator) -> Image.Image:
    angle = rng.uniform(0, 2 * np.pi)
    y, x = np.ogrid[-1:1:33j, -1:1:33j]
    return _blend(scene, rng, (x * np.cos(angle) + y * np.sin(angle)) / 2.83 + 0.5)


def _radial(scene: Scene, rng: np.random.Generator) -> Image.Image:
    y, x = np.ogrid[-1:1:33j, -1:1:33j]
    return _blend(scene, rng, (x * x + y * y) / 2)


def _blend(scene: Scene, rng: np.random.Generator, share: np.ndarray) -> Image.Image:
    """From the base colour (0) to a tone of it (1), from a coarse field of shares."""
    other = _tone(scene, rng, rng.uniform(0.7, 1.0))
    field = Image.fromarray((share * 255).astype(np.uint8))
    field = field.resize((scene.width, scene.height), Image.Resampling.BILINEAR)
    image = _plain(scene, rng)
    image.paste(other, mask=field)
    return image


def _paper(scene: Scene, rng: np.random.Generator) -> Image.Image:
    """Soft blotches and a fine grain."""
    cells = (max(scene.height // 24, 3), max(scene.width // 24, 3))
    blotches = Image.fromarray(rng.integers(0, 256, cells, np.uint8))
    blotches = blotches.resize((scene.width, scene.height), Image.Resampling.BICUBIC)
    image = _plain(scene, rng)
    image.paste(_tone(scene, rng, 0.35), mask=blotches)
    return add_noise(image, rng, rng.uniform(1.5, 3.5))


def _ruled(scene: Scene, rng: np.random.Generator) -> Image.Image:
    image, draw, colour, thick = _faint(scene, rng)
    step = _line_step(scene, rng)
    for y in np.arange(rng.uniform(0, step), scene.height, step).astype(int).tolist():
        draw.line([(0, y), (scene.width, y)], fill=colour, width=thick)
    return image


def _grid(scene: Scene, rng: np.random.Generator) -> Image.Image:
    image, draw, colour, thick = _faint(scene, rng)
    step = _line_step(scene, rng)
    for y in np.arange(rng.uniform(0, step), scene.height, step).astype(int).tolist():
        draw.line([(0, y), (scene.width, y)], fill=colour, width=thick)
    for x in np.arange(rng.uniform(0, step), scene.width, step).astype(int).tolist():
        draw.line([(x, 0), (x, scene.height)], fill=colour, width=thick)
    return image


def _strokes(scene: Scene, rng: np.random.Generator) -> Image.Image:
    """Short faint pen strokes in all directions."""
    image, draw, colour, thick = _faint(scene, rng)
    count = int(rng.integers(12, 36))
    starts = rng.random((count, 2)) * (scene.width, scene.height)
    turns, lengths = rng.uniform(0, np.pi, count), rng.uniform(0.03, 0.09, count)
    reach = lengths * (scene.width * scene.height) ** 0.5
    ends = starts + np.stack([np.cos(turns), np.sin(turns)], axis=1) * reach[:, None]
    for (x0, y0), (x1, y1) in zip(starts.tolist(), ends.tolist(), strict=True):
        draw.line([(x0, y0), (x1, y1)], fill=colour, width=thick)
    return image


def _specks(scene: Scene, rng: np.random.Generator) -> Image.Image:
    """Tiny faint dots."""
    image, draw, colour, thick = _faint(scene, rng)
    spots = rng.random((int(rng.integers(30, 110)), 2)) * (scene.width, scene.height)
    reach = 0.5 * (thick - 1)
    for x, y in spots.tolist():
        draw.ellipse([x - reach, y - reach, x + reach, y + reach], fill=colour)
    return image


def _faint(
    scene: Scene, rng: np.random.Generator
) -> tuple[Image.Image, ImageDraw.ImageDraw, RGB, int]:
    """A plain background to draw on, a faint tone of it, and a line width in px."""
    image = _plain(scene, rng)
    thick = max(round((scene.width * scene.height) ** 0.5 / 180), 1)
    return image, ImageDraw.Draw(image), _tone(scene, rng, rng.uniform(0.6, 1.0)), thick


def _line_step(scene: Scene, rng: np.random.Generator) -> float:
    return max(float(rng.uniform(0.06, 0.11)) * math.sqrt(scene.width * scene.height), 6.0)


def _tone(scene: Scene, rng: np.random.Generator, amount: float) -> RGB:
    """A tone that keeps the background's name; gray stays well away from white and black."""
    if scene.background == "orange":
        return mix(scene.background_rgb, (255, 255, 255), 0.22 * amount)
    lighter = bool(rng.random() < 0.5)
    return tone(scene.background, scene.background_rgb, lighter, 0.75 * amount)


TEXTURES: dict[str, Callable[[Scene, np.random.Generator], Image.Image]] = {
    "plain": _plain,
    "gradient": _gradient,
    "noisy": _noisy,
    "paper": _paper,
    "ruled": _ruled,
    "strokes": _strokes,
    "specks": _specks,
    "grid": _grid,
    "radial": _radial,
}
