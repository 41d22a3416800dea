"""State links and the class mode: what goes into an address comes out of it, and nothing breaks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from fusion.engine import Engine
from tests.test_page import browser as browser
from tests.test_page import (
    chip,
    current_case,
    fits,
    no_sideways_scroll,
    open_tab,
    question,
    visit,
)
from tests.test_page import url as url
from viz.panels.following import follow
from viz.panels.handlers import OPENING_SCENE, Handlers
from viz.panels.links import LARGEST_SEED, ClassMode, State, class_of, link, query, read, state_of
from viz.panels.visit import MASK_SIDE, Shown, Visit, shown_from
from viz.words import page as words
from viz.words import share as words_share

TABS = ("ask", "compare", "results")
EVERYTHING = State(
    scene=9,
    question="is “a&b=c” 星形 red + 50 %?",
    fusion="hybrid-dot",
    backbone="resnet-gpt",
    shown=Shown(
        image=False,
        question=False,
        dropped=(0, 3),
        erased=((0.0, 8 / MASK_SIDE, 0.5, 1.0), (1 / MASK_SIDE, 0.25, 1.0, 0.75)),
    ),
    tab="compare",
)


def same(left: Visit, right: Visit) -> bool:
    """Whether two visits show the same, down to the erased pixels and the numbers that came out."""
    assert left.explanation is not None and right.explanation is not None
    masks = [v.shown.erase_mask() for v in (left, right)]
    erased = [None if mask is None else mask.tolist() for mask in masks]
    asked = [
        (v.picture_id, v.question, v.fusion, v.backbone, replace(v.shown, erased=()))
        for v in (left, right)
    ]
    same_answers = left.explanation.answers == right.explanation.answers
    return erased[0] == erased[1] and asked[0] == asked[1] and same_answers


# ------------------------------------------------------------------ what a link holds


@pytest.mark.parametrize(
    "state", [State(), State(scene=0), State(question=""), State(fusion="concat"), EVERYTHING]
)
def test_a_state_goes_into_a_link_and_comes_out_the_same(state: State) -> None:
    assert state_of(read("?" + query(state)), TABS) == state


def test_a_link_restores_what_was_shown_exactly(tiny: Engine) -> None:
    handlers = Handlers(tiny)
    page = handlers.new_scene(3, "feature-additive")
    page = handlers.ask(page.visit, "scene-3", "is the red star left of it?", "hybrid-dot")
    boxes = [[5 / 24, 1 / 26, 9 / 24, 2 / 26], [1 / 3, 2 / 26, 2 / 3, 3 / 26]]  # as the brush
    change = {"image": True, "question": False, "dropped": [1], "erased": boxes}
    page = handlers.hide(page.visit, "scene-3", change)
    written, why_not = link(page.visit)
    assert why_not == ""
    followed = follow(Handlers(tiny), "?" + written, TABS)
    assert followed.told == () and followed.page is not None
    assert same(followed.page.visit, page.visit)
    assert link(followed.page.visit)[0] == written


def test_what_a_link_leaves_out_is_as_the_page_opens(shipped: Engine) -> None:
    handlers = Handlers(shipped)
    opening = handlers.opening().visit
    hidden = {"image": False, "question": True, "dropped": [], "erased": []}
    by_hand = handlers.hide(opening, opening.picture_id, hidden).visit
    assert same(handlers.restored(State(shown=Shown(image=False))).visit, by_hand)
    other = handlers.restored(State(scene=4)).visit
    assert other.question == shipped.scene(4).questions[0].text


def test_what_cannot_be_in_a_link_is_said(tiny: Engine) -> None:
    visit = Handlers(tiny).new_scene(3, "concat").visit
    assert link(replace(visit, picture_id="own-12ab")) == ("", words_share.NO_LINK_PICTURE)
    assert link(replace(visit, fusion="yours-12ab")) == ("", words_share.NO_LINK_FUSION)
    crumbs = [
        [i / 200, j / 200, (i + 1) / 200, (j + 1) / 200] for i in range(32) for j in range(32)
    ]
    shown = shown_from({"image": True, "question": True, "dropped": [], "erased": crumbs})
    assert link(replace(visit, shown=shown)) == ("", words_share.NO_LINK_LENGTH)


MALFORMED = (
    "scene=abc", "scene=-1", f"scene={LARGEST_SEED + 1}", "scene=٣", "scene=", "hide=all", "off=x",
    "off=-1", "off=1,,2", "off=99", "off=99999", "erased=1.2.3", "erased=0.0.0.0", "erased=5.5.1.9",
    "erased=0.0.193.192", "erased=a.b.c.d", "tab=secret", "fusion=nope", "backbone=../..",
    "question=", "question=%00", "question=" + "x" * 400, "question=что это", "scene=7&scene=y",
    "fusion=yours-0000",
)  # fmt: skip


@pytest.mark.parametrize("search", MALFORMED)
def test_a_malformed_link_is_told_and_the_page_is_as_it_opens(tiny: Engine, search: str) -> None:
    followed = follow(Handlers(tiny), f"?{search}", TABS)
    assert len(followed.told) == 1 and followed.told[0].startswith("This link cannot be followed")
    if followed.page is not None:
        assert followed.page.visit.picture_id == f"scene-{OPENING_SCENE}"
        assert followed.page.visit.shown == Shown()


@pytest.mark.parametrize(
    "search", ["", "?", "?&&=&x", "?__theme=dark", "?a=%ff%fe", "?tab=compare"]
)
def test_a_link_without_a_state_leaves_the_page_alone(tiny: Engine, search: str) -> None:
    followed = follow(Handlers(tiny), search, TABS)
    assert followed.page is None and followed.told == ()


# ------------------------------------------------------------------ class mode


def test_a_class_is_offered_its_questions_for_every_picture(tiny: Engine) -> None:
    handlers = Handlers(tiny)
    followed = follow(
        handlers, "?tabs=ask,compare&questions=is it red?|%20how many  are big?|", TABS
    )
    offered = ("is it red?", "how many are big?")
    assert followed.mode == ClassMode(tabs=("ask", "compare"), questions=offered)
    assert followed.tab == "ask" and followed.page is not None
    visit = followed.page.visit
    assert visit.question == offered[0] and visit.suggestions == offered
    for page in (
        handlers.new_scene(5, "concat", offered=visit.offered),
        handlers.ask(visit, visit.picture_id, "is it blue?", "concat"),
        handlers.pick(visit, visit.picture_id, 1, "concat"),
    ):
        assert page.visit.suggestions == offered
    picked = handlers.pick(visit, visit.picture_id, 1, "concat").visit
    assert picked.question == offered[1]
    forgotten = handlers.found(picked, "scene-8")
    assert forgotten.suggestions == offered


def test_a_class_may_keep_to_its_questions(tiny: Engine) -> None:
    handlers = Handlers(tiny)
    followed = follow(handlers, "?questions=is it red?|how many are big?&free=0", TABS)
    assert followed.page is not None and followed.told == () and not followed.mode.free
    visit = followed.page.visit
    for asked in ("how many are big?", " Is it RED?"):
        assert handlers.ask(visit, visit.picture_id, asked, "concat").visit.question == asked
    with pytest.raises(ValueError, match="only the questions that it offers"):
        handlers.ask(visit, visit.picture_id, "is it blue?", "concat")
    for kept in (
        handlers.new_scene(5, "concat", offered=visit.offered).visit,
        handlers.found(visit, "scene-8"),
    ):
        assert kept.offered == visit.offered
        with pytest.raises(ValueError, match="only the questions"):
            handlers.ask(kept, kept.picture_id, "is it blue?", "concat")
    own = follow(handlers, "?scene=3&free=0", TABS).page
    assert own is not None and own.visit.suggestions
    for asked in own.visit.suggestions:
        assert handlers.ask(own.visit, "scene-3", asked, "concat").visit.question == asked
    with pytest.raises(ValueError, match="only the questions"):
        handlers.ask(own.visit, "scene-3", "is it blue?", "concat")
    free = follow(handlers, "?questions=is it red?", TABS).page
    assert free is not None
    assert handlers.ask(free.visit, free.visit.picture_id, "is it blue?", "concat").visit
    bad = follow(handlers, "?questions=is it red?&free=maybe", TABS)
    assert bad.mode == ClassMode() and "free must be 0 or 1" in bad.told[0]


def test_a_class_mode_that_names_nothing_is_told_and_left_out(shipped: Engine) -> None:
    followed = follow(Handlers(shipped), "?tabs=ask,nowhere&scene=5", TABS)
    assert followed.mode.tabs == () and followed.page is not None
    assert followed.page.visit.picture_id == "scene-5"
    assert "nowhere" in followed.told[0] and "ask, compare, results" in followed.told[0]
    foreign = follow(Handlers(shipped), "?questions=что это&tabs=ask", TABS)
    assert foreign.mode == ClassMode(tabs=("ask",)) and len(foreign.told) == 1
    assert foreign.told[0].startswith("This link sets something up")
    with pytest.raises(ValueError, match="at most"):
        class_of({"questions": "|".join(f"is it {i}?" for i in range(99))}, TABS)


def test_the_tab_of_a_link_is_one_that_the_class_sees(tiny: Engine) -> None:
    assert follow(Handlers(tiny), "?tabs=compare,results&tab=results", TABS).tab == "results"
    assert follow(Handlers(tiny), "?tabs=compare,results&tab=ask", TABS).tab == "compare"


# ------------------------------------------------------------------ the page


@pytest.fixture
def opened(browser: object, url: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The page opened by the link that the test is given."""
    yield from visit(browser, url, query=request.param)


