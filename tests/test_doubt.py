"""Explanations put to the test: curves that end in the engine's own answers, pointing, results."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jaxtyping
import numpy as np
import pytest
import torch
from PIL import Image

from fusion.attributions import Attribution, Credit, Faithfulness, area
from fusion.engine import Engine
from fusion.explain.faithfulness import ON_OBJECT, ORDERS, POINTS, curves, on_object, ranking
from fusion.explain.subject import Subject

QUESTION = "what colour is the star?"


@pytest.fixture
def subject(tiny: Engine, picture: Image.Image) -> Subject:
    return Subject.of(tiny._fusions["hybrid-self"], tiny._inputs, picture, QUESTION)


# ------------------------------------------------------------------ curves


def test_curves_of_the_image_end_in_the_engines_answers(tiny: Engine, picture: Image.Image) -> None:
    hole = np.zeros((5, 7), bool)
    hole[:, 5:] = True
    d = tiny.doubt(picture, QUESTION, method="integrated-gradients", answer="red", erase=hole)
    found, values = d.curves["image"], d.attribution.image
    assert values is not None and len(found.removed) == POINTS + 1
    assert found.random.shape == (ORDERS, POINTS + 1)
    everything = tiny.ask(picture, QUESTION, erase=np.ones((2, 2), bool))
    ends = [d.attribution.probability, everything.probability_of("colour.red")]
    for curve in (found.most, found.least, *found.random):
        np.testing.assert_allclose(curve[[0, -1]], ends, atol=1e-6)
    np.testing.assert_allclose(
        ends[1], tiny.ask(picture, QUESTION, keep={"text"}).probability_of("colour.red"), atol=1e-6
    )
    first = round(25 / POINTS)  # so many of the 25 regions that are left go in the first step
    best = np.argsort(-values.values, axis=None, kind="stable")[:first]
    assert values.values.flatten()[best].all(), "no ties among the first"
    gone = hole.copy()
    gone.flat[best] = True
    step = tiny.ask(picture, QUESTION, erase=gone).probability_of("colour.red")
    assert found.most[1] == pytest.approx(step, abs=1e-6)
    assert found.removed[1] == pytest.approx(first / 25)


def test_curves_of_the_tokens_are_dropped_tokens(tiny: Engine, picture: Image.Image) -> None:
    d = tiny.doubt(picture, QUESTION, answer="red", modality="text", drop_tokens=[1])
    assert set(d.curves) == {"text"} and d.attribution.text is not None
    found, order = d.curves["text"], np.argsort(-d.attribution.text.values)
    order = order[order != 1]
    assert len(found.removed) == 6, "five tokens are left, and go one by one"
    for n in range(6):
        for curve, first in ((found.most, order[:n]), (found.least, order[::-1][:n])):
            e = tiny.ask(picture, QUESTION, drop_tokens=[1, *first.tolist()])
            assert curve[n] == pytest.approx(e.probability_of("colour.red"), abs=1e-6)


def test_insertion_is_deletion_from_the_other_end(tiny: Engine, picture: Image.Image) -> None:
    d = tiny.doubt(picture, QUESTION, answer="red")
    found = d.curves["text"]
    shown, curve = found.insertion("most")
    assert shown[0] == 0 and shown[-1] == 1 and curve[-1] == found.least[0]
    assert d.attribution.text is not None
    best = int(d.attribution.text.values.argmax())
    others = [i for i in range(len(d.attribution.tokens)) if i != best]
    alone = tiny.ask(picture, QUESTION, drop_tokens=others).probability_of("colour.red")
    assert curve[1] == pytest.approx(alone, abs=1e-6)
    assert found.insertion("random")[1].shape == found.random.shape
    with pytest.raises(ValueError, match="unknown order 'worst'; known: most, least, random"):
        found.insertion("worst")


def test_chance_is_the_same_for_every_method_and_every_time(
    tiny: Engine, picture: Image.Image
) -> None:
    a = tiny.doubt(picture, QUESTION, method="raw-attention", answer="red")
    b = tiny.doubt(picture, QUESTION, method="relevance", answer="red")
    for m in ("image", "text"):
        np.testing.assert_allclose(a.curves[m].random, b.curves[m].random, atol=1e-6)
        assert len({tuple(c) for c in a.curves[m].random.tolist()}) > 1
        low, high = a.curves[m].band
        assert (low <= high).all() and low[0] == high[0] and (low < high).any()
    again = tiny.doubt(picture, QUESTION, method="raw-attention", answer="red")
    assert np.array_equal(a.curves["image"].most, again.curves["image"].most)


def test_several_maps_are_asked_together_as_alone(subject: Subject) -> None:
    maps = {"up": torch.arange(6.0), "down": -torch.arange(6.0)}
    both, alone = curves(subject, "text", maps), curves(subject, "text", {"up": maps["up"]})
    assert both is not None and alone is not None
    torch.testing.assert_close(both.most["up"], alone.most["up"])
    torch.testing.assert_close(both.most["down"], both.least["up"])


def test_equal_values_are_ranked_by_chance(subject: Subject) -> None:
    values = torch.zeros(5, 7)
    values[4, 6] = 1.0
    order = ranking(subject, "image", values)
    assert order[0] == 34 and sorted(order.tolist()) == list(range(35))
    assert order[1:].tolist() != list(range(34)), "row by row would favour the top"
    assert torch.equal(order, ranking(subject, "image", values))


def test_equal_sets_are_asked_once(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    see = subject.inputs.see_without

    def counted(image: Any, erase: Any, windows: torch.Tensor, **options: int) -> Any:
        asked.append(len(windows))
        return see(image, erase, windows, **options)

    monkeypatch.setattr(subject.inputs, "see_without", counted)
    gone = torch.zeros(4, 5, 7, dtype=torch.bool)
    gone[[0, 3], 2] = True
    found = subject.without("image", gone)
    assert asked == [2] and found[0] == found[3] and found[1] == found[2] != found[0]
    assert float(found[1]) == pytest.approx(subject.probability, abs=1e-6)


# ------------------------------------------------------------------ pointing


def test_pointing_against_the_truth(tiny: Engine, picture: Image.Image) -> None:
    truth = np.zeros((10, 14), bool)
    truth[:, :4] = True  # two of seven columns of regions
    d = tiny.doubt(picture, QUESTION, method="integrated-gradients", truth=truth)
    values = d.attribution.image
    assert values is not None and d.pointing is not None
    positive = values.values.clip(min=0)
    assert d.pointing.hit == bool(values.values.argmax() % 7 < 2)
    assert d.pointing.mass == pytest.approx(positive[:, :2].sum() / positive.sum(), abs=1e-5)
    assert d.pointing.even == pytest.approx(2 / 7)
    other = tiny.doubt(picture, QUESTION, method="integrated-gradients", truth=~truth)
    assert other.pointing is not None and other.pointing.hit != d.pointing.hit
    nothing = tiny.doubt(picture, QUESTION, modality="text", truth=truth)
    assert nothing.pointing is None
    assert tiny.doubt(picture, QUESTION, modality="text").pointing is None


def test_a_small_object_has_a_region() -> None:
    covered = torch.tensor([[0.02, 0.01], [0.0, 0.0]])
    assert on_object(covered).tolist() == [[True, False], [False, False]]
    assert on_object(torch.tensor([[ON_OBJECT, 0.05, 0.9]])).tolist() == [[True, False, True]]


# ------------------------------------------------------------------ results


def test_area_and_scale() -> None:
    share = np.array([0.0, 0.25, 1.0])
    assert area(share, np.array([0.8, 0.4, 0.0])) == pytest.approx(100 * (0.15 + 0.15))
    credit = Credit(
        unit="probability",
        values=np.array([0.3, -0.1, 0.0, 0.0], np.float32),
        present=np.array([True, True, True, False]),
    )
    np.testing.assert_allclose(credit.times_even, [2.25, -0.75, 0, 0], rtol=1e-6)


PRESENT = np.array([True, True, False])


@pytest.fixture
def unwatched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shapes are checked by jaxtyping under pytest alone; here by what users have."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"unit": "percent"}, "unknown unit 'percent'; known: share, probability"),
        ({"present": np.ones(2, bool)}, r"present is \(2,\)"),
        ({"error": np.ones(2, np.float32)}, r"error is \(2,\)"),
        ({"values": np.array([0.5, np.nan, 0], np.float32)}, "finite"),
        ({"values": np.array([0.5, 0.4, 0.1], np.float32)}, "0 for what is not present"),
        ({"values": np.array([1.5, -0.5, 0], np.float32)}, "non-negative and sum to 1"),
        ({"values": np.array([0.5, 0.25, 0], np.float32)}, "sum to 1, or all be 0; got 0.75"),
        ({"error": np.array([0.1, np.nan, 0], np.float32)}, "errors must be finite"),
    ],
)
@pytest.mark.usefixtures("unwatched")
def test_bad_credit(change: dict[str, Any], message: str) -> None:
    good = Credit(unit="share", values=np.array([0.5, 0.5, 0], np.float32), present=PRESENT)
    with pytest.raises(ValueError, match=message):
        replace(good, **change)


LINE = np.array([0.0, 0.5, 1.0], np.float32)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"most": LINE[:2]}, "as many points"),
        ({"least": LINE + 1}, "must be probabilities"),
        ({"removed": LINE / 2}, "rise from 0 to 1"),
        ({"removed": LINE[[0, 0, 2]]}, "rise from 0 to 1"),
    ],
)
@pytest.mark.usefixtures("unwatched")
def test_bad_curves(change: dict[str, Any], message: str) -> None:
    good = Faithfulness(
        modality="image", removed=LINE, most=LINE[::-1], least=LINE, random=np.stack([LINE] * 2)
    )
    assert good.areas == {"most": 50, "least": 50, "random": 50}
    with pytest.raises(ValueError, match=message):
        replace(good, **change)


def test_bad_attribution(tiny: Engine, picture: Image.Image) -> None:
    good: Attribution = tiny.explain(picture, QUESTION, method="integrated-gradients")
    with pytest.raises(ValueError, match="6 token credits for tokens"):
        replace(good, tokens=["star"])
    with pytest.raises(ValueError, match="is not signed"):
        replace(good, signed=False)
    with pytest.raises(ValueError, match="must be in share"):
        replace(good, unit="share")


# ------------------------------------------------------------------ the shipped weights


def test_what_is_important_goes_first(shipped: Engine) -> None:
    """Taking away what occlusion found costs more of the answer than taking away at random."""
    scene = shipped.scene(3)
    d = shipped.doubt(scene.image, scene.questions[0].text, fusion="hybrid-self")
    for found in d.curves.values():
        assert found.areas["most"] < found.areas["random"] < found.areas["least"]
