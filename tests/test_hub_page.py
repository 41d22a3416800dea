"""A pretrained model on the page, in a real browser: chosen, asked, looked at by layer and head,
explained; the pages that cannot work with it say so; photographs; and no hub to be had."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from fusion.adapters.vilt import Vilt
from tests.test_page import (
    ask,
    browser,
    current_case,
    no_sideways_scroll,
    open_tab,
    question,
    served,
)
from tests.test_page import visit as opened
from tests.tiny_vilt import ANSWERS, HEADS, LAYERS, write_vilt
from viz.panels.photographs import PHOTOGRAPHS
from viz.words import compare as words_compare
from viz.words import explain as words_explain
from viz.words import hub as words_hub
from viz.words import inside as words_inside
from viz.words import page as words
from viz.words import steer as words_steer

__all__ = ["browser"]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The shipped app with a tiny ViLT beside it."""
    folder = write_vilt(tmp_path_factory.mktemp("vilt"))
    yield from served(tmp_path_factory, "--hub-model", str(folder))


@pytest.fixture(scope="module")
def cut_off(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app with the published model, an empty cache and the hub switched off."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        patch.setenv("HF_HUB_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield from served(tmp_path_factory, "--hub-model", Vilt.published.repository)


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    yield from opened(browser, url)


def choose(page: Page, label: str = "ViLT") -> None:
    page.locator("#backbone input").click()
    page.get_by_role("option", name=label).click()


def chosen(page: Page) -> Page:
    choose(page)
    expect(page.locator("#fusion-help")).to_contain_text("ViLT · pretrained, from ")
    return page


def shares(page: Page) -> str:
    return str(page.locator("#shares").inner_text())


def drawn(page: Page) -> str:
    return str(page.evaluate("document.querySelector('canvas.map').toDataURL()"))


def menu(page: Page, name: str, option: str) -> None:
    page.locator(f"#hub-{name} input").click()
    page.locator(f"#hub-{name}").get_by_role("option", name=option, exact=True).click()


def test_it_answers_and_shows_what_it_multiplied(page: Page) -> None:
    expect(page.locator("#hub-layer")).to_be_hidden()
    chosen(page)
    expect(page.locator("#fusion input")).to_be_disabled()
    expect(page.locator("#answers .best .name")).to_have_text(re.compile("|".join(
        re.escape(answer) for answer in ANSWERS)))  # fmt: skip
    expect(page.locator("#shares")).to_contain_text(
        f"mean of all {LAYERS} layers, mean of all {HEADS} attention heads"
    )
    expect(page.locator("#shares")).to_contain_text("lie on special tokens and are left out")
    no_sideways_scroll(page)
    before, said = drawn(page), shares(page)
    menu(page, "layer", "2")
    expect(page.locator("#shares")).to_contain_text(f"layer 2, mean of all {HEADS}")
    menu(page, "head", "1")
    expect(page.locator("#shares")).to_contain_text("layer 2, attention head 1.")
    assert drawn(page) != before and shares(page) != said
    page.locator("#switch-image").click()
    expect(current_case(page)).to_have_text(words.CASE_NAMES["text"])
    page.locator("#switch-image").click()
    expect(current_case(page)).to_have_text(words.CASE_NAMES["both"])
    page.locator("#chips .chip").first.click()
    expect(page.locator("#cases figure").last).to_contain_text("1 word off")
    menu(page, "layer", words_hub.MEAN)
    menu(page, "head", words_hub.MEAN)
    expect(page.locator("#shares")).to_contain_text(f"mean of all {HEADS} attention heads")
    question(page).fill("星形是什么颜色？")
    question(page).press("Enter")
    expect(page.locator("#answers .notice")).to_contain_text("was taught another language")
    choose(page, "Main model")
    expect(page.locator("#hub-layer")).to_be_hidden()
    expect(page.locator("#fusion input")).to_be_enabled()


def test_while_it_answers_the_page_says_so(page: Page) -> None:
    chosen(page)
    expect(page.locator("#hub-status")).to_be_hidden()
    page.evaluate(
        """() => { window.said = []; const status = document.querySelector('#hub-status');
        new MutationObserver(() => window.said.push(status.innerText)).observe(status,
          { childList: true, subtree: true, characterData: true }) }"""
    )
    waiting = words_hub.ANSWERING.format(label="ViLT")
    for text in ("what is in the middle?", ""):  # the second is refused
        page.evaluate("window.said.length = 0")
        question(page).fill(text)
        page.locator("#ask").click()
        page.wait_for_function("text => window.said.some(s => s.includes(text))", arg=waiting)
        expect(page.locator("#hub-status")).to_be_hidden()
    expect(page.locator(".toast-wrap")).to_contain_text("The question is empty")
    question(page).fill("what colour is it?")
    choose(page, "Main model")
    expect(page.locator("#fusion input")).to_be_enabled()
    page.evaluate("window.said.length = 0")
    ask(page, "how many stars are there?")
    expect(page.locator("#answers .best .name")).to_have_text(re.compile(r"\d"))
    assert not any(waiting in said for said in page.evaluate("window.said"))


def test_photographs_have_credits_and_get_answers(page: Page) -> None:
    photos = page.locator("#photographs figure")
    expect(photos).to_have_count(len(PHOTOGRAPHS))
    for i, photo in enumerate(PHOTOGRAPHS):
        expect(photos.nth(i)).to_contain_text(photo.credit)
    photos.first.locator("button").click()
    expect(question(page)).to_have_value(PHOTOGRAPHS[0].questions[0])
    expect(page.locator("#answers .notice")).to_contain_text("unlike the scenes of shapes")
    chosen(page)
    expect(page.locator("#answers .notice")).to_have_count(0)
    photos.nth(1).locator("button").focus()
    page.keyboard.press("Enter")
    expect(question(page)).to_have_value(PHOTOGRAPHS[1].questions[0])
    offered = page.locator("#suggestions button")
    expect(offered).to_have_text(list(PHOTOGRAPHS[1].questions))
    offered.nth(1).click()
    expect(question(page)).to_have_value(PHOTOGRAPHS[1].questions[1])


def test_it_is_explained_and_other_pages_say_what_they_cannot(page: Page) -> None:
    page.locator("#photographs button").first.click()
    chosen(page)
    label = {"label": "ViLT"}
    open_tab(page, words_inside.TAB)
    expect(page.locator("#inside-refusal")).to_have_text(words_hub.INSIDE.format(**label))
    expect(page.locator("#inside")).to_be_hidden()
    open_tab(page, words_steer.TAB)
    expect(page.locator("#steer-refusal")).to_have_text(words_hub.STEER.format(**label))
    expect(page.locator("#steer")).to_be_hidden()
    open_tab(page, words_compare.TAB)
    expect(page.locator("#compare tbody tr")).to_have_count(10)
    expect(page.locator("#compare .notice")).to_contain_text(words_hub.COMPARE.format(**label))
    open_tab(page, words_explain.TAB)
    expect(page.locator("#explain-asked")).to_contain_text("ViLT")
    for name in ("raw-attention", "relevance", "occlusion"):
        expect(page.locator(f"#explain-{name} img")).to_be_visible()
    expect(page.locator("#explain-modality-shapley svg")).to_be_visible()
    open_tab(page, words.TAB_ASK)
    choose(page, "Main model")
    expect(page.locator("#fusion input")).to_be_enabled()
    open_tab(page, words_inside.TAB)
    expect(page.locator("#inside-diagram")).to_be_visible()
    expect(page.locator("#inside-refusal")).to_have_text("")


def test_a_phone_has_all_of_it(browser: Browser, url: str) -> None:
    for phone in opened(browser, url, width=390, height=844):
        chosen(phone)
        no_sideways_scroll(phone)
        expect(phone.locator("#hub-layer")).to_be_visible()
        expect(phone.locator("#photographs button").last).to_be_visible()


def test_programs_can_do_it_too(url: str, tmp_path: Path) -> None:
    client = Client(url, verbose=False)
    buffer = io.BytesIO()
    Image.new("RGB", (120, 60), "red").save(buffer, "PNG")
    file = tmp_path / "picture.png"
    file.write_bytes(buffer.getvalue())
    given = {"image": handle_file(file), "question": "what is it?", "backbone": "vilt"}
    told = client.predict(api_name="/load_model")
    assert (told["name"], told["ready"]) == ("vilt", True)
    answer = client.predict(**given, api_name="/ask")
    assert (answer["backbone"], len(answer["answers"])) == ("vilt", len(ANSWERS))
    assert len(answer["special_attention"]) == LAYERS
    masked = client.predict(**given, api_name="/masking")
    assert masked["cases"]["both"]["answer"] == answer["answers"][0]["answer"]
    found = client.predict(**given, method="relevance", api_name="/explain")
    assert sum(map(sum, found["image"]["values"])) == pytest.approx(1, abs=1e-3)
    with pytest.raises(AppError, match="own fusions can be followed step by step"):
        client.predict(**given, api_name="/inside")


def test_without_the_hub_one_sentence_and_all_else_works(browser: Browser, cut_off: str) -> None:
    for page in opened(browser, cut_off):
        choose(page, "ViLT (fetches 470 MB once)")
        expect(page.locator("#hub-status")).to_contain_text("switched off here (HF_HUB_OFFLINE)")
        expect(page.locator("#hub-status")).to_contain_text("Everything else works without it.")
        expect(page.locator("#backbone input")).to_have_value("Main model")
        expect(page.locator("#hub-stop")).to_be_hidden()
        ask(page, "how many stars are there?")
        expect(page.locator("#answers .best .name")).to_be_visible()
        choose(page, "ViLT (fetches 470 MB once)")
        expect(page.locator("#hub-status")).to_contain_text("can be tried again in")
    client = Client(cut_off, verbose=False)
    with pytest.raises(AppError, match="HF_HUB_OFFLINE"):
        client.predict(api_name="/load_model")
