"""A ResNet (He et al. 2016) from torchvision's building blocks, cut at stride 16.

The feature map is kept as a grid of regions; the grid follows the image's aspect ratio, so
nothing is cropped, padded or distorted.
"""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor, nn
from torchvision.models.resnet import BasicBlock, Bottleneck

from fusion.config import BackboneConfig
from fusion.models.image_encoders import IMAGE_ENCODERS
from fusion.models.image_encoders.base import ImageEncoder

BLOCKS = {"basic": BasicBlock, "bottleneck": Bottleneck}
# A shortcut that halves the grid is a 1 x 1 convolution of stride 2. For fewer channels than a
# vector register holds (8 with AVX2, 16 with AVX-512) and channels-last maps, oneDNN 3.12, which is
# in torch 2.13, writes past its buffer when it computes the weights' gradient: a crash, or wrong
# numbers without a word (oneDNN issue 6035). Seen with AVX2: 3, 4, 5 and 7 channels are wrong or
# crash; 8, 9, 12, 15, 16 and 20 agree with torch's own kernel.
NARROWEST = 16


@IMAGE_ENCODERS.register(
    "resnet",
    label="ResNet",
    summary="A residual network; each region is one cell of its feature map.",
    source="He, Zhang, Ren, Sun 2016; torchvision's BasicBlock and Bottleneck",
)
class ResNetEncoder(ImageEncoder):
    """Stem, residual stages, then regions with coordinates and global context."""

    def __init__(self, config: BackboneConfig) -> None:
        super().__init__(config)
        if config.block not in BLOCKS:
            raise ValueError(f"unknown block {config.block!r}; known: {', '.join(BLOCKS)}")
        if len(config.widths) < 3:
            raise ValueError(f"a ResNet of stride 16 has at least 3 stages, got {config.widths}")
        block, widths = BLOCKS[config.block], config.widths
        self.stem = nn.Sequential(
            nn.Conv2d(3, widths[0], 7, stride=2, padding=3, bias=False),
            nn.BatchNorm2d(widths[0]),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=2, padding=1),
        )
        outs = [width * block.expansion for width in widths]
        ins = (widths[0], *outs[:-1])
        self.stages = nn.Sequential(
            *(
                stage(block, i, width, blocks=n, index=k)
                for k, (i, width, n) in enumerate(zip(ins, widths, config.blocks, strict=True))
            )
        )
        self.add_projection(outs[-1])

    def describe(self, pixels: Float[Tensor, "B 3 h w"]) -> Float[Tensor, "B H W C"]:
        maps: Tensor = self.stages(self.stem(pixels))  # (B, C, H, W)
        return maps.permute(0, 2, 3, 1)


def stage(
    block: type[BasicBlock | Bottleneck], ins: int, width: int, *, blocks: int, index: int
) -> nn.Sequential:
    """One ResNet stage: the first block changes size and channels, the others keep them.

    The second and third stage halve the grid, which then has stride 16. A later one keeps it, and
    its bottlenecks look twice as far instead (torchvision's replace_stride_with_dilation).
    """
    stride, outs, shortcut = 2 if index in (1, 2) else 1, width * block.expansion, None
    if stride == 2 and ins < NARROWEST:
        raise ValueError(
            f"stage {index + 1} of the ResNet halves a grid of {ins} channels; at least "
            f"{NARROWEST} are needed, for narrower ones get wrong gradients"
        )
    if stride != 1 or ins != outs:
        shortcut = nn.Sequential(
            nn.Conv2d(ins, outs, 1, stride=stride, bias=False), nn.BatchNorm2d(outs)
        )
    wider = {"dilation": 2 ** max(0, index - 2)} if block is Bottleneck else {}
    rest = (block(outs, width, **wider) for _ in range(blocks - 1))
    return nn.Sequential(block(ins, width, stride, shortcut), *rest)
