"""Pictures that are not scenes of shapes, to measure the novelty detector with.

Photographs and scans that come with scikit-image (free licences, see its data README), charts by
matplotlib, pages of text, and patterns. Used for measuring alone; nothing is trained on them.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image, ImageDraw, UnidentifiedImageError

CROPS = 6


def photographs(rng: np.random.Generator) -> Iterator[Image.Image]:
    """scikit-image's own pictures, whole and in random crops."""
    spec = find_spec("skimage")
    if spec is None or spec.origin is None:
        raise ValueError("measuring the novelty detector needs scikit-image (requirements-dev.txt)")
    for path in sorted((Path(spec.origin).parent / "data").iterdir()):
        if path.suffix not in (".png", ".jpg"):
            continue
        try:
            with Image.open(path) as file:
                image = file.convert("RGB")
        except UnidentifiedImageError:
            continue
        image.thumbnail((640, 640))
        yield image
        for _ in range(CROPS):
            side = int(rng.integers(min(image.size) // 3, min(image.size)))
            x = int(rng.integers(0, image.width - side + 1))
            y = int(rng.integers(0, image.height - side + 1))
            yield image.crop((x, y, x + side, y + side))


def charts(rng: np.random.Generator) -> Iterator[Image.Image]:
    """Line, bar and scatter charts."""
    for k in range(40):
        figure = Figure(figsize=(4, 3), dpi=80)
        axes = figure.subplots()
        values = rng.normal(size=30).cumsum()
        if k % 3 == 0:
            axes.plot(values)
            axes.plot(values[::-1])
        elif k % 3 == 1:
            axes.bar(range(8), np.abs(values[:8]))
        else:
            axes.scatter(values, rng.normal(size=30))
        axes.set_title(f"chart {k}")
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        yield Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3])


def pages(rng: np.random.Generator) -> Iterator[Image.Image]:
    """Pages of words."""
    for _ in range(30):
        image = Image.new("RGB", (320, 240), (250, 250, 245))
        draw = ImageDraw.Draw(image)
        for y in range(10, 230, 14):
            words = ("".join(map(chr, rng.integers(97, 123, rng.integers(2, 9)))) for _ in range(8))
            draw.text((10, y), " ".join(words), fill=(20, 20, 20))
        yield image


def patterns(rng: np.random.Generator) -> Iterator[Image.Image]:
    """Noise, waves and mosaics."""
    for k in range(45):
        if k % 3 == 0:
            array = rng.integers(0, 256, (200, 240, 3))
        elif k % 3 == 1:
            y, x = np.mgrid[:200, :240] / rng.uniform(4, 30)
            waves = [np.sin(x * rng.uniform(-1, 1) + y * rng.uniform(-1, 1)) for _ in range(3)]
            array = (np.stack(waves, -1) + 1) * 127
        else:
            array = rng.integers(0, 256, (10, 12, 3)).repeat(20, 0).repeat(20, 1)
        yield Image.fromarray(array.astype(np.uint8))


KINDS = {"photographs": photographs, "charts": charts, "pages": pages, "patterns": patterns}
