"""The current view as a file: a figure, or every number. Free of Gradio."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from matplotlib.figure import Figure

from fusion.outputs import Masking, Version
from viz.panels.drawn import drawable_words
from viz.panels.foot import foot_line
from viz.panels.handlers import Handlers
from viz.panels.numbers import as_csv, numbers
from viz.panels.visit import Visit
from viz.plots.answered import Answered, answered_figure, texts, undrawable, written
from viz.words import page as words
from viz.words import share as said

KINDS = {
    "png": "image/png",
    "svg": "image/svg+xml",
    "json": "application/json",
    "csv": "text/csv;charset=utf-8",
}
BYTE_ORDER_MARK = "\ufeff"  # without it a spreadsheet reads Chinese as something else


class File(NamedTuple):
    name: str
    mime: str
    content: bytes


class Step(NamedTuple):
    """How far a file is: what is done next and the share that is done, or the file."""

    said: str
    share: float
    file: File | None = None


def saved(handlers: Handlers, visit: Visit, picture_id: str, kind: str) -> File:
    """What a visit shows as a file of one of `KINDS`; ValueError where it cannot be."""
    files = [step.file for step in saving(handlers, visit, picture_id, kind) if step.file]
    return files[-1]


def saving(handlers: Handlers, visit: Visit, picture_id: str, kind: str) -> Iterator[Step]:
    """The same step by step, so that it can be given up in between; the last one has the file."""
    if kind not in KINDS:
        raise ValueError(said.UNKNOWN_KIND.format(got=kind[:20], known=", ".join(KINDS)))
    yield Step(said.ASKING, 0.0)
    found = handlers.found(visit, picture_id)
    masking = handlers.masking(found)
    yield Step(said.VERSIONS, 0.4)
    version = handlers.version(found)
    name = said.FILE.format(
        picture=found.picture_id, fusion=masking.cases["both"].fusion, kind=kind
    )
    if kind in ("json", "csv"):
        content = _numbers(found, masking, version, kind)
    else:
        yield Step(said.DRAWING, 0.5)
        figure = _figure(found, masking, version)
        yield Step(said.WRITING, 0.7)
        content = written(figure, kind)
    yield Step("", 1.0, File(name, KINDS[kind], content))


def _numbers(visit: Visit, masking: Masking, version: Version, kind: str) -> bytes:
    found = numbers(visit, masking, version)
    if kind == "json":
        return json.dumps(found, ensure_ascii=False, indent=1).encode()
    return (BYTE_ORDER_MARK + as_csv(found)).encode()


def _figure(visit: Visit, masking: Masking, version: Version) -> Figure:
    with drawable_words():
        shown = _answered(visit, masking, version)
    if missing := undrawable(texts(shown)):
        raise ValueError(said.NO_FONT.format(missing=missing[:8]))
    return answered_figure(shown)


def _answered(visit: Visit, masking: Masking, version: Version) -> Answered:
    explanation = masking.cases[visit.shown.case]
    foot = foot_line(visit, explanation.fusion, explanation.backbone, version)
    return Answered(
        picture=visit.picture,
        explanation=explanation,
        masking=masking,
        words=said.FIGURE,
        cases=words.CASE_NAMES,
        foot=foot,
    )
