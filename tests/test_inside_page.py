"""The Look inside page: the numbers of a cell add up, and the way is followed in a real browser."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from fusion.engine import Engine
from tests.conftest import SENTENCES
from tests.test_page import browser, chip, no_sideways_scroll, open_tab, question, url
from tests.test_page import visit as visitor
from tests.test_presenter import visit
from viz.panels.endpoints import Endpoints
from viz.panels.guests import Guests
from viz.panels.handlers import Handlers
from viz.panels.inside_page import look_inside
from viz.panels.inside_view import LISTED, Choice, choice_from
from viz.panels.visit import Shown
from viz.words import inside as words_inside
from viz.words import page as words

__all__ = ["browser", "url"]

DRAWN = "document.querySelector('#inside [data-drawn]').dataset.drawn"


# ------------------------------------------------------------------ what is shown


def seen(engine: Engine, choice: Choice | None = None, **changes: Any) -> dict[str, Any]:
    handlers = Handlers(engine)
    here = handlers.found(visit(question=SENTENCES[0]), "scene-7")
    return look_inside(handlers, replace(here, **changes), choice or Choice())


def numbers(packed: dict[str, Any]) -> np.ndarray:
    data = np.frombuffer(base64.b64decode(packed["data"]), "<f4")
    return data.reshape(packed["shape"])


def told(text: str) -> float:
    return float(text.replace("−", "-"))


@pytest.mark.parametrize("fusion", ["hybrid-additive", "modality-dot", "feature-self"])
def test_the_numbers_of_a_cell_add_up(tiny: Engine, fusion: str) -> None:
    """Its last row of products gives e; e, the softmax row's α; and the chosen cell is that α."""
    for step in range(len(seen(tiny, fusion=fusion)["steps"]) - 1):
        view = seen(tiny, Choice(step=step, head=0, query=0, key=1, temperature=2.0), fusion=fusion)
        found, cell = view["open"], view["open"]["cell"]
        lines = {line["label"]: numbers(line["values"]) for line in cell["lines"]}
        mechanism = fusion.split("-")[1]
        products = lines[words_inside.LINES[mechanism][-1]]
        total = float(products.sum()) / (1 if mechanism == "additive" else len(products) ** 0.5)
        score = told(cell["score"].rpartition("= ")[2])
        assert score == pytest.approx(total, abs=1e-3)
        row = dict(zip(cell["row"]["keys"], cell["row"]["numbers"], strict=True))
        e, heated, raised, alpha = map(told, row[1])
        assert (e, heated) == (pytest.approx(score), pytest.approx(score / 2, abs=1e-4))
        assert alpha == pytest.approx(raised / told(cell["row"]["total"]), abs=2e-4)
        assert alpha == pytest.approx(float(numbers(found["matrix"])[0, 1]), abs=1e-4)


def test_rows_tell_entropy_maximum_and_share_of_uniform(tiny: Engine) -> None:
    found = seen(tiny, fusion="hybrid-self")["open"]
    weights = numbers(found["matrix"]).astype(float)
    assert len(found["rows"]) == len(weights)
    for row, told_row in zip(weights, found["rows"], strict=True):
        entropy = -(row * np.log2(row)).sum()
        assert told(told_row["entropy"]) == pytest.approx(entropy, abs=0.01)
        assert told(told_row["most"]) == pytest.approx(np.log2(len(row)), abs=0.01)
        assert told_row["best"] == row.argmax()
        assert told(told_row["times"]) == pytest.approx(row.max() * len(row), abs=0.06)


def test_the_mean_of_heads_is_shown_unless_one_is_chosen(tiny: Engine) -> None:
    choices = [Choice(step=1, head=head) for head in (None, 0, 1)]
    mean, *heads = [numbers(seen(tiny, c, fusion="hybrid-self")["open"]["matrix"]) for c in choices]
    np.testing.assert_allclose(mean, (heads[0] + heads[1]) / 2, atol=1e-6)
    assert not np.allclose(heads[0], heads[1])


def test_a_fusion_without_attention_has_the_answers_alone(tiny: Engine) -> None:
    view = seen(tiny, fusion="concat")
    assert [step["title"] for step in view["steps"]] == [words_inside.ANSWER_TITLE]
    assert view["vectors"] is None and words_inside.NO_STEPS in view["description"]
    assert len(view["open"]["scores"]) == LISTED


@pytest.mark.parametrize("fusion", ["hybrid-dot", "modality-self", "feature-additive"])
def test_with_nothing_shown_nothing_is_looked_at(tiny: Engine, fusion: str) -> None:
    hidden = Shown(image=False, question=False)
    for step in range(len(seen(tiny, fusion=fusion)["steps"]) - 1):
        view = seen(tiny, Choice(step=step), fusion=fusion, shown=hidden)
        assert numbers(view["open"]["matrix"]).sum() == 0
        assert view["open"]["rows"][0]["entropy"] is None
    assert view["description"].startswith(words_inside.NOTHING_SHOWN)


