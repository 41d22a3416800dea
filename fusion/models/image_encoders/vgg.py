"""A small VGG (Simonyan and Zisserman 2015) from torchvision's building blocks, cut at stride 16.

Plain 3 x 3 convolutions and a max-pooling behind each block, with batch normalisation; the last of
VGG's five blocks and its fully connected layers are left out, so the grid is that of the ResNet.
"""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor
from torchvision.models.vgg import make_layers

from fusion.config import BackboneConfig
from fusion.models.image_encoders import IMAGE_ENCODERS
from fusion.models.image_encoders.base import ImageEncoder

HALVE = "M"  # make_layers' sign for a max-pooling


@IMAGE_ENCODERS.register(
    "vgg",
    label="VGG",
    summary="Plain convolutions one after the other, without the shortcuts of a residual network.",
    source="Simonyan, Zisserman 2015; torchvision's VGG blocks",
)
class VGGEncoder(ImageEncoder):
    """Four blocks of convolutions, each halving the image, then regions as in the ResNet."""

    def __init__(self, config: BackboneConfig) -> None:
        super().__init__(config)
        if len(config.widths) != 3:
            raise ValueError(
                f"a VGG of stride 16 has 3 blocks after the first, got {config.widths}"
            )
        self.layers = make_layers(plan(config), batch_norm=True)
        self.add_projection(config.widths[-1])

    def describe(self, pixels: Float[Tensor, "B 3 h w"]) -> Float[Tensor, "B H W C"]:
        maps: Tensor = self.layers(pixels)  # (B, C, H, W)
        return maps.permute(0, 2, 3, 1)


def plan(config: BackboneConfig) -> list[int | str]:
    """Channels of each convolution, with a sign for each halving: one convolution in the place of
    the ResNet's stem, then as many as the ResNet has residual blocks.

    >>> plan(BackboneConfig())
    [32, 'M', 32, 'M', 64, 64, 'M', 160, 160, 160, 'M']
    """
    layers: list[int | str] = [config.widths[0], HALVE]
    for width, blocks in zip(config.widths, config.blocks, strict=True):
        layers += [*[width] * blocks, HALVE]
    return layers
