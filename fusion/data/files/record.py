"""What every format on disk is read into: one record per question, images by path."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Record:
    """One question about one image. `targets` is what each normalised answer earns, 0..1; answers
    that earn nothing are left out. `answer` is the one that most people gave, normalised; `kind`
    is the format's own kind of question, empty where it has none; `where` is the place in the file,
    for messages."""

    id: str
    image: Path
    question: str
    answer: str
    targets: Mapping[str, float]
    kind: str
    where: str


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class ImageGroup:
    """An image and all that is asked about it, so that it is decoded and encoded once."""

    image: Path
    records: tuple[Record, ...]


class FilesDataset(ABC):
    """The records of one data set, in the order of the file; no image is opened here.

    `soft`: an answer can earn a part of a point, and accuracy is the mean of what was earned.
    """

    soft: ClassVar[bool] = False

    def __init__(
        self, questions: Path, *, annotations: Path | None = None, images: Path | None = None
    ) -> None:
        """Read and check everything; raises ValueError naming the file and the line or entry."""
        self.questions, self.annotations, self.images = questions, annotations, images
        self.records = tuple(self._read())

    @abstractmethod
    def _read(self) -> Iterable[Record]:
        """The records; raises ValueError."""

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records)

    def by_image(self, *, limit: int | None = None) -> list[ImageGroup]:
        """The first `limit` records (all unless given), those about one image together."""
        if limit is not None and limit < 1:
            raise ValueError(f"the limit must be 1 or more questions, got {limit}")
        return grouped(self.records[:limit])


def grouped(records: Sequence[Record]) -> list[ImageGroup]:
    """Records by image, images in the order in which they first appear."""
    groups: dict[Path, list[Record]] = {}
    for record in records:
        groups.setdefault(record.image, []).append(record)
    return [ImageGroup(image=image, records=tuple(of)) for image, of in groups.items()]
