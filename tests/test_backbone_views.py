"""The backbones on the page: what is shown of them, and that everything goes through the chosen
one; and what was measured of them, as sections, CSV and tables."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fusion.backbones import FUSION, NAMES
from fusion.engine import Engine
from fusion.measured import load_measured
from fusion.outputs import MAIN, Keypoints
from fusion.training.evaluate_backbones import COMMAND, evaluate_backbones
from fusion.training.exam import ExamSet
from fusion.training.tables import backbones as backbone_tables
from tests.conftest import SENTENCES, TINY, fusion_config, write_tiny
from tests.test_backbones import damaged, engine, root, write_backbones
from tests.test_compare import entry
from tests.test_presenter import TOKENS, explanation, visit
from viz.panels import compare_view, presenter, stage_view
from viz.panels.handlers import Handlers
from viz.panels.results_page import Results
from viz.panels.results_view import to_csv
from viz.panels.stage_view import Extras
from viz.panels.visit import Shown
from viz.plots.results import Look, png
from viz.words import backbones as words_backbones
from viz.words import compare as words_compare
from viz.words import results as words_results

__all__ = ["damaged", "engine", "root"]

SCENE = "scene-7"
SHORT = 16  # letters of a question that the tiny text encoders can read


# ------------------------------------------------------------------ the Ask page


def test_keypoints_travel_with_their_description() -> None:
    found = Keypoints(
        places=np.array([[0.9, 0.1], [0.8, 0.2], [0.5, 0.5]]),
        radii=np.array([0.01, 0.02, 0.03]),
        angles=np.array([0.0, 1.0, -1.0]),
        descriptors=np.zeros((3, 128)),
    )
    view = stage_view.stage(visit(), explanation(), 0, Extras(keypoints=found))
    told = view["keypoints"]
    assert told["circles"][1] == [0.8, 0.2, 0.02, 1.0]
    assert told["description"] == (
        "3 keypoints of SIFT, 67\u00a0% on the top right, 33\u00a0% on the centre."
    )
    assert stage_view.stage(visit(), explanation(), 0)["keypoints"] is None
    none = Keypoints(
        places=np.zeros((0, 2)),
        radii=np.zeros(0),
        angles=np.zeros(0),
        descriptors=np.zeros((0, 128)),
    )
    empty = stage_view.stage(visit(), explanation(), 0, Extras(keypoints=none))["keypoints"]
    assert (empty["circles"], empty["description"]) == ([], "SIFT finds no keypoint here.")


def test_each_word_tells_its_nearest() -> None:
    near = [[("which", 0.91)], [], [("color", 0.8), ("tint", 0.5)], []]
    view = stage_view.stage(visit(), explanation(), 0, Extras(nearest=near))
    assert [token["near"] for token in view["tokens"]] == [
        words_backbones.nearest(found) for found in near
    ]
    assert view["tokens"][2]["near"] == "nearest words: color 0.80, tint 0.50"
    plain = stage_view.stage(visit(), explanation(), 0)
    assert [token["near"] for token in plain["tokens"]] == [""] * len(TOKENS)


def test_the_help_names_both_encoders_and_the_only_fusion(engine: Engine) -> None:
    info = next(info for info in engine.backbones if info.name == "hog-bert")
    help_, facts = presenter.backbone_help(replace(info, accuracy=0.5), "Hybrid")
    assert help_.startswith("Only Hybrid was trained with it. HOG (computed): ")
    assert "BERT (learned): " in help_
    assert info.image_summary in help_ and info.text_summary in help_
    assert facts.startswith("50.0\u00a0% right on test scenes")


def test_every_action_goes_through_the_chosen_backbone(engine: Engine) -> None:
    handlers = Handlers(engine)
    here = handlers.found(visit(question=SENTENCES[0]), SCENE)
    page = handlers.ask(here, SCENE, SENTENCES[0], "concat", "sift-bert")
    assert (page.visit.backbone, page.visit.fusion) == ("sift-bert", FUSION)
    asked = engine.masking(here.picture, SENTENCES[0], backbone="sift-bert").cases["both"]
    assert page.visit.explanation is not None
    assert page.visit.explanation.answers == asked.answers
    assert page.stage["keypoints"] is not None
    hidden = handlers.hide(
        page.visit, SCENE, {"image": True, "question": True, "dropped": [0], "erased": []}
    )
    assert hidden.visit.backbone == "sift-bert"
    assert hidden.visit.explanation is not None
    assert hidden.visit.explanation.backbone == "sift-bert"
    other = handlers.ask(hidden.visit, SCENE, SENTENCES[0], FUSION, "resnet-word2vec")
    assert other.stage["keypoints"] is None
    assert all(token["near"] for token in other.stage["tokens"])
    assert other.visit.before is not None and other.visit.before.backbone == "sift-bert"
    assert "sift-bert" in other.cases and "resnet-word2vec" in other.cases
    picked = handlers.pick(other.visit, SCENE, 1, "concat", "resnet-gpt")
    assert (picked.visit.backbone, picked.visit.fusion) == ("resnet-gpt", FUSION)
    seed = next(s for s in range(100) if len(engine.scene(s).questions[0].text) < SHORT)
    fresh = handlers.new_scene(seed, "concat", "vgg-bert")
    assert (fresh.visit.backbone, fresh.visit.fusion) == ("vgg-bert", FUSION)
    back = handlers.ask(fresh.visit, f"scene-{seed}", SENTENCES[0], "concat", MAIN)
    assert (back.visit.backbone, back.visit.fusion) == (MAIN, "concat")
    forgotten = handlers.found(page.visit, "scene-9")
    assert (forgotten.backbone, forgotten.fusion) == ("sift-bert", FUSION)


# ------------------------------------------------------------------ the Compare page


def test_every_backbone_is_asked_what_the_page_shows(engine: Engine) -> None:
    handlers = Handlers(engine)
    here = handlers.found(visit(question=SENTENCES[0]), SCENE)
    shown = Shown(dropped=(0,), erased=((0.0, 0.0, 0.5, 0.5),))
    here = replace(here, shown=shown, backbone="hog-bert", fusion=FUSION)
    view = handlers.compare(here, here.picture_id, words_compare.BACKBONES)
    assert [row["name"] for row in view["rows"]] == list(NAMES)
    assert [row["here"] for row in view["rows"]] == [name == "hog-bert" for name in NAMES]
    for row in view["rows"]:
        four = handlers.masking(replace(here, backbone=row["name"]))
        for case, passed in four.cases.items():
            told = row["cases"][case]
            assert (told["answer"], told["share"]) == (passed.answer, passed.answers[0][1])
    assert f"{len(NAMES)} backbones" in view["sentences"]["both"]
    assert view["columns"][0][1] == "Backbone"
    fusions = handlers.compare(here, here.picture_id)
    assert not any(row["here"] for row in fusions["rows"])
    assert fusions["columns"][0][1] == "Fusion"


def test_a_backbone_that_cannot_be_used_is_told(damaged: Path) -> None:
    (damaged / "backbones" / "vgg-bert" / "backbone" / "model.safetensors").write_bytes(b"torn")
    handlers = Handlers(Engine.load(damaged))
    here = handlers.found(visit(question=SENTENCES[0]), SCENE)
    view = handlers.compare(here, here.picture_id, words_compare.BACKBONES)
    assert "The backbone vgg-bert cannot be used" in view["notice"]
    assert len(view["rows"]) == len(NAMES) - 1


def test_a_row_costs_what_its_kind_costs() -> None:
    heading = {kind: {c[0]: c for c in words_compare.columns(kind)} for kind in KINDS}
    assert "already encoded" in heading[words_compare.FUSIONS]["milliseconds"][3]
    assert "encoding picture and question" in heading[words_compare.BACKBONES]["milliseconds"][3]
    view = compare_view.view(visit(), [entry("one")], words_compare.BACKBONES, "Careful.")
    assert view["notice"] == "Careful."


KINDS = (words_compare.FUSIONS, words_compare.BACKBONES)


# ------------------------------------------------------------------ measured


@pytest.fixture(scope="module")
def measured_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tiny backbones that know all answers, measured on a few scenes."""
    root = tmp_path_factory.mktemp("measured")
    write_tiny(root, answers_known=None)
    answers = tuple(json.loads((root / "backbone" / "answers.json").read_text()))
    sizes = replace(TINY, max_tokens=60)
    write_backbones(root, sizes, fusion_config("hybrid", "additive", answers))
    sets = {
        "test": ExamSet(scenes=3, per_scene=2),
        "looks": ExamSet(scenes=2, per_scene=2, looks="held-out"),
    }
    evaluate_backbones(root, sets=sets, timed=1)
    return root


