"""The current view as files: every number, no box for a letter, and versions that change."""

from __future__ import annotations

import csv
import io
import json
import shutil
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from playwright.sync_api import Page, expect

from fusion.engine import Engine
from fusion.version import LENGTH, data_version
from tests.conftest import SENTENCES
from tests.test_page import browser as browser
from tests.test_page import url as url
from tests.test_page import visit
from viz.panels.handlers import Handlers
from viz.panels.numbers import as_csv, numbers
from viz.panels.saving import KINDS, saved, saving
from viz.panels.visit import Visit
from viz.plots import fonts
from viz.words import share as words_share


@pytest.fixture(scope="module")
def handlers(tiny: Engine) -> Handlers:
    return Handlers(tiny)


@pytest.fixture(scope="module")
def chinese(handlers: Handlers) -> Visit:
    """A Chinese question with its picture partly erased."""
    visit = handlers.new_scene(3, "hybrid-dot").visit
    visit = handlers.ask(visit, "scene-3", SENTENCES[4], "hybrid-dot").visit
    change = {"image": True, "question": True, "dropped": [1], "erased": [[0, 0, 0.5, 0.25]]}
    return handlers.hide(visit, "scene-3", change).visit


def leaves(found: Any) -> Iterator[Any]:
    if isinstance(found, dict | list):
        for value in found.values() if isinstance(found, dict) else found:
            yield from leaves(value)
    elif found is not None:
        yield found


def test_json_has_every_number_and_csv_the_same(handlers: Handlers, chinese: Visit) -> None:
    file = saved(handlers, chinese, "scene-3", "json")
    found = json.loads(file.content)
    explanation = chinese.explanation
    assert explanation is not None and explanation.image_attention is not None
    assert found["explanation"]["image_attention"] == explanation.image_attention.tolist()
    assert len(found["explanation"]["answers"]) == len(explanation.answers)
    assert found["masking"]["values"] == handlers.masking(chinese).values
    assert found["version"] == handlers.version(chinese)._asdict()
    assert found["link"].startswith("scene=3&") and "erased=0.0.96.48" in found["link"]
    sheet = saved(handlers, chinese, "scene-3", "csv").content.decode("utf-8")
    assert sheet.startswith("\ufeff")  # or a spreadsheet takes Chinese for something else
    sheet = sheet.removeprefix("\ufeff")
    rows = list(csv.DictReader(io.StringIO(sheet)))
    times = {"explanation.milliseconds"}
    values = [row["value"] for row in rows if row["quantity"] not in times]
    del found["explanation"]["milliseconds"]
    assert values == [str(value) for value in leaves(found)]
    cell = next(
        row
        for row in rows
        if (row["quantity"], row["item"], row["row"]) == ("explanation.image_attention", "1", "2")
    )
    assert float(cell["value"]) == float(explanation.image_attention[1, 2])


@pytest.mark.parametrize("fusion", ["hybrid-dot", "concat"])
@pytest.mark.parametrize("shown", ["both", "none"])
def test_a_figure_is_drawn_of_everything_that_can_be_shown(
    handlers: Handlers, chinese: Visit, fusion: str, shown: str
) -> None:
    on = shown == "both"
    hidden = replace(chinese, fusion=fusion, shown=replace(chinese.shown, image=on, question=on))
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # matplotlib warns of a letter that becomes a box
        content = saved(handlers, hidden, "scene-3", "png").content
    assert min(Image.open(io.BytesIO(content)).size) > 900
    svg = saved(handlers, hidden, "scene-3", "svg").content
    assert svg.startswith(b"<?xml") and b"<image" in svg


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_is_made_step_by_step(handlers: Handlers, chinese: Visit, kind: str) -> None:
    *steps, last = saving(handlers, chinese, "scene-3", kind)
    shares = [step.share for step in [*steps, last]]
    assert shares == sorted(set(shares)) and (shares[0], shares[-1]) == (0, 1)
    assert all(step.file is None for step in steps)
    drawn = [words_share.DRAWING, words_share.WRITING] if kind in ("png", "svg") else []
    assert [step.said for step in steps] == [words_share.ASKING, words_share.VERSIONS, *drawn]
    assert last.file is not None and last.file.name.endswith(f".{kind}")


