"""What the Results page says of backbones alone: they encode on their own, so a known picture
costs less than a new one, and each has its own size on disk. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from fusion.outputs import MeasuredModel
from viz.panels.results_view import Cell, Section, number_cell
from viz.words import backbones as words_backbones
from viz.words import results as words

MEGABYTE = 1_000_000


def with_sizes(view: Section, models: Sequence[MeasuredModel]) -> Section:
    """A section whose table has name, time about a new picture and right answers, with columns for
    a known picture, parameters and bytes before the last."""
    *first, right = view.headings
    added = (words_backbones.KNOWN, words.PARAMETERS, words_backbones.DISK)
    rows = tuple(
        (*row[:-1], *_costs(model), row[-1]) for row, model in zip(view.rows, models, strict=True)
    )
    return replace(view, headings=(*first, *added, right), rows=rows)


def _costs(model: MeasuredModel) -> tuple[Cell, Cell, Cell]:
    known = np.nan if model.known_milliseconds is None else model.known_milliseconds
    megabytes = (model.bytes or 0) / MEGABYTE
    return (
        number_cell(f"{known:.2f}", known),
        number_cell(f"{model.parameters:,}", model.parameters),
        number_cell(f"{megabytes:.1f}", megabytes),
    )
