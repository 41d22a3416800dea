"""`evaluate --explainers`: records that can be gone on with, and the tables made of them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fusion.explain import EXPLAINERS
from fusion.models.model import Backbone
from fusion.shipped import ASSETS, load_family
from fusion.training.exam import FIRST_SCENE, referent_of
from fusion.training.explainer_exam import examine
from fusion.training.explainer_tables import (
    explainer_tables,
    gains,
    verdict,
    verdict_on_raw_attention,
)
from fusion.training.explainers import (
    SCENES,
    evaluate_explainers,
    fingerprint,
    measure,
    summary,
)
from fusion.training.remembered import Remembered
from fusion.training.tables import explainers

NAMES = ["modality-dot", "concat"]
MAPS = [name for name in EXPLAINERS if name != "modality-shapley"]


def record(seed: int, *, most: float, right: bool = True) -> dict[str, Any]:
    side = {
        "random": 50.0,
        "most": {"raw-attention": most, "occlusion": 30.0},
        "least": {"raw-attention": 40.0, "occlusion": 80.0},
    }
    hit = {"raw-attention": seed % 2 == 0, "occlusion": True}
    pointing = {"even": 0.1, "hit": hit, "mass": {"raw-attention": 0.5, "occlusion": 0.9}}
    found = {"seed": seed, "right": right, "image": side, "text": side}
    return found | ({"pointing": pointing} if seed else {})


@pytest.fixture
def measured() -> dict[str, Any]:
    losing = [record(seed, most=60.0 + seed) for seed in range(4)]
    winning = [record(seed, most=10.0 + seed, right=seed > 0) for seed in range(4)]
    fusions = {"hybrid-dot": summary(losing), "hybrid-self": summary(winning)}
    return {"scenes": 4, "orders": 5, "points": 12, "fusions": fusions}


def test_gains_are_paired_with_chance(measured: dict[str, Any]) -> None:
    found = measured["fusions"]["hybrid-dot"]
    gain = found["image"]["methods"]["raw-attention"]["deletion"]
    assert gain["mean"] == -11.5 and gain["count"] == 4
    half = 1.959964 * np.std([0, 1, 2, 3], ddof=1) / 2
    assert gain["interval"] == pytest.approx([-11.5 - half, -11.5 + half], abs=1e-3)
    assert found["image"]["methods"]["occlusion"]["insertion"]["mean"] == 30
    assert found["pointing"]["methods"]["raw-attention"]["hit"]["correct"] == 1
    assert found["pointing"]["methods"]["occlusion"]["hit"]["count"] == 3
    assert measured["fusions"]["hybrid-self"]["right"]["correct"] == 3
    with pytest.raises(ValueError, match="no scene"):
        summary([])


def test_raw_attention_may_lose_in_the_tables(measured: dict[str, Any]) -> None:
    lines = gains(measured, "image").splitlines()
    assert "-11.5 ± 1.3 " in lines[2] and "**20.0 ± 0.0**" in lines[2]
    assert "**38.5 ± 1.3**" in lines[3] and " 20.0 ± 0.0 " in lines[3]
    assert verdict_on_raw_attention(measured, "image") == (
        "Raw attention is the best of these on 1 of 2 fusions, and on 1 its interval does not lie "
        "above chance."
    )
    assert verdict(measured, "image") == (
        "The best is `occlusion` on 1, `raw-attention` on 1, of 2 fusions. Not above chance: "
        "`raw-attention` on 1."
    )
    text = explainer_tables(measured)
    assert "4 test scenes" in text and "33 %" in text and "100 %" in text


def test_the_section_is_absent_while_nothing_is_measured(
    tmp_path: Path, measured: dict[str, Any]
) -> None:
    assert explainers(tmp_path) == ""
    (tmp_path / "explainers.json").write_text(json.dumps(measured))
    assert explainers(tmp_path) == explainer_tables(measured)


def test_what_is_shipped_is_what_its_records_say() -> None:
    """Of the shipped weights, every fusion on every scene, and counted again."""
    shipped = json.loads((ASSETS / "explainers.json").read_text())
    assert shipped["scenes"] == SCENES and list(shipped["fusions"]) == list(
        load_family(ASSETS).fusions
    )
    for name, told in shipped["fusions"].items():
        file = ASSETS / "explainers" / f"{name}-{fingerprint(ASSETS, name)}.jsonl"
        records = {r["seed"]: r for r in map(json.loads, file.read_text().splitlines())}
        seeds = range(FIRST_SCENE, FIRST_SCENE + SCENES)
        assert sorted(records) == list(seeds)
        asked = [records[seed] for seed in seeds if "skipped" not in records[seed]]
        assert json.loads(json.dumps(summary(asked))) == told


def test_a_part_is_measured_and_gone_on_with(tiny_assets: Path, tmp_path: Path) -> None:
    records, out = tmp_path / "records", tmp_path / "explainers.json"
    given: dict[str, Any] = {"fusion": NAMES, "out": out, "records": records}
    text = evaluate_explainers(tiny_assets, limit=1, **given)
    measured = json.loads(out.read_text())
    assert text == explainer_tables(measured) and list(measured["fusions"]) == NAMES
    assert not (tiny_assets / "explainers.json").exists()
    attended, plain = (measured["fusions"][name]["text"]["methods"] for name in NAMES)
    assert list(attended) == MAPS
    assert list(plain) == [m for m in MAPS if EXPLAINERS[m].build().supports(_concat(tiny_assets))]

    file = records / f"concat-{fingerprint(tiny_assets, 'concat')}.jsonl"
    first = json.loads(file.read_text())
    assert first["seed"] == FIRST_SCENE
    file.write_text(json.dumps(first | {"right": "kept"}) + "\n" + '{"seed": 1000')
    found = measure(tiny_assets, ["concat"], scenes=2, folder=records)["concat"]
    assert found[0]["right"] == "kept", "what was measured is not measured again"
    assert [json.loads(line)["seed"] for line in file.read_text().splitlines()] == [
        FIRST_SCENE,
        FIRST_SCENE + 1,
    ]
    assert found[1]["seed"] == FIRST_SCENE + 1


def _concat(assets: Path) -> Any:
    return load_family(assets).fusions["concat"].config


def test_areas_are_those_of_the_engine(tiny_assets: Path) -> None:
    """The same scene, question and answer through the page's engine give the same areas."""
    from fusion.data.shapes.questions import questions_of
    from fusion.data.shapes.scene import make_scene
    from fusion.engine import Engine

    engine, family = Engine.load(tiny_assets), load_family(tiny_assets)
    found = examine(family, "concat", FIRST_SCENE)
    assert found is not None
    scene = engine.scene(FIRST_SCENE)
    tokenizer = family.inputs.tokenizer
    questions = [
        q
        for q in questions_of(make_scene(FIRST_SCENE), 0, 6)
        if tokenizer.length(q.text) <= tokenizer.max_tokens
    ]
    question = next((q for q in questions if referent_of(q) is not None), questions[0])
    referent = referent_of(question)
    truth = None if referent is None else scene.masks[referent]
    d = engine.doubt(scene.image, question.text, method="grad-cam", fusion="concat", truth=truth)
    for modality, curves in d.curves.items():
        for order in ("most", "least"):
            assert found[modality][order]["grad-cam"] == pytest.approx(
                curves.areas[order], abs=1e-2
            )
        assert found[modality]["random"] == pytest.approx(curves.areas["random"], abs=1e-2)
    assert ("pointing" in found) == (truth is not None)
    if d.pointing is not None:
        assert found["pointing"]["hit"]["grad-cam"] == d.pointing.hit


