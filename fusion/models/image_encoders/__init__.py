"""Image encoders: pixels to a grid of regions and one pooled vector. One file each."""

from fusion.registry import Registry

IMAGE_ENCODERS = Registry("image encoder")

from fusion.models.image_encoders import hog, resnet, sift, vgg  # noqa: E402, F401
