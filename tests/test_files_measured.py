"""Data sets on disk: what an answer earns, how a model is measured on them, and the command."""

from __future__ import annotations

import json
import re
import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from fusion.data import DATASETS
from fusion.data.files.answers import leave_one_out, normalise_answer, soft_scores
from fusion.data.files.record import Record
from fusion.data.files.vocabulary import AnswerVocabulary
from fusion.engine import KEPT, Engine
from fusion.shipped import load_family
from fusion.training.__main__ import main
from fusion.training.evaluate import MASKS
from fusion.training.external import accepted_names, earnings, measure_files
from fusion.training.statistics import Z95, mean_score, wilson
from tests.files_on_disk import (
    ASSETS,
    WRITERS,
    places,
    read,
    scenes,
    written,
)

__all__ = ["scenes", "written"]
# ------------------------------------------------------------------ answers and what they earn


@pytest.mark.parametrize(
    ("given", "normalised"),
    [
        ("The Dog.", "dog"),
        ("a an the", ""),
        ("Two", "2"),
        ("none", "0"),
        ("eleven", "eleven"),
        ("dont", "don't"),
        ("couldnt've", "couldn't've"),
        ("yall'd've", "y'all'd've"),
        ("its", "its"),
        ("cat/dog", "cat dog"),
        ("cat / dog", "cat dog"),
        ("well-known", "well known"),
        ("is it, really?", "is it really"),
        ("1,000", "1000"),
        ("1,000 cats/dogs", "1000 catsdogs"),
        ("3.5", "3.5"),
        ("st. john's", "st john's"),
        (" two\nlines\t", "2 lines"),
        ("12:30 p.m.", "12:30 pm"),
    ],
)
def test_answers_are_normalised_as_officially(given: str, normalised: str) -> None:
    assert normalise_answer(given) == normalised


def test_normalising_twice_changes_nothing() -> None:
    for text in ("The Dog's dont-know, 3 of the two!", "a-an", "none / zero", "1,000.50"):
        once = normalise_answer(text)
        assert normalise_answer(once) == once


@pytest.mark.parametrize("people", [2, 5, 10])
def test_what_is_earned_is_the_mean_over_the_subsets(people: int) -> None:
    for matches in range(people + 1):
        given = [True] * matches + [False] * (people - matches)
        subsets = [min(sum(some) / 3, 1) for some in combinations(given, people - 1)]
        assert leave_one_out(matches, people) == pytest.approx(sum(subsets) / people)


def test_soft_scores_count_what_is_the_same_after_normalising() -> None:
    scores = soft_scores(["two", "2", "The 2", "3", "three", "4", "5", "6", "7", "8"])
    assert scores["2"] == pytest.approx(0.9) and scores["3"] == pytest.approx(0.6)
    assert scores["8"] == pytest.approx(0.3) and len(scores) == 7


def record(**targets: float) -> Record:
    answer = max(targets, key=lambda a: targets[a])
    return Record(
        id="1",
        image=Path("a.png"),
        question="?",
        answer=answer,
        targets=targets,
        kind="",
        where="x",
    )


def test_the_vocabulary_is_of_the_most_frequent_and_the_targets_are_soft() -> None:
    records = [record(b=1.0, c=0.3), record(a=1.0), record(b=0.9, a=0.6), record(d=1.0)]
    vocabulary = AnswerVocabulary.most_frequent(records, 3)
    assert vocabulary.answers == ("b", "a", "d")  # c is nobody's best; a before d by the alphabet
    expected = torch.tensor([[1.0, 0, 0], [0, 1.0, 0], [0.9, 0.6, 0], [0, 0, 1.0]])
    torch.testing.assert_close(vocabulary.targets(records), expected)
    small = AnswerVocabulary.most_frequent(records[::-1], 1)
    assert small.answers == ("b",)
    assert small.coverage(records) == pytest.approx(1.9 / 4)
    assert small.targets([records[1]]).sum() == 0


def test_a_vocabulary_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="1 answer or more, got 0"):
        AnswerVocabulary.most_frequent([record(a=1.0)], 0)
    with pytest.raises(ValueError, match="no answer"):
        AnswerVocabulary.most_frequent([], 5)


# ------------------------------------------------------------------ measuring


@pytest.mark.parametrize("data", WRITERS)
def test_the_shipped_model_scores_as_the_engine_answers(
    data: str, written: Path, shipped: Engine
) -> None:
    names = ("hybrid-additive", "concat")
    dataset = read(data, written / data)
    report = measure_files(load_family(ASSETS), dataset, fusions=names)
    for fusion in names:
        for mask in MASKS:
            earned = []
            for r in dataset:
                said = shipped.ask(r.image, r.question, fusion=fusion, keep=KEPT[mask])
                earned.append(r.targets.get(normalise_answer(said.answer), 0.0))
            found = report["fusions"][fusion]["masks"][mask]
            assert found["all"]["count"] == len(dataset)
            if data == "vqa2":
                assert found["all"]["mean"] == pytest.approx(np.mean(earned), abs=1e-4)
            else:
                assert found["all"]["correct"] == sum(earned)
            counts = [found[k]["count"] for k in {r.kind for r in dataset} - {""}]
            assert data == "csv" or sum(counts) == len(dataset)
    assert report["outside"] == 0 and report["best"] == 1.0
    assert report["images"] == 4 and report["questions"] == len(dataset)


