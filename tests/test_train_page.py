"""The Train page in a real browser: watch, stop, wait in line, ask what was trained."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from playwright.sync_api import Browser, Locator, Page, expect

from fusion.engine import Engine
from fusion.outputs import PHASES
from tests.test_page import browser, no_sideways_scroll, open_tab, question, url
from tests.test_page import visit as visitor
from viz.words import page as words
from viz.words import train as words_train

__all__ = ["browser", "url"]

LONG = 240_000  # milliseconds that a training may take on a busy machine


def opened(page: Page) -> Page:
    open_tab(page, words_train.TAB)
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


def under_way(page: Page) -> None:
    """Start a training and wait until it has the turn."""
    page.locator("#train-start").click()
    expect(page.locator("#train-progress .amount")).to_be_visible(timeout=LONG)


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
    expect(page.locator("#train-curve figure .validation rect")).to_have_count(4)
    expect(page.locator("#train-curve figure .train-blind path")).to_have_count(2)
    expect(page.locator("#train-curve .families li")).to_have_count(4)
    expect(page.locator("#train-progress .amount")).to_contain_text("800 questions about 50 scenes")
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
    under_way(page)
    for other in visitor(browser, url):
        opened(other)
        other.locator("#train-start").click()
        expect(status(other)).to_contain_text("Waiting: 1 training is before yours")
        expect(other.locator("#train-stop")).to_have_text(words_train.LEAVE)
        other.get_by_role("tab", name=words.TAB_ASK).click()
        question(other).fill("how many objects are there?")
        question(other).press("Enter")
        expect(other.locator("#chips .chip").filter(has_text="many")).to_be_visible()
        expect(page.locator("#train-stop")).to_be_visible()
        opened(other)
        other.locator("#train-stop").click()
        expect(status(other)).to_have_text(words_train.LEFT)
        expect(other.locator("#train-start")).to_be_enabled()
        other.locator("#train-start").click()
        expect(status(other)).to_contain_text("Waiting: 1 training is before yours")
        stopped(page)
        expect(other.locator("#train-stop")).to_have_text(words_train.STOP, timeout=LONG)
        stopped(other)


def test_who_goes_away_holds_up_nobody(browser: Browser, url: str, page: Page) -> None:
    for other in visitor(browser, url):
        opened(other)
        under_way(other)
    under_way(page)
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
    limits = page.locator("#train-limits")
    told_all = ("600 scenes", "20 epochs", "120 seconds", "One training at a time", "last 3 models")
    for told in told_all:
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
