"""The lessons say what the shipped weights do, and the page teaches them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape, unescape
from random import Random

import pytest
from playwright.sync_api import Page, expect

from fusion.data.shapes.dataset import _questions as questions_shown
from fusion.data.shapes.questions import ask
from fusion.data.shapes.scene import make_scene
from fusion.engine import Engine
from tests.test_page import browser as browser
from tests.test_page import chip, no_sideways_scroll, question, visit
from tests.test_page import url as url
from viz.lessons import lessons
from viz.lessons.base import CHOICE, ORDER, SPOT, Lesson, Live
from viz.panels import learn_markup
from viz.panels.learn_page import Learn
from viz.panels.links import query, read, state_of
from viz.panels.stage_view import described
from viz.words import LANGUAGES, spoken

LESSONS = list(lessons().values())
EIGHT = 8
DRAWN = 3000  # questions, to meet one certain wording
EVERY = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.key)


@pytest.fixture(params=list(LANGUAGES))
def speech(request: pytest.FixtureRequest) -> Iterator[str]:
    """What is said in each language."""
    with spoken(request.param):
        yield request.param


@pytest.fixture(scope="module")
def live(shipped: Engine) -> Live:
    return Live(shipped)


def guesses(lesson: Lesson, live: Live) -> list[Sequence[float]]:
    """Every prediction that can be made, or some where there are too many."""
    count = len(lesson.options(live))
    if lesson.kind == SPOT:
        return [(x / 12, y / 12) for x in range(13) for y in range(13)]
    return [[i] for i in range(count)] if lesson.kind == CHOICE else [range(count)]


@EVERY
@pytest.mark.usefixtures("speech")
def test_what_a_lesson_says_is_true_of_the_shipped_weights(lesson: Lesson, live: Live) -> None:
    claims = lesson.claims(live)
    assert claims
    assert [claim for claim, true in claims.items() if not true] == []


@EVERY
def test_its_questions_mean_the_same_in_every_language(lesson: Lesson) -> None:
    scene, rng = make_scene(lesson.scene), Random(0)
    [meant] = [q for q in questions_shown(scene) if q.text == lesson.questions["en"]]
    for language in [name for name in LANGUAGES if name != "en"]:
        asked = (ask(scene, rng, family=meant.family, language=language) for _ in range(DRAWN))
        found = {q.text: q.form for q in asked if q is not None}
        assert found.get(lesson.questions[language]) == meant.form


@EVERY
@pytest.mark.usefixtures("speech")
def test_one_prediction_is_right_and_not_all_are(lesson: Lesson, live: Live) -> None:
    if lesson.kind == ORDER:
        weights = [weight for _, weight in live.ask(lesson.state).token_attention or []]
        best = sorted(range(len(weights)), key=lambda i: -weights[i])
        assert lesson.reveal(live, best).score == 1
        assert lesson.reveal(live, best[::-1]).score < 0.5
        return
    scores = [lesson.reveal(live, guess).score for guess in guesses(lesson, live)]
    assert max(scores) == 1 and min(scores) == 0
    assert lesson.kind == SPOT or sum(scores) == 1


@EVERY
def test_a_prediction_that_the_page_cannot_make_is_refused(lesson: Lesson, live: Live) -> None:
    for wrong in ([], [99], [0.5, 7], [float("nan"), 0], [0, 0, 0]):
        with pytest.raises(ValueError, match=r"."):
            lesson.reveal(live, wrong)


@EVERY
@pytest.mark.usefixtures("speech")
def test_a_lesson_ends_with_a_state_that_the_ask_page_opens(lesson: Lesson, live: Live) -> None:
    assert state_of(read("?" + query(lesson.tried)), ()) == lesson.tried
    shown = lesson.tried.shown
    assert live.ask(lesson.tried).keep == {
        name for name, on in (("image", shown.image), ("text", shown.question)) if on
    }


@EVERY
def test_a_lesson_is_short(lesson: Lesson) -> None:
    assert 1 <= lesson.point.count(". ") + 1 <= 3
    assert len(lesson.point) < 420 and len(lesson.prompt) < 330


def test_there_are_eight_and_an_unknown_one_is_told(shipped: Engine) -> None:
    learn = Learn(shipped)
    assert len(learn.lessons) == EIGHT
    with pytest.raises(ValueError, match="no lesson 'nine'; known: where, words"):
        learn.ask("nine")


def test_the_weights_on_show_are_the_model_s(live: Live) -> None:
    lesson = lessons()["words"]
    found = lesson.reveal(live, range(len(lesson.options(live))))
    assert list(found.bars[0].rows) == live.ask(lesson.state).token_attention
    html = learn_markup.revealed(lesson, found)
    assert "width:22.6%" in html and "<script" not in html


def test_a_map_on_show_is_the_model_s_with_its_numbers_behind_it(live: Live) -> None:
    lesson = lessons()["where"]
    weights = live.ask(lesson.state).image_attention
    assert weights is not None
    y, x = divmod(int(weights.argmax()), weights.shape[1])
    best = ((x + 0.5) / weights.shape[1], (y + 0.5) / weights.shape[0])
    html = learn_markup.revealed(lesson, lesson.reveal(live, best))
    table = re.findall(r"<td>([\d.]+)</td>", html)
    assert table == [f"{times:.1f}" for times in (weights * weights.size).reshape(-1)]
    assert 'class="verdict right"' in html and escape(described(weights)) in html
    away = learn_markup.revealed(lesson, lesson.reveal(live, (1 - best[0], 1 - best[1])))
    assert 'class="verdict wrong"' in away
    link = unescape(re.findall(r'data-search="([^"]+)"', html)[0])
    assert read(link) == read(query(lesson.tried))


# ------------------------------------------------------------------ the page


@pytest.fixture
def page(browser: object, url: str) -> Iterator[Page]:
    yield from visit(browser, url)


def test_a_lesson_is_predicted_revealed_scored_and_tried(page: Page, url: str) -> None:
    page.goto(f"{url}/?tab=learn")
    spot = page.locator("#learn-spot")
    expect(spot).to_be_visible()
    expect(page.locator("#learn-reveal")).to_be_disabled()
    spot.focus()
    page.keyboard.press("ArrowLeft")
    page.locator("#learn-reveal").click()
    expect(page.locator("#learn .point")).to_be_visible()
    expect(page.locator("#learn figure img")).to_have_attribute(
        "alt", re.compile("of the weight on")
    )
    expect(page.locator("#lesson-where")).to_contain_text("✓")

    page.locator("#lesson-words").click()
    words = page.locator("#learn .order button")
    expect(words.first).to_be_visible()
    for i in range(words.count()):
        words.nth(i).click()
    page.locator("#learn-reveal").click()
    expect(page.locator("#learn .verdict")).to_be_visible()
    score = page.locator("#learn .score").inner_text()
    assert not score.startswith("Score 0 ")
    page.set_viewport_size({"width": 390, "height": 844})
    no_sideways_scroll(page)
    page.set_viewport_size({"width": 1280, "height": 800})

    page.locator("#learn-try").click()
    tried = lessons()["words"].tried
    expect(question(page)).to_have_value(tried.question or "")
    expect(chip(page, "teal")).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#stage")).to_be_visible()
    page.reload()
    expect(page.locator("#learn .score")).to_have_text(score)
