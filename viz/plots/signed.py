"""Maps of explainers over the picture: what speaks for the answer, and what against it.

The scale is that of `viz.plots.scale`, with its colours where nothing can be below 0; a diverging
one of the same width, centred on 0, where something can. Both are fixed.
"""

from __future__ import annotations

import base64
import io

import numpy as np
from jaxtyping import Float, UInt8
from matplotlib import colormaps
from PIL import Image

from viz.plots import scale
from viz.plots.pictures import shown

NAME = "PuOr_r"  # purple is against, orange is for; told apart by the colour-blind
OPACITY = 0.8
BRIGHT = 140  # of 255: black is read on it, white on what is darker


def colours(times: Float[np.ndarray, "*S"], *, signed: bool) -> UInt8[np.ndarray, "*S 3"]:
    """The colour of each value, in times the even share; beyond ±`scale.TOP` nothing changes."""
    if not signed:
        return scale.colours(times)
    place = np.clip((times / scale.TOP + 1) / 2, 0, 1)
    return (colormaps[NAME](place)[..., :3] * 255).round().astype(np.uint8)


def over(
    image: Image.Image, times: Float[np.ndarray, "H W"], *, signed: bool, longest: int
) -> Image.Image:
    """The picture with a map laid over it; what has next to nothing stays as it is."""
    base = shown(image.convert("RGB"), longest)
    layer = Image.fromarray(colours(times, signed=signed))
    veil = (scale.opacities(np.abs(times), OPACITY) * 255).astype(np.uint8)
    size, nearest = base.size, Image.Resampling.NEAREST
    return Image.composite(
        layer.resize(size, nearest), base, Image.fromarray(veil).resize(size, nearest)
    )


def png_uri(image: Image.Image) -> str:
    """The picture as a PNG inside a URI, every pixel as it is."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def chip(value: float, *, signed: bool) -> str:
    """The look of a word whose value, in times the even share, is given: CSS for its chip."""
    times = np.array([value], np.float32)
    red, green, blue = colours(times, signed=signed)[0].tolist()
    opaque = 100 * float(scale.opacities(np.abs(times), OPACITY)[0])
    light = 0.3 * red + 0.6 * green + 0.1 * blue
    ink, covered = ("#000", 40) if light > BRIGHT else ("#fff", 66)  # percent, to be read on
    ink = ink if opaque >= covered else "var(--ink)"
    return (
        f"background:color-mix(in srgb, rgb({red} {green} {blue}) {opaque:.0f}%, var(--card));"
        f"color:{ink}"
    )


def strip(*, signed: bool) -> str:
    """The printed scale as a CSS gradient, from its lowest to its highest value."""
    steps = np.linspace(-scale.TOP if signed else 0.0, scale.TOP, 17)
    stops = ", ".join(f"rgb({r} {g} {b})" for r, g, b in colours(steps, signed=signed).tolist())
    return f"linear-gradient(to right, {stops})"
