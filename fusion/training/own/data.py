"""The data of a run: training and validation records, answers, batches, weights of rare answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float
from torch import Tensor

from fusion.data import DATASETS
from fusion.data.files.record import FilesDataset, ImageGroup, Record, grouped
from fusion.data.files.vocabulary import AnswerVocabulary
from fusion.question import clean_question

MOST = 10.0  # a rare answer weighs at most so much more than an average one, a frequent one less


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Files:
    """Where one set of questions lies; see `FilesDataset`."""

    questions: Path
    annotations: Path | None
    images: Path | None


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class OwnData:
    """Training records whose answer can be learned, validation records that can be asked, and the
    answers. `unlearnable` training questions were left out, their answer is too rare or the engine
    would refuse them; `refused` of the validation questions count as wrong."""

    training: tuple[Record, ...]
    validation: tuple[Record, ...]
    vocabulary: AnswerVocabulary
    unlearnable: int
    refused: int


def read_data(data: str, training: Files, validation: Files, *, answers: int) -> OwnData:
    """Read and check both sets; raises ValueError naming the option, the file and the place."""
    found = [_read(data, f, o) for f, o in ((training, ""), (validation, "validation-"))]
    askable = [_askable(records) for records in found]
    if not all(askable):
        raise ValueError("the engine takes none of the questions: ask in English or Chinese")
    vocabulary = AnswerVocabulary.most_frequent(askable[0], answers)
    known = set(vocabulary.answers)
    learnable = tuple(r for r in askable[0] if not known.isdisjoint(r.targets))
    return OwnData(
        training=learnable,
        validation=askable[1],
        vocabulary=vocabulary,
        unlearnable=len(found[0]) - len(learnable),
        refused=len(found[1]) - len(askable[1]),
    )


def _read(data: str, files: Files, option: str) -> tuple[Record, ...]:
    try:
        dataset: FilesDataset = DATASETS[data].build(
            files.questions, annotations=files.annotations, images=files.images
        )
    except ValueError as error:
        names = ", ".join(f"--{option}{n}" for n in ("questions", "annotations", "images"))
        raise ValueError(f"{error} (read from {names})") from error
    return dataset.records


def _askable(records: Iterable[Record]) -> tuple[Record, ...]:
    """The records whose question the engine takes."""
    return tuple(record for record in records if _takes(record.question))


def _takes(question: str) -> bool:
    try:
        clean_question(question)
    except ValueError:
        return False
    return True


def shuffled_batches(
    groups: Sequence[ImageGroup], batch: int, rng: np.random.Generator
) -> list[list[ImageGroup]]:
    """The questions of all images in batches of `batch`, images in random order, the questions
    about one image together, so that it is decoded and encoded once (twice where two batches meet
    in it)."""
    order = rng.permutation(len(groups))
    return in_batches([record for i in order for record in groups[i].records], batch)


def in_batches(records: Sequence[Record], batch: int) -> list[list[ImageGroup]]:
    """Records in their order, `batch` at a time, by image."""
    return [grouped(records[i : i + batch]) for i in range(0, len(records), batch)]


def rarity_weights(counts: Float[Tensor, " A"]) -> Float[Tensor, " A"]:
    """What an answer weighs in the loss: the mean count over its own (inverse frequency), at most
    `MOST` and at least 1 / `MOST`.

    >>> import torch
    >>> rarity_weights(torch.tensor([30.0, 10.0, 7.5, 0.5])).tolist()
    [0.4000000059604645, 1.2000000476837158, 1.600000023841858, 10.0]
    """
    return (counts.mean() / counts.clamp(min=1e-6)).clamp(1 / MOST, MOST)
