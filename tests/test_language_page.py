"""The page in a Chinese and in an English browser: who is spoken to in what, on every tab."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.test_page import browser as browser
from tests.test_page import no_sideways_scroll, question
from tests.test_page import url as url
from tests.test_page import visit as visitor
from viz.panels.tabs import tab_names
from viz.words import page as words
from viz.words import spoken
from viz.words.common import has_chinese

PATIENCE = 60_000
# What is there once a tab has something to show
READY = {
    "ask": "#answers li",
    "compare": "#compare tbody tr",
    "inside": "#inside .steps button",
    "explain": "#explain-occlusion h3",
    "steer": "#steer-chosen, #steer figcaption",
    "learn": "#learn h3",
    "results": "#results figcaption",
    "train": "#train-curve svg",
    "about": "#about h2",
}
# All that can be read or heard, except where questions, word pieces and code stand
SEEN_JS = """() => {
  const skip = ['#suggestions', '.try', '.tries', '.chip', 'code', 'pre', 'svg text', 'option',
    '#learn .question', '#learn .order', '#learn table', '[data-language]', '.formula', '.asked',
    '.named', 'textarea', '#answers ol', '#cases td', '.readout', '.source', '#steer figure',
    '#steer-words', '#explain-cards .tags', '.matrix'].join();
  const shown = (e) => e.checkVisibility({ visibilityProperty: true }) && !e.closest(skip);
  const found = [];
  const walker = document.createTreeWalker(document.querySelector('.gradio-container'),
    NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { parentElement, textContent } = walker.currentNode;
    if (parentElement && textContent.trim() && shown(parentElement)) found.push(textContent.trim());
  }
  for (const name of ['aria-label', 'title', 'placeholder', 'alt'])
    for (const e of document.querySelectorAll(`.gradio-container [${name}]`))
      if (shown(e)) found.push(e.getAttribute(name).trim());
  return [...new Set(found)];
}"""
NAMES = re.compile(
    r"Duet|English|softmax|Shapley|Wilson|Transformer|tanh|Grad-CAM|gradio_client|"
    r"python -m \S+( \S+)*|`[^`]*`|“[^”]*”|Intel.*?(?=[，。；]|$)|AMD.*?(?=[，。；]|$)|"
    r"[a-z]+-[a-z0-9-]+"
)


def seen(page: Page) -> list[str]:
    found: list[str] = page.evaluate(SEEN_JS)
    return found


@pytest.fixture
def chinese(browser: Browser, url: str) -> Iterator[Page]:
    yield from visitor(browser, url, locale="zh-CN")


@pytest.fixture
def english(browser: Browser, url: str) -> Iterator[Page]:
    yield from visitor(browser, url)


def opened(page: Page, tab: str) -> Page:
    expect(page.locator(READY[tab]).first).to_be_visible(timeout=PATIENCE)
    return page


@pytest.mark.parametrize("tab", READY)
def test_a_tab_is_chinese_in_a_chinese_browser(browser: Browser, url: str, tab: str) -> None:
    with spoken("zh"):
        name = tab_names()[tab]
    for page in visitor(browser, url, query=f"?tab={tab}", locale="zh-CN"):
        opened(page, tab)
        expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
        expect(page.get_by_role("tab", name=name, exact=True)).to_be_visible()
        texts = [NAMES.sub("", text) for text in seen(page)]
        assert any(map(has_chinese, texts))
        assert [text for text in texts if re.search(r"[A-Za-z]{3,} [A-Za-z]{2,}", text)] == []


@pytest.mark.parametrize("tab", READY)
def test_a_tab_has_no_chinese_in_an_english_browser(browser: Browser, url: str, tab: str) -> None:
    for page in visitor(browser, url, query=f"?tab={tab}"):
        opened(page, tab)
        expect(page.locator("html")).to_have_attribute("lang", "en")
        found = seen(page)
        assert [t for t in found if has_chinese(t) and t != words.QUESTION_HINT] == []


def test_the_switch_overrides_the_browser_and_is_kept(english: Page, url: str) -> None:
    question(english).fill("how many stars are there?")
    question(english).press("Enter")
    expect(english.locator("#chips .chip").filter(has_text="many")).to_be_visible()
    english.locator("#switch-image").click()
    expect(english.locator("#switch-image")).to_have_text("Image off")
    english.locator("#language-zh").click()
    expect(english.locator("#switch-image")).to_have_text("图像 关")  # what is shown came along
    expect(question(english)).to_have_value("how many stars are there?")
    expect(english.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(english.locator("#ask")).to_have_text("提问")
    english.goto(url)
    expect(english.locator("#language-en")).to_be_visible()
    expect(english.locator("#ask")).to_have_text("提问")
    english.locator("#language-en").click()
    expect(english.locator("#ask")).to_have_text("Ask")
    expect(english.locator("html")).to_have_attribute("lang", "en")


def test_the_switch_takes_an_own_picture_along(english: Page, tmp_path: Path) -> None:
    red = tmp_path / "red.png"
    Image.new("RGB", (320, 160), "red").save(red)
    question(english).fill("what colour is the background?")
    english.locator("#picture-row input[type=file]").set_input_files(red)
    expect(english.locator("#stage img.photo")).to_have_js_property("naturalWidth", 320)
    english.locator("#switch-question").click()
    expect(english.locator("#switch-question")).to_have_text("Question off")
    expect(english.locator("#cases figure")).to_have_count(2)  # before and after
    percent = re.search(r"\d[\d.]*", english.locator("#answers li").first.inner_text())
    assert percent
    english.locator("#language-zh").click()
    expect(english.locator("#ask")).to_have_text("提问")
    expect(english.locator("#stage img.photo")).to_have_js_property("naturalWidth", 320)
    expect(question(english)).to_have_value("what colour is the background?")
    expect(english.locator("#switch-question")).to_have_text("问题 关")
    expect(english.locator("#answers")).to_contain_text(percent.group())
    assert "carried" not in english.url  # it can be had once
    english.reload()
    expect(english.locator("#stage img.photo")).not_to_have_js_property("naturalWidth", 320)


def test_the_switch_keeps_the_tab(browser: Browser, url: str) -> None:
    for page in visitor(browser, url, query="?tab=about", locale="zh-CN"):
        opened(page, "about").locator("#language-en").click()
        expect(page.locator("#about h2").first).to_have_text("What this is")


def test_what_is_done_first_is_done_to_the_question_on_show(chinese: Page) -> None:
    """The page opens with a Chinese question; what the server keeps of a new visitor follows."""
    asked = question(chinese).input_value()
    assert has_chinese(asked)
    chinese.locator("#switch-image").click()
    expect(chinese.locator("#cases figure")).to_have_count(2)
    expect(question(chinese)).to_have_value(asked)
    with spoken("zh"):
        expect(chinese.locator("#cases")).to_contain_text(words.state(False, True, 0, False))
    first = chinese.locator("#chips .chip span").first
    expect(first).to_have_text(asked[0])


def test_a_mistake_is_told_in_chinese(chinese: Page) -> None:
    question(chinese).fill("?!")
    question(chinese).press("Enter")
    toast = chinese.get_by_test_id("toast-body").first
    expect(toast).to_contain_text("问题里没有词")
    expect(toast).to_contain_text("错误")


def test_a_program_is_spoken_to_in_english_unless_it_asks_otherwise(url: str) -> None:
    for headers, told in (({}, "The question is empty"), ({"Accept-Language": "zh"}, "问题是空的")):
        client = Client(url, verbose=False, headers=headers)
        with pytest.raises(AppError, match=told):
            client.predict(None, "", api_name="/compare")


@pytest.mark.parametrize("tab", ["ask", "compare", "train", "learn"])
def test_chinese_fits_a_phone(browser: Browser, url: str, tab: str) -> None:
    size = {"width": 390, "height": 844}
    for page in visitor(browser, url, **size, query=f"?tab={tab}", locale="zh-CN"):
        no_sideways_scroll(opened(page, tab))
