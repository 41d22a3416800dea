"""What several tests use: a tiny model family with random weights on disk, and the shipped one."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from fusion.bench.server import Server, served
from fusion.config import BackboneConfig, FusionConfig
from fusion.data import DATASETS, SCENES
from fusion.engine import Engine
from fusion.models.model import FUSIONS, Backbone, build_fusion
from fusion.models.store import save_model, write_atomically
from fusion.models.tokenizer import QuestionTokenizer

os.environ["TQDM_DISABLE"] = "1"  # progress bars say nothing in a test's output

TINY = BackboneConfig(
    width=12,
    widths=(16, 24, 32),  # the narrowest that a ResNet may have
    blocks=(1, 1, 1),
    regions=35,
    vocabulary=250,
    text_width=16,
    text_layers=2,
    text_heads=2,
    text_hidden=24,
    max_tokens=20,
)
SENTENCES = (
    "what colour is the star?",
    "how many red circles are there?",
    "is the small square left of the heart?",
    "星形是什么颜色？",
    "图片里有几个红色的圆形",
)
ANSWERS = 11


def fusion_config(strategy: str, attention: str | None, answers: tuple[str, ...]) -> FusionConfig:
    """A tiny fusion that fits the tiny backbone."""
    return FusionConfig(
        strategy=strategy,
        attention=attention,
        encoding_width=TINY.width,
        width=16,
        heads=2,
        layers=4,
        hidden=10,
        answers=answers,
    )


def write_tiny(root: Path, *, answers_known: int | None = ANSWERS) -> None:
    """The ten fusions, the unmasked one, and a backbone, with random weights; they know so many
    answers, all if None."""
    torch.manual_seed(3)
    names = dict(list(DATASETS[SCENES].build().answers.items())[:answers_known])
    answers = tuple(names)
    save_model(root / "backbone", Backbone(TINY), TINY)
    write_atomically(root / "backbone" / "answers.json", json.dumps(names))
    tokenizer = QuestionTokenizer.train(
        SENTENCES * 5, vocabulary=TINY.vocabulary, max_tokens=TINY.max_tokens
    )
    tokenizer.save(root / "backbone" / "tokenizer.json")
    configs = [fusion_config(s, a, answers) for s, a in FUSIONS]
    unmasked = {**configs[7].to_dict(), "masked_training": False}
    for config in (*configs, FusionConfig.from_dict(unmasked)):
        save_model(root / "fusions" / config.name, build_fusion(config), config)


@pytest.fixture(scope="session")
def tiny_assets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like assets/; tests that damage it work on a copy."""
    root = tmp_path_factory.mktemp("assets")
    write_tiny(root)
    return root


@pytest.fixture(scope="session")
def tiny(tiny_assets: Path) -> Engine:
    """An engine whose answers mean nothing and come at once."""
    return Engine.load(tiny_assets)


@pytest.fixture(scope="session")
def shipped() -> Engine:
    """The engine that people use."""
    return Engine.load()


@pytest.fixture(scope="session")
def picture() -> Image.Image:
    """A picture without structure, wider than high: 105 by 75 pixels, 5 by 7 regions."""
    pixels = np.random.default_rng(5).integers(0, 256, (75, 105, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


@pytest.fixture(scope="session")
def live() -> Iterator[Server]:
    """The page as people start it, for those who come without a browser."""
    with served() as running:
        yield running


@pytest.fixture(scope="session")
def scene_file(shipped: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The picture of a scene as a file."""
    path = tmp_path_factory.mktemp("scene") / "scene.png"
    shipped.scene(7).image.save(path)
    return path


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--requests` for tests/test_fuzz.py."""
    parser.addoption("--requests", type=int, default=200, help="how many the fuzz test sends")
