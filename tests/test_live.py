"""Training while somebody watches: what it permits, what it leaves alone, and that it learns."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice, pairwise
from typing import Any

import pytest
import torch

from fusion.background import Background
from fusion.data.shapes.questions import questions_of
from fusion.data.shapes.scene import make_scene
from fusion.engine import Engine
from fusion.models.masking import Presence
from fusion.models.model import FUSIONS
from fusion.outputs import PHASES
from fusion.training import exam, live, live_scenes
from fusion.training.live import LIMITS, MOST_SECONDS, LiveConfig, LiveStep, train_live
from fusion.training.live_learner import Learner, fresh_fusion
from fusion.training.live_scenes import WORDINGS
from fusion.training.recipe import MaskRates, Recipe
from tests.test_purity import state

NAMES = [s if a is None else f"{s}-{a}" for s, a in FUSIONS]
SMALL = LiveConfig(scenes=50, epochs=1, families=("colour",))


@pytest.fixture(autouse=True)
def one_core() -> Iterator[None]:
    """The threads of torch are the whole process's; tests of one must not wait for another's."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trainings of a second: fewer questions to learn from, and fewer to validate with."""
    monkeypatch.setattr(live, "QUESTIONS", 4)
    monkeypatch.setattr(live, "VALIDATION_SCENES", 6)


def trained(engine: Engine, config: LiveConfig = SMALL, **given: Any) -> LiveStep:
    *_, last = train_live(engine, config, **given)
    return last


def weights(step: LiveStep) -> dict[str, torch.Tensor]:
    assert step.fusion is not None
    return step.fusion.state_dict()


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(one[name], other[name]) for name in one)


