"""The Compare page: rows from results, and every fusion side by side in a real browser."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from fusion.engine import Engine
from fusion.outputs import CASES, Explanation, Masking
from tests.conftest import SENTENCES
from tests.test_page import EVIL, browser, fits, no_sideways_scroll, open_tab, question, url
from tests.test_page import visit as visitor
from tests.test_presenter import BOTH, IDS, NAMES, SHARES, explanation, masking, scene, visit
from viz.panels import compare_view
from viz.panels.compare_view import Entry
from viz.panels.handlers import Handlers
from viz.panels.visit import Shown, truth_of
from viz.plots.maps import share_inside
from viz.plots.pictures import data_uri, shown
from viz.words import compare as words_compare
from viz.words import page as words

__all__ = ["browser", "url"]

DRAWN = "document.querySelector('#compare [data-drawn]').dataset.drawn"
KEPT = {"both": BOTH, "image": {"image"}, "text": {"text"}, "none": set()}


# ------------------------------------------------------------------ rows from results


def answering(best: int, case: str = "both", **changes: Any) -> Explanation:
    """An explanation whose best answer is the one of this number."""
    order = [best, *(i for i in range(len(IDS)) if i != best)]
    hidden = {} if "image" in KEPT[case] else {"image_attention": None, "cross_attention": None}
    given = {"modality_weights": {"image": 1.0, "text": 0.0}} if case == "image" else {}
    return explanation(
        keep=frozenset(KEPT[case]),
        answers=list(zip([NAMES[i] for i in order], SHARES, strict=True)),
        answer_ids=[IDS[i] for i in order],
        **{**hidden, **given, **changes},
    )


def four(answers: dict[str, int], **changes: Any) -> Masking:
    cases = {case: answering(answers[case], case, **changes) for case in CASES}
    return replace(masking(0.1, 0.2, 0.4, 0.9), cases=cases)


def entry(name: str, best: int = 0, blind: int = 5, **changes: Any) -> Entry:
    """A row that answers `best` with the image and `blind` without it."""
    answers = {"both": best, "image": best, "text": blind, "none": blind}
    return Entry(
        name=name,
        label=f"The {name}",
        summary="It answers.",
        accuracy=0.5,
        parameters=1500,
        milliseconds=2.0,
        masking=four(answers, **changes),
    )


def rows(entries: list[Entry], **changes: Any) -> dict[str, Any]:
    view = compare_view.view(visit(**changes), entries)
    return {row["name"]: row for row in view["rows"]}


def test_a_row_says_what_the_result_says() -> None:
    row = rows([entry("hybrid-additive")])["hybrid-additive"]
    assert (row["here"], row["parametersText"], row["milliseconds"]) == (True, "2\u00a0k", 2.0)
    both = row["cases"]["both"]
    assert (both["answer"], both["share"], both["mark"]) == ("red", 0.6, "right")
    assert both["weight"] == 0.7
    assert "of the weight" in both["description"]
    assert row["measured"] == pytest.approx(0.5 / 0.8)
    assert row["measuredNote"] == words.measured_numbers(0.5, 0.3, 0.4)


def test_a_map_travels_whole_with_its_share_on_the_object() -> None:
    both = rows([entry("one")])["one"]["cases"]["both"]
    weights = explanation().image_attention
    truth = truth_of(scene())
    assert weights is not None
    sent = np.frombuffer(base64.b64decode(both["map"]["data"]), "<f4").reshape(weights.shape)
    np.testing.assert_allclose(sent, weights, rtol=1e-6)
    assert both["place"] == pytest.approx(share_inside(weights, truth.masks[0]))
    unknown = rows([entry("one")], scene=None)["one"]["cases"]["both"]
    assert unknown["place"] == pytest.approx(weights.max() * weights.size)
    assert (unknown["mark"], unknown["placeText"]) == ("", words_compare.peak(unknown["place"]))


def test_those_that_differ_from_the_majority_are_marked() -> None:
    found = rows([entry("one"), entry("two", 1), entry("three")])
    assert [row["cases"]["both"]["differs"] for row in found.values()] == [False, True, False]
    assert [row["cases"]["both"]["mark"] for row in found.values()] == ["right", "wrong", "right"]
    assert not any(row["cases"]["text"]["differs"] for row in found.values())


def test_where_two_answers_are_as_frequent_nobody_differs() -> None:
    entries = [entry("one"), entry("two", 1)]
    assert not any(row["cases"]["both"]["differs"] for row in rows(entries).values())
    said = compare_view.sentence(visit(), entries, "both", "fusions")
    assert said.startswith("No majority among 2 fusions: 1 answers red, 1 answers blue.")


def test_the_sentence_counts_who_agrees_who_is_right_and_what_a_mask_changed() -> None:
    entries = [entry("one"), entry("two", 1, blind=1), entry("three")]
    said = compare_view.view(visit(), entries, "backbones")["sentences"]
    assert said["both"] == (
        "2 of 3 backbones agree on red; 1 answers blue. The truth is red: 2 are right."
    )
    assert said["text"] == (
        "With the image hidden, 2 of 3 backbones agree on 3; 1 answers blue. "
        "The truth is red: none is right. 2 of 3 answers changed."
    )
    assert said["image"].endswith("No answer changed.")
    unknown = compare_view.view(visit(scene=None), entries)["sentences"]["both"]
    assert "truth" not in unknown


def test_what_a_mask_changed_is_told_of_each_row() -> None:
    found = rows([entry("one"), entry("two", 1, blind=1)])
    assert [row["cases"]["text"]["changed"] for row in found.values()] == [True, False]
    hidden = found["one"]["cases"]["text"]
    assert (hidden["map"], hidden["description"]) == (None, words.NO_MAP_HIDDEN)
    assert found["one"]["cases"]["image"]["weightText"] == "image 100\u00a0%, question 0\u00a0%"


def test_no_attention_and_no_effect_are_told_in_words() -> None:
    bare = entry("concat", modality_weights=None, image_attention=None, cross_attention=None)
    still = replace(masking(0.1, 0.1, 0.1, 0.1), cases=bare.masking.cases)
    row = rows([replace(bare, masking=still, accuracy=None)])["concat"]
    both = row["cases"]["both"]
    assert (both["weight"], both["weightText"]) == (None, words_compare.NO_WEIGHT)
    assert (both["map"], both["place"]) == (None, None)
    assert both["description"] == words.NO_MAP_FUSION
    assert (row["measured"], row["measuredText"]) == (None, words_compare.NO_EFFECT)
    assert (row["accuracy"], row["accuracyText"]) == (None, words_compare.NOT_MEASURED)


def test_what_the_ask_page_hides_stays_hidden_and_is_told() -> None:
    hidden = Shown(image=False, dropped=(1,), erased=((0.0, 0.0, 0.5, 0.5),))
    view = compare_view.view(visit(shown=hidden), [entry("one")])
    assert view["shown"] == {"image": False, "question": True}
    assert view["erased"] == [[0.0, 0.0, 0.5, 0.5]]
    assert view["notice"] == "As on the Ask page: 1 word off, part erased."


def test_every_compared_fusion_is_asked_what_the_page_shows(tiny: Engine) -> None:
    handlers = Handlers(tiny)
    here = handlers.found(visit(question=SENTENCES[0]), "scene-7")
    here = replace(here, shown=Shown(dropped=(0,), erased=((0.0, 0.0, 0.5, 0.5),)))
    view = handlers.compare(here, here.picture_id)
    names = [info.name for info in tiny.fusions if info.in_comparison]
    assert [row["name"] for row in view["rows"]] == names
    for row in view["rows"]:
        four_passes = handlers.masking(replace(here, fusion=row["name"]))
        for case, passed in four_passes.cases.items():
            told = row["cases"][case]
            assert (told["answer"], told["share"]) == (passed.answer, passed.answers[0][1])
        assert row["measuredNote"] == words.measured_numbers(
            four_passes.shapley["image"], four_passes.shapley["text"], four_passes.interaction
        )
        assert row["milliseconds"] > 0


def test_a_forgotten_visit_is_taken_up_again(tiny: Engine) -> None:
    view = Handlers(tiny).compare(visit(question=SENTENCES[0]), "scene-8")
    assert view["picture"] == data_uri(shown(tiny.scene(8).image, compare_view.LONGEST))


# ------------------------------------------------------------------ in the browser


def opened(page: Page) -> Page:
    open_tab(page, words_compare.TAB)
    expect(lines(page)).to_have_count(10)
    return page


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    for page in visitor(browser, url):
        yield opened(page)


@pytest.fixture
def phone(browser: Browser, url: str) -> Iterator[Page]:
    for page in visitor(browser, url, width=390, height=844):
        yield opened(page)


def lines(page: Page) -> Locator:
    return page.locator("#compare tbody tr")


def names(page: Page) -> list[str]:
    return page.locator("#compare .pin").all_inner_texts()


def column(page: Page, name: str) -> list[str]:
    return page.locator(f"#compare td.{name}").all_inner_texts()


def heading(page: Page, name: str) -> Locator:
    return page.locator(f"#compare thead th.{name}")


def said(page: Page) -> Locator:
    return page.locator("#compare-sentence")


def test_all_fusions_answer_on_one_screen(page: Page) -> None:
    asked = question(page).input_value()
    assert asked
    expect(page.locator("#compare-question").locator("input, textarea")).to_have_value(asked)
    expect(page.locator("#compare td.answer .mark")).to_have_count(10)
    expect(page.locator("#compare td.place canvas")).to_have_count(9)
    expect(page.locator("#compare td.weight .none")).to_have_text(words_compare.NO_WEIGHT)
    assert all(text.endswith("ms") for text in column(page, "milliseconds"))
    assert all(text.endswith("%") for text in column(page, "accuracy"))
    expect(said(page)).to_contain_text("10 fusions")
    for canvas in page.locator("#compare canvas[role=img]").all():
        assert len(canvas.get_attribute("aria-label") or "") > 20
    fits(page)
    no_sideways_scroll(page)
    table = "(e) => e.scrollWidth - e.clientWidth"
    assert page.locator("#compare-sheet").evaluate(table) <= 0


def test_the_marked_rows_are_those_the_sentence_does_not_count(page: Page) -> None:
    for index in range(3):
        pick = page.locator("#compare .try button").nth(index)
        before, text = page.evaluate(DRAWN), pick.inner_text()
        pick.click()
        page.wait_for_function(f"(before) => {DRAWN} !== before", arg=before)
        expect(page.locator("#compare-question").locator("input, textarea")).to_have_value(text)
        agree = re.match(r"(?:All|No|(\d+) of) ", said(page).inner_text())
        assert agree is not None
        differing = 10 - int(agree[1]) if agree[1] else 0
        expect(page.locator("#compare td.answer .differs")).to_have_count(differing)
        expect(page.locator("#compare tr.odd-one")).to_have_count(differing)


def test_headings_sort_by_click_and_by_key(page: Page) -> None:
    start = names(page)
    expect(heading(page, "accuracy")).to_have_attribute("aria-sort", "none")
    heading(page, "accuracy").locator("button").click()
    expect(heading(page, "accuracy")).to_have_attribute("aria-sort", "descending")
    shares = [float(text[:-1]) for text in column(page, "accuracy")]
    assert shares == sorted(shares, reverse=True)
    heading(page, "accuracy").locator("button").press("Enter")
    expect(heading(page, "accuracy")).to_have_attribute("aria-sort", "ascending")
    expect(heading(page, "accuracy").locator("button")).to_be_focused()
    assert [float(text[:-1]) for text in column(page, "accuracy")] == shares[::-1]
    heading(page, "label").locator("button").press("Space")
    expect(heading(page, "label")).to_have_attribute("aria-sort", "ascending")
    expect(heading(page, "accuracy")).to_have_attribute("aria-sort", "none")
    assert names(page) == sorted(start)
    heading(page, "weight").locator("button").click()
    assert names(page)[-1] == "Concatenation"
    heading(page, "weight").locator("button").click()
    assert names(page)[-1] == "Concatenation"


def test_pointing_at_a_row_enlarges_its_map_with_no_round_trip(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    drawn = "document.querySelector('#compare-map').toDataURL()"
    title, large = page.locator("#compare-large figcaption b"), page.locator("#compare-map")
    resting, first = page.evaluate(drawn), title.inner_text()
    lines(page).nth(1).hover()
    expect(title).to_have_text(names(page)[1])
    expect(large).to_have_attribute("aria-label", re.compile(re.escape(names(page)[1])))
    assert page.evaluate(drawn) != resting
    said(page).hover()
    expect(title).to_have_text(first)
    assert page.evaluate(drawn) == resting
    lines(page).nth(2).locator(".pin").focus()
    page.keyboard.press("ArrowDown")
    expect(title).to_have_text(names(page)[3])
    page.keyboard.press("Enter")
    expect(lines(page).nth(3).locator(".pin")).to_have_attribute("aria-pressed", "true")
    heading(page, "share").locator("button").focus()
    expect(title).to_have_text("Feature-level · self-attention")
    assert asked == []


def test_the_cells_of_a_row_are_of_one_height(page: Page) -> None:
    """A class of theirs must not be one that another panel gives a look of its own."""
    heights = page.evaluate(
        "() => [...document.querySelectorAll('#compare tr')].map(row =>"
        " [...new Set([...row.children].map(cell => cell.offsetHeight))])"
    )
    assert len(heights) == 11 and all(len(row) == 1 for row in heights), heights


def test_a_switch_masks_all_rows_before_and_after_with_no_round_trip(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    before = column(page, "answer")
    page.locator("#compare-image").click()
    expect(page.locator("#compare-image")).to_have_attribute("aria-checked", "false")
    expect(said(page)).to_contain_text("With the image hidden")
    for old, new in zip(before, column(page, "answer"), strict=True):
        assert new.startswith(old.split()[0]) and "→" in new
    expect(page.locator("#compare td.share .before")).to_have_count(10)
    expect(page.locator("#compare td.place canvas")).to_have_count(0)
    expect(page.locator("#compare-large .veil")).to_be_visible()
    page.locator("#compare-text").press("Space")
    expect(said(page)).to_contain_text("With nothing shown")
    expect(page.locator("#compare-text")).to_be_focused()
    page.locator("#compare-image").click()
    page.locator("#compare-text").click()
    assert column(page, "answer") == before
    assert asked == []
    fits(page)


def test_enter_compares_and_the_ask_page_follows(page: Page) -> None:
    box = page.locator("#compare-question").locator("input, textarea").first
    page.locator("#compare-image").click()
    box.fill("how many objects are there?")
    box.press("Enter")
    expect(page.locator("#compare td.answer .mark")).to_have_count(0)
    expect(page.locator("#compare-image")).to_have_attribute("aria-checked", "false")
    page.get_by_role("tab", name=words.TAB_ASK).click()
    expect(question(page)).to_have_value("how many objects are there?")
    expect(page.locator("#chips .chip").filter(has_text="many")).to_be_visible()
    page.locator("#switch-question").click()
    expect(page.locator("#cases figure").last).to_contain_text("question hidden")
    opened(page)
    expect(said(page)).to_contain_text("With the question hidden")
    expect(box).to_have_value("how many objects are there?")


def test_a_new_scene_is_compared_and_a_bad_question_told(page: Page) -> None:
    before = page.evaluate("document.querySelector('#compare-map').toDataURL()")
    page.locator("#compare-scene").click()
    page.wait_for_function(
        "(b) => document.querySelector('#compare-map').toDataURL() !== b", arg=before
    )
    expect(page.locator("#compare td.answer .mark")).to_have_count(10)
    box = page.locator("#compare-question").locator("input, textarea").first
    box.fill(" ")
    page.locator("#compare-ask").click()
    expect(page.get_by_test_id("toast-body").first).to_contain_text("empty")
    box.fill(EVIL)
    box.press("Enter")
    expect(page.locator("#compare td.answer .mark")).to_have_count(0)
    expect(page.locator("#compare img, #compare script")).to_have_count(0)


def test_a_phone_scrolls_the_table_in_its_own_box(phone: Page) -> None:
    no_sideways_scroll(phone)
    sheet = "(e) => [e.scrollWidth - e.clientWidth, getComputedStyle(e).overflowX]"
    more, overflow = phone.locator("#compare-sheet").evaluate(sheet)
    assert (more > 0, overflow) == (True, "auto")
    lines(phone).nth(1).locator(".pin").click()
    expect(phone.locator("#compare-large figcaption b")).to_have_text("Feature-level · additive")
    phone.locator("#compare-image").click()
    no_sideways_scroll(phone)


def test_dark_is_dark_here_too(browser: Browser, url: str) -> None:
    for page in visitor(browser, url, query="?__theme=dark"):
        colour = (
            opened(page)
            .locator("#compare tbody td")
            .first.evaluate("(e) => getComputedStyle(e).backgroundColor")
        )
        assert max(map(int, re.findall(r"\d+", colour)[:3])) < 80


def test_everything_that_can_be_pressed_lies_in_something_named(page: Page) -> None:
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('#compare button, #compare-row button')]
        .filter((e) => !(e.innerText.trim() || e.getAttribute('aria-label')))
        .map((e) => e.outerHTML)"""
    )
    assert nameless == []
