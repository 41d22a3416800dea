"""The models: encoders, attention, masking, fusion strategies, and how they are stored."""

from fusion.platform import prepare_torchvision

prepare_torchvision()
