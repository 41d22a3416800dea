"""The gallery: each example is one of its scene's own questions, answered once and then kept."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from fusion.engine import Engine
from fusion.outputs import Version
from tests.test_page import (  # noqa: F401
    browser,
    current_case,
    fits,
    no_sideways_scroll,
    page,
    phone,
    question,
    url,
)
from viz.panels import handlers as actions
from viz.panels.handlers import EXAMPLES_KEPT, Handlers
from viz.panels.visit import Offered
from viz.words.common import EXAMPLES
from viz.words.en.examples import PANEL


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_is_a_question_of_its_scene(shipped: Engine, number: int) -> None:
    seed, text = EXAMPLES[number]
    assert text in [asked.text for asked in shipped.scene(seed).questions]


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Examples that the tiny engine can read."""
    asked = ((7, "what colour is the star?"), (8, "how many are there?"))
    monkeypatch.setattr(actions, "EXAMPLES", asked)


@pytest.mark.usefixtures("short")
def test_an_example_is_answered_once(tiny: Engine) -> None:
    handlers = Handlers(tiny)
    first = handlers.example(0, "hybrid-dot")
    assert handlers.example(0, "hybrid-dot") is first
    assert first.visit.question == "what colour is the star?" and first.chosen and first.picture
    assert handlers.example(0, "hybrid-self").visit.fusion == "hybrid-self"
    asked = Offered(questions=("what is it?",), free=False)
    in_class = handlers.example(0, "hybrid-dot", offered=asked).visit
    assert (in_class.offered, in_class.question) == (asked, "what is it?")
    assert handlers._example.cache_info()[:3] == (1, 2, EXAMPLES_KEPT)


@pytest.mark.usefixtures("short")
def test_other_weights_answer_anew(tiny: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    handlers = Handlers(tiny)
    first = handlers.example(1, "hybrid-dot")
    monkeypatch.setattr(Engine, "version", lambda engine, **given: Version("other", "same"))
    assert handlers.example(1, "hybrid-dot") is not first


@pytest.mark.parametrize("number", [-1, len(EXAMPLES), 10**9])
def test_there_is_no_such_example(tiny: Engine, number: int) -> None:
    with pytest.raises(ValueError, match="There is no example"):
        Handlers(tiny).example(number, "hybrid-dot")


def test_the_gallery_opens_and_answers(page: Page) -> None:  # noqa: F811
    fits(page)
    page.locator("#examples-open").click()
    buttons = page.locator("#examples .gallery button")
    expect(buttons).to_have_count(len(EXAMPLES))
    expect(buttons.first.locator("img")).to_be_visible()
    page.locator("#example-3").click()
    expect(page.locator("#examples-dialog")).to_be_hidden()
    expect(question(page)).to_have_value(EXAMPLES[3][1])
    expect(page.locator(".tools .label")).to_contain_text(str(EXAMPLES[3][0]))
    expect(
        page.locator("#answers .mark").or_(page.locator("#answers .truth")).first
    ).to_be_visible()
    page.locator("#switch-image").click()
    expect(page.locator("#cases figure")).to_have_count(2)


def test_the_gallery_by_keyboard_on_a_phone(phone: Page) -> None:  # noqa: F811
    phone.locator("#examples-open").focus()
    phone.keyboard.press("Enter")
    expect(phone.locator("#example-0")).to_be_visible()
    no_sideways_scroll(phone)
    phone.keyboard.press("Escape")
    expect(phone.locator("#examples-dialog")).to_be_hidden()
    expect(phone.locator("#examples-open")).to_be_focused()
    assert PANEL["open"] == phone.locator("#examples-open").inner_text()
