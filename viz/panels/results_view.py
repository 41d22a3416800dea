"""What was measured, turned into the sections of the Results page. Pure.

A section is one figure with the table behind it, the sentence on how it was obtained, and the
records that its CSV holds. Which sections, rows and columns there are, the measurement says:
models of a kind of which only one is measured have none.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass, fields

from matplotlib.figure import Figure

from fusion.outputs import Measured, MeasuredModel, Share
from viz.plots.results import Look
from viz.words import errors
from viz.words import results as words

Draw = Callable[[Look], Figure]


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One measured share: a line of a CSV file."""

    kind: str
    model: str
    questions: str
    mask: str
    family: str
    correct: int
    count: int
    share: float
    low: float
    high: float
    parameters: int
    milliseconds: float | None
    known_milliseconds: float | None
    bytes: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """What a cell of a table says, what stands small below it, and what it is sorted by."""

    text: str
    detail: str
    value: float | str


@dataclass(frozen=True, kw_only=True, slots=True)
class Picker:
    """One choice of a section: `questions` or `mask`."""

    name: str
    options: tuple[tuple[str, str], ...]
    chosen: str


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Section:
    """One figure and all that stands around it."""

    key: str
    title: str
    obtained: str
    description: str
    pickers: tuple[Picker, ...]
    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    records: tuple[Record, ...]
    draw: Draw


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """What a visitor chose of the sets and the masks."""

    questions: str
    mask: str


def chosen(measured: Measured, questions: str | None, mask: str | None) -> Choice:
    """The choice, the first set and mask where none is made; ValueError when there is no such."""
    first = measured.models[0].accuracy
    return Choice(
        questions=_one_of(errors.SET, questions, list(first)),
        mask=_one_of(errors.MASK, mask, list(first[next(iter(first))])),
    )


def _one_of(what: str, wanted: str | None, known: Sequence[str]) -> str:
    if wanted is None:
        return known[0]
    if wanted not in known:
        raise ValueError(
            errors.UNKNOWN_CHOICE.format(what=what, got=wanted, known=", ".join(known))
        )
    return wanted


def compared(measured: Measured, kind: str) -> list[MeasuredModel]:
    """The models of a kind, when there are at least two to compare."""
    found = [model for model in measured.models if model.kind == kind]
    return found if len(found) > 1 else []


def records(
    models: Iterable[MeasuredModel],
    *,
    questions: Iterable[str],
    masks: Iterable[str],
    families: Iterable[str] | None = None,
) -> tuple[Record, ...]:
    """The measured shares of these models, sets, masks and families (all where None)."""
    kept = None if families is None else tuple(families)
    sets, cases = tuple(questions), tuple(masks)
    return tuple(
        _record(model, name, mask, family, share)
        for model in models
        for name in sets
        for mask in cases
        for family, share in model.accuracy[name][mask].items()
        if kept is None or family in kept
    )


def _record(model: MeasuredModel, questions: str, mask: str, family: str, share: Share) -> Record:
    return Record(
        kind=model.kind,
        model=model.name,
        questions=questions,
        mask=mask,
        family=family,
        correct=share.correct,
        count=share.count,
        share=share.value,
        low=share.low,
        high=share.high,
        parameters=model.parameters,
        milliseconds=model.milliseconds,
        known_milliseconds=model.known_milliseconds,
        bytes=model.bytes,
    )


def to_csv(lines: Iterable[Record]) -> str:
    """The records as CSV with a heading; an empty field where nothing was measured."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(field.name for field in fields(Record))
    writer.writerows(astuple(line) for line in lines)
    return buffer.getvalue()


def name_cell(name: str) -> Cell:
    return Cell(text=name, detail="", value=name)


def share_cell(share: Share | None) -> Cell:
    """A share with its interval and its counts; a dash that sorts last where there is none."""
    if share is None or not share.count:
        return Cell(text="–", detail="", value=-1.0)
    counts = words.counted(share.correct, share.count)
    detail = f"{words.interval(share.low, share.high)} · {counts}"
    return Cell(text=words.share(share.value), detail=detail, value=share.value)


def number_cell(text: str, value: float) -> Cell:
    return Cell(text=text, detail="", value=value)
