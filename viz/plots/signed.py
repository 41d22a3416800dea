"""Maps of explainers over the picture: what speaks for the answer, and what against it.

The scale is that of `viz.plots.scale`, with its colours where nothing can be below 0; a diverging
one of the same width, centred on 0, where something can. Both are fixed.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, UInt8
from matplotlib import colormaps
from PIL import Image

from viz.plots import scale
from viz.plots.pictures import shown

NAME = "PuOr_r"  # purple is against, orange is for; told apart by the colour-blind
OPACITY = 0.8
CARDS = (255, 255, 255), (21, 28, 40)  # the page around a word, light and dark
INKS = {
    "var(--ink)": ((22, 32, 47), (234, 240, 249)),  # on either page
    "#000": ((0, 0, 0),) * 2,
    "#fff": ((255, 255, 255),) * 2,
}


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
    red, green, blue = colour = colours(times, signed=signed)[0].tolist()
    opaque = 100 * float(scale.opacities(np.abs(times), OPACITY)[0])
    grounds = [np.average([colour, card], 0, [opaque, 100 - opaque]).tolist() for card in CARDS]
    ink = max(INKS, key=lambda name: min(map(_contrast, INKS[name], grounds)))
    return (
        f"background:color-mix(in srgb, rgb({red} {green} {blue}) {opaque:.0f}%, var(--card));"
        f"color:{ink}"
    )


def _contrast(ink: Sequence[float], ground: Sequence[float]) -> float:
    """The contrast ratio of WCAG 2, from 1 to 21.

    >>> round(_contrast((0, 0, 0), (255, 255, 255)))
    21
    """
    parts = np.array([ink, ground]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    darker, brighter = sorted((linear @ (0.2126, 0.7152, 0.0722)).tolist())
    return float((brighter + 0.05) / (darker + 0.05))


def strip(*, signed: bool) -> str:
    """The printed scale as a CSS gradient, from its lowest to its highest value."""
    steps = np.linspace(-scale.TOP if signed else 0.0, scale.TOP, 17)
    stops = ", ".join(f"rgb({r} {g} {b})" for r, g, b in colours(steps, signed=signed).tolist())
    return f"linear-gradient(to right, {stops})"
