"""Pictures and numbers in the form that a browser takes: data URIs and packed floats."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from jaxtyping import Float
from PIL import Image

from viz.plots.scale import colours, opacities, times_uniform

LONGEST_SHOWN = 800
OPACITY = 0.65


def shown(image: Image.Image, longest: int = LONGEST_SHOWN) -> Image.Image:
    """The picture at most `longest` pixels on its longer side, never enlarged."""
    factor = longest / max(image.size)
    if factor >= 1:
        return image
    return image.resize([max(1, round(side * factor)) for side in image.size])


def data_uri(image: Image.Image) -> str:
    """The picture as a JPEG inside a URI: nothing to store, nothing to fetch."""
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, "JPEG", quality=92, subsampling=0)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def overlay(
    image: Image.Image,
    weights: Float[np.ndarray, "H W"] | None,
    *,
    longest: int,
    opacity: float = OPACITY,
) -> Image.Image:
    """The picture with its map laid over it on the page's fixed scale; a fresh picture."""
    base = shown(image.convert("RGB"), longest)
    if weights is None:
        return base.copy()
    times = times_uniform(weights)
    layer = Image.fromarray(colours(times)).resize(base.size, Image.Resampling.NEAREST)
    alpha = (opacities(times, opacity) * 255).astype(np.uint8)
    veil = Image.fromarray(alpha).resize(base.size, Image.Resampling.NEAREST)
    return Image.composite(layer, base, veil)


def pack(array: Float[np.ndarray, "*S"]) -> dict[str, Any]:
    """A float array as its shape and base64 of little-endian float32.

    >>> pack(np.array([[1.0, 0.0]]))
    {'shape': [1, 2], 'data': 'AACAPwAAAAA='}
    """
    data = np.ascontiguousarray(array, dtype="<f4").tobytes()
    return {"shape": list(array.shape), "data": base64.b64encode(data).decode()}
