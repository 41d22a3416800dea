"""Pixels for the model: which grid an image gets, and its pixels resized and normalised for it.

Opening what a user gives (files, arrays, every colour mode) is in `fusion.opening`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from PIL import Image
from torch import Tensor

MEAN = (0.485, 0.456, 0.406)  # ImageNet, as in the reference document
STD = (0.229, 0.224, 0.225)
STRIDE = 16
WIDEST = 16.0  # beyond this aspect ratio an image is squeezed: a strip has no rows to speak of
GAP = 3.0  # an image more than 2 * GAP times too large is first averaged in whole blocks


@lru_cache(maxsize=4096)
def grid_shape(
    width: int, height: int, *, regions: int = 144, square: bool = False
) -> tuple[int, int]:
    """Rows and columns of the region grid: at most `regions` + 8 % cells, aspect ratio kept; with
    `square` as many rows as columns, at most `regions` cells, and the image is squeezed.

    >>> grid_shape(200, 200), grid_shape(400, 200), grid_shape(20_000, 10)
    ((12, 12), (8, 16), (3, 48))
    >>> grid_shape(400, 200, square=True)
    (12, 12)
    """
    if square:
        return (math.isqrt(regions),) * 2
    widest = math.log(WIDEST)
    aspect = min(max(math.log(width / height), -widest), widest)
    most, least = round(regions * 1.08), round(regions * 0.9)
    shapes = [
        (rows, columns)
        for rows in range(1, most + 1)
        for columns in range(max(1, least // rows), most // rows + 1)
    ]
    return min(
        shapes,
        key=lambda s: (
            round(abs(math.log(s[1] / s[0]) - aspect) / 0.02),
            abs(s[0] * s[1] - regions),
        ),
    )


def resize(image: Image.Image, rows: int, columns: int) -> UInt8[np.ndarray, "h w 3"]:
    """The image at one region = 16 x 16 pixels."""
    size = (columns * STRIDE, rows * STRIDE)
    return np.asarray(image.resize(size, Image.Resampling.BICUBIC, reducing_gap=GAP))


class Sight:
    """How a backbone is shown an image: its pixels at the backbone's size, with parts of it erased
    or not, and these as the numbers that it reads. Ours: 16 x 16 pixels a region."""

    def __init__(self, *, regions: int, square: bool = False) -> None:
        self.regions, self.square = regions, square

    def grid(self, width: int, height: int) -> tuple[int, int]:
        """Rows and columns of the regions of an image of this size; they cover all of it."""
        return grid_shape(width, height, regions=self.regions, square=self.square)

    def pixels(self, picture: Image.Image) -> UInt8[np.ndarray, "h w 3"]:
        return resize(picture, *self.grid(*picture.size))

    def eraser(self, picture: Image.Image) -> Callable[..., UInt8[np.ndarray, "h w 3"]]:
        """Takes masks of any size and gives the pixels with all that they mark filled."""
        return Eraser(picture, *self.grid(*picture.size)).resize

    def numbers(self, pixels: UInt8[np.ndarray, "N h w 3"]) -> Float[Tensor, "N 3 h w"]:
        return normalise(torch.from_numpy(pixels))


class Eraser:
    """An image made ready to be resized with parts of it erased.

    It is first averaged in whole blocks exactly as `resize` does, which is done once.
    """

    def __init__(self, image: Image.Image, rows: int, columns: int) -> None:
        self.size = (columns * STRIDE, rows * STRIDE)
        factors = (
            int(image.width / self.size[0] / GAP) or 1,
            int(image.height / self.size[1] / GAP) or 1,
        )
        self.small = np.asarray(image.reduce(factors) if max(factors) > 1 else image)
        self.box = (0.0, 0.0, image.width / factors[0], image.height / factors[1])

    def resize(self, *erase: Bool[np.ndarray, "_ _"]) -> UInt8[np.ndarray, "h w 3"]:
        """As `resize`, with every pixel that `erase` touches set to the mean colour of the others.

        Each of `erase` has its own size and is stretched over the image. The pixels are filled
        before anything is interpolated, and the mean is taken over what stays, so nothing of what
        is erased is left. Away from what is erased the result is that of `resize`.
        """
        filled = Image.fromarray(fill(self.small, *erase))
        return np.asarray(filled.resize(self.size, Image.Resampling.BICUBIC, box=self.box))


def fill(
    pixels: UInt8[np.ndarray, "h w 3"], *erase: Bool[np.ndarray, "_ _"]
) -> UInt8[np.ndarray, "h w 3"]:
    """A copy in which every pixel that one of `erase` touches, each stretched over the image, has
    the mean colour of the others; grey when there are none.

    >>> fill(np.array([[[8, 8, 8], [90, 0, 0]]], np.uint8), np.array([[False, True]])).tolist()
    [[[8, 8, 8], [8, 8, 8]]]
    """
    rows, columns = pixels.shape[:2]
    gone = np.logical_or.reduce([touched(e, rows, columns) for e in erase])
    stays = (~gone).astype(np.float64).ravel()  # sums of bytes are exact in doubles
    count = stays.sum()
    mean = (stays @ pixels.reshape(-1, 3) / count).round() if count else np.full(3, 128)
    filled = pixels.copy()
    for channel, colour in enumerate(mean):  # several times faster than all three at once
        filled[..., channel][gone] = colour
    return filled


def coverage(
    erase: Bool[np.ndarray, "e f"] | Float[np.ndarray, "e f"], rows: int, columns: int
) -> Float[np.ndarray, "rows columns"]:
    """Share of each cell of a grid, stretched over the same image, that is erased; 0..1. Shares
    0..1 of what is erased may be given, too.

    >>> coverage(np.array([[True, False]]), 1, 4).tolist()
    [[1.0, 1.0, 0.0, 0.0]]
    """
    area = np.zeros((erase.shape[0] + 1, erase.shape[1] + 1))
    area[1:, 1:] = erase.cumsum(0).cumsum(1)  # erased area above and left of each corner
    for axis, cells in ((0, rows), (1, columns)):
        area = np.diff(_at_corners(area, axis, cells), axis=axis)
    cell = erase.shape[0] / rows * erase.shape[1] / columns
    return np.clip(area / cell, 0.0, 1.0)


def touched(
    erase: Bool[np.ndarray, "e f"], rows: int, columns: int
) -> Bool[np.ndarray, "rows columns"]:
    """Cells of a grid, stretched over the same image, of which any part is erased.

    >>> touched(np.array([[True, False, False]]), 1, 2).tolist()
    [[True, False]]
    """
    if erase.shape == (rows, columns):
        return erase
    count = erase.astype(np.int32)
    for axis, cells in ((0, rows), (1, columns)):
        size = count.shape[axis]
        first = np.arange(cells) * size // cells
        past = -(-np.arange(1, cells + 1) * size // cells)
        sums = np.insert(count.cumsum(axis), 0, 0, axis)
        count = np.take(sums, past, axis) - np.take(sums, first, axis)
    return count > 0


def _at_corners(area: np.ndarray, axis: int, cells: int) -> np.ndarray:
    """Linear interpolation of `area` along one axis at the corners of `cells` cells."""
    last = area.shape[axis] - 1
    where = np.linspace(0, last, cells + 1)
    before = np.minimum(where.astype(int), last - 1)
    weight = np.expand_dims(where - before, 1 - axis)
    lower, upper = np.take(area, before, axis), np.take(area, before + 1, axis)
    return lower * (1 - weight) + upper * weight


def normalise(pixels: UInt8[Tensor, "B h w 3"]) -> Float[Tensor, "B 3 h w"]:
    """Bytes to ImageNet-normalised floats, channels first."""
    x = pixels.permute(0, 3, 1, 2).float() / 255.0
    mean, std = torch.tensor(MEAN, device=x.device), torch.tensor(STD, device=x.device)
    return (x - mean.view(3, 1, 1)) / std.view(3, 1, 1)
