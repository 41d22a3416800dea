"""What all image encoders share: the grid, where each region is, and the way from what an encoder
finds in a region to the width that the fusions take.

Each region also knows where it is and what the image holds on average, because neither
convolution nor a descriptor of gradients tells; then it looks at its neighbours once more, so that
it can tell which part of an object it is.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from fusion.config import BackboneConfig
from fusion.images import STRIDE
from fusion.models.pooling import checked_pooling, pool
from fusion.outputs import ImageEncoding

POSITION_FEATURES = 16
ADDED = ("project", "locate", "context", "neighbours")  # the layers of `add_projection`


class ImageEncoder(nn.Module, ABC):
    """An encoder that describes each region of 16 x 16 pixels by `channels` numbers.

    `learns` says whether this description is learned; the projection behind it always is.
    """

    stride: ClassVar[int] = STRIDE
    learns: ClassVar[bool] = True
    poolings: ClassVar[tuple[str, ...]] = ("mean", "max")
    channels: int

    def __init__(self, config: BackboneConfig) -> None:
        super().__init__()
        self.width = config.width
        self.pooling = checked_pooling(
            config.image_pooling, self.poolings, encoder=type(self).__name__
        )

    def add_projection(self, channels: int) -> None:
        """The learned layers behind the description; called last, so that weights are drawn in
        the order of the forward pass."""
        self.channels, D = channels, self.width
        self.project = nn.Linear(channels, D)
        self.locate = nn.Linear(POSITION_FEATURES, D)
        self.context = nn.Sequential(nn.Linear(2 * D, D), nn.ReLU(), nn.Linear(D, D))
        self.neighbours = nn.Sequential(
            nn.Conv2d(D, D, 3, padding=1), nn.ReLU(), nn.Conv2d(D, D, 3, padding=1)
        )

    def trunk(self) -> dict[str, nn.Module]:
        """The layers that describe a region, by name; none where the description is computed."""
        return {name: layer for name, layer in self.named_children() if name not in ADDED}

    @abstractmethod
    def describe(self, pixels: Float[Tensor, "B 3 h w"]) -> Float[Tensor, "B H W C"]:
        """What each region shows, before it knows where it is."""

    def forward(self, pixels: Float[Tensor, "B 3 h w"]) -> ImageEncoding:
        """Encode images of one size; h and w are multiples of 16, ImageNet-normalised."""
        return self.encode_described(self.describe(pixels))

    def encode_described(self, described: Float[Tensor, "B H W C"]) -> ImageEncoding:
        """The learned layers behind what `describe` gave."""
        H, W = described.shape[1:3]
        local = self.project(described) + self.locate(positions(H, W).to(described.device))
        average = local.mean((1, 2), keepdim=True).expand(-1, H, W, -1)
        regions = local + self.context(torch.cat([local, average], dim=-1))
        return self.encoding(
            regions + self.neighbours(regions.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        )

    def encoding(self, regions: Float[Tensor, "B H W D"]) -> ImageEncoding:
        """The encoding that these regions belong to, new ones or ones that were kept."""
        vectors = regions.flatten(1, 2)
        whole = torch.ones(vectors.shape[:2], dtype=torch.bool, device=regions.device)
        return ImageEncoding(
            regions=regions, pooled=pool(self.pooling, vectors, whole), pooling=self.pooling
        )


def positions(rows: int, columns: int) -> Float[Tensor, "H W F"]:
    """Where each region is: fractions of the image, metric coordinates (units of the square root
    of the area, so that a distance means the same on every aspect ratio), their squares, waves."""
    v, u = torch.meshgrid(
        (torch.arange(rows) + 0.5) / rows, (torch.arange(columns) + 0.5) / columns, indexing="ij"
    )
    side = (rows * columns) ** 0.5
    x, y = (u - 0.5) * columns / side, (v - 0.5) * rows / side
    waves = [f(k * torch.pi * t) for t in (u, v) for k in (1, 2) for f in (torch.sin, torch.cos)]
    plain = [2 * u - 1, 2 * v - 1, 2 * x, 2 * y, 4 * x * x, 4 * y * y]
    return torch.stack([*plain, *waves, u * v, torch.ones_like(u)], dim=-1)
