"""The outline of an object as an SVG path, so that it is sharp at every size."""

from __future__ import annotations

from typing import cast

import numpy as np
from contourpy import contour_generator
from jaxtyping import Bool

UNITS = 1000
MOST_POINTS = 160


def outline(mask: Bool[np.ndarray, "h w"]) -> str:
    """Path around the true pixels, in a box of `UNITS` by `UNITS`; empty for an empty mask."""
    height, width = mask.shape
    padded = np.pad(mask.astype(float), 1)
    scale = np.array([UNITS / width, UNITS / height])
    lines = cast(list[np.ndarray], contour_generator(z=padded).lines(0.5))
    return " ".join(_path((line - 0.5) * scale) for line in lines if len(line) > 3)


def _path(points: np.ndarray) -> str:
    step = max(1, len(points) // MOST_POINTS)
    corners = " ".join(f"{x:.0f},{y:.0f}" for x, y in points[::step])
    return f"M{corners}Z"
