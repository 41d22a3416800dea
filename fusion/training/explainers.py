"""Which explanation deserves trust on which fusion: measures it and writes explainers.json.

    python -m fusion.training evaluate --explainers --workers 2

Every explainer of every fusion on 500 test scenes, one question each (`explainer_exam`). Each
fusion has its file of records, a line a scene, in explainers/ beside the weights, so that whoever
doubts a table can count again. A file is named after the weights: the command goes on where it was
interrupted, and starts anew with new weights.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import lru_cache, partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from fusion.explain import EXPLAINERS
from fusion.explain.faithfulness import ORDERS, POINTS
from fusion.models.store import write_atomically
from fusion.outputs import MODALITIES
from fusion.shipped import Family, load_family
from fusion.training.exam import FIRST_SCENE
from fusion.training.explainer_exam import Record, examine
from fusion.training.explainer_tables import explainer_tables
from fusion.training.remembered import Remembered
from fusion.training.statistics import interval_of, share
from fusion.training.workers import worker_pool

SCENES = 500
COMMAND = "python -m fusion.training evaluate --explainers"
RECORDS = "explainers"


def evaluate_explainers(
    assets: Path,
    *,
    fusion: Sequence[str] | None = None,
    limit: int | None = None,
    workers: int | None = None,
    out: Path | None = None,
    records: Path | None = None,
) -> str:
    """Measure the fusions (all unless named) on the first `limit` of the scenes, spread over
    `workers` processes, and give the tables; raises ValueError.

    Written to `out`, to explainers.json under `assets` unless given; only part of the scenes or of
    the fusions is written nowhere unless `out` is given.
    """
    known = list(load_family(assets).fusions)
    names = list(fusion or known)
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"unknown fusion {unknown[0]!r}; known: {', '.join(known)}")
    scenes = SCENES if limit is None else limit
    if scenes < 1:
        raise ValueError(f"--limit must be at least 1 scene, got {scenes}")
    found = measure(
        assets, names, scenes=scenes, folder=records or assets / RECORDS, workers=workers or 1
    )
    measured = {
        "created_with": COMMAND,
        "scenes": scenes,
        "orders": ORDERS,
        "points": POINTS,
        "fusions": {name: summary(lines) for name, lines in found.items()},
    }
    whole = names == known and scenes == SCENES
    if out is not None or whole:
        write_atomically(out or assets / "explainers.json", json.dumps(measured, indent=1) + "\n")
    return explainer_tables(measured)


def measure(
    assets: Path, fusions: Sequence[str], *, scenes: int, folder: Path, workers: int = 1
) -> dict[str, list[Record]]:
    """The records of each fusion, those that are in its file and those that are missing there.

    Scene by scene, all fusions one after the other: they share what a scene looks like with parts
    of it erased. With `workers` the scenes are spread over processes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = {name: folder / f"{name}-{fingerprint(assets, name)}.jsonl" for name in fusions}
    done = {name: {r["seed"]: r for r in _read(file)} for name, file in files.items()}
    seeds = range(FIRST_SCENE, FIRST_SCENE + scenes)
    lacking = {seed: [name for name in fusions if seed not in done[name]] for seed in seeds}
    todo = [(seed, names) for seed, names in lacking.items() if names]
    run = partial(measure_scene, assets)
    with ExitStack() as stack:
        ask = stack.enter_context(worker_pool(workers)).map if workers > 1 and todo else map
        for found in tqdm(ask(run, todo), total=len(todo), desc="scenes"):
            for name, record in found.items():
                done[name][record["seed"]] = record
                with files[name].open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps(record) + "\n")
    records = {name: [done[name][seed] for seed in seeds] for name in fusions}
    return {name: [r for r in lines if "skipped" not in r] for name, lines in records.items()}


def measure_scene(assets: Path, asked: tuple[int, Sequence[str]]) -> dict[str, Record]:
    """The records of one scene, by fusion."""
    seed, fusions = asked
    torch.set_num_threads(1)  # one process a scene
    family = _family(assets)
    return {
        name: examine(family, name, seed) or {"seed": seed, "skipped": True} for name in fusions
    }


@lru_cache(1)
def _family(assets: Path) -> Family:
    """The models, whose inputs remember what they encoded of a scene."""
    family = load_family(assets)
    return replace(family, inputs=Remembered(family.inputs))


def fingerprint(assets: Path, fusion: str) -> str:
    """A name of the weights and of what is measured of them."""
    digest = blake2b(f"{ORDERS}/{POINTS}/{EXPLAINERS}".encode(), digest_size=6)
    for folder in (assets / "backbone", assets / "fusions" / fusion):
        digest.update((folder / "model.safetensors").read_bytes())
    return digest.hexdigest()


def _read(file: Path) -> Iterable[Record]:
    """The records of a file; a last line cut short by an interruption is measured again."""
    if not file.exists():
        return
    text = file.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        write_atomically(file, whole)
    yield from map(json.loads, whole.splitlines())


def summary(records: Sequence[Record]) -> dict[str, Any]:
    """By modality and method: how much lower the area is than in random order with the most
    important part first (`deletion`), and how much higher with the least important first, which is
    insertion (`insertion`); paired by scene, with intervals. Above 0 is better than chance."""
    if not records:
        raise ValueError("no scene has a question that the model takes")
    found: dict[str, Any] = {"right": share(np.array([r["right"] for r in records]))}
    for modality in MODALITIES:
        lines = [r[modality] for r in records if modality in r]
        random = np.array([line["random"] for line in lines])
        methods: dict[str, Any] = {}
        for method in lines[0]["most"]:
            most, least = (np.array([x[o][method] for x in lines]) for o in ("most", "least"))
            methods[method] = {
                "deletion": interval_of(random - most),
                "insertion": interval_of(least - random),
                "area_most": interval_of(most),
                "area_least": interval_of(least),
            }
        found[modality] = {"random": interval_of(random), "methods": methods}
    found["pointing"] = _pointing([r["pointing"] for r in records if "pointing" in r])
    return found


def _pointing(lines: Sequence[Record]) -> dict[str, Any] | None:
    if not lines:
        return None
    return {
        "even": interval_of(np.array([line["even"] for line in lines])),
        "methods": {
            method: {
                "hit": share(np.array([line["hit"][method] for line in lines])),
                "mass": interval_of(np.array([line["mass"][method] for line in lines])),
            }
            for method in lines[0]["hit"]
        },
    }
