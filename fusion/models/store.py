"""Models on disk: one folder each, safetensors and JSON; nothing is ever unpickled.

    backbone/            config.json  model.safetensors  tokenizer.json  answers.json
                         metrics.json  novelty.safetensors (optional)
    fusions/<name>/      config.json  model.safetensors  metrics.json

Weights are stored in half precision and computed with in single precision. Files are written
beside their place and then moved, so an interrupted write never leaves half a file.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from fusion.config import BackboneConfig, Config, FusionConfig
from fusion.models.model import Backbone, build_fusion
from fusion.models.strategies.base import Fusion

C = TypeVar("C", bound=Config)
M = TypeVar("M", bound=nn.Module)


def write_atomically(path: Path, text: str) -> None:
    """Write a text file so that a reader sees the old one or the new one, whole; OSError saying so
    when it cannot be written."""
    _replace(path, lambda part: part.write_text(text))


def save_tensors(tensors: dict[str, Tensor], path: Path) -> None:
    """Write tensors as safetensors, in the same way."""
    whole = {name: t.contiguous() for name, t in tensors.items()}
    _replace(path, lambda part: save_file(whole, part))


def save_array(values: np.ndarray, path: Path) -> None:
    """Write an array as NumPy does, in the same way."""

    def write(part: Path) -> None:
        with part.open("wb") as file:
            np.save(file, values)

    _replace(path, write)


def _replace(path: Path, write: Callable[[Path], object]) -> None:
    """Put what `write` writes beside the path in its place; if it cannot, leave all as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        write(part)
        os.replace(part, path)
    except (OSError, SafetensorError) as error:
        part.unlink(missing_ok=True)
        raise OSError(
            f"{path.parent.name}/{path.name} cannot be written, and is as it was: {error}"
        ) from error


def save_model(folder: Path, module: nn.Module, config: Config) -> None:
    """Write a model's weights (half precision) and configuration."""
    state = {n: t.half() if t.is_floating_point() else t for n, t in module.state_dict().items()}
    save_tensors(state, folder / "model.safetensors")
    write_atomically(folder / "config.json", json.dumps(config.to_dict(), indent=2) + "\n")


def load_weights(module: nn.Module, path: Path) -> None:
    """Fill a model with stored weights; raises ValueError naming the file and what is wrong."""
    try:
        state = load_file(path)
    except (OSError, SafetensorError) as error:
        raise ValueError(
            f"the weights {path.parent.name}/{path.name} are missing or damaged: {error}"
        ) from error
    known = module.state_dict()
    wrong = sorted(set(known) ^ set(state)) or [
        f"{n} {tuple(state[n].shape)} instead of {tuple(known[n].shape)}"
        for n in known
        if known[n].shape != state[n].shape
    ]
    if wrong:
        raise ValueError(
            f"the weights {path.parent.name}/{path.name} do not fit the model their config.json "
            f"describes: {', '.join(wrong[:4])}"
        )
    if not all(torch.isfinite(t).all() for t in state.values()):
        raise ValueError(f"the weights {path.parent.name}/{path.name} hold numbers not finite")
    module.load_state_dict(state)


def frozen(module: nn.Module) -> None:
    """Make a model ready to be served: evaluation mode, no gradients for its parameters."""
    module.eval()
    module.requires_grad_(False)


def load_backbone(folder: Path) -> Backbone:
    """The backbone of a folder, frozen; raises ValueError when anything about it is wrong."""
    backbone = _built(Backbone, BackboneConfig.load(folder / "config.json"), folder)
    load_weights(backbone, folder / "model.safetensors")
    frozen(backbone)
    return backbone


def load_fusion(folder: Path) -> Fusion:
    """The fusion of a folder, frozen; raises ValueError when anything about it is wrong."""
    fusion = _built(build_fusion, FusionConfig.load(folder / "config.json"), folder)
    load_weights(fusion, folder / "model.safetensors")
    frozen(fusion)
    return fusion


def _built(build: Callable[[C], M], config: C, folder: Path) -> M:
    """The model a configuration describes; torch and transformers complain in many ways."""
    try:
        return build(config)
    except (TypeError, ValueError, RuntimeError, ArithmeticError, IndexError) as error:
        raise ValueError(
            f"the config.json of {folder.name} does not describe a model: {error}"
        ) from error


def save_family(
    folder: Path,
    backbone: Backbone,
    *,
    tokenizer: str,
    answers: Mapping[str, Mapping[str, str]],
    fusions: Iterable[Fusion],
) -> None:
    """Write backbone/ and fusions/ as `fusion.shipped.load_family` reads them: `tokenizer` is the
    text of tokenizer.json, `answers` the name of each answer in each language."""
    save_model(folder / "backbone", backbone, backbone.config)
    write_atomically(folder / "backbone" / "tokenizer.json", tokenizer)
    names = json.dumps(answers, indent=1, ensure_ascii=False)
    write_atomically(folder / "backbone" / "answers.json", names + "\n")
    for fusion in fusions:
        save_model(folder / "fusions" / fusion.config.name, fusion, fusion.config)


def stored_numbers(folder: Path) -> int:
    """How many numbers the weights of a folder hold, of which only the header is read; raises
    ValueError when they are missing or damaged."""
    path = folder / "model.safetensors"
    try:
        with safe_open(path, framework="pt") as file:
            shapes = [file.get_slice(name).get_shape() for name in file.keys()]  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise ValueError(
            f"the weights {folder.name}/{path.name} are missing or damaged: {error}"
        ) from error
    return sum(math.prod(shape) for shape in shapes)


def load_answers(folder: Path) -> dict[str, dict[str, str]]:
    """answers.json of a backbone: the name of every answer in every language, by its id."""
    answers = read_json(folder / "answers.json")
    if not answers or not all(isinstance(names, dict) and names for names in answers.values()):
        raise ValueError(f"{folder.name}/answers.json must give each answer a name per language")
    return answers


def load_metrics(folder: Path) -> dict[str, Any]:
    """What the evaluation command wrote about a model; empty when it has not run."""
    path = folder / "metrics.json"
    return read_json(path) if path.exists() else {}


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object; raises ValueError naming the file when it is missing or damaged."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(
            f"{path.parent.name}/{path.name} is missing or damaged: {error}"
        ) from error
    if not isinstance(values, dict):
        raise ValueError(f"{path.parent.name}/{path.name} must hold a JSON object")
    return values
