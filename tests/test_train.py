"""The Train page without a browser: views from states, the waiting line, a visitor's own fusion."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Event
from typing import Any

import pytest

from fusion.engine import Engine
from fusion.outputs import PHASES, Learning, LearningPoint, Share
from fusion.training import live
from fusion.training.live import LiveConfig
from viz.panels import plain_json, train_markup, train_view
from viz.panels.guests import Description, Guests
from viz.panels.handlers import Handlers
from viz.panels.line import FullError, Line
from viz.panels.train_handlers import Trained, Trainer, Waiting
from viz.plots.learning_curve import Series, learning_curve
from viz.words import LANGUAGES, spoken
from viz.words import train as words

SVG = "{http://www.w3.org/2000/svg}"


# ------------------------------------------------------------------ views from states


def point(epoch: float, **changes: float) -> LearningPoint:
    values = {
        "train_loss": 1.5,
        "train_accuracy": 0.4,
        "train_blind_accuracy": 0.2,
        "validation_loss": 1.25,
        "validation_accuracy": 0.5,
        "validation_blind_accuracy": 0.25,
    }
    return LearningPoint(epoch=epoch, **{**values, **changes})


def learning(**changes: Any) -> Learning:
    values: dict[str, Any] = {
        "phase": "train",
        "progress": 0.7,
        "seconds": dict(zip(PHASES, (2.0, 3.0, 1.0, 12.0, 2.0), strict=True)),
        "epoch": 2.0,
        "epochs": 4,
        "scenes": 50,
        "questions": 800,
        "validation_scenes": 8,
        "validation_questions": 64,
        "points": (point(1.0), point(2.0, validation_accuracy=0.75, validation_loss=0.5)),
        "prior": 0.3,
        "priors": {"colour": 0.125},
        "families": {"colour": Share(correct=30, count=40, low=0.6, high=0.86)},
        "ended": None,
    }
    return Learning(**{**values, **changes})


def test_progress_says_what_is_left_and_where_the_time_went() -> None:
    view = train_view.progress(learning())
    assert view.status == "Learning: epoch 3 of 4, about 14\u00a0s left"
    assert view.amount.startswith("Learns from 800 questions about 50 scenes; asked 64 new")
    assert view.spent[3] == ("learning", "12\u00a0s")
    early = train_view.progress(learning(phase="draw", epoch=0.0, points=(), prior=None))
    assert early.status == "Drawing scenes"


@pytest.mark.parametrize(
    ("ended", "told"), [("finished", "Finished"), ("stopped", "Stopped"), ("time", "Out of time")]
)
def test_every_end_is_told(ended: str, told: str) -> None:
    view = train_view.progress(learning(ended=ended))
    assert view.status == f"{told} after 2 of 4 epochs and 20\u00a0s."
    nothing = train_view.progress(learning(ended=ended, epoch=0.0, points=()))
    assert nothing.status.endswith(words.NOTHING)


@pytest.mark.parametrize(
    ("seen", "blind", "told"),
    [
        (0.32, 0.30, "It has not learned to look"),
        (0.45, 0.30, "It begins to look"),
        (0.90, 0.30, "It has learned to look."),
        (0.90, 0.10, "lost with nothing to see"),
    ],
)
def test_the_verdict_compares_with_guessing(seen: float, blind: float, told: str) -> None:
    shares = {"validation_accuracy": seen, "validation_blind_accuracy": blind}
    points = (point(4.0, **shares, train_accuracy=seen),)
    over = train_view.curve(learning(points=points, ended="finished"))
    going_on = train_view.curve(learning(points=points))
    assert over is not None and going_on is not None
    assert told in over.verdict
    assert told not in going_on.verdict
    assert over.verdict.startswith(going_on.verdict)
    assert "by heart" not in over.verdict
    by_heart = learning(points=(point(4.0, **shares, train_accuracy=1.0),), ended="finished")
    view = train_view.curve(by_heart)
    assert view is not None
    assert ("by heart" in view.verdict) == (seen < 0.9)


def test_the_curves_are_the_points_and_the_table_has_every_one() -> None:
    view = train_view.curve(learning())
    assert view is not None
    accuracy, loss = view.charts
    lines = {s.key: s.points for s in accuracy.series}
    assert lines["validation"] == ((1.0, 50.0), (2.0, 75.0))
    assert lines["validation-blind"] == ((1.0, 25.0), (2.0, 25.0))
    assert lines["train"] == ((1.0, 40.0), (2.0, 40.0))
    assert lines["train-blind"] == ((1.0, 20.0), (2.0, 20.0))
    assert lines["prior"] == ((0, 30.0), (4, 30.0))
    assert {s.key: s.points for s in loss.series}["validation"] == ((1.0, 1.25), (2.0, 0.5))
    assert (accuracy.top, loss.top) == (100, 2.0)
    assert "new questions: from 50 % to 75 %" in accuracy.description
    assert "best guess without looking: 30 %" in accuracy.description
    assert view.rows[1] == ("2.00", "1.500", "0.500", "40.0 %", "20.0 %", "75.0 %", "25.0 %")
    (colour,) = view.families
    assert (colour.name, colour.accuracy, colour.behind) == (
        "colour",
        "75\u00a0%",
        "of 40, guess 12\u00a0%",
    )
    assert (colour.share, colour.prior) == (0.75, 0.125)
    assert train_view.curve(learning(points=())) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_markup_is_well_formed_escaped_and_described(language: str) -> None:
    with spoken(language):
        _markup_is_well_formed()


def _markup_is_well_formed() -> None:
    share = Share(correct=1, count=2, low=0.0, high=1.0)
    evil = learning(families={"<b>": share}, priors={"<b>": 0.5})
    for view in (train_view.curve(evil), train_view.empty(6)):
        assert view is not None
        html = train_markup.curve(view)
        ET.fromstring(f"<all>{html}</all>")
        assert "<span><b>" not in html
        assert html.count('role="img"') == 2
        assert all(len(text) > 20 for text in re.findall(r'role="img" aria-label="([^"]+)"', html))
        table = train_markup.table(view)
        assert table.count("<tr>") == 1 + len(view.rows)
        assert ("&lt;b&gt;" in html) == bool(view.rows)
    bar = train_markup.progress(train_view.progress(learning()))
    assert 'role="progressbar"' in bar and 'aria-valuenow="70"' in bar


def places(svg: str, key: str) -> list[tuple[float, ...]]:
    root = ET.fromstring(svg.replace("<svg ", f'<svg xmlns="{SVG[1:-1]}" ', 1))
    group = next(g for g in root.iter(f"{SVG}g") if g.get("class") == f"series {key}")
    line = group.find(f"{SVG}polyline")
    assert line is not None
    return [tuple(map(float, pair.split(","))) for pair in line.get("points", "").split()]


def test_a_curve_lies_on_fixed_scales() -> None:
    series = [Series(key="train", points=((0, 0), (2, 50), (4, 100), (4, 300)))]
    svg = learning_curve(series, epochs=4, top=100, axis="epochs", description='a "b"')
    start, middle, end, above = places(svg, "train")
    assert start[0] < middle[0] < end[0] and middle[0] - start[0] == end[0] - middle[0]
    assert start[1] > middle[1] > end[1] and start[1] - middle[1] == middle[1] - end[1]
    assert above == end
    assert re.findall(r'class="value"[^>]*>([^<]+)', svg) == ["0", "25", "50", "75", "100"]
    assert re.findall(r'class="epoch"[^>]*>([^<]+)', svg) == ["0", "1", "2", "3", "4"]
    assert 'aria-label="a &quot;b&quot;"' in svg
    assert svg.count("<circle") == 4


def test_series_differ_in_more_than_colour() -> None:
    marks = set()
    for key in words.SERIES:
        svg = learning_curve(
            [Series(key=key, points=((0, 1), (1, 2)))], epochs=1, top=2, axis="", description=""
        )
        marks.add(re.sub(r"^.*?<polyline[^>]*>|</g>.*$", "", svg.split('class="series')[1]))
    assert len(marks) == len(words.SERIES) == 5


# ------------------------------------------------------------------ the waiting line


def test_each_waits_for_who_came_before() -> None:
    line = Line(most=1)
    with line.place() as first, ExitStack() as second_stays:
        second = second_stays.enter_context(line.place())
        assert (first.ahead(within=0), second.ahead(within=0)) == (0, 1)
        with pytest.raises(FullError), line.place():
            pass
        with pytest.raises(FullError):
            line.check()
        second_stays.close()
        line.check()
        with line.place() as third:
            assert third.ahead(within=0) == 1
    with line.place() as alone:
        assert alone.ahead(within=0) == 0


def test_the_next_is_told_at_once_that_it_has_the_turn() -> None:
    line = Line()
    with ThreadPoolExecutor(1) as pool, ExitStack() as first_stays:
        first_stays.enter_context(line.place())
        with line.place() as second:
            turn = pool.submit(second.ahead, within=60.0)
            first_stays.close()
            assert turn.result(timeout=30) == 0


def test_an_error_gives_the_place_up() -> None:
    line = Line(most=0)
    with pytest.raises(ZeroDivisionError), line.place():
        raise ZeroDivisionError
    line.check()


# ------------------------------------------------------------------ a visitor's own fusion


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> LiveConfig:
    """A training of a second."""
    monkeypatch.setattr(live, "QUESTIONS", 4)
    monkeypatch.setattr(live, "VALIDATION_SCENES", 6)
    return LiveConfig(scenes=50, epochs=1, families=("colour",), fusion="concat")


def test_what_was_trained_answers_for_its_owner_alone(tiny: Engine, brief: LiveConfig) -> None:
    guests = Guests(tiny)
    handlers = Handlers(tiny, guests)
    *_, last = Trainer(guests, Line()).train(brief, "ada")
    assert isinstance(last, Trained)
    guest = last.guest
    assert guests.of("ada") == (guest,) and guests.of("bob") == guests.of(None) == ()
    assert guest is not None and guest.name not in [info.name for info in tiny.fusions]
    before = handlers.opening()
    page = handlers.ask(before.visit, before.visit.picture_id, before.visit.question, guest.name)
    assert page.visit.fusion == guest.name
    assert "Trained on this page: 50 scenes, 1 epochs, questions about colour" in page.help
    assert guest.name not in page.help + page.cases + page.answers + page.shares
    assert "yours" in page.cases
    other = handlers.ask(before.visit, before.visit.picture_id, before.visit.question, "concat")
    assert "Trained on this page" not in other.help
    told = plain_json.learning(last.learning, guest.name)
    assert (told["fusion"], told["ended"]) == (guest.name, "finished")
    assert told["curve"][-1]["epoch"] == 1


def kept(guests: Guests, owner: str) -> str:
    """The name of one more fusion of somebody's."""
    told = Description(label="", summary="", facts="")
    return guests.add(owner, guests.engine._fusions["concat"], lambda info: told).name


