"""Explainers: each against its mathematics on small models, and every one on every fusion."""

from __future__ import annotations

import copy
import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import combinations
from threading import Barrier
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from fusion.engine import Engine
from fusion.explain import EXPLAINERS
from fusion.explain.base import COSTS
from fusion.explain.flow import flow
from fusion.explain.gradcam import GradCam, cam
from fusion.explain.integrated import IntegratedGradients
from fusion.explain.relevance import Relevance, for_the_answer
from fusion.explain.rollout import half_and_half, rolled_out
from fusion.explain.shapley import shapley
from fusion.explain.subject import Subject
from fusion.images import coverage
from fusion.outputs import MODALITIES, AttentionStep, Attribution

QUESTION = "what colour is the star?"
ALL = frozenset(MODALITIES)
HOLE = np.zeros((5, 7), bool)
HOLE[3:, :2] = True


def subject_of(engine: Engine, picture: Image.Image, fusion: str, **hidden: Any) -> Subject:
    return Subject.of(engine._fusions[fusion], engine._inputs, picture, QUESTION, **hidden)


def numbers(a: Attribution) -> list[Any]:
    parts = [p for p in (a.image, a.text) if p is not None]
    errors = [None if p.error is None else p.error.tolist() for p in parts]
    return [a.answer_id, a.probability, a.modalities, [p.values.tolist() for p in parts], errors]


# ------------------------------------------------------------------ every one on every fusion


@pytest.mark.parametrize("method", list(EXPLAINERS))
def test_every_explainer_on_every_fusion(tiny: Engine, picture: Image.Image, method: str) -> None:
    """What it declares is what it does; hidden parts get nothing; the same twice."""
    info = {i.name: i for i in tiny.explainers}[method]
    assert info.cost in COSTS and set(info.yields) <= {*MODALITIES, "modalities"}
    for fusion in (i.name for i in tiny.fusions):
        given: dict[str, Any] = {"method": method, "fusion": fusion}
        if fusion not in info.fusions:
            with pytest.raises(ValueError, match=f"not support.*{fusion}.*it supports.*hybrid-dot"):
                tiny.explain(picture, QUESTION, **given)
            continue
        given |= {"drop_tokens": [1], "erase": HOLE}
        a = tiny.explain(picture, QUESTION, **given)
        assert (a.method, a.fusion, a.unit, a.signed) == (method, fusion, info.unit, info.signed)
        assert (a.image is not None) == ("image" in info.yields)
        assert (a.text is not None) == ("text" in info.yields)
        assert (a.modalities is not None) == ("modalities" in info.yields)
        whole = tiny.ask(picture, QUESTION, fusion=fusion, drop_tokens=[1], erase=HOLE)
        assert a.answer_id == whole.answer_ids[0]
        assert a.probability == pytest.approx(whole.answers[0][1], abs=1e-6)
        if a.image is not None and a.text is not None:
            assert a.image.values.shape == (5, 7)
            assert np.array_equal(a.image.present, ~HOLE) and not a.image.values[HOLE].any()
            assert a.text.values[1] == 0
            if method not in ("relevance", "grad-cam"):  # they may find nothing for the answer
                assert a.image.values.any() and a.text.values.any()
            assert (a.image.error is not None) == info.sampled == (a.text.error is not None)
        if method != "shapley" or fusion == "hybrid-self":
            assert numbers(tiny.explain(picture, QUESTION, **given)) == numbers(a)


@pytest.mark.parametrize("hidden", MODALITIES)
def test_a_hidden_modality_has_no_credit(tiny: Engine, picture: Image.Image, hidden: str) -> None:
    keep = ALL - {hidden}
    for info in tiny.explainers:
        d = tiny.doubt(picture, QUESTION, method=info.name, fusion="hybrid-self", keep=keep)
        parts = {"image": d.attribution.image, "text": d.attribution.text}
        if hidden in info.yields:
            credit = parts[hidden]
            assert credit is not None and not credit.values.any() and not credit.present.any()
            assert set(d.curves) == keep
        if d.attribution.modalities is not None:
            assert d.attribution.modalities[hidden] == pytest.approx(0, abs=1e-6)


