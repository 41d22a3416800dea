"""The Steer page: what before and after say, and each way to change something in a browser."""

from __future__ import annotations

import base64
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
from tests.test_page import browser, no_sideways_scroll, open_tab, url
from tests.test_page import visit as visitor
from tests.test_presenter import explanation, visit
from viz.panels import steer_view
from viz.panels.handlers import Handlers
from viz.panels.steer_actions import Change, SteerActions, change_from
from viz.panels.steer_view import Side
from viz.panels.visit import Shown
from viz.words import page as words
from viz.words import steer as words_steer

__all__ = ["browser", "url"]

QUESTION = SENTENCES[0]
ANSWERED = "Number(document.querySelector('#steer [data-answered]').dataset.answered)"


@pytest.fixture(scope="module")
def actions(tiny: Engine) -> SteerActions:
    return SteerActions(Handlers(tiny))


def unpacked(packed: dict[str, Any]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(packed["data"]), "<f4").reshape(packed["shape"])


def asked(actions: SteerActions, **changes: Any) -> Any:
    """What the page knows when it is opened on a scene with room to move its first object."""
    here = actions.handlers.found(visit(question=QUESTION), "scene-564")
    here = replace(here, **changes)
    return here, actions.open(here, here.picture_id)


# ------------------------------------------------------------------ what before and after say


def test_opened_it_shows_what_is_asked_twice(actions: SteerActions) -> None:
    here, view = asked(actions)
    base, result = view["base"], view["result"]
    assert base["question"] == here.question and base["objects"]
    assert (base["noPaint"], base["heads"]) == ("", [4, 2])
    assert result["before"]["map"] == result["after"]["map"]
    assert (result["differenceText"], result["followed"]) == (words_steer.SAME_MAP, False)
    assert {row["changeText"] for row in result["rows"]} == {"±0"}


def test_what_is_painted_comes_back_as_the_map(actions: SteerActions) -> None:
    here, view = asked(actions)
    painted = np.zeros(view["base"]["grid"])
    painted[0, :2] = 1
    result = actions.change(
        here, here.picture_id, {"mode": "attention", "sequence": 4, "painted": painted.tolist()}
    )["result"]
    before, after = (unpacked(result[side]["map"]) for side in ("before", "after"))
    np.testing.assert_allclose(after, painted / 2, atol=1e-6)
    np.testing.assert_allclose(unpacked(result["difference"]), after - before, atol=1e-6)
    assert result["sequence"] == 4
    expected = actions.engine.steer(
        here.picture, here.question, fusion=here.fusion, region_weights=painted
    )
    for row in result["rows"]:
        (answer_id,) = (
            i for i, (text, _) in zip(
                expected.before.answer_ids, expected.before.answers, strict=True
            ) if text == row["answer"]
        )  # fmt: skip
        assert row["before"] == expected.before.probability_of(answer_id)
        assert row["after"] == expected.after.probability_of(answer_id)


def test_weights_and_heads_go_to_the_engine(actions: SteerActions) -> None:
    here, _ = asked(actions)
    change = {"mode": "attention", "weight": 0.25, "heads": [[3, 1]], "strength": 0.5}
    result = actions.change(here, here.picture_id, change)["result"]
    assert result["after"]["weight"] == pytest.approx(0.25)
    expected = actions.engine.steer(
        here.picture,
        here.question,
        fusion=here.fusion,
        modality_weights={"image": 0.25, "text": 0.75},
        heads_off=[(3, 1)],
    ).after
    assert result["after"]["answer"] == expected.answer


def test_word_weights_go_to_the_engine_and_are_told_on_both_sides(actions: SteerActions) -> None:
    here, view = asked(actions)
    before = view["result"]["before"]["words"]
    wished = [0.0] * len(before)
    wished[2] = 3.0
    result = actions.change(here, here.picture_id, {"mode": "attention", "words": wished})["result"]
    weights = [word["weight"] for word in result["after"]["words"]]
    assert weights == pytest.approx([float(i == 2) for i in range(len(before))])
    assert result["before"]["words"] == before
    steered = actions.engine.steer(
        here.picture, here.question, fusion=here.fusion, token_weights=wished
    )
    assert result["after"]["shareText"] == words.percent(steered.after.answers[0][1])
    shown = steered.before.token_attention
    assert [(word["text"], word["weight"]) for word in before] == [
        (piece.removeprefix("##"), weight) for piece, weight in shown or []
    ]
    _, dropped = asked(actions, shown=Shown(dropped=(1,)))
    assert [word["off"] for word in dropped["result"]["before"]["words"]][:3] == [0, 1, 0]
    _, silent = asked(actions, shown=Shown(question=False))
    assert silent["base"]["noWords"] and silent["result"]["before"]["words"] is None


