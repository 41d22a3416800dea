"""The Train page: views from states, a visitor's own fusion, and a training in a real browser."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from playwright.sync_api import Browser, Locator, Page, expect

from fusion.engine import Engine
from fusion.outputs import PHASES, Learning, LearningPoint, Share
from fusion.training import live
from fusion.training.live import LiveConfig
from tests.test_page import browser, no_sideways_scroll, question, url
from tests.test_page import visit as visitor
from viz import words, words_train
from viz.panels import plain_json, train_markup, train_view
from viz.panels.guests import Guests
from viz.panels.handlers import Handlers
from viz.panels.train_handlers import train
from viz.plots.learning_curve import Series, learning_curve

__all__ = ["browser", "url"]

SVG = "{http://www.w3.org/2000/svg}"
LONG = 240_000  # milliseconds that a training may take on a busy machine


# ------------------------------------------------------------------ views from states


def point(epoch: float, **changes: float) -> LearningPoint:
    values = {
        "train_loss": 1.5,
        "train_accuracy": 0.4,
        "validation_loss": 1.25,
        "validation_accuracy": 0.5,
        "blind_accuracy": 0.25,
    }
    return LearningPoint(epoch=epoch, **{**values, **changes})


def learning(**changes: Any) -> Learning:
    values: dict[str, Any] = {
        "phase": "train",
        "progress": 0.7,
        "seconds": dict(zip(PHASES, (2.0, 3.0, 1.0, 12.0, 2.0), strict=True)),
        "epoch": 2.0,
        "epochs": 4,
        "questions": 800,
        "validation_questions": 64,
        "points": (point(1.0), point(2.0, validation_accuracy=0.75, validation_loss=0.5)),
        "prior": 0.3,
        "families": {"colour": Share(correct=30, count=40, low=0.6, high=0.86)},
        "ended": None,
    }
    return Learning(**{**values, **changes})


def test_progress_says_what_is_left_and_where_the_time_went() -> None:
    view = train_view.progress(learning())
    assert view.status == "Learning: epoch 3 of 4, about 14\u00a0s left"
    assert [(name, seconds) for name, seconds, _ in view.spent][3] == ("learning", "12\u00a0s")
    assert sum(share for *_, share in view.spent) == pytest.approx(1)
    early = train_view.progress(learning(phase="draw", epoch=0.0, points=(), prior=None))
    assert early.status == "Drawing scenes"


@pytest.mark.parametrize(
    ("ended", "told"), [("finished", "Finished"), ("stopped", "Stopped"), ("time", "Out of time")]
)
def test_every_end_is_told(ended: str, told: str) -> None:
    view = train_view.progress(learning(ended=ended))
    assert view.status == f"{told} after 2 of 4 epochs and 20\u00a0s."
    nothing = train_view.progress(learning(ended=ended, epoch=0.0, points=()))
    assert nothing.status.endswith(words_train.NOTHING)


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
    points = (point(4.0, validation_accuracy=seen, blind_accuracy=blind),)
    over = train_view.curve(learning(points=points, ended="finished"))
    going_on = train_view.curve(learning(points=points))
    assert over is not None and going_on is not None
    assert told in over.verdict
    assert told not in going_on.verdict
    assert over.verdict.startswith(going_on.verdict)


def test_the_curves_are_the_points_and_the_table_has_every_one() -> None:
    view = train_view.curve(learning())
    assert view is not None
    accuracy, loss = view.charts
    lines = {s.key: s.points for s in accuracy.series}
    assert lines["validation"] == ((1.0, 50.0), (2.0, 75.0))
    assert lines["blind"] == ((1.0, 25.0), (2.0, 25.0))
    assert lines["prior"] == ((0, 30.0), (4, 30.0))
    assert {s.key: s.points for s in loss.series}["validation"] == ((1.0, 1.25), (2.0, 0.5))
    assert (accuracy.top, loss.top) == (100, 2.0)
    assert "new questions: from 50 % to 75 %" in accuracy.description
    assert "best guess without looking: 30 %" in accuracy.description
    assert view.rows[1] == ("2.00", "1.500", "0.500", "40.0 %", "75.0 %", "25.0 %")
    assert view.families == (("colour", "75\u00a0%", "of 40"),)
    assert train_view.curve(learning(points=())) is None


def test_markup_is_well_formed_escaped_and_described() -> None:
    evil = learning(families={"<b>": Share(correct=1, count=2, low=0.0, high=1.0)})
    for view in (train_view.curve(evil), train_view.empty(6)):
        assert view is not None
        html = train_markup.curve(view)
        assert "<b>&" not in html and "<b><" not in html
        assert html.count('role="img"') == 2
        assert all(len(text) > 40 for text in re.findall(r'role="img" aria-label="([^"]+)"', html))
        table = train_markup.table(view)
        assert table.count("<tr>") == 1 + len(view.rows)
    assert "&lt;b&gt;" in train_markup.curve(train_view.curve(evil) or train_view.empty(1))
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
    for key in ("train", "validation", "blind", "prior"):
        svg = learning_curve(
            [Series(key=key, points=((0, 1), (1, 2)))], epochs=1, top=2, axis="", description=""
        )
        marks.add(tuple(re.findall(r"<(circle|rect|path)", svg)))
    assert len(marks) == 4


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
    *_, last = train(guests, brief)
    guest = last.guest
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


def test_the_oldest_go_and_are_told_to_be_gone(tiny: Engine) -> None:
    guests = Guests(tiny, most=2)
    concat = tiny._fusions["concat"]
    names = [guests.add(concat, summary="", accuracy=0.5, count=4).name for _ in range(3)]
    assert len(set(names)) == 3 and all(len(name) > 20 for name in names)
    for name in names[1:]:
        assert guests.engine_of(name) is not tiny
    with pytest.raises(ValueError, match="no longer kept: only the last 2 are"):
        guests.engine_of(names[0])
    with pytest.raises(ValueError, match="no longer kept"):
        guests.engine_of("yours-guessed")
    assert guests.engine_of("concat") is tiny


def test_a_training_that_is_stopped_at_once_leaves_no_guest(
    tiny: Engine, brief: LiveConfig
) -> None:
    *_, last = train(Guests(tiny), brief, lambda: True)
    assert (last.guest, last.learning.ended) == (None, "stopped")


# ------------------------------------------------------------------ in the browser


def opened(page: Page) -> Page:
    page.get_by_role("tab", name=words_train.TAB).click()
    expect(page.locator("#train-start")).to_be_visible()
    return page


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    for page in visitor(browser, url):
        yield opened(page)


@pytest.fixture
def phone(browser: Browser, url: str) -> Iterator[Page]:
    for page in visitor(browser, url, width=390, height=844):
        yield opened(page)


def choose(page: Page, name: str, value: int) -> None:
    number = page.locator(f"#train-{name} input[type=number]")
    number.fill(str(value))
    number.press("Tab")
    expect(page.locator(f"#train-{name} input[type=range]")).to_have_value(str(value))


def short(page: Page) -> None:
    """The shortest training there is."""
    choose(page, "scenes", 50)
    choose(page, "epochs", 1)


def status(page: Page) -> Locator:
    return page.locator("#train-progress .status")


def stopped(page: Page) -> None:
    page.locator("#train-stop").click()
    expect(page.locator("#train-start")).to_be_enabled(timeout=LONG)
    expect(status(page)).to_contain_text("Stopped after", timeout=LONG)


def own(page: Page) -> Locator:
    """The visitor's own fusion in the open menu of the Ask page."""
    return page.get_by_role("option").filter(has_text="Yours:")


