"""Images of a data set on disk, decoded by worker processes while the model is at work.

torch's DataLoader and not `fusion.training.workers`: a pool takes all tasks at once and keeps every
decoded image until it is asked for, and copies each through a pipe. The loader keeps a few ahead,
in order, in shared memory.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
from jaxtyping import UInt8
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from fusion.data.files.record import ImageGroup, Record
from fusion.images import grid_shape, resize
from fusion.opening import open_image

T = TypeVar("T")
AHEAD = 4  # images that each worker keeps ready


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Shown:
    """An image resized for the model, one region = 16 x 16 pixels, and what is asked about it."""

    pixels: UInt8[Tensor, "h w 3"]
    records: tuple[Record, ...]


def stream(
    groups: Sequence[ImageGroup], *, regions: int, square: bool = False, workers: int = 0
) -> Iterator[Shown]:
    """Each group with its image decoded, in order; `workers` = 0 decodes in this process.
    `regions` and `square` are those of `grid_shape`.

    Raises ValueError with the place in the data set when an image cannot be read.
    """
    if workers < 0:
        raise ValueError(f"the number of workers must be 0 or more, got {workers}")
    loader = DataLoader(
        _Pictures(groups, regions, square),
        batch_size=None,
        collate_fn=_as_it_is,
        num_workers=workers,
        multiprocessing_context=_clean_processes() if workers else None,
        prefetch_factor=AHEAD if workers else None,
    )
    for group, found in zip(groups, loader, strict=True):
        if isinstance(found, str):
            raise ValueError(found)
        yield Shown(pixels=found, records=group.records)


class _Pictures(Dataset):
    """Pixels of the n-th image, or what is wrong with it: an error that a worker raises would reach
    the user inside a traceback."""

    def __init__(self, groups: Sequence[ImageGroup], regions: int, square: bool) -> None:
        self.files = [(str(g.image), g.records[0].where) for g in groups]
        self.regions, self.square = regions, square

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> Tensor | str:
        path, where = self.files[index]
        try:
            picture = open_image(path)
        except ValueError as error:
            return f"{where}: {error}"
        rows, columns = grid_shape(
            picture.width, picture.height, regions=self.regions, square=self.square
        )
        return torch.from_numpy(resize(picture, rows, columns).copy())


def _as_it_is(item: T) -> T:
    return item


def _clean_processes() -> multiprocessing.context.BaseContext:
    """A fork of a process with threads can hang; these come from a server that has none."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context
