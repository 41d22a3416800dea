"""The Results page: it shows what metrics.json holds, whatever is in there, and nothing else."""

from __future__ import annotations

import copy
import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gradio_client import Client
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from fusion.engine import ASSETS, Engine
from fusion.measured import load_measured, measured
from tests.test_page import browser, open_tab, url, visit  # the running app and the browser
from viz.panels.results_markup import section as markup
from viz.panels.results_page import Results
from viz.panels.results_view import to_csv
from viz.plots.results import Look, cost_plot, dot_plot, heat_map, png
from viz.words import results as words_results

__all__ = ["browser", "url"]

METRICS = json.loads((ASSETS / "metrics.json").read_text(encoding="utf-8"))
BACKBONES = ASSETS / "backbones" / "metrics.json"
if BACKBONES.exists():
    METRICS["backbones"] = json.loads(BACKBONES.read_text(encoding="utf-8"))["backbones"]
FIRST = next(iter(METRICS["fusions"]))
LOOKS = [
    Look(words=words_results.AXES, dark=dark, narrow=narrow)
    for dark in (False, True)
    for narrow in (False, True)
]


@pytest.fixture(scope="module")
def results() -> Results:
    """The page of the shipped numbers."""
    found = load_measured(ASSETS)
    assert found is not None
    return Results(found)


def small(**more: Any) -> dict[str, Any]:
    """Metrics of two models, two sets, two masks and two families that the code never heard of."""

    def entry(correct: int) -> dict[str, Any]:
        share = {"correct": correct, "count": 20, "interval": [0.1, 0.9]}
        families = {"all": share, "smell": share | {"correct": correct + 1}}
        masks = {"both": families, "nose": families}
        return {"accuracy": {"park": masks, "zoo": masks}, "parameters": 7 * correct}

    sets = {"park": {"scenes": 3, "questions": 20}, "zoo": {"scenes": 4, "questions": 20}}
    fusions = {"one": entry(5), "two": entry(9)}
    return {"created_with": "the command", "sets": sets, "fusions": fusions, **more}


# ------------------------------------------------------------------ the numbers


def lines(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("mask", ["both", "text"])
@pytest.mark.parametrize("questions", list(METRICS["sets"]))
def test_every_line_of_a_csv_is_that_of_the_metrics(
    results: Results, questions: str, mask: str
) -> None:
    for key in results.sections:
        found = lines(to_csv(results.section(key, questions, mask).records))
        assert found
        for line in found:
            entry = METRICS[f"{line['kind']}s"][line["model"]]
            share = entry["accuracy"][line["questions"]][line["mask"]][line["family"]]
            assert int(line["correct"]) == share["correct"]
            assert int(line["count"]) == share["count"]
            assert float(line["share"]) == share["correct"] / share["count"]
            assert [float(line["low"]), float(line["high"])] == share["interval"]
            assert int(line["parameters"]) == entry["parameters"]


def test_a_csv_holds_all_that_its_figure_shows(results: Results) -> None:
    found = lines(to_csv(results.section("fusion-families", "looks", "image").records))
    wanted = {
        (name, family)
        for name, entry in METRICS["fusions"].items()
        for family in entry["accuracy"]["looks"]["image"]
    }
    assert {(line["model"], line["family"]) for line in found} == wanted
    assert {(line["questions"], line["mask"]) for line in found} == {("looks", "image")}


def test_the_table_shows_shares_intervals_and_counts(results: Results) -> None:
    share = METRICS["fusions"][FIRST]["accuracy"]["test"]["both"]["all"]
    cell = results.section("fusion-masks").rows[0][1]
    low, high = share["interval"]
    assert cell.text == f"{100 * share['correct'] / share['count']:.1f} %"
    counts = f"{share['correct']:,} of {share['count']:,}"
    assert cell.detail == f"{100 * low:.1f} – {100 * high:.1f} · {counts}"


def test_every_figure_says_how_it_was_obtained(results: Results) -> None:
    for key in results.sections:
        obtained = results.section(key).obtained
        assert METRICS["created_with"] in obtained
        assert f"{METRICS['sets']['test']['questions']:,} questions" in obtained
        assert "seeds" in obtained


# ------------------------------------------------------------------ the files say what there is


def test_nothing_is_known_beforehand() -> None:
    page = Results(measured(small(), {}))
    assert list(page.sections) == [
        "fusion-families",
        "fusion-masks",
        "fusion-sets",
        "fusion-size",
    ]
    view = page.section("fusion-families", "zoo", "nose")
    assert view.headings == ("fusion", "all", "smell")
    assert [row[2].value for row in view.rows] == [6 / 20, 10 / 20]


def test_backbones_and_times_come_with_their_numbers() -> None:
    one = {"only": small()["fusions"]["one"]}
    assert not any("backbone" in k for k in Results(measured(small(backbones=one), {})).sections)
    several = small(backbones=small()["fusions"])
    times = {"created_with": "the bench", "engine": {"fusions": {"one": {"median_ms": 2.5}}}}
    page = Results(measured(several, times))
    assert {"backbone-families", "backbone-size", "fusion-time"} <= set(page.sections)
    assert "backbone-time" not in page.sections
    timed = page.section("fusion-time")
    assert [(row[0].text, row[1].value) for row in timed.rows] == [("one", 2.5)]
    assert "the bench" in timed.obtained


def test_what_masking_buys_is_the_difference(results: Results) -> None:
    view = results.section("fusion-masking", "test")
    twin = "hybrid-additive"
    for row, mask in zip(view.rows, ("both", "image", "text", "none"), strict=True):
        one, other = (
            METRICS["fusions"][name]["accuracy"]["test"][mask]["all"]
            for name in (twin, f"{twin}-unmasked")
        )
        difference = one["correct"] / one["count"] - other["correct"] / other["count"]
        assert row[3].value == pytest.approx(difference)


def test_a_family_that_was_not_asked_is_a_dash() -> None:
    metrics = small()
    metrics["fusions"] = copy.deepcopy(metrics["fusions"])
    del metrics["fusions"]["two"]["accuracy"]["park"]["both"]["smell"]
    view = Results(measured(metrics, {})).section("fusion-families")
    assert view.rows[1][2].text == "–"
    assert len(png(view.draw(Look(words=words_results.AXES)))) > 1000


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (("nothing", None, None), "fusion-families"),
        (("fusion-masks", "nowhere", None), "phrasing-en"),
        (("fusion-families", None, "half"), "both, image, text, none"),
    ],
)
def test_an_unknown_choice_is_told_with_the_known(
    results: Results, given: tuple[str, str | None, str | None], named: str
) -> None:
    with pytest.raises(ValueError, match=f"unknown .*known: .*{named}"):
        results.section(*given)