def test_a_training_is_watched_and_its_model_asked_by_its_owner_alone(
    browser: Browser, url: str, page: Page
) -> None:
    expect(page.locator("#train-curve svg[role=img]")).to_have_count(2)
    expect(page.locator("#train-ask")).to_be_hidden()
    short(page)
    page.locator("#train-start").click()
    expect(page.locator("#train-start")).to_be_disabled()
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(status(page)).to_contain_text("Finished after 1 of 1 epochs", timeout=LONG)
    expect(page.locator("#train-curve figure .validation rect")).to_have_count(2)
    expect(page.locator("#train-curve .sentence")).to_contain_text("with the image hidden")
    expect(page.locator("#train-progress .spent li")).to_have_count(len(PHASES))
    label = page.locator("#train-curve figure svg").first.get_attribute("aria-label") or ""
    assert words_train.SERIES["validation"] in label
    page.locator("#train-numbers button").first.click()
    expect(page.locator("#train-table tbody tr").first).to_be_visible()
    page.locator("#train-ask").click()
    expect(page.locator("#fusion-help")).to_contain_text("Trained on this page: 50 scenes")
    expect(page.locator("#answers li")).to_have_count(5)
    expect(page.locator("#cases figure").last).to_contain_text("yours")
    question(page).fill("what colour is the star?")
    question(page).press("Enter")
    expect(page.locator("#chips .chip").filter(has_text="star")).to_be_visible()
    expect(page.locator("#fusion-help")).to_contain_text("Trained on this page: 50 scenes")
    page.locator("#fusion input").click()
    expect(own(page)).to_have_count(1)
    for other in visitor(browser, url):
        other.locator("#fusion input").click()
        expect(other.get_by_role("option").first).to_be_visible()
        expect(own(other)).to_have_count(0)
        expect(opened(other).locator("#train-ask")).to_be_hidden()


def test_stop_keeps_what_is_learned(page: Page) -> None:
    choose(page, "scenes", 50)
    choose(page, "epochs", 20)
    page.locator("#train-start").click()
    expect(status(page)).to_contain_text("Learning: epoch 2", timeout=LONG)
    stopped(page)
    expect(page.locator("#train-curve figure .validation rect").first).to_be_attached()
    expect(page.locator("#train-ask")).to_be_visible()
    expect(page.locator("#train-stop")).to_be_hidden()


