"""Which explanation deserves trust on which fusion: the section of the Results page, as HTML."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from fusion.engine import Trust, Trusted
from viz.panels.results_markup import commands, missing, sheet
from viz.panels.results_view import Cell, name_cell
from viz.words import explain as words

NONE = Cell(text="–", detail="", value=-1000.0)


def trust(found: Trust | None, labels: Mapping[str, str]) -> str:
    """A table for each modality and one for pointing; a sentence where nothing was measured.
    `labels` are the explainers' names on the page."""
    title = f'<h2 id="trust-title">{escape(words.TRUST)}</h2>'
    if found is None:
        body = missing(words.TRUST_MISSING)
    else:
        told = words.trust(found.command, found.scenes, found.orders)
        tables = "".join(_table(found, what, labels) for what in words.TRUST_TABLES)
        body = f'<p class="described">{commands(told)}</p>{tables}'
    return f'<section id="trust" aria-labelledby="trust-title">{title}{body}</section>'


def _table(found: Trust, what: str, labels: Mapping[str, str]) -> str:
    modality = "text" if what == "text" else "image"
    rows = [row for row in found.rows if row.modality == modality]
    if what == "pointing" and all(row.hit is None for row in rows):
        return ""
    by_place = {(row.fusion, row.method): row for row in rows}
    measured = dict.fromkeys(row.method for row in rows)
    methods = [name for name in dict.fromkeys((*labels, *measured)) if name in measured]
    cell = _hit if what == "pointing" else _gain
    lines = [
        (name_cell(fusion), *(cell(by_place.get((fusion, method))) for method in methods))
        for fusion in dict.fromkeys(row.fusion for row in rows)
    ]
    headings = (words.FUSION, *(labels.get(method, method) for method in methods))
    title = words.TRUST_TABLES[what]
    return f'<p class="described"><b>{escape(title)}</b></p>{sheet(title, headings, lines)}'


def _gain(row: Trusted | None) -> Cell:
    if row is None:
        return NONE
    half = row.deletion.half
    detail = "" if half is None else f"± {half:.1f}"
    return Cell(text=words.gain(row.deletion.mean), detail=detail, value=row.deletion.mean)


def _hit(row: Trusted | None) -> Cell:
    if row is None or row.hit is None or row.even is None:
        return NONE
    detail = words.by_chance(row.hit.correct, row.hit.count, row.even)
    return Cell(text=words.percent(row.hit.value), detail=detail, value=row.hit.value)