def test_one_modality_can_be_asked_for(tiny: Engine, picture: Image.Image) -> None:
    a = tiny.explain(picture, QUESTION, modality="text")
    assert a.image is None and a.text is not None
    both = tiny.explain(picture, QUESTION)
    assert both.text is not None and np.array_equal(both.text.values, a.text.values)


@pytest.mark.parametrize("method", ["relevance", "grad-cam", "integrated-gradients"])
def test_another_answer_has_another_map(tiny: Engine, picture: Image.Image, method: str) -> None:
    a, b = (tiny.explain(picture, QUESTION, method=method, answer=name) for name in ("red", "blue"))
    assert a.specific and a.image is not None and b.image is not None
    assert (a.answer_id, b.answer_id) == ("colour.red", "colour.blue")
    assert not np.allclose(a.image.values, b.image.values)
    raw = [
        tiny.explain(picture, QUESTION, method="raw-attention", answer=name)
        for name in ("red", "blue")
    ]
    assert not raw[0].specific
    assert np.array_equal(raw[0].image.values, raw[1].image.values)  # type: ignore[union-attr]


def test_raw_attention_is_the_map_of_the_answer(tiny: Engine, picture: Image.Image) -> None:
    a = tiny.explain(picture, QUESTION, method="raw-attention", erase=HOLE)
    e = tiny.ask(picture, QUESTION, erase=HOLE)
    assert a.image is not None and a.text is not None
    assert e.image_attention is not None and e.token_attention is not None
    np.testing.assert_allclose(a.image.values, e.image_attention, atol=1e-6)
    np.testing.assert_allclose(a.text.values, [w for _, w in e.token_attention], atol=1e-6)
    assert a.modalities == pytest.approx(e.modality_weights, abs=1e-6)


def test_threads_get_the_maps_of_one(tiny: Engine, picture: Image.Image) -> None:
    """Gradients, and captum's hook, of four threads that start together on shared models."""
    methods = ("relevance", "grad-cam", "integrated-gradients", "occlusion")
    names = ("red", "blue", "green", "yellow")
    asked = [(m, n) for m in methods for n in names]

    def explain(method: str, answer: str) -> list[Any]:
        return numbers(
            tiny.explain(picture, QUESTION, method=method, answer=answer, fusion="hybrid-self")
        )

    alone = [explain(*a) for a in asked]
    barrier = Barrier(4)

    def explain_all(start: int) -> list[list[Any]]:
        barrier.wait()
        turned = [explain(*a) for a in asked[start * 4 :] + asked[: start * 4]]
        cut = len(asked) - start * 4
        return turned[cut:] + turned[:cut]

    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(explain_all, range(4)):
            assert found == alone


# ------------------------------------------------------------------ attention that flows


def test_rollout_multiplies_the_layers() -> None:
    first, second = (torch.rand(2, 3, 3, generator=torch.Generator().manual_seed(4))).softmax(-1)
    look = torch.tensor([[0.5, 0.2, 0.3]])
    steps = [
        AttentionStep(into="joined", over="joined", weights=first[None, None]),
        AttentionStep(into="joined", over="joined", weights=second[None, None]),
        AttentionStep(into="answer", over="joined", weights=look[None, None]),
    ]
    held = flow(steps, [first, second, look], half_and_half, regions=1, tokens=2)
    same = torch.eye(3)
    expected = look @ (same / 2 + second / 2) @ (same / 2 + first / 2)
    torch.testing.assert_close(held["answer"], expected)


