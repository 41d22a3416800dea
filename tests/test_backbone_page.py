"""Seven backbones in a real browser: chosen on the Ask page, side by side on Compare.

The app serves the shipped models; the backbones beside them have the shipped sizes and random
weights, so that what the page does with each encoder does not wait for its training.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Locator, Page, expect

from fusion.backbones import FUSION, NAMES
from fusion.config import BackboneConfig, FusionConfig
from fusion.shipped import ASSETS
from tests.test_backbones import write_backbones
from tests.test_compare import DRAWN, column, heading, lines, names, opened, said
from tests.test_page import ask, browser, current_case, fits, no_sideways_scroll, served, visit
from viz.words import compare as words_compare
from viz.words import page as words

__all__ = ["browser"]

SEVEN = 7
CIRCLES = "#keypoints path.line"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app on the shipped models and seven more backbones."""
    root = tmp_path_factory.mktemp("assets")
    for name in ("backbone", "fusions", "metrics.json"):
        (root / name).symlink_to(ASSETS / name)
    fusion = FusionConfig.load(ASSETS / "fusions" / FUSION / "config.json")
    write_backbones(root, BackboneConfig(), fusion)
    yield from served(tmp_path_factory, "--assets", str(root))


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    yield from visit(browser, url)


@pytest.fixture
def phone(browser: Browser, url: str) -> Iterator[Page]:
    yield from visit(browser, url, width=390, height=844)


def choose(page: Page, label: str) -> None:
    """Choose a backbone, until the help names it."""
    page.locator("#backbone input").click()
    page.get_by_role("option", name=label, exact=True).click()
    image = label.partition(" + ")[0]
    expect(page.locator("#fusion-help")).to_contain_text(f"{image} (")


def drawn(page: Page) -> str:
    return str(page.evaluate("document.querySelector('canvas.map').toDataURL()"))


def test_sift_shows_its_keypoints_and_everything_else_works(page: Page) -> None:
    expect(page.locator("#keypoints-toggle")).to_be_hidden()
    main = drawn(page)
    choose(page, "SIFT + BERT")
    expect(page.locator("#fusion-help")).to_contain_text("Only Hybrid · additive")
    expect(page.locator("#fusion input")).to_be_disabled()
    expect(page.locator("#fusion input")).to_have_value("Hybrid · additive")
    assert drawn(page) != main
    fits(page)
    no_sideways_scroll(page)
    circles = page.locator(CIRCLES)
    expect(circles.first).to_be_visible()
    told = page.locator("#keypoints").get_attribute("aria-label") or ""
    assert told.startswith(f"{circles.count()} keypoint")
    expect(page.locator("#readout")).to_contain_text(told)
    page.locator("#keypoints-toggle").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#keypoints-toggle")).to_have_attribute("aria-pressed", "false")
    expect(circles.first).to_be_hidden()
    page.keyboard.press("Enter")
    expect(circles.first).to_be_visible()
    page.locator("#switch-image").click()
    expect(current_case(page)).to_have_text(words.CASE_NAMES["text"])
    expect(circles.first).to_be_hidden()
    page.locator("#switch-image").click()
    page.locator("#chips .chip").first.click()
    expect(page.locator("#cases figure").last).to_contain_text("1 word off")
    expect(circles.first).to_be_visible()
    page.locator("#backbone input").click()
    expect(page.get_by_role("option")).to_have_count(SEVEN + 1)
    page.get_by_role("option").first.click()
    expect(page.locator("#fusion input")).to_be_enabled()
    expect(page.locator("#keypoints-toggle")).to_be_hidden()
    expect(circles).to_have_count(0)


def test_word2vec_tells_the_nearest_words(page: Page) -> None:
    choose(page, "ResNet + Word2Vec")
    ask(page, "what colour is the star?")
    star = page.locator("#chips .chip").filter(has_text="star").first
    expect(star).to_have_attribute("aria-label", re.compile(r"star, .*nearest words: \S+ 0?"))
    star.focus()
    expect(page.locator("#readout")).to_contain_text("nearest words: ")
    page.locator("#chips .chip").first.hover()
    expect(page.locator("#readout")).to_contain_text("nearest words: ")
    choose(page, "ResNet + One-hot")
    expect(star).not_to_have_attribute("aria-label", re.compile("nearest"))


