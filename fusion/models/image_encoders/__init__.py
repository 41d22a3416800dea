"""Image encoders: pixels to a grid of regions and one pooled vector. One file each."""

from fusion.registry import Registry

IMAGE_ENCODERS = Registry("image encoder")

from fusion.models.image_encoders import resnet  # noqa: E402, F401
