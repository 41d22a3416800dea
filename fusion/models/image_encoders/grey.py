"""From the model's pixels back to a grey image, for the descriptors that know no colour."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from torch import Tensor

from fusion.images import MEAN, STD

LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601: how bright red, green and blue look


def grey(pixels: Float[Tensor, "B 3 h w"]) -> Float[np.ndarray, "B h w"]:
    """Luminance in whole 255ths, 0..1, of ImageNet-normalised pixels; the normalisation is undone.

    Whole 255ths keep an even area even: the descriptors would otherwise enlarge rounding errors.
    """
    x = pixels.detach().cpu().double().numpy()
    red, green, blue = (x[:, k] * STD[k] + MEAN[k] for k in range(3))
    bright = LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue
    levels: np.ndarray = np.clip(np.rint(bright * 255), 0, 255) / 255
    return levels
