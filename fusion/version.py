"""Names for exactly these weights and exactly this data: digests that change whenever they do.

A model's is that of the tensors and settings that answer, so a model that was trained a minute ago
has one too. The data's is that of what the generator makes of a few seeds, not of its source code:
a comment changes nothing, a pixel does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from hashlib import sha256

import numpy as np
from torch import nn

from fusion.config import BackboneConfig, FusionConfig
from fusion.outputs import SceneView

PROBED = range(4)
LENGTH = 12


def model_version(
    parts: Iterable[tuple[nn.Module, BackboneConfig | FusionConfig]], pieces: Iterable[str]
) -> str:
    """The name of modules with their settings and of the word pieces that they read."""
    total = sha256()
    for module, config in parts:
        total.update(json.dumps(config.to_dict(), sort_keys=True).encode())
        for name, tensor in sorted(module.state_dict().items()):
            total.update(name.encode())
            total.update(tensor.cpu().contiguous().numpy().tobytes())
    total.update("\n".join(pieces).encode())
    return total.hexdigest()[:LENGTH]


def data_version(scene: Callable[[int], SceneView]) -> str:
    """The name of a generator, from the pictures, questions and truth of a few seeds."""
    total = sha256()
    for seed in PROBED:
        made = scene(seed)
        total.update(np.asarray(made.image).tobytes())
        total.update(np.packbits(made.masks).tobytes())
        total.update(repr([tuple(question) for question in made.questions]).encode())
    return total.hexdigest()[:LENGTH]
