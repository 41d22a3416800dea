"""The colour scale of differences: blue is less than before, red is more, nothing is nothing.

Fixed and centred on 0, in multiples of the uniform share, so that two differences can be compared.
"""

from __future__ import annotations

import base64

import numpy as np
from jaxtyping import UInt8
from matplotlib import colormaps

NAME = "RdBu_r"
REACH = 6.0  # times uniform, to either side
STEPS = (-6.0, 0.0, 6.0)
VEIL = 1.5  # from here on it lies over the picture as densely as it ever does


def lookup_table() -> UInt8[np.ndarray, "256 3"]:
    """The colours from -`REACH` to `REACH`."""
    return (colormaps[NAME](np.arange(256))[:, :3] * 255).round().astype(np.uint8)


def packed_lookup_table() -> str:
    """The same as base64 of 768 bytes, for the browser."""
    return base64.b64encode(lookup_table().tobytes()).decode()
