"""Fits the novelty detector and measures it: what share of scenes and of other pictures it flags.

Every description in the registry is fitted to scenes of the training looks, with the threshold
that flags one in a hundred of other scenes; the one that flags most other pictures is shipped.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from fusion.data.shapes.draw import draw
from fusion.data.shapes.scene import make_scene
from fusion.images import grid_shape, normalise, resize
from fusion.models.model import Backbone
from fusion.models.novelty import DESCRIPTIONS, Novelty
from fusion.models.store import load_backbone, write_atomically
from fusion.training.others import KINDS
from fusion.training.statistics import share

COMMAND = "python -m fusion.training novelty"
FITTED, THRESHOLD, TESTED = 2500, 1000, 600
FIRST_SCENE = 4_000_000
FLAGGED = 0.01


@torch.inference_mode()
def described(images: Iterable[Image.Image], backbone: Backbone) -> dict[str, Tensor]:
    """Every description of every image."""
    found: dict[str, list[Tensor]] = {name: [] for name in DESCRIPTIONS}
    for image in images:
        rows, columns = grid_shape(*image.size, regions=backbone.config.regions)
        pixels = normalise(torch.from_numpy(np.array(resize(image, rows, columns)))[None])
        encoding = backbone.encode_image(pixels)
        for name, parts in found.items():
            parts.append(DESCRIPTIONS[name].build(encoding, pixels)[0])
    return {name: torch.stack(parts) for name, parts in found.items()}


def scenes(first: int, count: int, looks: str = "train") -> Iterable[Image.Image]:
    """Drawn scenes."""
    return (draw(make_scene(seed, looks=looks)).image for seed in range(first, first + count))


def fit_novelty(assets: Path) -> dict[str, Any]:
    """Fit every description, write the best detector beside the backbone and the figures of all
    to novelty.json."""
    backbone = load_backbone(assets / "backbone")
    fitted = described(scenes(FIRST_SCENE, FITTED), backbone)
    others = described(scenes(FIRST_SCENE + FITTED, THRESHOLD), backbone)
    rng = np.random.default_rng(0)
    tests = {
        "scenes": described(scenes(100_000, TESTED), backbone),
        "scenes, held-out looks": described(scenes(100_000, TESTED, "held-out"), backbone),
    } | {kind: described(make(rng), backbone) for kind, make in KINDS.items()}
    found: dict[str, Any] = {}
    detectors: dict[str, Novelty] = {}
    for name in DESCRIPTIONS:
        detector = Novelty.fit(fitted[name], description=name).with_threshold(
            others[name], flagged=FLAGGED
        )
        detectors[name] = detector
        found[name] = {
            kind: share((detector.distance(sets[name]) > detector.threshold).numpy())
            for kind, sets in tests.items()
        }
    best = max(found, key=lambda name: _caught(found[name]))
    detectors[best].save(assets / "backbone" / "novelty.safetensors")
    figures = {"created_with": COMMAND, "chosen": best, "flagged": found}
    write_atomically(assets / "novelty.json", json.dumps(figures, indent=1) + "\n")
    return figures


def _caught(flagged: dict[str, dict[str, Any]]) -> float:
    """Mean share of the other pictures that is flagged, kinds counting alike."""
    return float(np.mean([flagged[k]["correct"] / flagged[k]["count"] for k in KINDS]))
