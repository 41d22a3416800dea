"""Pretrained models from elsewhere behind the engine's contract, one adapter per file.

An entry's name is the `model_type` by which transformers knows the architecture, so that a folder
says itself which adapter reads it. `fusion.adapters.base` says what an adapter must provide.
"""

from fusion.registry import Registry

ADAPTERS = Registry("adapter")

from fusion.adapters import vilt  # noqa: E402, F401
