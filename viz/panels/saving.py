"""The current view as a file: a figure, or every number. Free of Gradio."""

from __future__ import annotations

import json
from typing import NamedTuple

from fusion.outputs import Masking, Version
from viz import words
from viz import words_share as said
from viz.panels.handlers import Handlers
from viz.panels.numbers import as_csv, numbers
from viz.panels.visit import Visit
from viz.plots.answered import Answered, answered_figure, texts, undrawable, written

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


def saved(handlers: Handlers, visit: Visit, picture_id: str, kind: str) -> File:
    """What a visit shows as a file of one of `KINDS`; ValueError where it cannot be."""
    if kind not in KINDS:
        raise ValueError(said.UNKNOWN_KIND.format(got=kind[:20], known=", ".join(KINDS)))
    found = handlers.found(visit, picture_id)
    masking, version = handlers.masking(found), handlers.version(found)
    fusion = masking.cases["both"].fusion
    name = said.FILE.format(picture=found.picture_id, fusion=fusion, kind=kind)
    return File(name, KINDS[kind], _content(found, masking, version, kind))


def _content(visit: Visit, masking: Masking, version: Version, kind: str) -> bytes:
    if kind == "json":
        found = numbers(visit, masking, version)
        return json.dumps(found, ensure_ascii=False, indent=1).encode()
    if kind == "csv":
        return (BYTE_ORDER_MARK + as_csv(numbers(visit, masking, version))).encode()
    shown = _answered(visit, masking, version)
    if missing := undrawable(texts(shown)):
        raise ValueError(said.NO_FONT.format(missing=missing[:8]))
    return written(answered_figure(shown), kind)


def _answered(visit: Visit, masking: Masking, version: Version) -> Answered:
    explanation, shown = masking.cases[visit.shown.case], visit.shown
    foot = said.FOOT.format(
        picture=visit.called,
        fusion=explanation.fusion,
        backbone=explanation.backbone,
        shown=words.state(shown.image, shown.question, len(shown.dropped), bool(shown.erased)),
        model=version.model,
        data=version.data,
        name=words.NAME,
    )
    return Answered(
        picture=visit.picture,
        explanation=explanation,
        masking=masking,
        words=said.FIGURE,
        cases=words.CASE_NAMES,
        foot=foot,
    )