def test_rows_of_rollout_sum_to_one(tiny: Engine, picture: Image.Image) -> None:
    for name in (i.name for i in tiny.fusions if i.name != "concat"):
        subject = subject_of(tiny, picture, name, erase=HOLE, drop_tokens=[2])
        with torch.no_grad():
            output = subject.output(*subject.encodings)
        T = len(subject.present("text"))
        means = [step.weights[0].mean(0) for step in output.steps]
        held = flow(output.steps, means, half_and_half, regions=35, tokens=T)
        for rows in held.values():
            torch.testing.assert_close(rows.sum(-1), torch.ones(len(rows)))
        row = rolled_out(output, regions=35)
        assert row.sum() == pytest.approx(1, abs=1e-5) and (row >= 0).all()
        there = torch.cat([subject.present(m).flatten() for m in MODALITIES])
        assert not row[~there].any()


def test_relevance_is_zero_where_the_gradient_is(tiny: Engine, picture: Image.Image) -> None:
    weights = torch.tensor([[[0.25, 0.75]], [[0.5, 0.5]]])
    gradient = torch.tensor([[[2.0, 0.0]], [[-3.0, 0.0]]])
    assert for_the_answer(weights, gradient).tolist() == [[0.25, 0.0]]
    subject = subject_of(tiny, picture, "modality-dot")
    deaf = copy.deepcopy(subject.model)
    torch.nn.init.zeros_(deaf.classifier.answers.weight)  # type: ignore[union-attr, arg-type]
    found = Relevance()(replace(subject, model=deaf), ALL)
    assert not found.values["image"].any() and not found.values["text"].any()
    heard = Relevance()(subject, ALL)
    assert heard.values["image"].any() and heard.values["text"].any()


def test_relevance_of_a_single_look_is_its_gradient(tiny: Engine, picture: Image.Image) -> None:
    """In modality-level fusion no layer lies between: the map is (dy/dA * A)+ itself."""
    subject = subject_of(tiny, picture, "modality-additive")
    found = Relevance()(subject, frozenset({"image"})).values["image"]
    output = subject.output(*subject.encodings)
    look = output.steps[0].weights
    (grad,) = torch.autograd.grad(output.logits[0, subject.answer], look)
    expected = (grad * look).clamp(min=0)[0, 0, 0].detach()
    torch.testing.assert_close(found.flatten(), expected / expected.sum())


# ------------------------------------------------------------------ gradients


def test_grad_cam_by_hand() -> None:
    """Score sum_p w . x_p^2: dy/dx = 2 w x, so a = 2 w mean(x), value = (a . x)+."""
    x = torch.randn(1, 2, 3, 5, generator=torch.Generator().manual_seed(2))
    w = torch.tensor([1.0, -2.0, 0.5, 3.0, -1.0])
    found = cam(x, lambda v: (v.square() @ w).flatten(1).sum(1))
    a = 2 * w * x.mean((0, 1, 2))
    expected = torch.relu(x[0] @ a)
    torch.testing.assert_close(found, expected)
    assert expected.any() and not expected.all()


def test_grad_cam_of_a_fusion(tiny: Engine, picture: Image.Image) -> None:
    subject = subject_of(tiny, picture, "hybrid-dot")
    regions, tokens = subject.encodings
    score = subject.logits(regions, tokens)[0]
    for x, grad, m in zip((regions, tokens), torch.autograd.grad(score, (regions, tokens)),
                          MODALITIES, strict=True):  # fmt: skip
        a = grad.flatten(1, -2).mean(1)
        by_hand = torch.relu(x.detach() @ a[0])[0]
        found = GradCam()(subject, frozenset({m})).values[m]
        torch.testing.assert_close(found, by_hand / by_hand.sum())


@pytest.mark.parametrize("fusion", ["concat", "feature-self", "modality-dot", "hybrid-additive"])
def test_integrated_gradients_are_complete(tiny: Engine, picture: Image.Image, fusion: str) -> None:
    subject = subject_of(tiny, picture, fusion)
    encodings = [x.detach() for x in subject.encodings]
    with torch.no_grad():
        ends = [subject.probabilities(*(t * x for x in encodings)).double() for t in (1.0, 0.0)]
    gain = float(ends[0] - ends[1])
    found = IntegratedGradients(steps=64)(subject, ALL)
    assert found.modalities is not None
    total = sum(float(found.values[m].sum()) for m in MODALITIES)
    assert total == pytest.approx(float(found.modalities.sum()), abs=1e-6)
    assert abs(gain) > 5e-5 and total == pytest.approx(gain, rel=0.02, abs=5e-6)


