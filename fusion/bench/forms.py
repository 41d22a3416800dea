"""The backbone in other forms: what each costs, and what it does to the answers.

    python -m fusion.bench --only forms --out assets/bench.json

Every form encodes the same new images and questions in turns, and the default fusion answers the
same test questions from what it gives. `compiled` is torch.compile, which translates for seconds
before its first answer and needs a C++ compiler where it runs; the layers behind the convolutions
are left out of it, for torch 2.13 cannot translate them for images of any size.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from fusion.bench.engine_times import FIRST_SCENE, question
from fusion.bench.timing import milliseconds, summary
from fusion.engine import Engine
from fusion.images import grid_shape, normalise, resize
from fusion.models.folding import fold_batch_norms
from fusion.models.model import Backbone
from fusion.models.store import load_backbone
from fusion.outputs import ImageEncoding, TextEncoding
from fusion.shipped import ASSETS, DEFAULT, Family, load_family
from fusion.training.evaluate import mark
from fusion.training.exam import SETS, encoded_papers, exam_papers
from fusion.training.statistics import share

WARM_UP = 3
SERVED = "folded"


class Reduced(nn.Module):
    """A backbone whose convolutions and matrix products compute in bfloat16."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        self.backbone, self.config = backbone, backbone.config

    def encode_image(self, pixels: torch.Tensor) -> ImageEncoding:
        with torch.autocast("cpu", torch.bfloat16):
            found = self.backbone.encode_image(pixels)
        return replace(found, regions=found.regions.float(), pooled=found.pooled.float())

    def encode_text(self, ids: torch.Tensor, mask: torch.Tensor) -> TextEncoding:
        with torch.autocast("cpu", torch.bfloat16):
            found = self.backbone.encode_text(ids, mask)
        return replace(found, tokens=found.tokens.float(), pooled=found.pooled.float())


def plain(backbone: Backbone) -> Backbone:
    """As it was trained."""
    return backbone


def folded(backbone: Backbone) -> Backbone:
    """As it is served: batch normalisation is part of the convolutions."""
    fold_batch_norms(backbone.image_encoder)
    return backbone


def bfloat16(backbone: Backbone) -> Reduced:
    """Folded, and in bfloat16, which the processor must know or it takes longer."""
    return Reduced(folded(backbone))


def int8(backbone: Backbone) -> Backbone:
    """Folded, and the weights of all linear layers as 8-bit integers."""
    from torch.ao.quantization import quantize_dynamic

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch says that this will move to another package
        quantised: Backbone = quantize_dynamic(folded(backbone), {nn.Linear}, dtype=torch.qint8)
    return quantised


def compiled(backbone: Backbone) -> Backbone:
    """Folded; torch.compile translates the convolutions and the text encoder."""
    folded(backbone)
    for part in (*backbone.image_encoder.trunk().values(), backbone.text_encoder):
        part.compile(dynamic=True)
    return backbone


FORMS: Mapping[str, Callable[[Backbone], Any]] = {
    form.__name__: form for form in (plain, folded, bfloat16, int8, compiled)
}


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Asked:
    """An image and a question as the encoders take them."""

    pixels: torch.Tensor
    ids: torch.Tensor
    mask: torch.Tensor


def measure_forms(
    *,
    repeats: int,
    scenes: int = SETS["test"].scenes,
    threads: int = 2,
    forms: Sequence[str] = tuple(FORMS),
    assets: Path = ASSETS,
) -> dict[str, Any]:
    """Milliseconds to encode one new image and one question, seconds until the first is encoded,
    and the share of right answers on so many of the test scenes."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        family = load_family(assets)
        asked = _asked(family, WARM_UP + repeats)
        built: dict[str, Any] = {}
        first: dict[str, float] = {}
        for name in forms:
            built[name] = FORMS[name](load_backbone(assets / "backbone"))
            first[name] = round(milliseconds(partial(_encode, built[name], asked[0])) / 1000, 2)
        times = _times(built, asked)
        right = _right(built, family, scenes)
    finally:
        torch.set_num_threads(before)
    entries = {
        name: {
            "what": str(FORMS[name].__doc__).split("\n")[0],
            **summary(times[name][WARM_UP:]),
            "first_s": first[name],
            "accuracy": share(right[name]),
        }
        for name in forms
    }
    return {"threads": threads, "fusion": DEFAULT, "served": SERVED, "forms": entries}


def _asked(family: Family, count: int) -> list[Asked]:
    """New images and questions, as the encoders take them."""
    regions, tokenizer = family.inputs.backbone.config.regions, family.inputs.tokenizer
    engine, found = Engine(family), []
    for seed in range(FIRST_SCENE, FIRST_SCENE + count):
        scene = engine.scene(seed)
        shape = grid_shape(*scene.image.size, regions=regions)
        pixels = torch.from_numpy(resize(scene.image, *shape).copy())[None]
        words = tokenizer.encode([question(scene, 0)])
        found.append(Asked(pixels=normalise(pixels), ids=words.ids, mask=words.mask))
    return found


@torch.inference_mode()
def _encode(backbone: Any, asked: Asked) -> None:
    backbone.encode_image(asked.pixels)
    backbone.encode_text(asked.ids, asked.mask)


def _times(built: Mapping[str, Any], asked: Sequence[Asked]) -> dict[str, list[float]]:
    """The forms take turns, so that all share the machine's moods."""
    times: dict[str, list[float]] = {name: [] for name in built}
    for one in tqdm(asked, desc="forms", leave=False):
        for name, backbone in built.items():
            times[name].append(milliseconds(partial(_encode, backbone, one)))
    return times


def _right(built: Mapping[str, Any], family: Family, scenes: int) -> dict[str, np.ndarray]:
    """Which answers to the test questions are right, from the encodings of each form."""
    exam, regions = replace(SETS["test"], scenes=scenes), family.inputs.backbone.config.regions
    papers, right = exam_papers(exam, regions=regions), {}
    for name, backbone in tqdm(built.items(), desc="answers", leave=False):
        sheets = encoded_papers(papers, backbone, family.inputs.tokenizer)
        right[name] = mark(family.fusions[DEFAULT], sheets, (True, True)).right
    return right