def kind(page: Page, label: str) -> Locator:
    return page.locator("#compare-kind").get_by_label(label)


def compared(page: Page) -> Page:
    opened(page)
    kind(page, f"{SEVEN} backbones").check()
    expect(lines(page)).to_have_count(SEVEN)
    return page


def test_seven_backbones_side_by_side_and_back(page: Page) -> None:
    choose(page, "HOG + BERT")
    compared(page)
    expect(heading(page, "label")).to_contain_text("Backbone")
    expect(heading(page, "milliseconds")).to_contain_text("with encoding")
    expect(said(page)).to_contain_text(f"{SEVEN} backbones")
    expect(page.locator("#compare td.place canvas")).to_have_count(SEVEN)
    here = page.locator("#compare tbody tr", has_text=words_compare.VIEW["here"])
    expect(here).to_have_attribute("data-name", "hog-bert")
    agree = re.match(r"(?:All|No|(\d+) of) ", said(page).inner_text())
    assert agree is not None
    differing = SEVEN - int(agree[1]) if agree[1] else 0
    expect(page.locator("#compare td.answer .differs")).to_have_count(differing)
    fits(page)
    no_sideways_scroll(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    title = page.locator("#compare-large figcaption b")
    lines(page).nth(2).hover()
    expect(title).to_have_text(names(page)[2])
    page.locator("#compare-image").click()
    expect(said(page)).to_contain_text("With the image hidden")
    expect(page.locator("#compare td.share .before")).to_have_count(SEVEN)
    heading(page, "parameters").locator("button").click()
    expect(heading(page, "parameters")).to_have_attribute("aria-sort", "descending")
    assert asked == []
    before = page.evaluate(DRAWN)
    page.locator("#compare-scene").click()
    page.wait_for_function(f"(before) => {DRAWN} !== before", arg=before)
    expect(lines(page)).to_have_count(SEVEN)
    assert all(text.endswith("ms") for text in column(page, "milliseconds"))
    kind(page, "10 fusions").check()
    expect(lines(page)).to_have_count(10)
    expect(heading(page, "label")).to_contain_text("Fusion")


def test_a_phone_has_both_menus_and_the_switch(phone: Page) -> None:
    choose(phone, "SIFT + BERT")
    no_sideways_scroll(phone)
    expect(phone.locator(CIRCLES).first).to_be_visible()
    compared(phone)
    no_sideways_scroll(phone)


def test_programs_can_do_it_too(url: str, tmp_path: Path) -> None:
    client = Client(url, verbose=False)
    picture = Image.new("RGB", (120, 90), "white")
    ImageDraw.Draw(picture).rectangle((20, 20, 60, 60), fill="red")
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    file = tmp_path / "picture.png"
    file.write_bytes(buffer.getvalue())
    given = {"image": handle_file(file), "question": "what colour is the square?"}
    listed = client.predict(api_name="/backbones")
    assert [info["name"] for info in listed] == list(NAMES)
    answer = client.predict(**given, backbone="hog-bert", api_name="/ask")
    assert answer["backbone"] == "hog-bert"
    assert client.predict(**given, api_name="/ask")["backbone"] == "main"
    masked = client.predict(**given, backbone="hog-bert", api_name="/masking")
    assert masked["cases"]["both"]["answer"] == answer["answers"][0]["answer"]
    found = client.predict(**given, api_name="/compare_backbones")
    assert (list(found["results"]), found["failed"]) == (list(NAMES), {})
    assert found["results"]["hog-bert"]["answers"] == answer["answers"]
    points = client.predict(image=given["image"], api_name="/keypoints")
    assert points and all(0 <= point["x"] <= 1 and 0 <= point["y"] <= 1 for point in points)
    near = client.predict(token="star", api_name="/nearest_words")
    assert len(near) == 8 and near[0]["cosine"] >= near[-1]["cosine"]