# ------------------------------------------------------------------ limits


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"scenes": 49}, "number of scenes must be a whole number from 50 to 600, got 49"),
        ({"scenes": 601}, "from 50 to 600, got 601"),
        ({"scenes": 60.5}, "whole number from 50 to 600, got 60.5"),
        ({"scenes": None}, "got None"),
        ({"scenes": True}, "got True"),
        ({"epochs": 0}, "number of epochs must be a whole number from 1 to 20, got 0"),
        ({"epochs": 21}, "got 21"),
        ({"epochs": "6"}, "got '6'"),
        ({"mask_rate": -0.1}, "mask rate must be a number from 0.0 to 0.5, got -0.1"),
        ({"mask_rate": 0.51}, "got 0.51"),
        ({"mask_rate": float("nan")}, "got nan"),
        ({"fusion": "nothing"}, "no fusion 'nothing'; known: concat, feature-additive"),
        ({"fusion": "hybrid-additive-unmasked"}, "no fusion 'hybrid-additive-unmasked'"),
        ({"families": "colour"}, "must be a list, got 'colour'"),
        ({"families": [7]}, "must be a list"),
        ({"fusion": None}, "by its name, got None"),
        ({"sceens": 60}, "no sceens; known: fusion, mask_rate"),
        ({"families": []}, "Choose at least one family of questions; there are colour, shape"),
        ({"families": ("colour", "smell")}, "no family of questions 'smell'; there are colour"),
        ({"seconds": MOST_SECONDS + 1}, "up to 120 seconds, got 121"),
    ],
)
def test_what_is_not_permitted_is_told(given: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        LiveConfig.from_dict(given)


def test_the_limits_themselves_are_permitted() -> None:
    for end in ("low", "high"):
        LiveConfig.from_dict({name: getattr(limit, end) for name, limit in LIMITS.items()})
    assert LiveConfig.from_dict({"mask_rate": 0}).masks == MaskRates(
        image=0.0, text=0.0, both=0.0, regions=0.0, tokens=0.0
    )


def test_masks_are_the_usual_ones_more_or_less_often() -> None:
    usual, masks = MaskRates(), LiveConfig(mask_rate=0.34).masks
    assert masks.image + masks.text + masks.both == pytest.approx(0.34)
    assert masks.regions / usual.regions == pytest.approx(masks.image / usual.image)


def test_no_other_training_or_test_has_its_scenes() -> None:
    recipe, most = Recipe(), int(LIMITS["scenes"].high) * live_scenes.RARE
    others = [
        (exam.FIRST_SCENE, exam.FIRST_SCENE + 1200),
        (recipe.first_scene, recipe.first_scene + recipe.scenes),
        (recipe.first_validation_scene, recipe.first_validation_scene + recipe.validation_scenes),
        (3_000_000, 3_012_000),
    ]
    mine = [(first, first + most) for first in (live.FIRST_SCENE, live.FIRST_VALIDATION_SCENE)]
    ranges = sorted([*others, *mine])
    assert all(end <= start for (_, end), (start, _) in pairwise(ranges))


def test_a_kind_of_question_that_hardly_any_scene_permits_is_told(
    tiny: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_scenes, "RARE", 1)
    rare = LiveConfig(scenes=50, epochs=1, families=("odd",))
    with pytest.raises(ValueError, match=r"Hardly any scene permits a question .* odd"):
        trained(tiny, rare)


# ------------------------------------------------------------------ a training


@pytest.mark.usefixtures("brief")
def test_steps_go_on_and_the_last_one_has_the_fusion(tiny: Engine) -> None:
    steps = list(train_live(tiny, SMALL))
    assert all(step.fusion is None for step in steps[:-1])
    shares = [step.learning.progress for step in steps]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
    assert {step.learning.phase for step in steps} == set(PHASES) - {"validate"}
    last = steps[-1]
    assert last.learning.ended == "finished" and last.learning.epoch == 1
    assert all(value > 0 for value in last.learning.seconds.values())
    assert last.fusion is not None and not last.fusion.training
    assert not any(p.requires_grad for p in last.fusion.parameters())
    assert all(p.grad is None for p in last.fusion.parameters())
    assert last.fusion.config.name == "hybrid-dot"


@pytest.mark.usefixtures("brief")
@pytest.mark.parametrize("name", NAMES)
def test_every_fusion_is_trained_and_answers(name: str, tiny: Engine) -> None:
    config = LiveConfig(fusion=name, scenes=50, epochs=1, families=("colour",), mask_rate=0.0)
    last = trained(tiny, config)
    assert last.fusion is not None and last.fusion.config.name == f"{name}-unmasked"
    engine = tiny.with_fusion("mine", last.fusion)
    scene = engine.scene(7)
    masking = engine.masking(scene.image, "what colour is the star?", fusion="mine")
    assert sum(p for _, p in masking.cases["both"].answers) == pytest.approx(1, abs=1e-4)
    fresh = fresh_fusion(last.fusion.config).state_dict()
    assert [n for n, w in weights(last).items() if torch.equal(w, fresh[n])] == []


def test_padded_scenes_are_read_as_the_engine_reads_them(tiny: Engine) -> None:
    """A fusion's answers to a batch of differently shaped scenes are those to each alone."""
    maker = live_scenes.LiveScenes(
        tiny.inputs, tiny.answers, first_seed=7, scenes=5, per_scene=4, families=("colour",)
    )
    for work in (maker.draw, maker.encode_images, maker.encode_questions):
        assert list(work())[-1] == 1
    data = maker.encoded()
    assert len({int(n) for n in data.region_mask.sum(1)}) > 1
    image, region_mask = data.images(torch.arange(5))
    text, answers = data.texts(torch.arange(5), slice(0, 4))
    keep = torch.ones(20, 2, dtype=torch.bool)
    present = Presence(keep=keep, region_mask=region_mask, token_mask=text.mask)
    logits = tiny._fusions["hybrid-dot"](image, text, present).logits.softmax(-1)
    for row, question in enumerate(data.questions):
        seed = data.seeds[row // 4]
        scene, picture = make_scene(seed), tiny.scene(seed).image
        asked = [questions_of(scene, w, 4, families=("colour",)) for w in range(WORDINGS)]
        assert question in [q for questions in asked for q in questions]
        alone = tiny.ask(picture, question.text, fusion="hybrid-dot")
        best = tiny.answers[int(logits[row].argmax())]
        assert alone.probability_of(best) == pytest.approx(float(logits[row].max()), abs=1e-3)
        assert tiny.answers[int(answers[row])] == question.answer


@pytest.mark.usefixtures("brief")
def test_the_same_configuration_gives_the_same_fusion(tiny: Engine) -> None:
    first = trained(tiny)
    torch.manual_seed(99)  # whatever others draw from torch's own generator
    drawn = torch.random.get_rng_state()
    second = trained(tiny)
    assert same(weights(first), weights(second))
    assert first.learning.points == second.learning.points
    assert torch.equal(torch.random.get_rng_state(), drawn)
    other = trained(tiny, replace(SMALL, mask_rate=0.5))
    assert not same(weights(first), weights(other))


@pytest.mark.usefixtures("brief")
def test_two_trainings_at_once_do_not_mix(tiny: Engine) -> None:
    configs = [SMALL, replace(SMALL, mask_rate=0.4)]
    alone = [weights(trained(tiny, config)) for config in configs]
    barrier = threading.Barrier(2)

    def together(config: LiveConfig) -> dict[str, torch.Tensor]:
        torch.set_num_threads(1)
        barrier.wait()
        return weights(trained(tiny, config))

    with ThreadPoolExecutor(2) as pool:
        for one, other in zip(alone, pool.map(together, configs), strict=True):
            assert same(one, other)


def test_it_learns_to_look_on_a_small_budget(shipped: Engine) -> None:
    config = LiveConfig(scenes=100, epochs=4, families=("colour", "shape", "size"))
    last = trained(shipped, config).learning
    assert last.prior is not None and last.families is not None
    assert 0.15 < last.prior < 0.4
    seen, blind = last.points[-1].validation_accuracy, last.points[-1].validation_blind_accuracy
    assert seen > last.prior + 0.15
    assert abs(blind - last.prior) < 0.1
    assert last.points[-1].validation_loss < last.points[0].validation_loss
    assert sum(s.count for s in last.families.values()) == last.validation_questions
    right = sum(s.correct for s in last.families.values())
    assert right / last.validation_questions == pytest.approx(seen)


# ------------------------------------------------------------------ how it ends


def phases(steps: Iterator[LiveStep], phase: str) -> Iterator[LiveStep]:
    return (step for step in steps if step.learning.phase == phase)


@pytest.mark.usefixtures("brief")
def test_stopped_in_the_middle_it_keeps_what_it_learned(tiny: Engine) -> None:
    asked: list[bool] = []
    steps = train_live(tiny, SMALL, stop=lambda: bool(asked))
    *_, third = islice(phases(steps, "train"), 3)
    assert [p.epoch for p in third.learning.points] == [0]
    asked.append(True)
    (last,) = steps
    assert last.learning.ended == "stopped" and last.fusion is not None
    assert [p.epoch for p in last.learning.points] == [0, last.learning.epoch]
    assert last.learning.epoch == third.learning.epoch == pytest.approx(2 / 13)


@pytest.mark.usefixtures("brief")
@pytest.mark.parametrize("phase", ["draw", "images", "questions"])
def test_stopped_before_it_learns_there_is_no_fusion(phase: str, tiny: Engine) -> None:
    asked: list[bool] = []
    steps = train_live(tiny, SMALL, stop=lambda: bool(asked))
    next(phases(steps, phase))
    asked.append(True)
    (last,) = steps
    assert last.learning.ended == "stopped"
    assert (last.fusion, last.learning.points) == (None, ())


def test_time_runs_out(tiny: Engine) -> None:
    last = trained(tiny, replace(SMALL, seconds=1e-6))
    assert (last.learning.ended, last.fusion) == ("time", None)


# ------------------------------------------------------------------ what it leaves alone


@pytest.mark.usefixtures("brief")
def test_the_served_models_are_as_they_were(tiny: Engine) -> None:
    before, names = state(tiny), [info.name for info in tiny.fusions]
    last = trained(tiny)
    assert state(tiny) == before
    assert last.fusion is not None
    more = tiny.with_fusion("mine", last.fusion)
    assert [info.name for info in more.fusions] == [*names, "mine"]
    assert [info.name for info in tiny.fusions] == names
    assert not more.fusions[-1].in_comparison
    with pytest.raises(ValueError, match="unknown fusion 'mine'"):
        tiny.ask(tiny.scene(7).image, "what colour is it?", fusion="mine")


@pytest.mark.usefixtures("brief")
@pytest.mark.parametrize("broken", ["encode_images", "learn", "answer"])
def test_an_error_leaves_nothing_behind(
    broken: str, tiny: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state(tiny)
    owner = live_scenes.LiveScenes if broken == "encode_images" else Learner
    with monkeypatch.context() as patched:
        patched.setattr(owner, broken, lambda *args, **given: iter([1 / 0]))
        with pytest.raises(ZeroDivisionError):
            trained(tiny)
    assert state(tiny) == before
    assert trained(tiny).learning.ended == "finished"


@pytest.mark.usefixtures("brief")
def test_gradients_are_on_only_inside_a_step(tiny: Engine) -> None:
    """A generator may go on in another thread, or for a caller who switched gradients off."""
    for _ in train_live(tiny, SMALL):
        assert torch.is_grad_enabled()
    expected = weights(trained(tiny))
    with torch.no_grad():
        found = []
        for step in train_live(tiny, SMALL):
            assert not torch.is_grad_enabled()
            found.append(step)
    assert same(weights(found[-1]), expected)


def test_a_fusion_that_does_not_fit_is_refused(tiny: Engine, shipped: Engine) -> None:
    with pytest.raises(ValueError, match="wants encodings of width 128"):
        tiny.with_fusion("mine", shipped._fusions["concat"])
    with pytest.raises(ValueError, match="there is a fusion 'concat' already"):
        tiny.with_fusion("concat", tiny._fusions["concat"])


# ------------------------------------------------------------------ in the background


def test_the_background_has_one_core_and_leaves_the_others_theirs() -> None:
    torch.set_num_threads(2)
    inside = list(Background(lambda left: iter([torch.get_num_threads()])))
    with ThreadPoolExecutor(1) as pool:
        others = pool.submit(torch.get_num_threads).result()
    assert (inside, torch.get_num_threads(), others) == ([1], 2, 2)


def test_the_background_gives_the_latest_and_always_the_last() -> None:
    def work(left: object) -> Iterator[int]:
        yield from range(1000)

    assert list(Background(work, every=60.0)) == [999]
    found = list(Background(work))
    assert found == sorted(set(found))
    assert found[-1] == 999


def test_an_error_in_the_background_is_raised_after_what_came_before() -> None:
    def work(left: object) -> Iterator[int]:
        yield 1
        raise ValueError("told")

    found: list[int] = []
    with pytest.raises(ValueError, match="told"):
        found.extend(Background(work))
    assert found == [1]


def test_who_stops_listening_stops_the_work() -> None:
    ended = threading.Event()

    def work(left: object) -> Iterator[int]:
        try:
            yield from iter(int, 1)
        finally:
            ended.set()

    listening = iter(Background(work))
    next(listening)
    listening.close()  # type: ignore[attr-defined]
    assert ended.is_set()
    assert "background" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.usefixtures("brief")
def test_trained_beside_the_answers_it_is_the_same(tiny: Engine) -> None:
    *_, beside = live.train_beside(tiny, SMALL, stop=lambda: False, every=0.1)
    assert same(weights(beside), weights(trained(tiny)))
    *_, stopped = live.train_beside(tiny, SMALL, stop=lambda: True, every=0.1)
    assert stopped.learning.ended == "stopped"