# ------------------------------------------------------------------ Shapley


def game(players: int) -> torch.Tensor:
    """The worth of each set of players, by the number whose bits are the set."""
    return torch.rand(2**players, generator=torch.Generator().manual_seed(6)).double()


def worth(table: torch.Tensor, sets: torch.Tensor) -> torch.Tensor:
    return table[(sets.long() * 2 ** torch.arange(sets.shape[1])).sum(1)]


def exact(table: torch.Tensor, players: int) -> torch.Tensor:
    """sum over sets S without i of |S|! (n - |S| - 1)! / n! [v(S + i) - v(S)]"""
    values = torch.zeros(players).double()
    for i in range(players):
        others = [p for p in range(players) if p != i]
        for size in range(players):
            weight = math.factorial(size) * math.factorial(players - size - 1)
            for chosen in combinations(others, size):
                number = sum(2**p for p in chosen)
                values[i] += weight * (table[number + 2**i] - table[number])
    return values / math.factorial(players)


def test_few_players_are_exact() -> None:
    table = game(4)
    values, errors = shapley(
        lambda s: worth(table, s), 4, pairs=12, generator=torch.Generator().manual_seed(1)
    )
    torch.testing.assert_close(values.double(), exact(table, 4))
    assert not errors.any()


def test_drawn_orders_come_near_and_say_how_near() -> None:
    table = game(7)
    values, errors = shapley(
        lambda s: worth(table, s), 7, pairs=200, generator=torch.Generator().manual_seed(1)
    )
    assert float(values.sum()) == pytest.approx(float(table[-1] - table[0]), abs=1e-6)
    off = (values - exact(table, 7)).abs()
    assert (off < 4 * errors).all() and (errors > 0).all()
    assert (off > errors / 50).any()
    _, more = shapley(
        lambda s: worth(table, s), 7, pairs=800, generator=torch.Generator().manual_seed(1)
    )
    assert float((errors / more).mean()) == pytest.approx(2, rel=0.2)


def test_shapley_values_sum_to_what_the_modality_adds(tiny: Engine, picture: Image.Image) -> None:
    a = tiny.explain(picture, QUESTION, method="shapley", answer="red", erase=HOLE)
    for modality, credit in (("image", a.image), ("text", a.text)):
        kept = tiny.ask(picture, QUESTION, keep=ALL - {modality}, erase=HOLE)
        gain = a.probability - kept.probability_of("colour.red")
        assert credit is not None and float(credit.values.sum()) == pytest.approx(gain, abs=1e-5)
    assert a.image is not None and a.image.error is not None and a.image.error.any()


def test_shares_of_modalities_are_those_of_masking(tiny: Engine, picture: Image.Image) -> None:
    a = tiny.explain(picture, QUESTION, method="modality-shapley", answer="red")
    m = tiny.masking(picture, QUESTION, answer="red")
    assert a.modalities == pytest.approx(m.shapley, abs=1e-6)


# ------------------------------------------------------------------ the shipped weights


def test_maps_find_the_object(shipped: Engine) -> None:
    """On scenes with one certain object, the best map of the best fusion is highest on it."""
    hits = dict.fromkeys(("raw-attention", "relevance", "grad-cam", "integrated-gradients"), 0)
    scenes = [shipped.scene(seed) for seed in range(6)]
    asked = [(s, s.questions[0]) for s in scenes if len(s.questions[0].referents) == 1]
    assert len(asked) >= 4
    for scene, question in asked:
        for method in hits:
            a = shipped.explain(scene.image, question.text, method=method, fusion="hybrid-self")
            assert a.image is not None
            covered = coverage(scene.masks[question.referents[0]], *a.image.values.shape)
            hits[method] += covered.flatten()[a.image.values.argmax()] > 0
    assert max(hits.values()) >= len(asked) - 1, hits
