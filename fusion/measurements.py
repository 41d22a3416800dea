"""What the evaluation measured, as the page shows it; `fusion.outputs` has these too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """How many of `count` answers were right; `low` and `high` bound the share's 95 % interval."""

    correct: int
    count: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share itself, 0..1; NaN where nothing was counted."""
        return self.correct / self.count if self.count else float("nan")


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class MeasuredModel:
    """What the evaluation found of one fusion or backbone.

    `accuracy` is by set of questions, mask and question family, in that order; the family "all"
    is every question. `milliseconds` per question where they were measured, of a backbone about a
    new image, and `known_milliseconds` about an image that it has seen; `timed` is the command and
    the machine. `masked_twin` names the same model trained with masking, for one that was trained
    without. `bytes` on disk are known of backbones.
    """

    name: str
    kind: str
    parameters: int
    milliseconds: float | None
    masked_twin: str | None
    accuracy: Mapping[str, Mapping[str, Mapping[str, Share]]]
    known_milliseconds: float | None = None
    timed: tuple[str, str] = ("", "")
    bytes: int | None = None


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Measured:
    """All that was measured of what is shipped, as the two commands wrote it down.

    `sets` has the numbers of scenes and of questions of each set.
    """

    command: str
    bench_command: str | None
    machine: str | None
    sets: Mapping[str, tuple[int, int]]
    models: tuple[MeasuredModel, ...]