def test_a_picture_of_one_s_own_is_asked_the_same(actions: SteerActions, tmp_path: Path) -> None:
    here, _ = asked(actions, question=actions.engine.scene(564).questions[0].text)
    other = actions.engine.scene(9, size=here.picture.size).image
    other.save(tmp_path / "same.png")
    answer = actions.own_picture(here, here.picture_id, str(tmp_path / "same.png"))
    result = answer["result"]
    assert answer["unasked"] and result["after"]["title"] == words_steer.OWN_PICTURE
    assert result["before"]["mark"] and not result["after"]["mark"], "nobody knows its truth"
    expected = actions.engine.ask(other, here.question, fusion=here.fusion)
    assert result["after"]["answer"] == expected.answer
    change = unpacked(result["after"]["map"]) - unpacked(result["before"]["map"])
    np.testing.assert_allclose(unpacked(result["difference"]), change, atol=1e-6)
    other.crop((0, 0, other.width, other.height // 2)).save(tmp_path / "flat.png")
    flat = actions.own_picture(here, here.picture_id, str(tmp_path / "flat.png"))["result"]
    assert flat["difference"] is None and "different shapes" in flat["differenceText"]
    (tmp_path / "no.png").write_bytes(b"no picture")
    with pytest.raises(ValueError, match=r"picture|image"):
        actions.own_picture(here, here.picture_id, str(tmp_path / "no.png"))


def test_another_question_is_asked_of_the_same_picture(actions: SteerActions) -> None:
    here, _ = asked(actions, shown=Shown(dropped=(0,)))
    other = SENTENCES[1]
    result = actions.change(here, here.picture_id, {"mode": "question", "question": other})
    sides = [result["result"][side] for side in ("before", "after")]
    assert [side["title"] for side in sides] == [QUESTION, other]
    for side, question in zip(sides, (QUESTION, other), strict=True):
        assert (
            side["answer"] == actions.engine.ask(here.picture, question, fusion=here.fusion).answer
        )
    assert words_steer.WORDS_ON in result["result"]["notes"]


def test_a_moved_object_is_asked_about_and_a_bad_move_told(actions: SteerActions) -> None:
    here, view = asked(actions)
    far = actions.change(here, here.picture_id, {"mode": "picture", "moves": [[0, 1, 0]]})
    assert "would leave the picture" in far["result"]["refused"]
    dx, dy = -0.1, 0.12
    moves = {"mode": "picture", "moves": [[0, dx, dy]]}
    near = actions.change(here, here.picture_id, moves)["result"]
    moved = actions.engine.moved_scene(564, {0: (dx, dy)})
    assert near["after"]["title"] == words_steer.moved([view["base"]["objects"][0]["name"]])
    assert (
        near["after"]["answer"]
        == actions.engine.ask(moved.image, here.question, fusion=here.fusion).answer
    )
    assert near["before"]["picture"] != near["after"]["picture"]


def test_another_scene_has_the_same_regions(actions: SteerActions) -> None:
    here, _ = asked(actions)
    result = actions.change(here, here.picture_id, {"mode": "picture", "other": True})["result"]
    assert result["before"]["map"]["shape"] == result["after"]["map"]["shape"]
    assert result["difference"] is not None
    assert re.match(r"Another scene \(\d+\)", result["after"]["title"])


def test_what_cannot_be_steered_is_said(actions: SteerActions) -> None:
    _, bare = asked(actions, fusion="concat")
    assert bare["base"]["noPaint"] == words_steer.NO_ATTENTION
    assert bare["base"]["noWeight"] == words_steer.NO_WEIGHT
    assert bare["result"]["differenceText"] == words_steer.NO_DIFFERENCE
    _, hidden = asked(actions, shown=Shown(image=False))
    assert hidden["base"]["noPaint"] == words_steer.NO_PAINT
    assert hidden["base"]["hidden"] == "As on the Ask page: image hidden."
    _, single = asked(actions, fusion="modality-dot")
    assert single["base"]["noHeads"] == words_steer.NO_HEADS
    assert (single["base"]["noPaint"], single["base"]["noWeight"]) == ("", "")


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"mode": "magic"},
        {"mode": "attention", "painted": [1, 2]},
        {"mode": "attention", "painted": [[1], [2, 3]]},
        {"mode": "attention", "painted": np.ones((70, 70)).tolist()},
        {"mode": "attention", "strength": "much"},
        {"mode": "attention", "heads": [1]},
        {"mode": "attention", "words": ["much"]},
        {"mode": "attention", "words": [0] * 5000},
        {"mode": "picture", "moves": [[0, 7, 0]]},
        {"mode": "picture", "moves": [[0, float("nan"), 0]]},
    ],
)
def test_what_the_page_would_not_send_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        change_from(data)