def test_damaged_metrics_name_their_file(tmp_path: Path) -> None:
    assert load_measured(tmp_path) is None
    (tmp_path / "metrics.json").write_text('{"sets": {}}')
    with pytest.raises(ValueError, match=r"metrics\.json .*created_with"):
        load_measured(tmp_path)


def test_the_engine_hands_out_what_was_measured(tiny: Engine) -> None:
    assert tiny.measured is None


# ------------------------------------------------------------------ figures and markup


@pytest.mark.parametrize("look", LOOKS)
def test_figures_hold_their_numbers_on_fixed_scales(look: Look) -> None:
    shares = np.array([[0.25, 0.5, np.nan], [0.75, 1.0, 0.0]])
    heat = heat_map(shares, ["r", "s"], ["a", "b", "c"], look)
    assert [t.get_text() for t in heat.axes[0].texts] == ["25", "50", "–", "75", "100", "0"]
    assert heat.axes[0].images[0].get_clim() == (0, 1)
    intervals = np.stack([shares - 0.1, shares + 0.1], -1)[:, :2]
    dots = dot_plot(shares[:, :2], intervals, ["r", "s"], ["a", "b"], look)
    assert dots.axes[0].get_xlim() == (0, 100)
    drawn = [c.lines[0].get_xdata().tolist() for c in dots.axes[0].containers]  # type: ignore
    assert drawn == [[25, 75], [50, 100]]
    cost = cost_plot(np.array([1.0, 3.0]), shares[:, 0], intervals[:, 0], ["r", "s"], "ms", look)
    assert cost.axes[0].get_ylim() == (0, 100)
    assert [t.get_text() for t in cost.axes[0].texts] == ["s", "r"]
    corner = np.asarray(Image.open(io.BytesIO(png(heat))).convert("L"))[0, 0]
    assert (corner < 64) == look.dark


def test_markup_escapes_and_describes() -> None:
    metrics = small()
    metrics["fusions"]["<b>"] = metrics["fusions"].pop("two")
    view = Results(measured(metrics, {})).section("fusion-masks")
    html = markup(view)
    assert "<b>" not in html
    assert "&lt;b&gt;" in html
    assert re.search(r'<img alt="[^"]+Highest: &lt;b&gt;, [^"]+ 45\.0 %', html)
    assert html.count('aria-sort="none"') == len(view.headings)


# ------------------------------------------------------------------ the page in a browser


@pytest.fixture
def shown(browser: Browser, url: str) -> Iterator[Page]:
    for page in visit(browser, url):
        open_tab(page, "Results")
        yield page


def test_a_visitor_sees_sorts_and_takes_the_numbers(shown: Page) -> None:
    section = shown.locator("[data-section=fusion-families]")
    image = section.locator("img")
    expect(image).to_have_attribute("data-drawn", re.compile("fusion-families"))
    assert image.evaluate("(i) => i.decode().then(() => i.naturalWidth)") > 1000
    heading = section.locator("thead th").nth(1)
    heading.get_by_role("button").focus()
    for order, sign in (("descending", -1), ("ascending", 1)):
        shown.keyboard.press("Enter")
        expect(heading).to_have_attribute("aria-sort", order)
        cells = section.locator("tbody tr td:nth-child(2)").all()
        values = [float(cell.get_attribute("data-value") or "nan") for cell in cells]
        assert len(values) == len(METRICS["fusions"])
        assert values == sorted(values, key=lambda value: sign * value)
    section.locator("[data-choice=mask]").select_option("text")
    expect(image).to_have_attribute("data-drawn", re.compile('"mask":"text"'))
    with shown.expect_download() as taken:
        section.locator("[data-download=csv]").click()
    found = lines(Path(taken.value.path()).read_text(encoding="utf-8"))
    shares = METRICS["fusions"][FIRST]["accuracy"]["test"]["text"]
    mine = {line["family"]: int(line["correct"]) for line in found if line["model"] == FIRST}
    assert mine == {family: share["correct"] for family, share in shares.items()}
    with shown.expect_download() as taken:
        section.locator("[data-download=png]").click()
    assert taken.value.suggested_filename == "duet-fusion-families-test-text.png"
    assert Image.open(taken.value.path()).format == "PNG"


def test_a_program_gets_the_same_numbers(url: str, results: Results) -> None:
    given = {"figure": "fusion-sets", "questions": "test", "mask": "none"}
    answer = Client(url, verbose=False).predict(**given, api_name="/results")
    assert answer == to_csv(results.section("fusion-sets", "test", "none").records)
