"""A small ResNet (He et al. 2016) from torchvision's building blocks, cut at stride 16.

The feature map is kept as a grid of regions; the grid follows the image's aspect ratio, so
nothing is cropped, padded or distorted.
"""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor, nn
from torchvision.models.resnet import BasicBlock

from fusion.config import BackboneConfig
from fusion.models.image_encoders import IMAGE_ENCODERS
from fusion.models.image_encoders.base import ImageEncoder


@IMAGE_ENCODERS.register(
    "resnet",
    label="ResNet",
    summary="A small residual network; each region is one cell of its feature map.",
    source="He, Zhang, Ren, Sun 2016; torchvision's BasicBlock",
)
class ResNetEncoder(ImageEncoder):
    """Stem, residual stages, then regions with coordinates and global context."""

    def __init__(self, config: BackboneConfig) -> None:
        super().__init__(config)
        widths = config.widths
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
        self.add_projection(widths[-1])

    def describe(self, pixels: Float[Tensor, "B 3 h w"]) -> Float[Tensor, "B H W C"]:
        maps: Tensor = self.stages(self.stem(pixels))  # (B, C, H, W)
        return maps.permute(0, 2, 3, 1)


def stage(ins: int, outs: int, *, blocks: int, stride: int) -> nn.Sequential:
    """One ResNet stage: the first block changes size and channels, the others keep them."""
    shortcut = None
    if stride != 1 or ins != outs:
        shortcut = nn.Sequential(
            nn.Conv2d(ins, outs, 1, stride=stride, bias=False), nn.BatchNorm2d(outs)
        )
    rest = (BasicBlock(outs, outs) for _ in range(blocks - 1))
    return nn.Sequential(BasicBlock(ins, outs, stride, shortcut), *rest)
