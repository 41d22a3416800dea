"""Models on disk: what was saved comes back, and what is wrong is named in a plain sentence."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from fusion.config import FusionConfig
from fusion.engine import Engine
from fusion.models import store
from fusion.models.model import build_fusion
from fusion.training.checkpoint import load_checkpoint, save_checkpoint
from tests.conftest import fusion_config


@pytest.fixture
def assets(tiny_assets: Path, tmp_path: Path) -> Path:
    """A copy that may be damaged."""
    return Path(shutil.copytree(tiny_assets, tmp_path / "assets"))


def change_json(path: Path, **values: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def spoil(path: Path, change: Callable[[dict[str, torch.Tensor]], object]) -> None:
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path)


def first_of(tensors: dict[str, torch.Tensor]) -> str:
    return next(n for n, t in tensors.items() if t.is_floating_point() and t.numel() > 1)


def test_weights_come_back_in_half_precision(tmp_path: Path) -> None:
    config = fusion_config("hybrid", "dot", ("yes", "no"))
    fusion = build_fusion(config)
    store.save_model(tmp_path, fusion, config)
    again = store.load_fusion(tmp_path)
    assert again.config == config and not again.training
    for name, tensor in fusion.state_dict().items():
        assert torch.equal(again.state_dict()[name], tensor.half().float()), name


def test_saving_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    config = fusion_config("modality", "self", ("yes", "no"))
    fusion = build_fusion(config)
    for folder in ("a", "b"):
        store.save_model(tmp_path / folder, fusion, config)
    one, two = (tmp_path / f / "model.safetensors" for f in ("a", "b"))
    assert one.read_bytes() == two.read_bytes()


FUSION = "fusions/hybrid-self"
DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "no weights": (lambda a: (a / FUSION / "model.safetensors").unlink(), "missing or damaged"),
    "cut weights": (lambda a: cut(a / FUSION / "model.safetensors"), "missing or damaged"),
    "empty weights": (
        lambda a: (a / FUSION / "model.safetensors").write_bytes(b""),
        "missing or damaged",
    ),
    "text as weights": (
        lambda a: (a / "backbone" / "model.safetensors").write_text("not weights at all"),
        "backbone/model.safetensors are missing or damaged",
    ),
    "one tensor less": (
        lambda a: spoil(a / FUSION / "model.safetensors", lambda t: t.pop(first_of(t))),
        "do not fit",
    ),
    "one tensor more": (
        lambda a: spoil(a / FUSION / "model.safetensors", lambda t: t.update(odd=torch.zeros(2))),
        "do not fit.*odd",
    ),
    "another shape": (
        lambda a: change_json(a / FUSION / "config.json", hidden=13),
        "do not fit.*instead of",
    ),
    "not a number": (
        lambda a: spoil(
            a / "backbone" / "model.safetensors", lambda t: t[first_of(t)].fill_(torch.nan)
        ),
        "not finite",
    ),
    "cut config": (lambda a: cut(a / FUSION / "config.json"), "cannot read.*config.json"),
    "unknown key": (lambda a: change_json(a / FUSION / "config.json", depth=2), "no depth; known"),
    "unknown strategy": (
        lambda a: change_json(a / FUSION / "config.json", strategy="late"),
        "unknown strategy 'late'; known",
    ),
    "impossible config": (
        lambda a: change_json(a / FUSION / "config.json", heads=5),
        "does not describe a model",
    ),
    "config of another type": (
        lambda a: change_json(a / "backbone" / "config.json", width="wide"),
        "does not describe a model|cannot read",
    ),
    "another fusion's folder": (
        lambda a: shutil.copytree(a / "fusions/concat", a / FUSION, dirs_exist_ok=True),
        "hybrid-self holds the fusion concat",
    ),
    "another backbone's width": (
        lambda a: store.save_model(
            a / "fusions/concat",
            build_fusion(FusionConfig(strategy="concat", attention=None, answers=("yes",))),
            FusionConfig(strategy="concat", attention=None, answers=("yes",)),
        ),
        "width 128.*12",
    ),
    "other answers": (
        lambda a: change_json(a / "backbone" / "answers.json", odd={"en": "odd", "zh": "怪"}),
        "answers of the fusion",
    ),
    "an answer without a Chinese name": (
        lambda a: change_json(a / "backbone" / "answers.json", **{"colour.red": {"en": "red"}}),
        "no name for colour.red in zh",
    ),
    "no answers": (lambda a: (a / "backbone" / "answers.json").unlink(), "answers.json is missing"),
    "empty answers": (lambda a: (a / "backbone" / "answers.json").write_text("{}"), "name"),
    "a list of answers": (lambda a: (a / "backbone" / "answers.json").write_text("[]"), "object"),
    "no tokenizer": (lambda a: (a / "backbone" / "tokenizer.json").unlink(), "tokenizer"),
    "cut tokenizer": (lambda a: cut(a / "backbone" / "tokenizer.json"), "tokenizer"),
    "too many words": (
        lambda a: change_json(a / "backbone" / "config.json", vocabulary=20),
        "fit|word pieces",
    ),
    "no fusions": (lambda a: shutil.rmtree(a / "fusions"), "there is no fusion"),
    "no backbone": (lambda a: shutil.rmtree(a / "backbone"), "missing|cannot read"),
    "damaged metrics": (
        lambda a: (a / FUSION / "metrics.json").write_text("{"),
        "metrics.json is missing or damaged",
    ),
    "damaged novelty": (
        lambda a: (a / "backbone" / "novelty.safetensors").write_bytes(b"no"),
        "novelty.*damaged",
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_named(assets: Path, damage: str) -> None:
    spoiled, message = DAMAGE[damage]
    spoiled(assets)
    with pytest.raises(ValueError, match=message):
        Engine.load(assets)


def test_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="missing"):
        Engine.load(tmp_path / "nowhere")


def test_engine_without_the_other_fusions(assets: Path, picture: Image.Image) -> None:
    """While training goes on, what is there already can be looked at."""
    for name in ("concat", "feature-self"):
        shutil.rmtree(assets / "fusions" / name)
    engine = Engine.load(assets)
    assert len(engine.compare(picture, "what colour is the star?").explanations) == 8


def test_without_the_default_fusion_the_first_is_the_default(
    assets: Path, picture: Image.Image
) -> None:
    assert Engine.load(assets).default_fusion == "hybrid-additive"
    shutil.rmtree(assets / "fusions" / "hybrid-additive")
    engine = Engine.load(assets)
    assert engine.default_fusion == engine.fusions[0].name == "concat"
    assert engine.ask(picture, "what colour is the star?").fusion == "concat"


def test_interrupted_write_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.safetensors"
    store.save_tensors({"a": torch.ones(3)}, path)

    def half(tensors: dict[str, torch.Tensor], part: Path) -> None:
        part.write_bytes(b"half")
        raise OSError("no space left on device")

    monkeypatch.setattr(store, "save_file", half)
    with pytest.raises(OSError, match="no space"):
        store.save_tensors({"a": torch.zeros(3)}, path)
    assert torch.equal(load_file(path)["a"], torch.ones(3))


def test_interrupted_text_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "metrics.json"
    store.write_atomically(path, "old")

    def fail(*_: object) -> None:
        raise OSError("interrupted")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(OSError, match="interrupted"):
        store.write_atomically(path, "new")
    assert path.read_text() == "old"


def test_loading_does_not_depend_on_the_random_state(assets: Path) -> None:
    image = Image.fromarray(np.arange(2700, dtype=np.uint8).reshape(30, 30, 3))
    answers = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        answers.append(Engine.load(assets).ask(image, "what colour is the star?").answers)
    assert answers[0] == answers[1]


def test_a_checkpoint_that_cannot_be_finished_leaves_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new tensors are there, the file that names them is not: the old ones are still read."""
    model = torch.nn.Linear(2, 3)
    optimizer = torch.optim.AdamW(model.parameters())
    save_checkpoint(tmp_path, model, optimizer, {"epoch": 1})
    first = model.weight.detach().clone()

    def full(*_: object) -> None:
        raise OSError("no room")

    monkeypatch.setattr("fusion.training.checkpoint.write_atomically", full)
    with torch.no_grad():
        model.weight += 1
    with pytest.raises(OSError, match="no room"):
        save_checkpoint(tmp_path, model, optimizer, {"epoch": 2})
    found = load_checkpoint(tmp_path, model, optimizer)
    assert found is not None and found["epoch"] == 1
    assert torch.equal(model.weight, first)
