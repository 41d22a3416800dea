"""Several pictures with a line of text over each, as one picture: for who gets a single image."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from viz.plots.answered import INK
from viz.plots.fonts import families, undrawable

CELL = (2.4, 2.6)  # inches
DOTS_PER_INCH = 100


def side_by_side(titled: Sequence[tuple[str, Image.Image]], *, columns: int) -> Image.Image:
    """The pictures in rows of `columns`, each under its title; letters that no font of this machine
    has are left out of a title. Raises ValueError when there is no picture."""
    if not titled:
        raise ValueError("there is no picture to lay out")
    rows = math.ceil(len(titled) / columns)
    figure = Figure(figsize=(columns * CELL[0], rows * CELL[1]), layout="constrained")
    for place, (title, picture) in enumerate(titled, start=1):
        axes = figure.add_subplot(rows, columns, place)
        axes.imshow(np.asarray(picture))
        axes.set_axis_off()
        axes.set_title(drawable(title), size=9, color=INK, fontfamily=list(families()))
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DOTS_PER_INCH)
    return Image.open(buffer).convert("RGB")


def drawable(title: str) -> str:
    r"""A title with only letters that can be drawn; a dollar sign starts no formula.

    >>> drawable("red" + chr(0x10FFFE)), drawable("$")
    ('red', '\\$')
    """
    missing = undrawable(title)
    return "".join(letter for letter in title if letter not in missing).replace("$", r"\$")