@pytest.fixture
def metrics(measured_root: Path) -> dict[str, Any]:
    return dict(json.loads((measured_root / "backbones" / "metrics.json").read_text()))


def test_each_is_measured_on_the_same_questions(metrics: dict[str, Any]) -> None:
    assert metrics["created_with"] == COMMAND
    assert metrics["sets"]["test"] == {"scenes": 3, "questions": 6}
    assert tuple(metrics["backbones"]) == NAMES
    for found in metrics["backbones"].values():
        assert set(found["accuracy"]) == {"test", "looks"}
        for masks in found["accuracy"].values():
            assert set(masks) == {"both", "image", "text", "none"}
        assert found["accuracy"]["test"]["both"]["all"]["count"] == 6
        assert found["milliseconds"]["new"]["median_ms"] > 0
        assert found["milliseconds"]["known"]["count"] == 1


def test_what_was_measured_is_described_and_shown(
    measured_root: Path, metrics: dict[str, Any]
) -> None:
    engine = Engine.load(measured_root)
    for info in engine.backbones:
        found = metrics["backbones"][info.name]
        whole = found["accuracy"]["test"]["both"]["all"]
        assert info.accuracy == whole["correct"] / whole["count"]
        assert (info.parameters, info.bytes) == (found["parameters"], found["bytes"])
    assert engine.measured is not None
    results = Results(engine.measured)
    assert {"backbone-families", "backbone-masks", "backbone-time"} <= set(results.sections)
    assert words_backbones.NOT_MEASURED[:20] not in results.page()
    view = results.section("backbone-time", "looks", "text")
    for row, (name, found) in zip(view.rows, metrics["backbones"].items(), strict=True):
        whole = found["accuracy"]["looks"]["text"]["all"]
        took = found["milliseconds"]
        assert [cell.value for cell in row] == [
            name,
            took["new"]["median_ms"],
            took["known"]["median_ms"],
            found["parameters"],
            found["bytes"] / 1e6,
            whole["correct"] / whole["count"],
        ]
    assert len(view.headings) == 6
    assert COMMAND in view.obtained and metrics["machine"] in view.obtained
    assert "one thread" in view.obtained
    assert len(png(view.draw(Look(words=words_results.AXES)))) > 1000
    first = to_csv(view.records).splitlines()[1].split(",")
    took = metrics["backbones"][NAMES[0]]["milliseconds"]
    assert first[-3:-1] == [str(took["new"]["median_ms"]), str(took["known"]["median_ms"])]
    assert first[-1] == str(metrics["backbones"][NAMES[0]]["bytes"])


