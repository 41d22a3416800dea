"""What a training that is watched has learned so far, as the page shows it; `fusion.outputs` has
these too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fusion.measurements import Share

PHASES = ("draw", "images", "questions", "train", "validate")  # of a training, with its scenes
ENDINGS = ("finished", "stopped", "time")


@dataclass(frozen=True, kw_only=True, slots=True)
class LearningPoint:
    """One point of a learning curve, after `epoch` epochs; accuracies are shares 0..1.

    `train_*` are of a sample of the questions that are learned from, `validation_*` of questions
    about new scenes; nothing is hidden of them but, for `*_blind_accuracy`, the image.
    """

    epoch: float
    train_loss: float
    train_accuracy: float
    train_blind_accuracy: float
    validation_loss: float
    validation_accuracy: float
    validation_blind_accuracy: float

    def __post_init__(self) -> None:
        if not all(0 <= getattr(self, n) <= 1 for n in self.__slots__ if n.endswith("accuracy")):
            raise ValueError(f"accuracies must be shares from 0 to 1: {self}")


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Learning:
    """How far a training has come.

    `phase` is one of `PHASES`, `progress` the share of all the work that is done, 0..1, `seconds`
    what each phase has taken so far; `epoch` of `epochs` are learned. `prior` is the share of the
    validation questions that are guessed right without looking, and `priors` that of each question
    family; None until they are known, as is `families`, the accuracy by question family at the
    last point. `ended` is one of `ENDINGS`, None while it goes on.
    """

    phase: str
    progress: float
    seconds: Mapping[str, float]
    epoch: float
    epochs: int
    scenes: int
    questions: int
    validation_scenes: int
    validation_questions: int
    points: tuple[LearningPoint, ...]
    prior: float | None
    priors: Mapping[str, float] | None
    families: Mapping[str, Share] | None
    ended: str | None

    def __post_init__(self) -> None:
        if tuple(self.seconds) != PHASES or self.phase not in PHASES:
            raise ValueError(f"phases must be {PHASES}, got {self.phase}, {tuple(self.seconds)}")
        if self.ended is not None and self.ended not in ENDINGS:
            raise ValueError(f"a training ends {' or '.join(ENDINGS)}, got {self.ended!r}")
