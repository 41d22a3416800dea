"""The one colour scale of the page: how many times its uniform share a region or a word got.

Fixed, so that two maps can be compared: 0 is dark, `TOP` times uniform and above is bright. A map
that looks everywhere alike is flat and dark, and noise is never stretched until it looks sharp.
"""

from __future__ import annotations

import base64

import numpy as np
from jaxtyping import Float, UInt8
from matplotlib import colormaps

TOP = 10.0
TICKS = (1.0, 5.0, 10.0)
VEIL = 2.0
NAME = "viridis"


def lookup_table() -> UInt8[np.ndarray, "256 3"]:
    """The colours of the scale from 0 to `TOP`, dark to bright."""
    return (colormaps[NAME](np.arange(256))[:, :3] * 255).round().astype(np.uint8)


def packed_lookup_table() -> str:
    """The same as base64 of 768 bytes, for the browser."""
    return base64.b64encode(lookup_table().tobytes()).decode()


def times_uniform(weights: Float[np.ndarray, "*S"]) -> Float[np.ndarray, "*S"]:
    """Weights as multiples of the share each would have if all were alike.

    >>> times_uniform(np.array([0.5, 0.25, 0.25, 0.0])).tolist()
    [2.0, 1.0, 1.0, 0.0]
    """
    return weights * weights.size


def colours(times: Float[np.ndarray, "*S"]) -> UInt8[np.ndarray, "*S 3"]:
    """Colour of each value given in times uniform; everything from `TOP` on is the brightest."""
    return lookup_table()[(np.clip(times / TOP, 0, 1) * 255).round().astype(int)]


def opacities(times: Float[np.ndarray, "*S"], opacity: float) -> Float[np.ndarray, "*S"]:
    """How opaque the map lies over the picture: full from `VEIL` times uniform on, less below it,
    so that what is hardly looked at stays as it is."""
    return opacity * np.clip(times / VEIL, 0, 1)