def test_what_fusions_share_is_encoded_once_and_changes_nothing(
    tiny_assets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    family = load_family(tiny_assets)
    shared = replace(family, inputs=Remembered(family.inputs))
    encoded: list[int] = []
    encode = Backbone.encode_image

    def counted(self: Backbone, pixels: Any) -> Any:
        encoded.append(len(pixels))
        return encode(self, pixels)

    monkeypatch.setattr(Backbone, "encode_image", counted)
    alone: list[tuple[int, dict[str, Any]]] = []
    together: list[tuple[int, dict[str, Any]]] = []
    for given, counts in ((family, alone), (shared, together)):
        for name in NAMES:
            encoded.clear()
            record = examine(given, name, FIRST_SCENE)
            assert record is not None
            counts.append((sum(encoded), record))
    assert together[1][0] < 0.6 * alone[1][0], "the second fusion encodes only its own orders"
    for (_, a), (_, b) in zip(alone, together, strict=True):
        assert a.keys() == b.keys() and a.get("pointing") == b.get("pointing")
        for side in ("image", "text"):
            for order in ("most", "least"):
                assert a[side][order] == pytest.approx(b[side][order], abs=0.05)
            assert a[side]["random"] == pytest.approx(b[side]["random"], abs=1e-2)


def test_what_cannot_be_measured_is_named(tiny_assets: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unknown fusion 'late'; known: concat"):
        evaluate_explainers(tiny_assets, fusion=["late"], records=tmp_path)
    with pytest.raises(ValueError, match="at least 1 scene, got 0"):
        evaluate_explainers(tiny_assets, limit=0, records=tmp_path)