def test_an_empty_painting_changes_nothing() -> None:
    assert change_from({"mode": "attention", "painted": [[0, 0]]}).painted is None
    assert change_from({"mode": "attention"}).heads_off == Change().heads_off


def test_maps_of_other_shapes_are_not_subtracted() -> None:
    one, wide = np.full((2, 2), 0.25), np.full((1, 2), 0.5)
    told = steer_view.difference(one, wide)
    assert isinstance(told, str) and "2 × 2 and 1 × 2 regions" in told
    here = visit()
    side = Side(title="", visit=here, explanation=explanation())
    result = steer_view.result(side, side, sequence=1)
    assert result["rows"][0]["truth"] == [True, True]


# ------------------------------------------------------------------ in the browser


def opened(page: Page) -> Page:
    open_tab(page, words_steer.TAB)
    page.wait_for_function("document.querySelector('#steer [data-drawn]') !== null")
    return page


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    for page in visitor(browser, url):
        yield opened(page)


@pytest.fixture
def phone(browser: Browser, url: str) -> Iterator[Page]:
    for page in visitor(browser, url, width=390, height=844):
        yield opened(page)


def answered(page: Page, act: Callable[[], object]) -> None:
    """Do something, and wait for what comes of it."""
    before = page.evaluate(ANSWERED)
    act()
    page.wait_for_function(f"(before) => {ANSWERED} > before", arg=before)


def maps(page: Page) -> list[str]:
    return [
        page.locator(f"#steer-{name} canvas").get_attribute("aria-label") or ""
        for name in ("before", "after", "difference")
    ]


def test_painting_by_pointer_and_by_key(page: Page) -> None:
    assert maps(page)[2] == words_steer.SAME_MAP
    board = page.locator("#steer-board")
    box = board.bounding_box()
    assert box is not None
    answered(page, lambda: page.mouse.click(box["x"] + 20, box["y"] + 20))
    before, after, difference = maps(page)
    assert "the top left" in after and before != after and "elsewhere" in difference
    expect(page.locator("#steer-sentence")).to_contain_text("The answer")
    answered(page, lambda: page.locator("#steer-undo").click())
    assert maps(page)[2] == words_steer.SAME_MAP
    board.focus()
    page.keyboard.press("ArrowRight")
    answered(page, lambda: page.keyboard.press("Space"))
    expect(page.locator("#steer-said")).to_contain_text("painted")
    assert "the centre" in maps(page)[1]
    answered(page, lambda: page.keyboard.press("Control+z"))
    expect(page.locator("#steer-clear")).to_be_disabled()
    no_sideways_scroll(page)


def test_weight_heads_and_starting_over(page: Page) -> None:
    answered(page, lambda: page.locator("#steer-weight").fill("10"))
    expect(page.locator(".steer .balance small").last).to_contain_text("image 10")
    head = page.locator("#steer-heads button").first
    answered(page, lambda: head.press("Enter"))
    expect(head).to_have_attribute("aria-pressed", "false")
    answered(page, lambda: page.locator("#steer-reset").click())
    expect(head).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#steer-reset")).to_be_hidden()
    assert set(page.locator(".steer .turn td:last-child").all_inner_texts()) == {"±0"}


def test_one_word_weighs_more_and_the_others_make_room(page: Page) -> None:
    sliders = page.locator("#steer-weighing input")
    expect(sliders).not_to_have_count(0)
    answered(page, lambda: sliders.nth(2).fill("90"))
    told = page.locator("#steer-weighing output").all_inner_texts()
    numbers = [int(text.split("\u00a0")[0]) for text in told]
    assert numbers[2] == 90 and abs(sum(numbers) - 100) <= len(numbers)
    after = page.locator("#steer-readings .reading").last.locator(".word small")
    expect(after.nth(2)).to_have_text("90\u00a0%")
    before = page.locator("#steer-readings .reading").first.locator(".word small")
    assert before.nth(2).inner_text() != "90\u00a0%"
    sliders.nth(2).focus()
    answered(page, lambda: page.keyboard.press("ArrowLeft"))
    expect(after.nth(2)).to_have_text("89\u00a0%")
    answered(page, lambda: page.locator("#steer-words-own").click())
    expect(page.locator("#steer-words-own")).to_be_disabled()
    assert after.all_inner_texts() == before.all_inner_texts()


