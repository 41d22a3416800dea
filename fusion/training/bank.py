"""A bank of scenes on disk: pixels at the model's resolution and the dense truth of each region.

Scenes of one grid shape lie together, so that a batch needs no padding. A bank is made from seeds
alone and can be made again at any time; it is a cache, not data.
"""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from fusion.data.shapes.dense import dense_truth
from fusion.data.shapes.draw import draw
from fusion.data.shapes.scene import make_scene
from fusion.images import grid_shape, resize
from fusion.models.store import save_array
from fusion.training.workers import worker_pool

LABELS = ("colour", "shape", "size", "centre", "odd_colour", "odd_shape")
PLACES = ("u", "v", "radius")
CHUNK = 250
FIELDS = ("seeds", "pixels", "labels", "places", "share", "background")


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Shelf:
    """All scenes of one grid shape. `labels` (n, H, W, 6) are -1 where a cell has no owner;
    `places` (n, H, W, 3) are the owner's centre as fractions of the image, and its radius; `share`
    (n, H, W) is 1 / the number of the owner's cells."""

    rows: int
    columns: int
    seeds: np.ndarray
    pixels: np.ndarray
    labels: np.ndarray
    places: np.ndarray
    share: np.ndarray
    background: np.ndarray

    def __len__(self) -> int:
        return len(self.seeds)


def record(seed: int, regions: int, looks: str) -> tuple[tuple[int, int], dict[str, np.ndarray]]:
    """One scene as the bank keeps it, and its grid shape."""
    scene = make_scene(seed, looks=looks)
    drawing = draw(scene)
    rows, columns = grid_shape(scene.width, scene.height, regions=regions)
    truth = dense_truth(scene, drawing.masks, rows, columns)
    owned = truth.owner >= 0
    down, across = np.mgrid[:rows, :columns] + 0.5
    fields = {
        "seeds": np.asarray(seed, np.int64),
        "pixels": resize(drawing.image, rows, columns),
        "labels": np.stack([getattr(truth, name) for name in LABELS], -1).astype(np.int8),
        "places": (
            np.stack([(across + truth.dx) / columns, (down + truth.dy) / rows, truth.radius], -1)
            * owned[..., None]
        ).astype(np.float16),
        "share": truth.share.astype(np.float16),
        "background": np.asarray(truth.background, np.int8),
    }
    return (rows, columns), fields


def _chunk(task: tuple[list[int], int, str, Path]) -> None:
    seeds, regions, looks, folder = task
    shelves: dict[tuple[int, int], list[dict[str, np.ndarray]]] = defaultdict(list)
    for seed in seeds:
        shape, fields = record(seed, regions, looks)
        shelves[shape].append(fields)
    for (rows, columns), rows_of in shelves.items():
        part = folder / f"{rows}x{columns}" / f"{seeds[0]}"
        part.mkdir(parents=True, exist_ok=True)
        for name in rows_of[0]:
            save_array(np.stack([r[name] for r in rows_of]), part / f"{name}.npy")


def make_bank(
    folder: Path, *, first_seed: int, scenes: int, regions: int, looks: str, workers: int
) -> None:
    """Draw scenes into `folder`; a bank already there with the same description is kept."""
    meta: dict[str, Any] = {
        "first_seed": first_seed,
        "scenes": scenes,
        "regions": regions,
        "looks": looks,
        "fields": list(FIELDS),
    }
    stamp = folder / "bank.json"
    if stamp.exists() and json.loads(stamp.read_text()) == meta:
        return
    shutil.rmtree(folder, ignore_errors=True)
    starts = range(first_seed, first_seed + scenes, CHUNK)
    end = first_seed + scenes
    tasks = [(list(range(s, min(s + CHUNK, end))), regions, looks, folder) for s in starts]
    with worker_pool(workers) as pool:
        list(tqdm(pool.map(_chunk, tasks), total=len(tasks), desc=f"bank {folder.name}"))
    for shelf in (p for p in folder.iterdir() if p.is_dir()):
        _merge(shelf)
    stamp.write_text(json.dumps(meta))


def _merge(shelf: Path) -> None:
    """Join the parts of a shelf into one file per field, which can be read piece by piece."""
    parts = sorted((p for p in shelf.iterdir() if p.is_dir()), key=lambda p: int(p.name))
    for name in FIELDS:
        joined = np.concatenate([np.load(p / f"{name}.npy") for p in parts])
        save_array(joined, shelf / f"{name}.npy")
    for part in parts:
        shutil.rmtree(part)


def load_bank(folder: Path) -> list[Shelf]:
    """The shelves of a bank, in the order of their shapes; arrays are read when they are used."""
    shelves = []
    for shelf in sorted(p for p in folder.iterdir() if p.is_dir()):
        rows, columns = map(int, shelf.name.split("x"))
        fields = {name: np.load(shelf / f"{name}.npy", mmap_mode="r") for name in FIELDS}
        shelves.append(Shelf(rows=rows, columns=columns, **fields))
    return shelves
