"""SIFT, scale-invariant keypoints (Lowe 2004), by scikit-image, gathered on the grid of regions.

A region is described by the mean of the descriptors of the keypoints that fall into it, how many
there are, and their mean scale and orientation; a region without a keypoint by zeros. No gradient
flows through it to the pixels.
"""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float
from skimage.feature import SIFT
from torch import Tensor

from fusion.config import BackboneConfig
from fusion.models.image_encoders import IMAGE_ENCODERS
from fusion.models.image_encoders.base import ImageEncoder
from fusion.models.image_encoders.grey import grey
from fusion.outputs import Keypoints

DESCRIPTOR = 128
CHANNELS = DESCRIPTOR + 4
LENGTH = 512.0  # of a descriptor as scikit-image stores it, in bytes
BROADEST = 8.0  # about the size, in pixels, of the largest keypoints on a region


@IMAGE_ENCODERS.register(
    "sift",
    label="SIFT",
    summary="Describes the surroundings of corners and blobs that are found again at any size and "
    "angle; it is computed, not learned, and blind to colour.",
    source="Lowe 2004; scikit-image's SIFT",
)
class SiftEncoder(ImageEncoder):
    """Descriptors of keypoints, averaged in each region, and a learned projection of them.

    A region in which no keypoint lies knows only where it is and what the image holds on average.
    """

    learns = False

    def __init__(self, config: BackboneConfig) -> None:
        super().__init__(config)
        self.add_projection(CHANNELS)

    def describe(self, pixels: Float[Tensor, "B 3 h w"]) -> Float[Tensor, "B H W C"]:
        rows, columns = (n // self.stride for n in pixels.shape[2:])
        found = np.stack([gathered(k, rows, columns) for k in self.keypoints(pixels)])
        return torch.from_numpy(found).to(pixels.device)

    def keypoints(self, pixels: Float[Tensor, "B 3 h w"]) -> list[Keypoints]:
        """The keypoints of each image, to show them."""
        return [keypoints(image) for image in grey(pixels)]


def keypoints(image: Float[np.ndarray, "h w"]) -> Keypoints:
    """The keypoints of a grey image, 0..1; none in an even one."""
    detector = SIFT()  # it keeps what it finds, so each call has its own
    try:
        detector.detect_and_extract(image)
    except RuntimeError as error:
        if "no features" not in str(error):  # how scikit-image says that there is no keypoint
            raise
        none = np.zeros(0)
        return Keypoints(
            places=np.zeros((0, 2)), radii=none, angles=none, descriptors=np.zeros((0, DESCRIPTOR))
        )
    height, width = image.shape
    return Keypoints(
        places=np.clip((detector.positions[:, ::-1] + 0.5) / (width, height), 0, 1),
        radii=detector.sigmas / width,
        angles=np.pi / 2 - detector.orientations,  # scikit-image counts from down towards right
        descriptors=detector.descriptors / LENGTH,
    )


def gathered(found: Keypoints, rows: int, columns: int) -> Float[np.ndarray, "rows columns C"]:
    """What the keypoints say of each cell of a grid over the image; zeros where there is none."""
    column, row = np.minimum(found.places * (columns, rows), (columns - 1, rows - 1)).astype(int).T
    scale = np.log2(1 + found.radii * columns * ImageEncoder.stride) / np.log2(1 + BROADEST)
    told = np.column_stack(
        [found.descriptors, scale, np.cos(found.angles), np.sin(found.angles), np.ones(len(scale))]
    )
    sums = np.zeros((rows, columns, CHANNELS))
    np.add.at(sums, (row, column), told)
    count = sums[..., -1:]
    means = sums / np.maximum(count, 1)
    means[..., -1:] = np.log1p(count)
    return means.astype(np.float32)