def test_a_bad_choice_is_told_at_once_and_nothing_starts(page: Page) -> None:
    checked = page.locator("#train-families input:checked")
    for left in reversed(range(checked.count())):
        checked.first.click()
        expect(checked).to_have_count(left)
    page.locator("#train-start").click()
    toast = page.get_by_test_id("toast-body").first
    expect(toast).to_contain_text("Choose at least one family of questions; there are colour")
    expect(status(page)).to_have_text(words_train.IDLE)
    expect(page.locator("#train-start")).to_be_enabled()
    expect(page.locator("#train-stop")).to_be_hidden()


def test_visitors_wait_in_line_and_answers_go_on(browser: Browser, url: str, page: Page) -> None:
    page.locator("#train-start").click()
    expect(page.locator("#train-stop")).to_be_visible(timeout=LONG)
    for other in visitor(browser, url):
        opened(other)
        other.locator("#train-start").click()
        expect(status(other)).to_have_text(words_train.WAITING)
        expect(other.locator("#train-progress")).to_contain_text("queue: 1/1")
        other.get_by_role("tab", name=words.TAB_ASK).click()
        question(other).fill("how many objects are there?")
        question(other).press("Enter")
        expect(other.locator("#chips .chip").filter(has_text="many")).to_be_visible()
        expect(page.locator("#train-stop")).to_be_visible()
        opened(other)
        other.locator("#train-leave").click()
        expect(status(other)).to_have_text(words_train.IDLE)
        expect(other.locator("#train-start")).to_be_enabled()
        other.locator("#train-start").click()
        expect(status(other)).to_have_text(words_train.WAITING)
        stopped(page)
        expect(other.locator("#train-stop")).to_be_visible(timeout=LONG)
        stopped(other)


def test_who_goes_away_holds_up_nobody(browser: Browser, url: str, page: Page) -> None:
    for other in visitor(browser, url):
        opened(other)
        other.locator("#train-start").click()
        expect(other.locator("#train-stop")).to_be_visible(timeout=LONG)
    page.locator("#train-start").click()
    expect(page.locator("#train-stop")).to_be_visible(timeout=LONG)
    stopped(page)


def test_it_works_by_keyboard(page: Page) -> None:
    slider = page.locator("#train-epochs input[type=range]")
    slider.focus()
    page.keyboard.press("Home")
    expect(slider).to_have_value("1")
    page.locator("#train-families input").first.focus()
    page.keyboard.press("Space")
    expect(page.locator("#train-families input").first).not_to_be_checked()
    page.locator("#train-start").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#train-stop")).to_be_visible(timeout=LONG)
    page.locator("#train-stop").focus()
    page.keyboard.press("Enter")
    expect(status(page)).to_contain_text("Stopped after", timeout=LONG)


def test_the_limits_are_printed(page: Page) -> None:
    limits = page.locator("#train-left .limits")
    for told in ("600 scenes", "20 epochs", "120 seconds", "One training at a time", "last 24"):
        expect(limits).to_contain_text(told)


def test_a_phone_needs_no_sideways_scroll(phone: Page) -> None:
    no_sideways_scroll(phone)
    short(phone)
    phone.locator("#train-start").click()
    expect(status(phone)).to_be_in_viewport()
    expect(status(phone)).to_contain_text("Finished after", timeout=LONG)
    expect(phone.locator("#train-curve figure .validation rect").first).to_be_attached()
    phone.locator("#train-numbers button").first.click()
    expect(phone.locator("#train-table tbody tr").first).to_be_visible()
    no_sideways_scroll(phone)


def test_dark_is_dark_here_too(browser: Browser, url: str) -> None:
    for page in visitor(browser, url, query="?__theme=dark"):
        card = opened(page).locator("#train-curve")
        paper = card.evaluate("(e) => getComputedStyle(e).backgroundColor")
        ink = card.locator("svg text").first.evaluate("(e) => getComputedStyle(e).fill")
        assert max(map(int, re.findall(r"\d+", paper)[:3])) < 80
        assert min(map(int, re.findall(r"\d+", ink)[:3])) > 120


def test_a_program_trains_and_asks_what_it_trained(url: str, tmp_path: Any) -> None:
    client = Client(url, verbose=False)
    picture = tmp_path / "picture.png"
    Engine.load().scene(7).image.save(picture)
    small = {"fusion": "concat", "scenes": 50, "epochs": 1, "families": ["colour"]}
    made = client.predict(**small, api_name="/train")
    assert made["ended"] == "finished"
    assert set(made["families"]) == {"colour"}
    assert 0 < made["prior"] < 1
    given = {"image": handle_file(picture), "question": "what colour is the star?"}
    answer = client.predict(**given, fusion=made["fusion"], api_name="/ask")
    assert sum(a["probability"] for a in answer["answers"]) == pytest.approx(1, abs=1e-3)
    assert client.predict(**given, fusion=made["fusion"], api_name="/masking")["answer_id"]
    for change, told in (
        ({"scenes": 6000}, "from 50 to 600, got 6000"),
        ({"epochs": 0}, "from 1 to 20, got 0"),
        ({"fusion": "none"}, "no fusion 'none'"),
        ({"families": []}, "at least one family"),
    ):
        with pytest.raises(AppError, match=re.escape(told).replace("'", "(?:'|&#x27;)")):
            client.predict(**{**small, **change}, api_name="/train")
    assert len(client.predict(api_name="/fusions")) == 11