def test_the_oldest_go_and_are_told_to_be_gone(tiny: Engine) -> None:
    guests = Guests(tiny, most=3, each=2)
    ada = [kept(guests, "ada") for _ in range(3)]
    assert len(set(ada)) == 3 and all(len(name) > 20 for name in ada)
    assert [g.name for g in guests.of("ada")] == [ada[2], ada[1]]
    for name in ada[1:]:
        assert guests.engine_of(name) is not tiny
    for gone in (ada[0], "yours-guessed"):
        with pytest.raises(ValueError, match="no longer kept: only the last 2 of each visitor"):
            guests.engine_of(gone)
    bob = [kept(guests, "bob") for _ in range(2)]
    assert [g.name for g in guests.of("ada")] == [ada[2]]
    assert [g.name for g in guests.of("bob")] == bob[::-1]
    assert guests.engine_of("concat") is tiny


def test_a_training_that_is_stopped_at_once_leaves_no_guest(
    tiny: Engine, brief: LiveConfig
) -> None:
    trainer = Trainer(Guests(tiny), Line())
    *_, last = trainer.train(brief, "ada", lambda: True)
    assert isinstance(last, Trained)
    assert (last.guest, last.learning.ended) == (None, "stopped")
    assert trainer.guests.of("ada") == ()


def test_who_waits_is_told_may_leave_and_is_refused_when_too_many_do(
    tiny: Engine, brief: LiveConfig
) -> None:
    trainer, left = Trainer(Guests(tiny), Line(most=1)), Event()
    with trainer.line.place():
        waiting = trainer.train(brief, "ada", left.is_set)
        first = next(waiting)
        assert isinstance(first, Waiting) and first.ahead == 1
        with spoken("zh"), pytest.raises(ValueError, match="已有 1 人在排队"):
            trainer.check()
        with pytest.raises(ValueError, match="1 visitors wait in line already"):
            next(trainer.train(brief, "bob"))
        left.set()
        assert [step.ahead for step in waiting if isinstance(step, Waiting)][-1] == 0
        trainer.check()
    *_, last = trainer.train(brief, "bob")
    assert isinstance(last, Trained) and last.guest is not None
    assert trainer.guests.of("ada") == ()
