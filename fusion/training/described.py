"""What image encoders that do not learn (HOG, SIFT) say of a bank's scenes, computed once.

Their descriptors depend on the pixels alone, and take longer than all layers behind them.
"""

from __future__ import annotations

from concurrent.futures import Executor
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from fusion.config import BackboneConfig
from fusion.images import normalise
from fusion.models.image_encoders import IMAGE_ENCODERS
from fusion.models.store import save_array
from fusion.training.bank import Shelf, load_bank
from fusion.training.workers import worker_pool

CHUNK = 50


def describe_bank(
    bank: list[Shelf], folder: Path, config: BackboneConfig, *, cache: Path, workers: int
) -> dict[int, np.ndarray]:
    """The descriptions (n, H, W, C), in half precision, of each shelf of the bank in `folder`, by
    the id of the shelf; kept in files that are named after the encoder."""
    where = cache.with_name(f"{cache.name}-{config.image_encoder}")
    where.mkdir(parents=True, exist_ok=True)
    found = {}
    with worker_pool(workers) as pool:
        for k, shelf in enumerate(tqdm(bank, desc=where.name)):
            file = where / f"{shelf.rows}x{shelf.columns}.npy"
            if not file.exists():
                save_array(_described(pool, folder, k, len(shelf), config), file)
            found[id(shelf)] = np.load(file, mmap_mode="r")
    return found


def _described(
    pool: Executor, folder: Path, shelf: int, scenes: int, config: BackboneConfig
) -> np.ndarray:
    starts = range(0, scenes, CHUNK)
    return np.concatenate(
        list(pool.map(_describe, [(folder, shelf, start, config) for start in starts]))
    )


@torch.no_grad()
def _describe(task: tuple[Path, int, int, BackboneConfig]) -> np.ndarray:
    folder, shelf, start, config = task
    torch.set_num_threads(1)
    encoder = IMAGE_ENCODERS[config.image_encoder].build(config)
    pixels = np.array(load_bank(folder)[shelf].pixels[start : start + CHUNK])
    values: np.ndarray = encoder.describe(normalise(torch.from_numpy(pixels))).half().numpy()
    return values