def test_without_measurements_a_sentence_says_so(tmp_path: Path, metrics: dict[str, Any]) -> None:
    assert backbone_tables(tmp_path) == f"Not measured yet: run `{COMMAND}`."
    fusions = copy.deepcopy(metrics)
    fusions["fusions"] = fusions.pop("backbones")
    (tmp_path / "metrics.json").write_text(json.dumps(fusions))
    measured = load_measured(tmp_path)
    assert measured is not None
    results = Results(measured)
    assert not any(key.startswith("backbone") for key in results.sections)
    assert "The backbones have not been measured yet" in results.page()


def test_damaged_measurements_are_named(tmp_path: Path, metrics: dict[str, Any]) -> None:
    (tmp_path / "backbones").mkdir()
    del metrics["machine"]
    (tmp_path / "backbones" / "metrics.json").write_text(json.dumps(metrics))
    with pytest.raises(ValueError, match=r"metrics\.json .*machine"):
        load_measured(tmp_path)


def test_the_tables_hold_every_backbone_and_family(
    measured_root: Path, metrics: dict[str, Any]
) -> None:
    text = backbone_tables(measured_root)
    assert metrics["machine"] in text
    for name, found in metrics["backbones"].items():
        row = next(line for line in text.splitlines() if line.startswith(f"| `{name}`"))
        whole = found["accuracy"]["looks"]["both"]["all"]
        assert f"{100 * whole['correct'] / whole['count']:.1f} %" in row
        assert f"{found['milliseconds']['new']['median_ms']:.1f}" in row
        assert f"{found['parameters']:,}" in row
        assert f"`{name}`" in text.partition("by question family")[2]
    for family in metrics["backbones"][NAMES[0]]["accuracy"]["test"]["both"]:
        assert f"\n| {family} " in text
