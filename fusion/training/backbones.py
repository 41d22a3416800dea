"""Measures the backbones that are compared and writes assets/backbones/metrics.json.

    python -m fusion.training evaluate --backbones

The same sets, masks and question families as for the fusions, drawn once for all backbones; what
one question costs on one thread; parameters and bytes. Each time is that of the whole way, encoding
included, first about a new image and then about one that is known.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm, trange

from fusion.backbones import FOLDER, FUSION, NAMES, bytes_of, describe
from fusion.bench.computer import computer
from fusion.bench.timing import milliseconds, summary
from fusion.engine import Engine
from fusion.models.model import Backbone
from fusion.models.store import load_backbone, load_fusion, write_atomically
from fusion.models.strategies.base import Fusion
from fusion.models.tokenizer import QuestionTokenizer
from fusion.training.evaluate import measure
from fusion.training.exam import SETS, ExamSet, encoded_papers, exam_papers

COMMAND = "python -m fusion.training evaluate --backbones"
FIRST_TIMED = 50_100_000  # scenes that nothing else uses
WARM_UP, TIMED = 2, 40
THREADS = 1

Metrics = dict[str, Any]


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Candidate:
    """One backbone with its word pieces and its fusion."""

    backbone: Backbone
    tokenizer: QuestionTokenizer
    fusion: Fusion


def evaluate_backbones(
    assets: Path, *, sets: Mapping[str, ExamSet] = SETS, timed: int = TIMED
) -> Metrics:
    """Measure every backbone under `assets` and write the metrics file there; ValueError when
    there is none, or one is damaged."""
    root = assets / FOLDER
    names = [name for name in NAMES if (root / name).is_dir()]
    if not names:
        raise ValueError(f"there is no backbone to measure in {root.name}/")
    candidates = {name: _candidate(root / name) for name in names}
    entries: dict[str, Metrics] = {name: {"accuracy": {}} for name in names}
    sizes: dict[str, dict[str, int]] = {}
    for set_name, exam in tqdm(sets.items(), desc="sets"):
        sizes[set_name] = _examine(set_name, exam, candidates, entries)
    times = time_questions({name: root / name for name in names}, count=timed)
    for name, entry in entries.items():
        entry["parameters"] = describe(root / name, None).parameters
        entry["bytes"] = bytes_of(root / name)
        entry["milliseconds"] = times[name]
    metrics = {
        "created_with": COMMAND,
        "machine": computer(),
        "threads": THREADS,
        "sets": sizes,
        "backbones": entries,
    }
    write_atomically(root / "metrics.json", json.dumps(metrics, indent=1) + "\n")
    return metrics


def _candidate(folder: Path) -> Candidate:
    backbone = load_backbone(folder / "backbone")
    most = backbone.config.max_tokens
    return Candidate(
        backbone=backbone,
        tokenizer=QuestionTokenizer.load(folder / "backbone" / "tokenizer.json", max_tokens=most),
        fusion=load_fusion(folder / "fusions" / FUSION),
    )


def _examine(
    set_name: str, exam: ExamSet, candidates: Mapping[str, Candidate], entries: dict[str, Metrics]
) -> dict[str, int]:
    """One set through every backbone, into their entries; how large the set is."""
    drawn = {c.backbone.config.regions for c in candidates.values()}
    papers = {regions: exam_papers(exam, regions=regions) for regions in drawn}
    size: dict[str, int] = {}
    for name, candidate in tqdm(candidates.items(), desc=set_name, leave=False):
        asked = papers[candidate.backbone.config.regions]
        sheets = encoded_papers(asked, candidate.backbone, candidate.tokenizer)
        found = measure(candidate.fusion, {set_name: sheets})
        entries[name]["accuracy"] |= found["accuracy"]
        if set_name == "test":
            entries[name] |= {key: found[key] for key in ("ece", "pointing")}
        size = {
            "scenes": sum(len(s.image.regions) for s in sheets),
            "questions": sum(len(s.questions) for s in sheets),
        }
    return size


def time_questions(folders: Mapping[str, Path], *, count: int) -> dict[str, Metrics]:
    """Milliseconds of a question about a new image and of another one about the same image.

    The backbones take turns, so that all share the machine's moods.
    """
    before = torch.get_num_threads()
    engines = {name: Engine.load(folder) for name, folder in folders.items()}
    times: dict[str, dict[str, list[float]]] = {n: {"new": [], "known": []} for n in folders}
    torch.set_num_threads(THREADS)
    try:
        for turn in trange(WARM_UP + count, desc="times", leave=False):
            for name, engine in engines.items():
                took = _both_times(engine, FIRST_TIMED + turn)
                if turn >= WARM_UP:
                    for kind, value in took.items():
                        times[name][kind].append(value)
    finally:
        torch.set_num_threads(before)
    return {name: {kind: summary(v) for kind, v in found.items()} for name, found in times.items()}


def _both_times(engine: Engine, seed: int) -> dict[str, float]:
    scene = engine.scene(seed)
    first, second = (question.text for question in scene.questions[:2])
    return {
        "new": milliseconds(lambda: engine.ask(scene.image, first)),
        "known": milliseconds(lambda: engine.ask(scene.image, second)),
    }