STATE = "?scene=7&question=how+many+circles+are+there%3F&fusion=hybrid-dot&hide=image&off=1"


@pytest.mark.parametrize("opened", [STATE], indirect=True)
def test_the_copied_link_opens_the_same_page(opened: Page) -> None:
    expect(question(opened)).to_have_value("how many circles are there?")
    expect(current_case(opened)).to_have_text(words.CASE_NAMES["text"])
    expect(chip(opened, "many")).to_have_attribute("aria-pressed", "false")
    answers = opened.locator("#answers").inner_text()
    fits(opened)
    opened.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened.locator("#copy-link").click()
    expect(opened.locator("#share [role=status]")).to_contain_text(words_share.SHARE["copied"])
    copied = opened.evaluate("navigator.clipboard.readText()")
    assert copied.endswith(STATE)
    opened.goto(copied)
    expect(current_case(opened)).to_have_text(words.CASE_NAMES["text"])
    assert opened.locator("#answers").inner_text() == answers


@pytest.mark.parametrize("opened", [""], indirect=True)
def test_a_class_sees_its_tabs_and_its_questions(opened: Page, url: str) -> None:
    opened.set_viewport_size({"width": 390, "height": 844})  # where some tabs do not fit
    opened.goto(f"{url}/?scene=7&tabs=ask,about&tab=about")
    expect(opened.locator("#about")).to_be_visible()
    expect(opened.locator("#tabs [role=tab]:visible")).to_have_text(["Ask", "About"])
    opened.set_viewport_size({"width": 1280, "height": 800})
    offered = "questions=how many stars%3F|is it red%3F"
    opened.goto(f"{url}/?scene=7&tabs=ask,compare&tab=compare&{offered}")
    expect(opened.locator("#compare tbody tr").first).to_be_visible()
    expect(opened.locator("#compare-question").locator("input, textarea")).to_have_value(
        "how many stars?"
    )
    tabs = opened.locator("#tabs [role=tab]:visible")
    expect(tabs).to_have_text(["Ask", "Compare"])
    tabs.first.click()
    opened.locator("#new-scene").click()
    expect(opened.locator(".tools .label")).not_to_have_text("scene 7")
    expect(opened.locator("#suggestions button")).to_have_text(["how many stars?", "is it red?"])


