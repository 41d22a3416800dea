"""What is found out on the way to an answer: true of the scene, and enough to give the answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from fusion.data.shapes.families.form import ATTRIBUTES, VALUES
from fusion.data.shapes.families.view import View
from fusion.data.shapes.questions import Question, questions_of
from fusion.data.shapes.scene import make_scene
from fusion.data.shapes.steps import STEPS, UNKNOWN, steps_of
from fusion.models.model import build_fusion
from fusion.training.answer_stage import StepHeads
from fusion.training.recipe import Recipe

SCENES = range(6_100_000, 6_100_060)


def asked(family: str) -> Iterator[tuple[View, Question, dict[str, int]]]:
    for seed in SCENES:
        scene = make_scene(seed)
        view = View(scene)
        for question in questions_of(scene, 0, 3, families=(family,)):
            yield view, question, dict(zip(STEPS, steps_of(view, question), strict=True))


def test_steps_are_indices_within_their_range() -> None:
    for family in ("count", "verify", "same", "relation", "odd", "background"):
        for _, _, steps in asked(family):
            assert all(UNKNOWN <= steps[name] < count for name, count in STEPS.items())


def test_two_counts_decide_a_comparison() -> None:
    seen = set()
    for _, question, steps in asked("compare"):
        first, second = steps["first.count"], steps["second.count"]
        assert first > 0 and second > 0
        truth = {"more": first > second, "fewer": first < second, "equal": first == second}
        assert question.form.relation is not None
        assert (question.answer == "yes") == truth[question.form.relation]
        seen.add((question.form.relation, question.answer))
    assert len(seen) == 6


def test_two_attributes_decide_whether_a_pair_is_alike() -> None:
    decided = 0
    for _, question, steps in asked("same"):
        form = question.form
        if form.relation == "all" or form.attribute == "size":
            continue
        pair = [steps[f"{part}.{form.attribute}"] for part in ("first", "second")]
        assert UNKNOWN not in pair
        assert (question.answer == "yes") == ((pair[0] == pair[1]) == (form.relation == "equal"))
        decided += 1
    assert decided > 8


@pytest.mark.parametrize("family", ["colour", "relation", "superlative", "odd"])
def test_the_found_object_has_the_answer(family: str) -> None:
    decided = 0
    for view, question, steps in asked(family):
        kind, _, value = question.answer.partition(".")
        if kind not in ATTRIBUTES or not question.unique:
            continue
        assert VALUES[kind][steps[f"found.{kind}"]] == value
        (thing,) = question.referents
        names = [VALUES[a][steps[f"found.{a}"]] for a in ATTRIBUTES]
        assert names == list(view.attributes[thing])
        decided += 1
    assert decided > 8


def test_a_claim_and_the_background_are_no_steps() -> None:
    for _, _, steps in asked("background"):
        assert set(steps.values()) == {UNKNOWN}
    for _, _, steps in asked("verify"):
        assert steps["second.count"] == UNKNOWN


def test_unknown_steps_cost_nothing_and_known_ones_do() -> None:
    torch.manual_seed(0)
    fusion = build_fusion(Recipe().fusion_config("concat", ("a", "b")))
    heads, fused = StepHeads(fusion), torch.randn(4, fusion.fused_width)
    steps = torch.full((4, len(STEPS)), UNKNOWN)
    assert heads.loss(fused, steps).item() == 0.0
    steps[1, 0] = 3
    one = heads.loss(fused, steps).item()
    expected = torch.nn.functional.cross_entropy(
        heads.read(fused[1:2])[:, : STEPS["first.count"]], torch.tensor([3])
    )
    assert one == pytest.approx(expected.item() / 4, rel=1e-5)
