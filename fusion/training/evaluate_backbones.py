"""Measures the backbones that are compared and writes assets/backbones/metrics.json.

    python -m fusion.training evaluate --backbones

The same sets, masks and question families as for the fusions, drawn once for all backbones; what
one question costs on one thread; parameters and bytes. Each time is that of the whole way, encoding
included, first about a new image and then about one that is known.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm, trange

from fusion.backbones import FOLDER, FUSION, NAMES, bytes_of, describe
from fusion.bench.computer import computer
from fusion.bench.timing import milliseconds, summary
from fusion.engine import Engine
from fusion.models.store import write_atomically
from fusion.shipped import Family, load_family
from fusion.training.evaluate import measure
from fusion.training.exam import SETS, ExamSet, encoded_papers, exam_papers

COMMAND = "python -m fusion.training evaluate --backbones"
FIRST_TIMED = 50_100_000  # scenes that nothing else uses
WARM_UP, TIMED = 2, 40
THREADS = 1

Metrics = dict[str, Any]


def evaluate_backbones(
    assets: Path, *, sets: Mapping[str, ExamSet] = SETS, timed: int = TIMED
) -> Metrics:
    """Measure every backbone under `assets` and write the metrics file there; ValueError when
    there is none, or one is damaged."""
    root = assets / FOLDER
    names = [name for name in NAMES if (root / name).is_dir()]
    if not names:
        raise ValueError(f"there is no backbone to measure in {root.name}/")
    families = {name: load_family(root / name) for name in names}
    entries: dict[str, Metrics] = {name: {"accuracy": {}} for name in names}
    sizes: dict[str, dict[str, int]] = {}
    for set_name, exam in tqdm(sets.items(), desc="sets"):
        sizes[set_name] = _examine(set_name, exam, families, entries)
    times = time_questions(families, count=timed)
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


def _examine(
    set_name: str, exam: ExamSet, families: Mapping[str, Family], entries: dict[str, Metrics]
) -> dict[str, int]:
    """One set through every backbone, into their entries; how large the set is."""
    drawn = {f.inputs.backbone.config.regions for f in families.values()}
    papers = {regions: exam_papers(exam, regions=regions) for regions in drawn}
    size: dict[str, int] = {}
    for name, family in tqdm(families.items(), desc=set_name, leave=False):
        backbone = family.inputs.backbone
        asked = papers[backbone.config.regions]
        sheets = encoded_papers(asked, backbone, family.inputs.tokenizer)
        found = measure(family.fusions[FUSION], {set_name: sheets})
        entries[name]["accuracy"] |= found["accuracy"]
        if set_name == "test":
            entries[name] |= {key: found[key] for key in ("ece", "pointing")}
        size = {
            "scenes": sum(len(s.image.regions) for s in sheets),
            "questions": sum(len(s.questions) for s in sheets),
        }
    return size


def time_questions(families: Mapping[str, Family], *, count: int) -> dict[str, Metrics]:
    """Milliseconds of a question about a new image and of another one about the same image.

    The backbones take turns, so that all share the machine's moods.
    """
    before = torch.get_num_threads()
    engines = {name: Engine(family) for name, family in families.items()}
    times: dict[str, dict[str, list[float]]] = {n: {"new": [], "known": []} for n in families}
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
