"""A small ResNet (He et al. 2016) from torchvision's building blocks, cut at stride 16.

The feature map is kept as a grid of regions; the grid follows the image's aspect ratio, so
nothing is cropped, padded or distorted. Each region also knows where it is and what the image
holds on average, because convolution alone tells neither; then it looks at its neighbours once
more, so that it can tell which part of an object it is.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torchvision.models.resnet import BasicBlock

from fusion.config import BackboneConfig
from fusion.models.image_encoders import IMAGE_ENCODERS
from fusion.outputs import ImageEncoding

STRIDE = 16


@IMAGE_ENCODERS.register(
    "resnet",
    label="ResNet",
    summary="A small residual network; each region is one cell of its feature map.",
    source="He, Zhang, Ren, Sun 2016; torchvision's BasicBlock",
)
class ResNetEncoder(nn.Module):
    """Stem, residual stages, then regions with coordinates and global context."""

    stride = STRIDE

    def __init__(self, config: BackboneConfig) -> None:
        super().__init__()
        widths, D = config.widths, config.width
        self.stem = nn.Sequential(
            nn.Conv2d(3, widths[0], 7, stride=2, padding=3, bias=False),
            nn.BatchNorm2d(widths[0]),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=2, padding=1),
        )
        ins = (widths[0], *widths[:-1])
        self.stages = nn.Sequential(
            *(
                stage(i, o, blocks=n, stride=1 if k == 0 else 2)
                for k, (i, o, n) in enumerate(zip(ins, widths, config.blocks, strict=True))
            )
        )
        self.project = nn.Linear(widths[-1], D)
        self.locate = nn.Linear(POSITION_FEATURES, D)
        self.context = nn.Sequential(nn.Linear(2 * D, D), nn.ReLU(), nn.Linear(D, D))
        self.neighbours = nn.Sequential(
            nn.Conv2d(D, D, 3, padding=1), nn.ReLU(), nn.Conv2d(D, D, 3, padding=1)
        )

    def forward(self, pixels: Float[Tensor, "B 3 h w"]) -> ImageEncoding:
        """Encode images of one size; h and w are multiples of 16, ImageNet-normalised."""
        maps = self.stages(self.stem(pixels))  # (B, C, H, W)
        H, W = maps.shape[2:]
        local = self.project(maps.permute(0, 2, 3, 1)) + self.locate(
            positions(H, W).to(maps.device)
        )
        average = local.mean((1, 2), keepdim=True).expand(-1, H, W, -1)
        regions = local + self.context(torch.cat([local, average], dim=-1))
        regions = regions + self.neighbours(regions.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        return ImageEncoding(regions=regions, pooled=regions.mean((1, 2)))


def stage(ins: int, outs: int, *, blocks: int, stride: int) -> nn.Sequential:
    """One ResNet stage: the first block changes size and channels, the others keep them."""
    shortcut = None
    if stride != 1 or ins != outs:
        shortcut = nn.Sequential(
            nn.Conv2d(ins, outs, 1, stride=stride, bias=False), nn.BatchNorm2d(outs)
        )
    rest = (BasicBlock(outs, outs) for _ in range(blocks - 1))
    return nn.Sequential(BasicBlock(ins, outs, stride, shortcut), *rest)


POSITION_FEATURES = 16


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
