"""The backbones that are compared: found, described, read when asked, and never mixed up."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from fusion.backbones import FUSION, NAMES, pairs
from fusion.config import BackboneConfig, FusionConfig
from fusion.engine import ASSETS, Engine
from fusion.models.image_encoders import IMAGE_ENCODERS
from fusion.models.model import Backbone, build_fusion
from fusion.models.novelty import Novelty, describe_regions
from fusion.models.store import load_backbone, save_model
from fusion.models.text_encoders import TEXT_ENCODERS
from fusion.outputs import MAIN, Explanation
from tests.conftest import ANSWERS, TINY, fusion_config, write_tiny

QUESTION = "what colour is the star?"
SEVEN = 7


def write_backbones(root: Path, sizes: BackboneConfig, fusion: FusionConfig) -> None:
    """The seven, with random weights, beside the main backbone that is in `root`."""
    for number, (image, text) in enumerate(pairs()):
        torch.manual_seed(number)
        folder = root / "backbones" / f"{image}-{text}"
        config = replace(sizes, image_encoder=image, text_encoder=text)
        save_model(folder / "backbone", Backbone(config), config)
        save_model(folder / "fusions" / FUSION, build_fusion(fusion), fusion)
        for name in ("answers.json", "tokenizer.json"):
            shutil.copy(root / "backbone" / name, folder / "backbone" / name)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("backbones")
    write_tiny(folder)
    answers = tuple(json.loads((folder / "backbone" / "answers.json").read_text()))
    write_backbones(folder, TINY, fusion_config("hybrid", "additive", answers))
    return folder


@pytest.fixture(scope="module")
def engine(root: Path) -> Engine:
    return Engine.load(root)


@pytest.fixture
def damaged(root: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    return Path(shutil.copytree(root, tmp_path / "assets"))


def numbers(e: Explanation) -> list[object]:
    """Every number of a result but its time."""
    maps = (e.image_attention, e.cross_attention)
    return [
        e.answers,
        e.modality_weights,
        e.token_attention,
        *(None if m is None else m.tolist() for m in maps),
    ]


# ------------------------------------------------------------------ what there is


def test_every_encoder_is_paired_with_the_usual_one() -> None:
    assert len(NAMES) == len(set(NAMES)) == SEVEN
    assert {n.split("-")[0] for n in NAMES if n.endswith("-bert")} == set(IMAGE_ENCODERS)
    assert {n.split("-")[1] for n in NAMES if n.startswith("resnet-")} == set(TEXT_ENCODERS)


def test_they_are_described_from_their_files(engine: Engine, root: Path) -> None:
    assert tuple(info.name for info in engine.backbones) == NAMES
    for info in engine.backbones:
        image, text = info.name.split("-")
        assert info.label == f"{IMAGE_ENCODERS[image].label} + {TEXT_ENCODERS[text].label}"
        assert info.image_summary == IMAGE_ENCODERS[image].summary
        assert info.text_summary == TEXT_ENCODERS[text].summary
        assert (info.image_learns, info.text_learns) == (
            image not in ("hog", "sift"),
            text not in ("onehot", "word2vec"),
        )
        assert (info.has_keypoints, info.has_neighbours) == (image == "sift", text == "word2vec")
        folder = root / "backbones" / info.name
        alone = Engine.load(folder)
        modules = (load_backbone(folder / "backbone"), *alone._fusions.values())
        stored = sum(t.numel() for m in modules for t in m.state_dict().values())
        assert info.parameters == stored
        files = [path for path in folder.rglob("*") if path.is_file()]
        assert info.bytes == sum(len(path.read_bytes()) for path in files)
        assert (info.fusion, info.accuracy) == (FUSION, None)


def test_their_weights_are_read_when_they_are_asked(root: Path, picture: Image.Image) -> None:
    engine = Engine.load(root)
    assert len(engine._backbones._loaded) == 0
    engine.ask(picture, QUESTION)
    assert len(engine._backbones._loaded) == 0
    engine.ask(picture, QUESTION, backbone="hog-bert")
    engine.ask(picture, QUESTION, backbone="hog-bert")
    assert len(engine._backbones._loaded) == 1


# ------------------------------------------------------------------ what they answer


@pytest.mark.parametrize("name", NAMES)
def test_each_answers_as_its_folder_does_on_its_own(
    engine: Engine, root: Path, picture: Image.Image, name: str
) -> None:
    alone = Engine.load(root / "backbones" / name)
    erase = np.array([[True, False, False]])
    given: dict[str, Any] = {"drop_tokens": [1], "erase": erase}
    found = engine.ask(picture, QUESTION, backbone=name, keep={"image", "text"}, **given)
    assert found.backbone == name
    assert numbers(found) == numbers(alone.ask(picture, QUESTION, **given))
    four = engine.masking(picture, QUESTION, backbone=name, answer="blue", **given)
    own = alone.masking(picture, QUESTION, answer="blue", **given)
    assert (four.values, four.shapley, four.answer) == (own.values, own.shapley, "blue")
    assert {case.backbone for case in four.cases.values()} == {name}


def test_kept_encodings_are_not_mixed(root: Path, picture: Image.Image) -> None:
    engine = Engine.load(root)
    first = {name: numbers(engine.ask(picture, QUESTION, backbone=name)) for name in (MAIN, *NAMES)}
    again = {name: numbers(engine.ask(picture, QUESTION, backbone=name)) for name in first}
    assert again == first
    assert len({str(values) for values in first.values()}) == SEVEN + 1


def test_explaining_goes_through_the_backbone(
    engine: Engine, root: Path, picture: Image.Image
) -> None:
    found = engine.explain(picture, QUESTION, backbone="hog-bert", answer="red")
    own = Engine.load(root / "backbones" / "hog-bert").explain(picture, QUESTION, answer="red")
    assert (found.backbone, own.backbone) == ("hog-bert", MAIN)
    assert found.image is not None and own.image is not None
    np.testing.assert_array_equal(found.image.values, own.image.values)


def test_comparing_asks_each_with_its_own_encoding(root: Path, picture: Image.Image) -> None:
    engine = Engine.load(root)
    given: dict[str, Any] = {
        "keep": {"image"},
        "drop_tokens": [0],
        "erase": np.array([[False, True, False]]),
    }
    compared = engine.compare_backbones(picture, QUESTION, **given)
    assert tuple(compared.explanations) == NAMES
    assert compared.failed == {}
    for name, found in compared.explanations.items():
        kept = engine.ask(picture, QUESTION, backbone=name, **given)
        assert numbers(found) == numbers(kept)
        inputs = engine._with(name)._inputs
        seen, read = inputs.see(picture, given["erase"]), inputs.read(QUESTION, [0])
        assert seen.milliseconds > 0
        assert found.milliseconds > seen.milliseconds + read.milliseconds
    again = engine.compare_backbones(picture, QUESTION, **given).explanations["sift-bert"]
    encoding = engine._with("sift-bert")._inputs.see(picture, given["erase"]).milliseconds
    assert again.milliseconds > encoding


def test_threads_get_the_answers_of_one(root: Path, picture: Image.Image) -> None:
    """Four threads start together on a fresh engine, each with another backbone first."""
    alone, engine, barrier = Engine.load(root), Engine.load(root), Barrier(4)
    names = (MAIN, "hog-bert", "resnet-gpt", "resnet-word2vec")
    expected = {n: numbers(alone.ask(picture, QUESTION, backbone=n)) for n in names}

    def ask_all(start: int) -> dict[str, list[object]]:
        barrier.wait()
        order = names[start:] + names[:start]
        return {n: numbers(engine.ask(picture, QUESTION, backbone=n)) for n in order}

    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(ask_all, range(4)):
            assert found == expected


def test_an_unlike_image_gets_the_notice_of_the_main_model(
    damaged: Path, picture: Image.Image
) -> None:
    engine = Engine.load(damaged)
    flat = [Image.new("RGB", (64, 64), (i, 2 * i, 40)) for i in range(60)]
    features = [
        describe_regions(engine._inputs.see(image).encoding, torch.zeros(1, 3, 1, 1))
        for image in flat
    ]
    Novelty.fit(torch.cat(features)).save(damaged / "backbone" / "novelty.safetensors")
    engine = Engine.load(damaged)
    for name in (MAIN, "resnet-bert", "sift-bert"):
        assert engine.ask(picture, QUESTION, backbone=name).notice
        assert engine.ask(flat[30], QUESTION, backbone=name).notice is None


# ------------------------------------------------------------------ what can be wrong


def test_an_unknown_backbone_is_told_with_the_known(engine: Engine, picture: Image.Image) -> None:
    with pytest.raises(ValueError, match=r"no backbone 'vit-bert'.*resnet-bert, .*word2vec"):
        engine.ask(picture, QUESTION, backbone="vit-bert")
    with pytest.raises(ValueError, match="backbone hog-bert has hybrid-additive"):
        engine.ask(picture, QUESTION, backbone="hog-bert", fusion="concat")


def test_without_any_the_rest_works(tiny: Engine, picture: Image.Image) -> None:
    assert tiny.backbones == ()
    with pytest.raises(ValueError, match="no backbone to compare"):
        tiny.compare_backbones(picture, QUESTION)
    with pytest.raises(ValueError, match=r"no backbone 'sift-bert'; .*: –"):
        tiny.keypoints(picture)


def test_a_missing_and_a_damaged_one_leave_the_rest(damaged: Path, picture: Image.Image) -> None:
    folder = damaged / "backbones"
    shutil.rmtree(folder / "vgg-bert")
    (folder / "hog-bert" / "backbone" / "model.safetensors").write_bytes(b"torn")
    (folder / "resnet-gpt" / "fusions" / FUSION / "config.json").unlink()
    names = json.loads((folder / "resnet-onehot" / "backbone" / "answers.json").read_text())
    fewer = dict(list(names.items())[: ANSWERS - 1])
    (folder / "resnet-onehot" / "backbone" / "answers.json").write_text(json.dumps(fewer))
    engine = Engine.load(damaged)
    assert {"hog-bert", "vgg-bert"}.isdisjoint(info.name for info in engine.backbones)
    for name in ("hog-bert", "resnet-gpt", "resnet-onehot"):
        with pytest.raises(ValueError, match=f"backbone {name} cannot be used: .*[a-z]"):
            engine.ask(picture, QUESTION, backbone=name)
    with pytest.raises(ValueError, match="no backbone 'vgg-bert'"):
        engine.ask(picture, QUESTION, backbone="vgg-bert")
    compared = engine.compare_backbones(picture, QUESTION)
    assert set(compared.failed) == {"hog-bert", "resnet-gpt", "resnet-onehot"}
    assert set(compared.explanations) == set(NAMES) - set(compared.failed) - {"vgg-bert"}
    assert engine.ask(picture, QUESTION).answer


def test_a_bad_question_is_the_visitors_mistake(engine: Engine, picture: Image.Image) -> None:
    with pytest.raises(ValueError, match="empty"):
        engine.compare_backbones(picture, " ")


# ------------------------------------------------------------------ keypoints, nearest words


def test_keypoints_lie_on_what_is_there(engine: Engine) -> None:
    """A bright square on the right of a dark picture; erased, it leaves none."""
    picture = Image.new("RGB", (140, 100), (20, 20, 20))
    picture.paste((230, 230, 230), (90, 30, 120, 60))
    found = engine.keypoints(picture)
    assert len(found.places) == len(found.radii) == len(found.angles) > 0
    x, y = found.places.T
    assert (x > 0.55).all() and (x < 0.95).all() and (y > 0.15).all() and (y < 0.75).all()
    assert (found.radii > 0).all() and (found.radii < 0.5).all()
    erase = np.zeros((1, 2), bool)
    erase[0, 1] = True
    assert len(engine.keypoints(picture, erase=erase).places) == 0
    with pytest.raises(ValueError, match="hog looks for no keypoints; sift does"):
        engine.keypoints(picture, backbone="hog-bert")


def test_nearest_words_are_those_of_the_table(engine: Engine) -> None:
    found = engine.nearest_words("star", count=4)
    inputs = engine._with("resnet-word2vec")._inputs
    table = inputs.backbone.text_encoder.table.numpy()
    words = inputs.tokenizer.vocabulary()
    own = table[words.index("star")]
    assert len(found) == 4 and "star" not in dict(found)
    for word, cosine in found:
        other = table[words.index(word)]
        golden = own @ other / np.linalg.norm(own) / np.linalg.norm(other)
        assert cosine == pytest.approx(golden, abs=1e-5)
    assert [c for _, c in found] == sorted((c for _, c in found), reverse=True)
    with pytest.raises(ValueError, match="none of the"):
        engine.nearest_words("xylophone")
    with pytest.raises(ValueError, match="bert has no nearest words; word2vec has"):
        engine.nearest_words("star", backbone="resnet-bert")


# ------------------------------------------------------------------ those that are shipped


def test_those_that_are_shipped_answer_alike(shipped: Engine) -> None:
    names = tuple(info.name for info in shipped.backbones)
    assert names == NAMES
    scene = shipped.scene(200_003)
    compared = shipped.compare_backbones(scene.image, scene.questions[0].text)
    assert compared.failed == {}
    assert tuple(compared.explanations) == names
    grids = {np.asarray(e.image_attention).shape for e in compared.explanations.values()}
    assert len(grids) == 1
    tokens = {tuple(e.tokens) for e in compared.explanations.values()}
    assert tokens == {tuple(shipped.ask(scene.image, scene.questions[0].text).tokens)}


def test_the_shipped_ones_were_measured(shipped: Engine) -> None:
    measured = json.loads((ASSETS / "backbones" / "metrics.json").read_text())["backbones"]
    assert set(measured) == {info.name for info in shipped.backbones}
    for info in shipped.backbones:
        whole = measured[info.name]["accuracy"]["test"]["both"]["all"]
        assert info.accuracy == whole["correct"] / whole["count"]
        assert measured[info.name]["parameters"] == info.parameters
        assert (info.accuracy or 0) > 0.4, f"{info.name} is hardly better than a guess"
