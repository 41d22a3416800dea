"""The engine: all that the page and a program see of the models; here torch becomes numpy.

An image is encoded once and kept, by its content; questions, fusions and masks about it cost
only the fusion. Nothing is written to the models, so any number of threads may ask.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float
from PIL import Image
from torch import Tensor

from fusion.cache import Cache
from fusion.data import DATASETS
from fusion.images import coverage, grid_shape, normalise, resize, resize_erased
from fusion.inside import Shown, Words
from fusion.models.masking import Presence
from fusion.models.model import FUSIONS, Backbone
from fusion.models.novelty import Novelty
from fusion.models.store import load_backbone, load_fusion, load_metrics, read_json
from fusion.models.strategies import STRATEGIES
from fusion.models.strategies.base import Fusion
from fusion.models.tokenizer import QuestionTokenizer
from fusion.notices import notice_about
from fusion.opening import open_image
from fusion.outputs import (
    CASES,
    MODALITIES,
    Comparison,
    Explanation,
    FusionInfo,
    FusionOutput,
    ImageEncoding,
    Masking,
    SceneView,
    TextEncoding,
)
from fusion.question import clean_question, language_of, unknown_share

ASSETS = Path(__file__).resolve().parent.parent / "assets"
DEFAULT = "hybrid-additive"
BOTH = frozenset(MODALITIES)
KEPT = {
    "none": frozenset[str](),
    "text": frozenset({"text"}),
    "image": frozenset({"image"}),
    "both": BOTH,
}