def test_a_picture_of_one_s_own_is_chosen_and_dropped(page: Page, tmp_path: Path) -> None:
    answered(page, lambda: page.get_by_role("radio", name="The picture").click())
    Image.new("RGB", (300, 300), "red").save(tmp_path / "mine.png")

    def choose() -> None:
        with page.expect_file_chooser() as chooser:
            page.locator("#steer-picture").press("Enter")
        chooser.value.set_files(tmp_path / "mine.png")

    answered(page, choose)
    expect(page.locator("#steer-after .named")).to_contain_text(words_steer.OWN_PICTURE)
    expect(page.locator("#steer-difference p")).to_contain_text("elsewhere")
    drop = """() => { const canvas = Object.assign(document.createElement('canvas'),
        { width: 300, height: 160 });
      canvas.toBlob((blob) => { const data = new DataTransfer();
        data.items.add(new File([blob], 'wide.png', { type: 'image/png' }));
        document.dispatchEvent(new DragEvent('drop', { dataTransfer: data })); }); }"""
    answered(page, lambda: page.evaluate(drop))
    expect(page.locator("#steer-difference p")).to_contain_text("different shapes")
    answered(page, lambda: page.locator("#steer-reset").click())
    expect(page.locator("#steer-difference p")).to_have_text(words_steer.SAME_MAP)
    page.get_by_role("tab", name="Ask", exact=True).click()
    expect(page.locator(".tools .label")).to_have_text("scene 564")


def test_one_word_replaced(page: Page) -> None:
    answered(page, lambda: page.get_by_role("radio", name="The question").click())
    word = page.locator("#steer-words .chip").first
    was = word.inner_text()
    word.click()
    offer = page.locator("#steer-offers button").first
    instead = offer.inner_text()
    answered(page, lambda: offer.press("Enter"))
    expect(page.locator("#steer-after .named")).to_contain_text(instead)
    expect(page.locator("#steer-before .named")).to_contain_text(was)
    page.locator("#steer-question").fill(" ")
    page.locator("#steer-question").press("Enter")
    expect(page.locator("#steer-notice")).to_contain_text("empty")
    answered(page, lambda: page.locator("#steer-reset").click())
    expect(page.locator("#steer-after .named")).to_contain_text(was)
    expect(page.locator("#steer-notice")).to_be_hidden()


def test_an_object_moved_by_key_and_refused_beyond_the_edge(page: Page) -> None:
    answered(page, lambda: page.get_by_role("radio", name="The picture").click())
    thing = page.locator("#steer-things g").first
    thing.focus()
    answered(page, lambda: page.keyboard.press("ArrowDown"))
    expect(page.locator("#steer-after .named")).to_contain_text("moved")
    place = thing.get_attribute("transform")
    for _ in range(40):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#steer-notice")).to_be_visible()
    expect(thing).to_have_attribute("transform", place or "")
    answered(page, lambda: page.locator("#steer-scene").click())
    expect(page.locator("#steer-after .named")).to_contain_text("Another scene")


def test_a_phone_and_the_dark(phone: Page, browser: Browser, url: str) -> None:
    no_sideways_scroll(phone)
    box = phone.locator("#steer-own").bounding_box()
    assert box is not None and box["x"] + box["width"] <= 390
    for page in visitor(browser, url, query="?__theme=dark"):
        colour = (
            opened(page)
            .locator(".steer .hand")
            .evaluate("(e) => getComputedStyle(e).backgroundColor")
        )
        assert max(map(int, re.findall(r"\d+", colour)[:3])) < 80


def test_everything_that_can_be_pressed_is_named(page: Page) -> None:
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('#steer button, #steer [tabindex="0"]')]
        .filter((e) => e.checkVisibility())
        .filter((e) => !(e.textContent.trim() || e.getAttribute("aria-label")))
        .map((e) => e.outerHTML)"""
    )
    assert nameless == []