CLASS = "?scene=7&questions=how many stars%3F|is it red%3F&free=0"


@pytest.mark.parametrize("opened", [CLASS], indirect=True)
def test_a_class_that_keeps_to_its_questions_writes_no_others(opened: Page) -> None:
    expect(question(opened)).to_have_value("how many stars?")
    expect(question(opened)).not_to_be_editable()
    opened.locator("#suggestions button").nth(1).click()
    expect(question(opened)).to_have_value("is it red?")
    for name, box in (("Compare", "#compare-question"), ("Look inside", "#inside-question")):
        open_tab(opened, name)
        field = opened.locator(box).locator("input, textarea")
        expect(field).to_have_value("is it red?")
        expect(field).not_to_be_editable()
    expect(opened.locator("#inside .try button")).to_have_text(["how many stars?", "is it red?"])
    open_tab(opened, "Steer it")
    opened.get_by_role("radio", name="The question").click()
    expect(opened.locator("#steer .tries button")).to_have_text(["how many stars?"])
    expect(opened.locator("#steer-other")).to_be_hidden()


@pytest.mark.parametrize("opened", ["?scene=<b>7&tabs=ask"], indirect=True)
def test_a_link_that_cannot_be_followed_is_told(opened: Page) -> None:
    toast = opened.locator("[data-testid=toast-body]")
    expect(toast).to_contain_text("This link cannot be followed: scene must be a whole number")
    expect(toast).to_contain_text("<b>7")
    expect(opened.locator(".tools .label")).to_have_text(f"scene {OPENING_SCENE}")
    opened.set_viewport_size({"width": 390, "height": 844})
    no_sideways_scroll(opened)