def test_a_temperature_is_told_beside_what_is_served(tiny: Engine) -> None:
    served, hot = seen(tiny), seen(tiny, Choice(temperature=4.0))
    assert served["heated"].startswith("Temperature 1: exactly")
    assert [a["share"] for a in served["answers"]] == [a["served"] for a in served["answers"]]
    assert "At temperature 4.00" in hot["heated"]
    assert [a["share"] for a in hot["answers"]] != [a["served"] for a in hot["answers"]]


@pytest.mark.parametrize(
    "bad", [{"step": -1}, {"head": "x"}, {"temperature": 99}, {"temperature": "nan"}, ["step"]]
)
def test_what_the_page_would_never_send_is_refused(bad: Any) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        choice_from(bad)


def test_what_no_longer_fits_falls_back(tiny: Engine) -> None:
    view = seen(tiny, Choice(step=99, head=9, query=999, key=999))
    assert view["open"]["step"] == len(view["steps"]) - 1
    cell = seen(tiny, Choice(step=0, head=9, query=999, key=999))["open"]["cell"]
    assert cell["query"] < 20 and cell["key"] < 144


def test_a_region_is_hidden_and_shown_again_whatever_was_erased_around_it(tiny: Engine) -> None:
    handlers = Handlers(tiny)
    page = handlers.ask(visit(question=SENTENCES[0]), "scene-7", SENTENCES[0], "hybrid-dot")
    rows, columns = seen(tiny)["grid"]
    box = [1 / columns, 2 / rows, 2 / columns, 3 / rows]
    change: dict[str, Any] = {"image": True, "question": True, "dropped": [1]}
    stripe = [0, 2 / rows, 1, 3 / rows]  # as the brush of the Ask page leaves it
    hidden = handlers.hide(page.visit, "scene-7", {**change, "erased": [stripe]}).visit
    back = handlers.hide(
        hidden, "scene-7", {**change, "erased": hidden.shown.erased, "restore": box}
    ).visit
    for here, gone in ((hidden, columns), (back, columns - 1)):
        regions = np.array(look_inside(handlers, here, Choice())["regions"]).reshape(rows, columns)
        assert (regions == 0).sum() == gone == (regions[2] == 0).sum()
        assert regions[2, 1] == (here is back)
        tokens = look_inside(handlers, here, Choice())["tokens"]
        assert [token["present"] for token in tokens][:3] == [True, False, True]
    everything = handlers.hide(
        back, "scene-7", {**change, "erased": back.shown.erased, "restore": [0, 0, 1, 1]}
    ).visit
    assert everything.shown.erased == () and everything.shown.erase_mask() is None
    with pytest.raises(ValueError, match="cannot be read"):
        handlers.hide(back, "scene-7", {**change, "erased": [], "restore": [0, 0, 2, 1]})


def test_a_program_gets_the_same_way(tiny: Engine, picture: Image.Image, tmp_path: Path) -> None:
    picture.save(tmp_path / "picture.png")
    endpoints = Endpoints(tiny, Guests(tiny))
    told_way = endpoints.inside(
        str(tmp_path / "picture.png"), SENTENCES[0], "hybrid-dot", 2.0, True, False, "main"
    )
    way = tiny.inside(picture, SENTENCES[0], fusion="hybrid-dot", temperature=2, keep={"image"})
    assert [(s["into"], s["over"]) for s in told_way["steps"]] == [
        (s.into, s.over) for s in way.steps
    ]
    np.testing.assert_array_equal(told_way["steps"][0]["scores"], way.steps[0].scores)
    assert told_way["answers"][0] == {"answer": way.answer, "probability": way.answers[0][1]}
    json.dumps(told_way)


# ------------------------------------------------------------------ in the browser


def opened(page: Page) -> Page:
    open_tab(page, words_inside.TAB)
    page.wait_for_selector("#inside [data-drawn]", state="attached")
    return page


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    for page in visitor(browser, url):
        yield opened(page)


@pytest.fixture
def phone(browser: Browser, url: str) -> Iterator[Page]:
    for page in visitor(browser, url, width=390, height=844):
        yield opened(page)


def after(page: Page, action: Callable[[], object]) -> None:
    """Do something and wait until the diagram was drawn anew."""
    before = page.evaluate(DRAWN)
    action()
    page.wait_for_function(f"(before) => {DRAWN} !== before", arg=before)


