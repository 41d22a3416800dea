"""The answers a classifier can give: the most frequent N of a data set, with soft targets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from fusion.data.files.record import Record


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class AnswerVocabulary:
    """A answers, normalised, most frequent first."""

    answers: tuple[str, ...]

    @classmethod
    def most_frequent(cls, records: Iterable[Record], size: int) -> AnswerVocabulary:
        """The `size` answers that are the answer of most questions; fewer when there are fewer.

        Among equally frequent ones the alphabet decides, so that the same data give the same
        vocabulary in any order. Raises ValueError when there is nothing to choose from.
        """
        if size < 1:
            raise ValueError(f"a vocabulary must have 1 answer or more, got {size}")
        counts = Counter(record.answer for record in records if record.answer)
        if not counts:
            raise ValueError("there is no answer to make a vocabulary of")
        ranked = sorted(counts, key=lambda answer: (-counts[answer], answer))
        return cls(answers=tuple(ranked[:size]))

    def __len__(self) -> int:
        return len(self.answers)

    def targets(self, records: Sequence[Record]) -> Float[Tensor, "B A"]:
        """What each answer earns for each question, 0..1; a row of zeros where none of them does.

        With soft scores a row need not sum to 1: it is a target for the sigmoid of each answer, or
        for cross-entropy after division by its sum.
        """
        column = {answer: i for i, answer in enumerate(self.answers)}
        targets = torch.zeros(len(records), len(column))
        for row, record in enumerate(records):
            for answer, score in record.targets.items():
                if answer in column:
                    targets[row, column[answer]] = score
        return targets

    def coverage(self, records: Sequence[Record]) -> float:
        """Mean of the best that this vocabulary can earn, 0..1."""
        return float(self.targets(records).amax(1).mean())
