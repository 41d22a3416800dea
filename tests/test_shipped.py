"""The shipped weights: what they answered when they were measured, where they look, what masking
does to them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fusion import Engine
from fusion.outputs import SceneView
from fusion.shipped import ASSETS, COMPARED

GOLDEN = Path(__file__).parent / "golden.json"
SEEDS = range(200_000, 200_012)
UNMASKED = "hybrid-additive-unmasked"


@pytest.fixture(scope="module")
def scenes(shipped: Engine) -> list[SceneView]:
    """Scenes that no training, validation or exam has."""
    return [shipped.scene(seed) for seed in SEEDS]


def mosaic() -> Image.Image:
    """A picture that is the same on every machine, drawn from whole numbers alone."""
    y, x = np.mgrid[:96, :128]
    return Image.fromarray(np.stack([x * 2, y * 2, (x // 16 + y // 16) % 2 * 200], -1).astype("u1"))


def golden(engine: Engine) -> dict[str, dict[str, float]]:
    """The three best answers of every fusion to one question about the mosaic."""
    found = {}
    for info in engine.fusions:
        e = engine.ask(mosaic(), "what colour is the square?", fusion=info.name)
        best = zip(e.answer_ids[:3], e.answers[:3], strict=True)
        found[info.name] = {name: round(probability, 5) for name, (_, probability) in best}
    return found


def test_answers_are_the_recorded_ones(shipped: Engine) -> None:
    """`PYTHONPATH=. python tests/test_shipped.py` records them anew after a training."""
    recorded = json.loads(GOLDEN.read_text())
    found = golden(shipped)
    assert found.keys() == recorded.keys()
    for name, answers in recorded.items():
        assert found[name] == pytest.approx(answers, abs=2e-3), name


def test_metrics_are_of_the_shipped_fusions(shipped: Engine) -> None:
    metrics = json.loads((ASSETS / "metrics.json").read_text())
    assert list(metrics["fusions"]) == [info.name for info in shipped.fusions]
    for info in shipped.fusions:
        entry = metrics["fusions"][info.name]
        whole = entry["accuracy"]["test"]["both"]["all"]
        assert info.accuracy == whole["correct"] / whole["count"]
        assert info.parameters == entry["parameters"]


@pytest.mark.parametrize("fusion", [name for name in COMPARED if name.startswith("modality")])
def test_late_fusion_looks_at_the_object(
    shipped: Engine, scenes: list[SceneView], fusion: str
) -> None:
    """Attention on the object asked about, against what even attention would put there."""
    there, even = on_object(shipped, scenes, fusion)
    assert there > 3 * even


def on_object(engine: Engine, scenes: list[SceneView], fusion: str) -> tuple[float, float]:
    """Mean share of the attention on the object, and the object's share of the image."""
    shares, areas = [], []
    for scene in scenes:
        for question in scene.questions:
            kind = question.answer_id.partition(".")[0]
            if kind not in ("colour", "shape", "size") or len(question.referents) != 1:
                continue
            e = engine.ask(scene.image, question.text, fusion=fusion)
            assert e.image_attention is not None
            mask = scene.masks[question.referents[0]]
            weights = np.asarray(
                Image.fromarray(e.image_attention).resize(
                    mask.shape[::-1], Image.Resampling.NEAREST
                )
            )
            shares.append(float(weights[mask].sum() / weights.sum()))
            areas.append(float(mask.mean()))
    assert len(shares) > 10
    return float(np.mean(shares)), float(np.mean(areas))


def test_the_default_fusion_beats_its_own_guess_without_the_image(
    shipped: Engine, scenes: list[SceneView]
) -> None:
    right = {True: 0, False: 0}
    for scene in scenes:
        for question in scene.questions:
            for sees in right:
                keep = {"image", "text"} if sees else {"text"}
                e = shipped.ask(scene.image, question.text, keep=keep)
                right[sees] += e.answer_ids[0] == question.answer_id
    assert right[True] > 1.5 * right[False]


def test_training_with_masking_buys_a_better_guess_without_the_question() -> None:
    """The lesson of the extra fusion, on the measured figures."""
    fusions = json.loads((ASSETS / "metrics.json").read_text())["fusions"]

    def guess(name: str) -> float:
        found = fusions[name]["accuracy"]["test"]["image"]["all"]
        return float(found["correct"] / found["count"])

    assert guess("hybrid-additive") > guess(UNMASKED) + 0.05


def test_scenes_of_shapes_get_no_notice_and_a_photograph_does(
    shipped: Engine, scenes: list[SceneView]
) -> None:
    flagged = [shipped.ask(s.image, "what colour is the star?").notice for s in scenes]
    assert sum(n is not None for n in flagged) <= 1
    from skimage import data

    assert shipped.ask(data.astronaut(), "what colour is the star?").notice


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(golden(Engine.load()), indent=1) + "\n")
