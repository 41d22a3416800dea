"""The Explain page: what is shown is what was computed, and the whole of it in a real browser."""

from __future__ import annotations

import csv
import io
import json
import re
from base64 import b64decode
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from fusion.engine import Engine
from fusion.outputs import Attribution, Credit, Doubt, Faithfulness, Pointing, Version
from fusion.trust import load_trust
from tests.test_examination import asked, calm
from tests.test_page import browser, no_sideways_scroll, open_tab, url
from tests.test_page import visit as visitor
from tests.test_presenter import EVIL, TOKENS, scene, visit
from viz.panels import explain_files, explain_markup, explain_view
from viz.panels.explaining import Explaining
from viz.panels.handlers import Handlers
from viz.panels.trust_section import trust
from viz.panels.visit import Shown, truth_of
from viz.plots import scale
from viz.plots.curves_figure import Chart, curves_figure
from viz.plots.doubt_curve import doubt_curve, error_bars
from viz.plots.signed import chip, colours, over
from viz.words import explain as words_explain
from viz.words import page as words

__all__ = ["asked", "browser", "calm", "url"]

LONG = 240_000
H, W = 4, 7
VERSION = Version(model="0123456789ab", data="ba9876543210")


def attribution(**changes: Any) -> Attribution:
    image, text = np.zeros((H, W), np.float32), np.array([0.3, -0.1, 0.0, 0.0], np.float32)
    image[0, 0], image[3, 6] = 0.6, -0.2
    fields: dict[str, Any] = {
        "method": "occlusion",
        "fusion": "hybrid-additive",
        "answer_id": "a.red",
        "answer": "red",
        "probability": 0.6,
        "signed": True,
        "specific": True,
        "unit": "probability",
        "tokens": TOKENS,
        "image": Credit(unit="probability", values=image, present=np.ones((H, W), bool)),
        "text": Credit(
            unit="probability",
            values=text,
            present=np.array([True, True, True, False]),
            error=np.array([0.02, 0.01, 0, 0], np.float32),
        ),
        "modalities": None,
        "milliseconds": 12.0,
        "backbone": "main",
    }
    return Attribution(**{**fields, **changes})


def curves(most: list[float]) -> Faithfulness:
    return Faithfulness(
        modality="image",
        removed=np.array([0.0, 0.5, 1.0], np.float32),
        most=np.array(most, np.float32),
        least=np.array([0.9, 0.9, 0.1], np.float32),
        random=np.array([[0.9, 0.5, 0.1], [0.9, 0.3, 0.1]], np.float32),
    )


# ------------------------------------------------------------------ what is shown is what was found


def test_the_scale_is_fixed_signed_and_centred() -> None:
    ends = colours(np.array([-99.0, -scale.TOP, 0.0, scale.TOP, 99.0]), signed=True).tolist()
    assert ends[0] == ends[1] and ends[3] == ends[4] and ends[1] != ends[3]
    assert max(ends[2]) - min(ends[2]) < 6, "0 has no colour"
    assert ends[1][2] > ends[1][0] and ends[3][0] > ends[3][2], "purple against, orange for"
    plain = colours(np.array([5.0]), signed=False)
    assert np.array_equal(plain, scale.colours(np.array([5.0])))
    assert "0%" in chip(0.0, signed=True) and "var(--ink)" in chip(0.0, signed=True)


@pytest.mark.parametrize(
    ("card", "ink"), [((255, 255, 255), (22, 32, 47)), ((21, 28, 40), (234, 240, 249))]
)
@pytest.mark.parametrize("signed", [True, False])
def test_a_word_is_read_on_its_colour_by_day_and_in_the_dark(
    card: tuple[int, ...], ink: tuple[int, ...], signed: bool
) -> None:
    for value in np.linspace(-12 if signed else 0, 12, 97):
        look = chip(float(value), signed=signed)
        *colour, opaque = map(int, re.findall(r"\d+", look.split("%")[0]))
        ground = [c * opaque / 100 + page * (1 - opaque / 100)
                  for c, page in zip(colour, card, strict=True)]  # fmt: skip
        written = (0,) * 3 if "#000" in look else (255,) * 3 if "#fff" in look else ink
        brighter, darker = sorted(map(luminance, (written, ground)), reverse=True)
        assert (brighter + 0.05) / (darker + 0.05) > 4, (value, look)


