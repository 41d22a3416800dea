"""Fusion strategies: an image encoding and a text encoding to answer logits. One file each."""

from fusion.registry import Registry

STRATEGIES = Registry("strategy")

from fusion.models.strategies import concat, feature, modality, hybrid  # noqa: E402, F401, I001
