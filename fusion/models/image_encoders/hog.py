"""HOG, histograms of oriented gradients (Dalal and Triggs 2005), by scikit-image.

Cells of 8 x 8 pixels, 9 orientations, blocks of 2 x 2 cells, each block normalised (L2-Hys). The
descriptor of a region is that of the window of 32 x 32 pixels around it: nine overlapping blocks.
No gradient flows through it to the pixels.
"""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from skimage.feature import hog
from torch import Tensor

from fusion.config import BackboneConfig
from fusion.models.image_encoders import IMAGE_ENCODERS
from fusion.models.image_encoders.base import ImageEncoder
from fusion.models.image_encoders.grey import grey

ORIENTATIONS, CELL, BLOCK = 9, 8, 2
OFFSETS = range(3)  # blocks of a window in each direction: a cell before the region to one behind
CHANNELS = len(OFFSETS) ** 2 * BLOCK**2 * ORIENTATIONS


@IMAGE_ENCODERS.register(
    "hog",
    label="HOG",
    summary="Counts in which directions brightness changes in and around each region; it is "
    "computed, not learned, and blind to colour.",
    source="Dalal, Triggs 2005; scikit-image's hog",
)
class HogEncoder(ImageEncoder):
    """Histograms of oriented gradients around each region, and a learned projection of them."""

    learns = False

    def __init__(self, config: BackboneConfig) -> None:
        super().__init__(config)
        self.add_projection(CHANNELS)

    def describe(self, pixels: Float[Tensor, "B 3 h w"]) -> Float[Tensor, "B H W C"]:
        found = np.stack([windows(image) for image in grey(pixels)])
        return torch.from_numpy(found).to(pixels.device)


def windows(image: Float[np.ndarray, "h w"]) -> Float[np.ndarray, "H W C"]:
    """The descriptor of every region of a grey image; each block has a length of at most 1."""
    rows, columns = (n // (BLOCK * CELL) for n in image.shape)
    blocks = hog(  # (2 H + 1, 2 W + 1, 2, 2, 9), a block at every cell
        np.pad(image, CELL, mode="edge"),
        orientations=ORIENTATIONS,
        pixels_per_cell=(CELL, CELL),
        cells_per_block=(BLOCK, BLOCK),
        feature_vector=False,
    )
    parts = [
        blocks[r : r + BLOCK * rows : BLOCK, c : c + BLOCK * columns : BLOCK]
        for r in OFFSETS
        for c in OFFSETS
    ]
    return np.stack(parts, axis=2).reshape(rows, columns, CHANNELS).astype(np.float32)
