"""The sections of the Results page, one function each: families, masks, masking, sets, cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Float

from fusion.outputs import Measured, MeasuredModel, Share
from viz.panels.backbone_sections import with_sizes
from viz.panels.results_view import (
    Cell,
    Choice,
    Picker,
    Section,
    compared,
    name_cell,
    number_cell,
    records,
    share_cell,
)
from viz.plots.results import cost_plot, dot_plot, heat_map
from viz.words import backbones as words_backbones
from viz.words import page
from viz.words import results as words

Models = Sequence[MeasuredModel]
Build = Callable[[Measured, Choice], Section]
ALL = "all"  # the share over all families of questions
Pairs = Sequence[tuple[MeasuredModel, MeasuredModel]]


def sections(measured: Measured) -> dict[str, Build]:
    """What can be shown of a measurement, in the order of the page."""
    found: dict[str, Build] = {}
    for kind in words.KINDS:
        models = compared(measured, kind)
        if not models:
            continue
        found[f"{kind}-families"] = partial(_families, models)
        found[f"{kind}-masks"] = partial(_masks, models)
        if pairs := _pairs(models):
            found[f"{kind}-masking"] = partial(_masking, pairs)
        found[f"{kind}-sets"] = partial(_sets, models)
        found[f"{kind}-size"] = partial(_size, models)
        if timed := [model for model in models if model.milliseconds is not None]:
            found[f"{kind}-time"] = partial(_time, timed)
    return found


def _families(models: Models, measured: Measured, choice: Choice) -> Section:
    tables = [model.accuracy[choice.questions][choice.mask] for model in models]
    families = list(dict.fromkeys(family for table in tables for family in table))
    names = [model.name for model in models]
    shares = np.array([[_value(table.get(family)) for table in tables] for family in families])
    labelled = {
        f"{name}, {words.family(family)}": share.value
        for name, table in zip(names, tables, strict=True)
        for family, share in table.items()
        if family != ALL
    }
    return Section(
        key=f"{models[0].kind}-families",
        title=words.FAMILIES_TITLE.format(kinds=words.PLURALS[models[0].kind]),
        obtained=_obtained(measured, [choice.questions]),
        description=_span(words.HEAT, labelled),
        pickers=(_questions(measured, choice), _masks_picker(measured, choice)),
        headings=(words.KINDS[models[0].kind], *map(words.family, families)),
        rows=tuple(
            (name_cell(name), *(share_cell(table.get(family)) for family in families))
            for name, table in zip(names, tables, strict=True)
        ),
        records=records(models, questions=[choice.questions], masks=[choice.mask]),
        draw=lambda look: heat_map(shares, [*map(words.family, families)], names, look),
    )


def _masks(models: Models, measured: Measured, choice: Choice) -> Section:
    masks = list(models[0].accuracy[choice.questions])
    return Section(
        key=f"{models[0].kind}-masks",
        title=words.MASKS_TITLE.format(kinds=words.PLURALS[models[0].kind]),
        obtained=_obtained(measured, [choice.questions]),
        pickers=(_questions(measured, choice),),
        records=records(models, questions=[choice.questions], masks=masks, families=[ALL]),
        **_dotted(
            words.KINDS[models[0].kind],
            [model.name for model in models],
            [words.name_of(words.MASKS, mask) for mask in masks],
            [[m.accuracy[choice.questions][mask][ALL] for mask in masks] for m in models],
        ),
    )


def _sets(models: Models, measured: Measured, choice: Choice) -> Section:
    sets = list(models[0].accuracy)
    return Section(
        key=f"{models[0].kind}-sets",
        title=words.SETS_TITLE.format(kinds=words.PLURALS[models[0].kind]),
        obtained=_obtained(measured, sets),
        pickers=(_masks_picker(measured, choice),),
        records=records(models, questions=sets, masks=[choice.mask], families=[ALL]),
        **_dotted(
            words.KINDS[models[0].kind],
            [model.name for model in models],
            [words.name_of(words.SETS, name) for name in sets],
            [[m.accuracy[name][choice.mask][ALL] for name in sets] for m in models],
        ),
    )


def _pairs(models: Models) -> Pairs:
    """The models that were trained both with and without masking, in this order."""
    named = {model.name: model for model in models}
    return [(named[m.masked_twin], m) for m in models if m.masked_twin in named]


def _masking(pairs: Pairs, measured: Measured, choice: Choice) -> Section:
    cases = [
        (page.named(one.name, saw) if len(pairs) > 1 else saw, [found[ALL] for found in both])
        for one, other in pairs
        for mask in one.accuracy[choice.questions]
        for saw in [words.name_of(words.MASKS, mask)]
        for both in [[m.accuracy[choice.questions][mask] for m in (one, other)]]
    ]
    names, table = [name for name, _ in cases], [shares for _, shares in cases]
    series = [words.WITH_MASKING, words.WITHOUT_MASKING]
    dotted = _dotted(words.SAW, names, series, table)
    gains = [with_.value - without.value for with_, without in table]
    dotted["headings"] += (words.GAIN,)
    dotted["rows"] = tuple(
        (*row, number_cell(words.points(gain), gain))
        for row, gain in zip(dotted["rows"], gains, strict=True)
    )
    most = int(np.argmax(gains))
    dotted["description"] += words.most_gained(names[most], gains[most])
    models = [model for pair in pairs for model in pair]
    return Section(
        key=f"{pairs[0][0].kind}-masking",
        title=words.MASKING_TITLE,
        obtained=words.twins([(one.name, other.name) for one, other in pairs])
        + _obtained(measured, [choice.questions]),
        pickers=(_questions(measured, choice),),
        records=records(
            models,
            questions=[choice.questions],
            masks=models[0].accuracy[choice.questions],
            families=[ALL],
        ),
        **dotted,
    )


def _size(models: Models, measured: Measured, choice: Choice) -> Section:
    return _costs(
        Cost(
            name="size",
            title=words.COST_TITLE,
            heading=words.PARAMETERS,
            unit=words.MILLIONS,
            cells=[number_cell(f"{m.parameters:,}", m.parameters) for m in models],
            values=np.array([m.parameters / 1e6 for m in models]),
        ),
        models,
        measured,
        choice,
    )


def _time(models: Models, measured: Measured, choice: Choice) -> Section:
    times = [np.nan if m.milliseconds is None else m.milliseconds for m in models]
    encoding = all(m.known_milliseconds is not None for m in models)
    told = words_backbones if encoding else words
    view = _costs(
        Cost(
            name="time",
            title=told.TIME_TITLE,
            heading=told.TIME,
            unit=told.TIME,
            cells=[number_cell(f"{time:.2f}", time) for time in times],
            values=np.array(times),
            note=told.timed(*models[0].timed),
        ),
        models,
        measured,
        choice,
    )
    return with_sizes(view, models) if encoding else view


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Cost:
    """What a model costs: a cell and a value for each, and its words."""

    name: str
    title: str
    heading: str
    unit: str
    cells: Sequence[Cell]
    values: Float[np.ndarray, " R"]
    note: str = ""


def _costs(cost: Cost, models: Models, measured: Measured, choice: Choice) -> Section:
    names = [model.name for model in models]
    found = [model.accuracy[choice.questions][choice.mask][ALL] for model in models]
    shares, intervals = _arrays([[share] for share in found])
    return Section(
        key=f"{models[0].kind}-{cost.name}",
        title=cost.title,
        obtained=_obtained(measured, [choice.questions]) + cost.note,
        description=_span(
            words.SCATTER.format(unit=cost.unit),
            {name: share.value for name, share in zip(names, found, strict=True)},
        ),
        pickers=(_questions(measured, choice), _masks_picker(measured, choice)),
        headings=(words.KINDS[models[0].kind], cost.heading, words.RIGHT),
        rows=tuple(
            (name_cell(name), cell, share_cell(share))
            for name, cell, share in zip(names, cost.cells, found, strict=True)
        ),
        records=records(models, questions=[choice.questions], masks=[choice.mask], families=[ALL]),
        draw=lambda look: cost_plot(
            cost.values, shares[:, 0], intervals[:, 0], names, cost.unit, look
        ),
    )


# ------------------------------------------------------------------ what they share


def _dotted(
    corner: str, names: Sequence[str], series: Sequence[str], table: Sequence[Sequence[Share]]
) -> dict[str, Any]:
    """Figure, table and description of shares by row and series, as fields of a section."""
    shares, intervals = _arrays(table)
    labelled = {
        f"{name}, {label}": share.value
        for name, row in zip(names, table, strict=True)
        for label, share in zip(series, row, strict=True)
    }
    return {
        "description": _span(words.DOTS, labelled),
        "headings": (corner, *series),
        "rows": tuple(
            (name_cell(name), *map(share_cell, row)) for name, row in zip(names, table, strict=True)
        ),
        "draw": lambda look: dot_plot(shares, intervals, names, series, look),
    }


def _arrays(
    table: Sequence[Sequence[Share]],
) -> tuple[Float[np.ndarray, "R S"], Float[np.ndarray, "R S 2"]]:
    shares = np.array([[share.value for share in row] for row in table])
    return shares, np.array([[(share.low, share.high) for share in row] for row in table])


def _value(share: Share | None) -> float:
    return np.nan if share is None else share.value


def _span(what: str, labelled: Mapping[str, float]) -> str:
    known = {name: value for name, value in labelled.items() if not np.isnan(value)}
    best, worst = (f(known.items(), key=lambda item: item[1]) for f in (max, min))
    return words.span(what, best, worst)


def _obtained(measured: Measured, sets: Sequence[str]) -> str:
    sizes = [words.asked(name, measured.sets[name]) for name in sets]
    return words.obtained(measured.command, sizes)


def _questions(measured: Measured, choice: Choice) -> Picker:
    sets = measured.models[0].accuracy
    options = tuple((name, words.name_of(words.SETS, name)) for name in sets)
    return Picker(name="questions", options=options, chosen=choice.questions)


def _masks_picker(measured: Measured, choice: Choice) -> Picker:
    masks = measured.models[0].accuracy[choice.questions]
    options = tuple((name, words.name_of(words.MASKS, name)) for name in masks)
    return Picker(name="mask", options=options, chosen=choice.mask)
