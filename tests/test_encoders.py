"""Every encoder in the registries: what it says of itself, its recipe, its weights; and what the
tests of images and of texts share. Sizes are pairwise distinct: a mixed-up axis cannot hide.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from fusion.config import BackboneConfig
from fusion.images import normalise
from fusion.models.image_encoders import IMAGE_ENCODERS
from fusion.models.image_encoders.base import ImageEncoder
from fusion.models.model import Backbone
from fusion.models.pooling import POOLING
from fusion.models.store import load_backbone, save_model
from fusion.models.text_encoders import TEXT_ENCODERS
from fusion.models.text_encoders.base import TextEncoder
from fusion.registry import Registry
from fusion.shipped import ASSETS
from fusion.training.__main__ import RECIPES
from fusion.training.recipe import Recipe
from tests.conftest import TINY

B, T, H, W, D = 3, 6, 5, 7, TINY.width
COMPUTED = ("hog", "sift")  # not learned, and blind to colour
BACKBONES = sorted(path.stem for path in (RECIPES / "backbones").glob("*.json"))
QUESTIONS = torch.tensor(
    [[2, 9, 40, 17, 5, 88, 31, 3], [2, 21, 9, 9, 3, 0, 0, 0], [2, 77, 3, 0, 0, 0, 0, 0]]
)  # [CLS] words [SEP] padding


def image_encoder(name: str, **changes: object) -> ImageEncoder:
    torch.manual_seed(4)
    config = replace(TINY, image_encoder=name, **changes)  # type: ignore[arg-type]
    encoder: ImageEncoder = IMAGE_ENCODERS[name].build(config).eval()
    return encoder


def text_encoder(name: str, **changes: object) -> TextEncoder:
    torch.manual_seed(4)
    config = replace(TINY, text_encoder=name, **changes)  # type: ignore[arg-type]
    encoder: TextEncoder = TEXT_ENCODERS[name].build(config).eval()
    return encoder


def pixels(seed: int = 0) -> Tensor:
    """B noisy images of H by W regions, each with a bright square somewhere."""
    rng = np.random.default_rng(seed)
    made = rng.integers(60, 120, (B, H * 16, W * 16, 3), dtype=np.uint8)
    for image in made:
        y, x = rng.integers(8, 40, 2)
        image[y : y + 25, x : x + 25] = rng.integers(130, 256, 3)
    return normalise(torch.from_numpy(made))


def close(a: Tensor, b: Tensor) -> None:
    torch.testing.assert_close(a, b, rtol=0, atol=2e-5)


def name_of(encoder: nn.Module, registry: Registry) -> str:
    return next(name for name in registry if type(encoder) is registry[name].build)


# ------------------------------------------------------------------ the registries


@pytest.mark.parametrize("registry", [IMAGE_ENCODERS, TEXT_ENCODERS], ids=lambda r: r.kind)
def test_every_encoder_says_what_it_is(registry: Registry) -> None:
    for name in registry:
        entry = registry[name]
        assert entry.label and entry.summary.endswith(".") and entry.source
        assert isinstance(entry.build.learns, bool)
        assert set(entry.build.poolings) <= set(POOLING)
        assert entry.build.poolings[:2] == ("mean", "max")
        assert ("blind to colour" in entry.summary) == (name in COMPUTED)


def test_the_encoders_of_the_document_are_there() -> None:
    assert set(IMAGE_ENCODERS) == {"sift", "hog", "vgg", "resnet"}
    assert set(TEXT_ENCODERS) == {"onehot", "word2vec", "bert", "gpt"}


def test_an_unknown_encoder_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"unknown image encoder 'surf'; known: .*hog.*vgg"):
        Backbone(replace(TINY, image_encoder="surf"))
    with pytest.raises(ValueError, match=r"unknown text encoder 'elmo'; known: .*bert.*word2vec"):
        Backbone(replace(TINY, text_encoder="elmo"))


def test_an_unknown_pooling_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"HogEncoder has no pooling 'cls'; known: mean, max$"):
        image_encoder("hog", image_pooling="cls")
    with pytest.raises(
        ValueError, match="BertEncoder has no pooling 'last'; known: mean, max, cls"
    ):
        text_encoder("bert", text_pooling="last")
    with pytest.raises(ValueError, match="GPTEncoder has no pooling 'sum'; known: mean, max, last"):
        text_encoder("gpt", text_pooling="sum")


def test_each_encoder_has_a_recipe_beside_the_shipped_one_of_the_other_kind() -> None:
    images, texts = set(IMAGE_ENCODERS), set(TEXT_ENCODERS)
    assert set(BACKBONES) == {f"{i}-bert" for i in images} | {f"resnet-{t}" for t in texts}


@pytest.mark.parametrize("name", BACKBONES)
def test_the_recipes_differ_in_the_backbone_alone(name: str) -> None:
    """... and the ResNet, which is the teacher's, needs no stage for images; VGG is narrower, so
    that it costs what the ResNet costs (the README says so)."""
    recipe, first = (Recipe.load(RECIPES / "backbones" / f"{n}.json") for n in (name, BACKBONES[0]))
    chosen = recipe.backbone
    assert name == f"{chosen.image_encoder}-{chosen.text_encoder}"
    plain = BackboneConfig(image_encoder=chosen.image_encoder, text_encoder=chosen.text_encoder)
    image, *others = first.stages
    if name == "vgg-bert":
        plain = replace(plain, widths=(16, 64, 128))
    stages = tuple(others) if chosen.image_encoder == "resnet" else (image, *others)
    assert replace(recipe, backbone=first.backbone) == replace(first, stages=stages)
    assert chosen == plain
    Backbone(replace(chosen, vocabulary=50))


@pytest.mark.parametrize("name", BACKBONES)
def test_weights_are_kept(name: str, tmp_path: Path) -> None:
    image, text = name.split("-")
    config = replace(TINY, image_encoder=image, text_encoder=text)
    torch.manual_seed(4)
    backbone = Backbone(config).half().float().eval()  # weights are stored in half precision
    save_model(tmp_path, backbone, config)
    again = load_backbone(tmp_path)
    assert again.config == config
    assert torch.equal(
        again.encode_image(pixels()).regions, backbone.encode_image(pixels()).regions
    )
    expected = backbone.encode_text(QUESTIONS, QUESTIONS != 0)
    assert torch.equal(again.encode_text(QUESTIONS, QUESTIONS != 0).pooled, expected.pooled)


NEWER = ("block", "image_pooling", "text_pooling")


def test_a_configuration_from_before_these_could_be_chosen(tmp_path: Path) -> None:
    """The shipped backbone, described without the newer keys: it pools by the mean."""
    folder = ASSETS / "backbone"
    config = json.loads((folder / "config.json").read_text())
    (tmp_path / "config.json").write_text(
        json.dumps({k: v for k, v in config.items() if k not in NEWER})
    )
    (tmp_path / "model.safetensors").symlink_to(folder / "model.safetensors")
    backbone = load_backbone(tmp_path)
    image, text = backbone.encode_image(pixels()), backbone.encode_text(QUESTIONS, QUESTIONS != 0)
    close(image.pooled, image.regions.mean((1, 2)))
    count = text.mask.sum(1, keepdim=True)
    assert torch.equal(text.pooled, (text.tokens * text.mask.unsqueeze(-1)).sum(1) / count)