def test_the_way_is_followed_opened_and_heated(page: Page) -> None:
    assert page.locator("#inside-question").locator("input, textarea").input_value()
    assert page.locator("#inside .ribbon").count() > 40
    expect(page.locator("#inside .description")).to_contain_text("of the weight")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.locator("#inside svg .token[data-token='2']").first.hover()
    expect(page.locator("#inside .readout")).to_contain_text("question vector")
    assert page.locator("#inside .ribbon.token.on").count() == 1 and asked == []
    assert page.locator("#inside .ribbon.region.on").count() > 0

    after(page, lambda: page.locator("#inside .steps button", has_text="Image vector").click())
    expect(page.locator("#inside h3")).to_contain_text("Image vector")
    after(page, lambda: page.locator("#inside-matrix").press("ArrowRight"))
    expect(page.locator("#inside-matrix")).to_be_focused()
    expect(page.locator("#inside .numbers-line")).not_to_have_count(0)

    served = page.locator("#inside .answer .number").first.text_content()
    slide = "(e) => { e.value = 4; e.dispatchEvent(new Event('input')); }"
    after(page, lambda: page.locator("#inside-temperature").evaluate(slide))
    expect(page.locator("#inside .heated")).to_contain_text("At temperature 16.00")
    expect(page.locator("#inside .answer .number").first).not_to_have_text(served or "")
    after(page, lambda: page.locator("#inside-reset").click())
    expect(page.locator("#inside .answer .number").first).to_have_text(served or "")


def test_masks_and_fusion_are_changed_here_and_there(page: Page) -> None:
    after(page, lambda: page.locator("#inside-image").click())
    expect(page.locator("#inside .vector.image")).to_contain_text("0\u00a0%")
    expect(page.locator("#inside .answer .number")).to_have_count(5)
    after(page, lambda: page.locator("#inside-image").click())
    after(page, lambda: page.locator("#inside-fusion").select_option("concat"))
    expect(page.locator("#inside .ribbon")).to_have_count(0)
    expect(page.locator("#inside .steps button")).to_have_count(1)
    page.get_by_role("tab", name=words.TAB_ASK, exact=True).click()
    expect(page.locator("#fusion input")).to_have_value("Concatenation")
    expect(question(page)).not_to_be_empty()


def test_a_word_and_a_region_are_hidden_in_the_diagram_and_come_back(page: Page) -> None:
    for _ in range(2):  # the Ask page has counted changes of its own
        page.get_by_role("tab", name=words.TAB_ASK, exact=True).click()
        page.locator("#switch-image").click()
        opened(page)
    shown_again = page.locator("#inside .vector.image")
    expect(shown_again).not_to_contain_text(re.compile(r"(^|\D)0\u00a0%"))
    expect(page.locator("#inside-hide")).to_be_disabled()
    token = page.locator("#inside svg .token[data-token='2']").first
    word = token.locator("text").text_content() or ""
    share = page.locator("#inside .answer .number").first.text_content() or ""
    after(page, lambda: token.locator(".cross").click())
    expect(token).to_have_class(re.compile(r"\boff\b"))
    expect(page.locator("#inside-hide")).to_have_text(f"Show “{word}” again")
    page.locator("#inside .cover").focus()
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    after(page, lambda: page.keyboard.press("Delete"))
    expect(page.locator("#inside .picture .gone")).to_have_count(2)
    expect(page.locator("#inside-hide")).to_have_text("Show row 4, column 1 again")
    page.get_by_role("tab", name=words.TAB_ASK, exact=True).click()
    expect(chip(page, word)).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#restore")).to_be_visible()
    opened(page)
    expect(token).to_have_class(re.compile(r"\boff\b"))
    token.focus()
    after(page, lambda: page.keyboard.press("Delete"))
    expect(token).not_to_have_class(re.compile(r"\boff\b"))
    after(page, lambda: page.locator("#inside-restore").click())
    expect(page.locator("#inside-restore")).to_be_hidden()
    expect(page.locator("#inside .answer .number").first).to_have_text(share)


def test_the_diagram_moves_to_its_new_state_unless_motion_is_unwanted(page: Page) -> None:
    longest = """() => Math.max(...[...document.querySelectorAll('#inside .ribbon')].flatMap(
        (path) => getComputedStyle(path).transitionDuration.split(',').map(parseFloat)))"""
    assert page.evaluate(longest) > 0.2
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(longest) == 0
    after(page, lambda: page.locator("#inside .cross").nth(1).click())
    expect(page.locator("#inside .leaving")).to_have_count(0)


def test_a_phone_follows_it_by_key(phone: Page) -> None:
    no_sideways_scroll(phone)
    wide = "(e) => e.scrollWidth - e.clientWidth"
    assert phone.locator("#inside-scroll").evaluate(wide) <= 0
    boxes = [text.bounding_box() for text in phone.locator("#inside svg text").all()]
    assert all(box is not None and 0 <= box["x"] <= 391 - box["width"] for box in boxes)
    phone.locator("#inside .cover").focus()
    phone.keyboard.press("ArrowRight")
    expect(phone.locator("#inside .readout")).to_contain_text("row 1, column 2")
    after(phone, lambda: phone.keyboard.press("Enter"))
    expect(phone.locator("#inside .part h4").nth(1)).to_contain_text("row 1, column 2")
    no_sideways_scroll(phone)