def test_without_a_font_the_figure_says_so(
    handlers: Handlers, chinese: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "families", lambda: (fonts.LATIN,))
    with pytest.raises(ValueError, match="no font for '图"):
        saved(handlers, chinese, "scene-3", "svg")
    assert saved(handlers, chinese, "scene-3", "csv").content


def test_a_dollar_in_a_question_is_no_formula(handlers: Handlers) -> None:
    visit = handlers.new_scene(3, "concat").visit
    asked = handlers.ask(visit, "scene-3", "is $x^ red $ or", "concat").visit
    assert saved(handlers, asked, "scene-3", "svg").content


def test_an_own_picture_has_numbers_but_no_link(handlers: Handlers, chinese: Visit) -> None:
    own = replace(chinese, picture_id="own-1", scene=None)
    found = numbers(own, handlers.masking(own), handlers.version(own))
    assert found["link"] is None and found["picture"]["seed"] is None and found["truth"] is None
    assert "own-1" in as_csv(found)


def test_an_unknown_kind_is_told(handlers: Handlers, chinese: Visit) -> None:
    with pytest.raises(ValueError, match="no file of kind 'exe'; known: png, svg, json, csv"):
        saved(handlers, chinese, "scene-3", "exe")


# ------------------------------------------------------------------ versions


def test_the_model_s_version_is_that_of_the_weights_that_answer(
    tiny: Engine, tiny_assets: Path, tmp_path: Path
) -> None:
    first = tiny.version(fusion="concat")
    assert len(first.model) == LENGTH and tiny.version(fusion="concat") == first
    assert tiny.version(fusion="hybrid-dot").model != first.model
    again = Engine.load(Path(shutil.copytree(tiny_assets, tmp_path / "copy")))
    assert again.version(fusion="concat") == first
    with torch.no_grad():
        next(iter(again._family.fusions["concat"].parameters())).add_(1e-3)
    changed = again.version(fusion="concat")
    assert changed.model != first.model and changed.data == first.data
    assert again.version(fusion="hybrid-dot") == tiny.version(fusion="hybrid-dot")


def test_the_data_s_version_changes_with_what_is_made(tiny: Engine) -> None:
    version = data_version(tiny.scene)
    assert version == tiny.version().data
    assert data_version(lambda seed: tiny.scene(seed + 1)) != version


# ------------------------------------------------------------------ the page


@pytest.fixture
def page(browser: object, url: str) -> Iterator[Page]:
    yield from visit(browser, url)


@pytest.mark.parametrize("kind", ["svg", "json"])
def test_the_page_saves_a_file(page: Page, kind: str, tmp_path: Path) -> None:
    assert set(KINDS) == {"png", "svg", "json", "csv"}
    page.locator("#save summary").press("Enter")
    with page.expect_download() as waiting:
        page.locator(f"#save-{kind}").click()
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)
    assert path.name.startswith("duet-scene-564-") and path.suffix == f".{kind}"
    assert path.stat().st_size > 5000
    expect(page.locator("#share [role=status]")).to_contain_text(path.name)


def test_a_file_can_be_given_up(page: Page) -> None:
    files: list[str] = []
    page.on("download", lambda download: files.append(download.suggested_filename))
    told = page.locator("#share [role=status]")
    for begun in (True, False):  # the second time at once, before the server has heard of it
        page.locator("#save summary").press("Enter")
        page.locator("#save-png").click()
        expect(page.locator("#share progress")).to_be_visible()
        if begun:
            expect(told).not_to_have_text(words_share.SHARE["saving"])
        page.locator("#save-cancel").press("Enter")
        expect(told).to_have_text(words_share.SHARE["cancelled"])
        expect(page.locator("#share progress")).to_be_hidden()
    page.locator("#save summary").press("Enter")
    with page.expect_download() as waiting:
        page.locator("#save-json").click()
    assert waiting.value.suggested_filename.endswith(".json")
    assert [Path(name).suffix for name in files] == [".json"]