def test_what_cannot_be_said_or_asked_is_wrong_and_counted(
    tiny_assets: Path, tmp_path: Path, picture: Image.Image
) -> None:
    picture.save(tmp_path / "a.png")
    rows = ["a.png,what?,red", "a.png,what else?,a cube", "a.png,что это?,red",
            f"a.png,{'very ' * 30}long?,red", "a.png,?!,a cube"]  # fmt: skip
    (tmp_path / "q.csv").write_text("\n".join(["image,question,answer", *rows]), encoding="utf-8")
    family = load_family(tiny_assets)
    report = measure_files(family, DATASETS["csv"].build(tmp_path / "q.csv"))
    assert (report["questions"], report["outside"], report["refused"]) == (5, 2, 3)
    assert report["best"] == pytest.approx(3 / 5)
    assert set(report["fusions"]) == set(family.fusions)
    for entry in report["fusions"].values():
        for found in entry["masks"].values():
            assert found["all"]["correct"] <= 1 and found["all"]["count"] == 5
            assert found["all"]["interval"] == [
                round(x, 4) for x in wilson(found["all"]["correct"], 5)
            ]


def test_answers_are_compared_by_name_in_each_language() -> None:
    names = {"n.3": {"en": "three", "zh": "三"}, "c": {"en": "gray", "zh": "灰色"}}
    asked = [
        record(**{"3": 1.0}),
        record(三=1.0),
        record(grey=1.0),
        record(灰色=1.0),
        record(teal=1.0),
    ]
    hard = earnings(asked, accepted_names(names, spellings=True))
    np.testing.assert_array_equal(hard, [[1, 0], [1, 0], [0, 1], [0, 1], [0, 0]])
    soft = earnings(asked, accepted_names(names, spellings=False))
    np.testing.assert_array_equal(soft[2], [0, 0])  # official: another spelling, another answer


def test_an_unknown_fusion_names_the_known_ones(tiny_assets: Path, written: Path) -> None:
    with pytest.raises(ValueError, match=r"unknown fusion nope; known: concat, "):
        measure_files(load_family(tiny_assets), read("csv", written / "csv"), fusions=["nope"])


def test_the_interval_of_a_mean() -> None:
    scores = np.array([0.0, 0.3, 0.6, 1.0, 1.0, 1.0, 0.9, 0.0, 0.3, 0.6])
    found = mean_score(scores)
    half = Z95 * scores.std(ddof=1) / np.sqrt(10)
    assert found["mean"] == pytest.approx(0.57)
    assert found["interval"] == pytest.approx([0.57 - half, 0.57 + half], abs=1e-4)
    for even in (np.ones(7), np.zeros(7), np.full(1, 0.6), np.full(9, 0.3)):
        low, high = mean_score(even)["interval"]
        assert 0 <= low <= even.mean() <= high <= 1 and high - low > 0.2


# ------------------------------------------------------------------ the command


def command(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    monkeypatch.setattr(sys, "argv", ["training", "evaluate", *map(str, arguments)])
    main()


@pytest.mark.parametrize("data", WRITERS)
def test_the_command_prints_and_writes_the_report(
    data: str,
    written: Path,
    tiny_assets: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    options: list[object] = [
        x for name, path in places(data, written / data).items() for x in (f"--{name}", path)
    ]
    options += ["--fusion", "concat", "feature-dot", "--limit", 5, "--workers", 0]
    options += ["--assets", tiny_assets, "--out", tmp_path / "report.json"]
    command(monkeypatch, "--data", data, *options)
    printed = capsys.readouterr().out
    report = json.loads((tmp_path / "report.json").read_text())
    assert f"{DATASETS[data].label}: 5 questions about 2 images" in printed
    assert list(report["fusions"]) == ["concat", "feature-dot"]
    for name, entry in report["fusions"].items():
        assert set(entry["masks"]) == set(MASKS)
        row = next(line for line in printed.splitlines() if line.startswith(f"| {name}"))
        cells = re.findall(r"([\d.]+) \[([\d.]+), ([\d.]+)\]", row)
        for cell, mask in zip(cells, ("both", "image", "text", "none"), strict=True):
            found = entry["masks"][mask]["all"]
            mean = found["mean"] if data == "vqa2" else found["correct"] / found["count"]
            numbers = [100 * x for x in (mean, *found["interval"])]
            assert [float(x) for x in cell] == pytest.approx(numbers, abs=0.06)
    assert str(written) not in json.dumps(report)


def test_a_mistake_is_a_sentence_and_not_a_traceback(
    written: Path, tiny_assets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = written / "csv" / "questions.csv"
    for options, message in (
        ((), "error: --questions must name"),
        (("--questions", tmp_path / "no.csv"), r"error: the file no\.csv is missing"),
        (("--questions", there, "--fusion", "nope"), "error: unknown fusion nope"),
        (("--questions", there, "--limit", 0), "error: the limit must be"),
        (("--questions", there, "--out", tmp_path / "no" / "x.json"), "error: --out: the folder"),
    ):
        with pytest.raises(SystemExit, match=message):
            command(monkeypatch, "--data", "csv", *options, "--assets", tiny_assets)


def test_the_options_of_data_need_data(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        command(monkeypatch, "--limit", 3, "--out", "x.json")
    assert "--limit, --out: only with --data (" in capsys.readouterr().err
