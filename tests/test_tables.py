"""The README's tables: made of the measured numbers, and of nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from fusion.markdown import replace_between, table
from fusion.training.goals import best_fusion, goals
from fusion.training.tables import (
    SECTIONS,
    render,
    rendered_in_chinese,
    speed,
    strategies,
    updated,
)
from fusion.training.tables_in_chinese import in_chinese

FAMILIES = ("colour", "count", "all")
SETS = ("test", "phrasing-en", "phrasing-zh", "looks")
MASKS = ("both", "image", "text", "none")
COUNT = 200


def share(correct: int) -> dict[str, Any]:
    return {"correct": correct, "count": COUNT, "interval": [0.9, 0.95]}


def fusion(correct: int, *, points: bool) -> dict[str, Any]:
    hidden = {"both": correct, "image": 50, "text": 84, "none": 40}
    return {
        "accuracy": {
            name: {mask: {f: share(hidden[mask]) for f in FAMILIES} for mask in MASKS}
            for name in SETS
        },
        "parameters": 123456,
        "ece": 0.0123,
        "pointing": {"argmax": share(191), "mass": 0.613, "count": COUNT} if points else None,
    }


@pytest.fixture
def metrics() -> dict[str, Any]:
    return {
        "created_with": "python -m fusion.training evaluate",
        "sets": {name: {"scenes": 1000, "questions": 12345} for name in SETS},
        "fusions": {
            "concat": fusion(130, points=False),
            "hybrid-additive": fusion(194, points=True),
            "hybrid-additive-unmasked": fusion(196, points=True),
        },
        "priors": {
            "image_free": {"predictor": "majority answer of the exact meaning", "accuracy": 0.43},
            "text_free": {"predictor": "always 'yes'", "accuracy": 0.31},
        },
    }


@pytest.fixture
def bench() -> dict[str, Any]:
    action = {"median_ms": 50.0, "p95_ms": 61.0, "count": 5, "ratio": 0.4}
    seconds = {"median_s": 5.0, "p95_s": 6.0, "count": 5}
    return {
        "machine": {"cpus": 2, "processor": "Test", "torch": "2.13.0", "python": "3.11"},
        "engine": {
            "yardstick": {"what": "a forward", "median_ms": 125.0, "p95_ms": 130.0, "count": 5},
            "actions": dict.fromkeys(("ask", "ask_again", "masking", "compare"), action),
        },
        "start": {"imports": {"what": "import torch", **seconds}, "page": {"ratio": 2.5} | seconds},
        "memory": {"questions": 200, "start_mb": 700, "half_mb": 800, "end_mb": 810},
        "browser": {"median_ms": 240.0, "p95_ms": 501.0, "count": 60},
        "load": {
            "people": 20,
            "seconds": 60.0,
            "errors": 0,
            "wrong_results": 1,
            "median_ms": 900.0,
            "p95_ms": 1500.0,
            "count": 999,
        },
    }


@pytest.fixture
def assets(tmp_path: Path, metrics: dict[str, Any], bench: dict[str, Any]) -> Path:
    (tmp_path / "metrics.json").write_text(json.dumps(metrics))
    (tmp_path / "bench.json").write_text(json.dumps(bench))
    return tmp_path


def test_the_best_fusion_is_one_that_was_trained_with_masking(metrics: dict[str, Any]) -> None:
    assert best_fusion(metrics) == "hybrid-additive"


def test_goals_say_what_was_reached_and_what_was_not(
    metrics: dict[str, Any], bench: dict[str, Any]
) -> None:
    found = {what: (measured, reached) for what, _, measured, reached in goals(metrics, bench)}
    assert found["accuracy on test scenes, `hybrid-additive`"] == ("97.0 %", "yes")
    assert found["… attention on the object"] == ("61.3 %", "yes")
    assert found["… its accuracy with the image hidden"] == ("42.0 % against 43.0 %", "yes")
    assert found["… its accuracy with the question hidden"] == ("25.0 % against 31.0 %", "no")
    assert found["click to all panels drawn"] == ("240 ms, 501 ms", "no")
    assert found["start beside the bare imports"] == ("2.50×", "no")
    assert found["memory after 200 questions"][1] == "yes"
    assert found["20 people at once for 60 s"][1] == "no"
    alone = dict(bench["load"], wrong_results=0)
    crowds = {**bench, "load": [{**alone, "people": 50, "p95_ms": 9000.0}, alone]}
    reached = {what: reached for what, _, _, reached in goals(metrics, crowds)}
    assert reached["20 people at once for 60 s"] == "yes"  # which is what the goal speaks of


def test_results_name_every_fusion_and_family(assets: Path) -> None:
    text = render(assets)
    assert text.count("`concat`") == 2
    assert "| count" in text
    assert "90.0 – 95.0 %" in text
    assert "65.0 %" in text
    assert "0.012" in text


def test_speed_and_strategies_are_tables(assets: Path) -> None:
    assert "0.40×" in speed(assets)
    assert "Test" in speed(assets)
    assert "`hybrid`" in strategies(assets)
    assert "`additive`" in strategies(assets)


def test_without_measurements_the_command_is_named(tmp_path: Path) -> None:
    assert render(tmp_path) == "Not measured yet: run `python -m fusion.training evaluate`."
    assert speed(tmp_path) == "Not measured yet: run `python -m fusion.bench`."


def test_in_chinese_every_number_is_the_same(assets: Path) -> None:
    english, chinese = render(assets), rendered_in_chinese(assets)
    numbers = re.compile(r"\d[\d.,]*\d|\d")
    assert sorted(numbers.findall(english)) == sorted(numbers.findall(chinese))
    assert english.count("|") == chinese.count("|")
    code = re.sub(r"`[^`]+`", "", chinese)
    assert set(re.findall(r"[A-Za-z]+", code)) <= {"p", "ms", "MB", "ECE"}


@pytest.mark.parametrize(
    "text",
    [
        "| what | colour |\n|:---|---:|\n| some new thing | 1 |",
        "Something new: 3.",
        "| colours |\n|:---|",
        "| what |\n|:---|\n| 94.2 % (newest) |",
    ],
)
def test_what_has_no_chinese_is_not_left_in_english(text: str) -> None:
    with pytest.raises(ValueError, match="no Chinese for"):
        in_chinese(text)


def test_updating_twice_changes_nothing_more(assets: Path) -> None:
    text = "".join(f"# {s}\n<!-- {s}:begin -->\nold\n<!-- {s}:end -->\n" for s in SECTIONS)
    once = updated(text, assets)
    assert "old" not in once
    assert updated(once, assets) == once


def test_a_changed_number_changes_the_text(assets: Path, metrics: dict[str, Any]) -> None:
    before = render(assets)
    metrics["fusions"]["concat"]["accuracy"]["looks"]["both"]["all"]["correct"] += 1
    (assets / "metrics.json").write_text(json.dumps(metrics))
    assert render(assets) != before


@pytest.mark.parametrize("text", ["", "<!-- a:end --><!-- a:begin -->", "<!-- a:begin -->" * 2])
def test_missing_markers_are_named(text: str) -> None:
    with pytest.raises(ValueError, match="a:begin"):
        replace_between(text, "a", "new")


def test_a_short_row_is_named() -> None:
    with pytest.raises(ValueError, match="2 cells"):
        table(["a", "b"], [["only one"]])


def test_wide_letters_keep_the_columns_straight() -> None:
    lines = table(["a", "b"], [["颜色", "1"]]).splitlines()
    assert lines[2] == "| 颜色 | 1 |"
    assert lines[0] == "| a    | b |"
