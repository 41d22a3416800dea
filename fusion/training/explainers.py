"""Which explanation deserves trust on which fusion: measures it and writes explainers.json.

    python -m fusion.training evaluate --explainers --workers 2

Every explainer of every fusion on 500 test scenes, one question each (`explainer_exam`). Each
fusion has its file of records, a line a scene, under runs/explainers; it is named after the
weights, so the command goes on where it was interrupted, and starts anew with new weights.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import partial
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
from fusion.shipped import load_family
from fusion.training.exam import FIRST_SCENE
from fusion.training.explainer_exam import Record, examine
from fusion.training.explainer_tables import explainer_tables
from fusion.training.statistics import interval_of, share
from fusion.training.workers import worker_pool

SCENES = 500
COMMAND = "python -m fusion.training evaluate --explainers"
RECORDS = Path("runs/explainers")


def evaluate_explainers(
    assets: Path,
    *,
    fusion: Sequence[str] | None = None,
    limit: int | None = None,
    workers: int | None = None,
    out: Path | None = None,
    records: Path = RECORDS,
) -> str:
    """Measure the fusions (all unless named) on the first `limit` of the scenes, each fusion in
    one of `workers` processes, and give the tables; raises ValueError.

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
    run = partial(measure_fusion, assets, scenes=scenes, folder=records)
    if workers is None or workers < 2:
        found = [run(name) for name in tqdm(names, desc="fusions")]
    else:
        with worker_pool(min(workers, len(names))) as pool:
            found = list(tqdm(pool.map(run, names), total=len(names), desc="fusions"))
    measured = {
        "created_with": COMMAND,
        "scenes": scenes,
        "orders": ORDERS,
        "points": POINTS,
        "fusions": {n: summary(lines) for n, lines in zip(names, found, strict=True)},
    }
    whole = names == known and scenes == SCENES
    if out is not None or whole:
        write_atomically(out or assets / "explainers.json", json.dumps(measured, indent=1) + "\n")
    return explainer_tables(measured)


def measure_fusion(assets: Path, fusion: str, *, scenes: int, folder: Path) -> list[Record]:
    """The records of one fusion, those that are in its file and those that are missing there."""
    torch.set_num_threads(1)  # one process a fusion
    file = folder / f"{fusion}-{fingerprint(assets, fusion)}.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    done = {record["seed"]: record for record in _read(file)}
    seeds = range(FIRST_SCENE, FIRST_SCENE + scenes)
    missing = [seed for seed in seeds if seed not in done]
    family = load_family(assets) if missing else None
    with file.open("a", encoding="utf-8") as stream:
        for seed in missing:
            if family is not None:
                done[seed] = examine(family, fusion, seed) or {"seed": seed, "skipped": True}
                stream.write(json.dumps(done[seed]) + "\n")
                stream.flush()
    return [done[seed] for seed in seeds if "skipped" not in done[seed]]


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