def luminance(colour: Sequence[float]) -> float:
    """Relative luminance, as in WCAG 2."""
    parts = [c / 255 for c in colour]
    straight = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return float(np.dot([0.2126, 0.7152, 0.0722], straight))


def test_a_map_leaves_alone_what_has_nothing(tiny: Engine) -> None:
    picture = tiny.scene(7).image
    times = np.zeros((H, W), np.float32)
    times[0, 0] = 9.0
    drawn = over(picture, times, signed=True, longest=10_000)
    before, after = np.asarray(picture.convert("RGB")), np.asarray(drawn)
    changed = (before != after).any(-1)
    assert changed[: changed.shape[0] // H - 1, : changed.shape[1] // W - 1].all()
    assert not changed[changed.shape[0] // H + 1 :].any()


def test_a_card_holds_every_number(tiny: Engine) -> None:
    info = next(i for i in tiny.explainers if i.name == "occlusion")
    found = attribution()
    view = explain_view.card(visit(), info, found)
    assert [c.times for c in view.chips] == ["2.2×", "−0.8×", "0.0×", "–"]
    assert (view.chips[0].value, view.chips[0].error) == ("+30.0", "± 2.0")
    assert view.grid[0][0] == "21.0×" and view.grid[3][6] == "−7.0×"
    assert "100\u00a0% of what speaks for it is in the top left" in view.description
    assert "21.0× at row 1, column 1" in view.description
    assert "Most against it: −7.0× at row 4, column 7" in view.description
    assert view.notes == (
        "image: +40.0 points of the probability",
        "question: +20.0 points of the probability",
    )
    rows = list(csv.DictReader(io.StringIO(b64decode(view.csv.split(",")[1]).decode())))
    assert len(rows) == H * W + len(TOKENS)
    assert float(rows[0]["value"]) == pytest.approx(0.6) and rows[-1]["token"] == TOKENS[-1]
    html = explain_markup.card(info, view)
    assert "&lt;b&gt;" in html and "<b>" not in html.split("<details>")[0]


def test_what_is_not_there_is_told(tiny: Engine) -> None:
    info = next(i for i in tiny.explainers if i.name == "grad-cam")
    nothing = Credit(
        unit="share", values=np.zeros((H, W), np.float32), present=np.ones((H, W), bool)
    )
    hidden = Credit(unit="share", values=np.zeros(4, np.float32), present=np.zeros(4, bool))
    view = explain_view.card(
        visit(),
        info,
        attribution(unit="share", signed=False, image=nothing, text=hidden),
    )
    assert view.chips == () and words_explain.NO_MAP["text"] in view.notes
    assert words_explain.NOTHING in view.description
    gone = replace(nothing, present=np.zeros((H, W), bool))
    view = explain_view.card(
        visit(), info, attribution(unit="share", signed=False, image=gone, text=hidden)
    )
    assert view.picture == "" and view.notes[0] == words_explain.NO_MAP["image"]


def test_windows_are_added_up_with_their_errors() -> None:
    values, error = np.zeros((H, W), np.float32), np.zeros((H, W), np.float32)
    values[:2, :2], error[:2, :2] = 0.1, 0.01
    values[2:, 4:], error[2:, 4:] = -0.02, 0.005
    image = Credit(unit="probability", values=values, present=np.ones((H, W), bool), error=error)
    drawn = explain_view.bars(attribution(image=image))
    assert len(drawn) == 2
    assert "row 1, column 1 +40.0 ± 4.0" in drawn[0]
    assert "row 3, column 5 −12.0 ± 3.0" in drawn[0]
    assert "what +30.0 ± 2.0; col −10.0 ± 1.0" in drawn[1]
    both = explain_view.bars(
        attribution(image=None, text=None, modalities={"image": 0.4, "text": 0.2})
    )
    assert "image +40.0; question +20.0" in both[0]


def test_bars_reach_as_far_as_their_numbers() -> None:
    svg = error_bars(["a", "b"], [0.5, -0.25], None, description="d")
    widths = [float(w) for w in re.findall(r'width="([\d.]+)"', svg)]
    assert widths[0] == pytest.approx(2 * widths[1]) and 'class="against"' in svg


def test_curves_pass_through_their_points() -> None:
    c = curves([1.0, 0.5, 0.0])
    svg = doubt_curve(
        c.removed, most=c.most, least=c.least, random=c.random, axis="x", description=EVIL
    )
    most = re.search(r'class="most" points="([^"]+)"', svg)
    assert most is not None and most[1] == "34.0,8.0 157.0,75.0 280.0,142.0"
    band = re.search(r'class="band" points="([^"]+)"', svg)
    assert band is not None and len(band[1].split()) == 6
    assert "<img" not in svg


def test_a_saved_figure_draws_the_curves_that_the_page_shows() -> None:
    found, here = curves([1.0, 0.4, 0.0]), visit()
    given = Doubt(
        attribution=attribution(), curves={"image": found}, pointing=None, milliseconds=1.0
    )
    charts = [
        Chart(title=kind, axis="share", share=explain_files.side(kind, "most", found)[0],
              **{order: explain_files.side(kind, order, found)[1]
                 for order in ("most", "least", "random")})
        for kind in words_explain.AXES
    ]  # fmt: skip
    figure = curves_figure(charts, title="$t", foot="f", orders=words_explain.ORDERS, ylabel="p")
    taken, shown = figure.axes
    drawn = [np.asarray(line.get_ydata()).tolist() for line in taken.lines]
    assert drawn == [found.most.tolist(), found.least.tolist(), found.random.mean(0).tolist()]
    assert np.asarray(shown.lines[0].get_ydata()) == pytest.approx([0.1, 0.9, 0.9])
    for axes in figure.axes:
        assert (axes.get_xlim(), axes.get_ylim()) == ((0, 1), (0, 1))
    foot = explain_files.foot_line(here, "hybrid-dot", "main", VERSION)
    assert VERSION.model in foot and VERSION.data in foot
    assert set(explain_files.curves_drawn(here, "Occlusion", given, VERSION)) == {"png", "svg"}
    unwritable = replace(here, question=chr(0x10FFFE))
    assert explain_files.curves_drawn(unwritable, "Occlusion", given, VERSION) == {}


@pytest.mark.parametrize(
    ("middle", "said"),
    [
        (0.1, "faster than in every random order"),
        (0.9, "worse than chance"),
        (0.4, "not to be told"),
    ],
)
def test_the_verdict_is_measured_by_chance(middle: float, said: str) -> None:
    found = Doubt(
        attribution=attribution(),
        curves={"image": curves([0.9, middle, 0.1])},
        pointing=None,
        milliseconds=1.0,
    )
    pointed = [Pointing(hit=True, mass=0.8, even=0.1), Pointing(hit=False, mass=0.1, even=0.1)]
    here = visit()
    assert here.scene is not None
    view = explain_view.doubt(here, "Occlusion", found, pointed[: len(here.scene.masks)], VERSION)
    assert said in view.verdicts[0]
    areas = found.curves["image"].areas
    assert view.areas[0][1:3] == (f"{areas['most']:.1f}", f"{areas['least']:.1f}")
    assert view.areas[0][3] == "45.0 (40.0 – 50.0)"
    assert view.areas[1][1:3] == view.areas[0][2:0:-1], "insertion is deletion read backwards"
    assert view.objects[0].asked
    assert view.objects[0].cells[1:] == (words_explain.YES, words.percent(0.8), words.percent(0.1))
    rows = list(csv.DictReader(io.StringIO(b64decode(view.csv.split(",")[1]).decode())))
    assert len(rows) == 4 * 3
    assert {(row["model"], row["data"]) for row in rows} == {tuple(VERSION)}
    told = json.loads(b64decode(view.json.split(",")[1]))
    assert told["version"] == VERSION._asdict() and told["answer"] == "a.red"
    kept = told["curves"]["image"]
    assert kept["probability"]["most"] == [float(row["probability"]) for row in rows[:3]]
    assert kept["areas"] == areas and len(kept["probability"]) == 4
    with Image.open(io.BytesIO(b64decode(view.png.split(",")[1]))) as drawn:
        assert drawn.format == "PNG" and drawn.width > 1200
    svg = b64decode(view.svg.split(",")[1])
    assert svg.startswith(b"<?xml") and b"<path" in svg
    html = explain_markup.doubt(view)
    for kind in ("png", "svg", "csv", "json"):
        assert f'download="duet-curves.{kind}"' in html
    own = explain_view.doubt(replace(here, scene=None), "Occlusion", found, (), VERSION)
    assert words_explain.NO_TRUTH in explain_markup.doubt(own)


# ------------------------------------------------------------------ actions


@pytest.fixture
def explaining(tiny: Engine) -> Explaining:
    return Explaining(Handlers(tiny))


def test_every_method_gives_a_card_of_the_chosen_answer(
    tiny: Engine, explaining: Explaining
) -> None:
    here = replace(explaining.handlers.found(visit(), "scene-7"), question="is the star red?")
    begun = explaining.begin(here, here.picture_id, None, None)
    assert begun.job.answer_id == tiny.ask(here.picture, here.question).answer_ids[0]
    found: dict[str, str] = {}
    for fast in (True, False):
        for cards in explaining.maps(begun.job, lambda: False, fast=fast):
            found |= cards
    assert set(found) == set(explaining.infos), "the fast ones first"
    assert all("status" not in html for html in found.values())
    direct = tiny.explain(
        here.picture, here.question, method="occlusion", answer=begun.job.answer_id
    )
    assert (
        explain_view.card(here, explaining.infos["occlusion"], direct).grid[0][0]
        in found["occlusion"]
    )
    other = explaining.begin(here, here.picture_id, begun.job, begun.answers[1][1])
    assert other.job.answer_id == begun.answers[1][1]
    again = explaining.begin(here, here.picture_id, other.job, None)
    assert again.job == other.job, "coming back keeps the chosen answer"
    asked = replace(here, question="what colour is the star?")
    assert explaining.begin(asked, here.picture_id, other.job, None).job.question == asked.question


def test_a_fusion_without_attention_says_what_it_cannot(explaining: Explaining) -> None:
    here = replace(explaining.handlers.found(visit(), "scene-7"), fusion="concat")
    begun = explaining.begin(here, here.picture_id, None, None)
    for name in ("raw-attention", "rollout", "relevance"):
        assert words_explain.UNSUPPORTED in begun.cards[name] and not begun.testable[name]
    assert begun.testable["occlusion"] and not begun.testable["modality-shapley"]
    done = [n for cards in explaining.maps(begun.job, lambda: False, fast=True) for n in cards]
    assert done == ["grad-cam", "integrated-gradients", "modality-shapley"]


@pytest.mark.usefixtures("calm")
def test_long_work_tells_how_far_it_is_and_stops(explaining: Explaining) -> None:
    here = explaining.handlers.found(visit(question="is the star red?"), "scene-7")
    job = explaining.begin(here, here.picture_id, None, None).job
    stop = Event()
    for cards in explaining.maps(job, stop.is_set, fast=False):
        if "shapley" in cards:
            assert 'role="progressbar"' in cards["shapley"]
            stop.set()
    assert stop.is_set() and words_explain.STOPPED in explaining.halted(job)["shapley"]
    sections = list(explaining.doubt(job, "occlusion", lambda: False))
    assert all('role="progressbar"' in html for html in sections[:-1]) and len(sections) > 1
    assert sections[-1].count("<figure>") == 4
    assert list(explaining.doubt(job, "raw-attention", lambda: True))[-1].count("<figure>") == 0


def test_what_is_hidden_stays_hidden(explaining: Explaining) -> None:
    here = replace(
        explaining.handlers.found(visit(question="is the star red?"), "scene-7"),
        shown=Shown(image=False),
    )
    begun = explaining.begin(here, here.picture_id, None, None)
    cards = {
        n: h for c in explaining.maps(begun.job, lambda: False, fast=True) for n, h in c.items()
    }
    assert words_explain.NO_MAP["image"] in cards["grad-cam"] and "<img" not in cards["grad-cam"]
    assert truth_of(scene()) is not None


# ------------------------------------------------------------------ in the browser


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    for page in visitor(browser, url):
        yield opened(page)


def opened(page: Page) -> Page:
    open_tab(page, words_explain.TAB)
    expect(page.locator("#explain-raw-attention img")).to_be_visible(timeout=LONG)
    return page


def test_an_answer_is_explained_and_each_way_is_doubted(page: Page) -> None:
    expect(page.locator("#explain-answers input:checked")).to_have_count(1)
    expect(page.locator("#explain-shapley [role=progressbar]")).to_be_visible(timeout=LONG)
    page.locator("#explain-stop").click()
    expect(page.locator("#explain-shapley .wait")).to_have_text(words_explain.STOPPED, timeout=LONG)
    page.locator("#explain-go-on").press("Enter")
    expect(page.locator("#explain-cards img")).to_have_count(7, timeout=LONG)
    expect(page.locator("#explain-stop")).to_be_hidden(timeout=LONG)
    for image in page.locator("#explain-cards img").all():
        assert len(image.get_attribute("alt") or "") > 30
    page.locator("#test-raw-attention").click()
    expect(page.locator("#doubt [role=progressbar]")).to_be_visible()
    expect(page.locator("#doubt .charts svg[role=img]")).to_have_count(4, timeout=LONG)
    expect(page.locator("#doubt .sentence")).to_have_count(2)
    with page.expect_download() as waiting:
        page.locator("#doubt .files a", has_text="PNG").click()
    assert waiting.value.suggested_filename == "duet-curves.png"
    expect(page.locator("#doubt .scene path.asked-about")).not_to_have_count(0)
    before = page.locator("#explain-occlusion .described").inner_text()
    page.locator("#explain-answers input").nth(1).check()
    expect(page.locator("#explain-occlusion .described")).not_to_have_text(before, timeout=LONG)
    expect(page.locator("#doubt .charts")).to_have_count(0)
    no_sideways_scroll(page)


def test_a_phone_needs_no_sideways_scroll_and_dark_is_dark(browser: Browser, url: str) -> None:
    for page in visitor(browser, url, width=390, height=844, query="?__theme=dark"):
        opened(page)
        no_sideways_scroll(page)
        colour = page.locator(".explain-card").first.evaluate(
            "(e) => getComputedStyle(e).backgroundColor"
        )
        assert max(map(int, re.findall(r"\d+", colour)[:3])) < 80


# ------------------------------------------------------------------ what was measured beforehand


def measured(tmp_path: Path, **changes: Any) -> Path:
    gain = {"mean": 12.34, "interval": [11.0, 13.5], "count": 4}
    lost = {"mean": -3.0, "interval": None, "count": 1}
    methods = {
        m: {"deletion": g, "insertion": g} for m, g in (("occlusion", gain), ("rollout", lost))
    }
    hit = {"correct": 3, "count": 4, "interval": [0.3, 0.95]}
    pointing = {"even": {"mean": 0.05}, "methods": {m: {"hit": hit} for m in methods}}
    side = {"methods": methods}
    fusions = {"hybrid-dot": {"image": side, "text": side, "pointing": pointing}}
    content = {"created_with": "command", "scenes": 4, "orders": 5, "fusions": fusions}
    (tmp_path / "explainers.json").write_text(json.dumps({**content, **changes}))
    return tmp_path


def test_the_measured_trust_is_shown_as_it_is(tmp_path: Path) -> None:
    assert load_trust(tmp_path) is None
    assert "evaluate --explainers" in trust(None, {})
    html = trust(load_trust(measured(tmp_path)), {"occlusion": "Occlusion"})
    assert html.count("<table>") == 3 and "4 test scenes" in html and "<code>command</code>" in html
    assert "+12.3<small>± 1.2</small>" in html and "−3.0</td>" in html and ">Occlusion<" in html
    assert "75\u00a0%<small>3 of 4; by chance 5\u00a0%</small>" in html
    labels = {"rollout": "Rollout", "shapley": "not measured", "occlusion": "Occlusion"}
    heads = re.findall(r"<th[^>]*>(?:<button[^>]*>)?([^<]*)", trust(load_trust(tmp_path), labels))
    assert heads.index("Rollout") < heads.index("Occlusion"), "the order of the menu"
    assert "not measured" not in heads
    with pytest.raises(ValueError, match=r"explainers\.json does not hold what"):
        load_trust(measured(tmp_path, fusions={"hybrid-dot": {}}))
