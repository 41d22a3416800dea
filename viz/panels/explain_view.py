"""What the Explain page shows of an attribution, and of one put to the test. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from jaxtyping import Float
from PIL import Image

from fusion.outputs import (
    Attribution,
    Credit,
    Doubt,
    ExplainerInfo,
    Faithfulness,
    Pointing,
    Version,
)
from viz.panels.explain_files import credits_csv, curves_csv, curves_drawn, curves_json, side, uri
from viz.panels.visit import Visit
from viz.plots.doubt_curve import doubt_curve, error_bars
from viz.plots.maps import COLUMNS, ROWS, weight_by_ninth
from viz.plots.pictures import data_uri, shown
from viz.plots.signed import chip, over, png_uri
from viz.words import engine
from viz.words import explain as words_explain
from viz.words import page as words

LONGEST = 240
SAVED = 800
NAMED_PLACES = 2
MOST_BARS = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Chip:
    """A word piece, its value on the common scale and in its own unit, and its look."""

    text: str
    joined: bool
    times: str
    value: str
    error: str
    style: str


@dataclass(frozen=True, kw_only=True, slots=True)
class MapView:
    """Everything of one explainer's card; `picture` is "" and `chips` are none where there is no
    such map, which `notes` then explain. `bars` are SVG."""

    method: str
    title: str
    took: str
    picture: str
    description: str
    chips: tuple[Chip, ...]
    notes: tuple[str, ...]
    bars: tuple[str, ...]
    grid: tuple[tuple[str, ...], ...]
    png: str
    csv: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ChartView:
    """One chart, with its table's rows."""

    title: str
    svg: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectRow:
    """One object of a made scene: number, outline, where its number stands, and the pointing."""

    number: int
    outline: str
    x: float
    y: float
    asked: bool
    cells: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class DoubtView:
    title: str
    verdicts: tuple[str, ...]
    charts: tuple[ChartView, ...]
    areas: tuple[tuple[str, ...], ...]
    objects: tuple[ObjectRow, ...]
    picture: str
    ratio: float
    note: str
    csv: str
    json: str
    png: str
    svg: str


# ------------------------------------------------------------------ one map


def tags(info: ExplainerInfo) -> list[tuple[str, str]]:
    """What an explainer is like, each with its hint."""
    found = [
        words_explain.SIGNED if info.signed else words_explain.UNSIGNED,
        words_explain.SPECIFIC if info.specific else words_explain.UNSPECIFIC,
        (engine.said(info.cost), info.source),
    ]
    return [*found, words_explain.SAMPLED] if info.sampled else found


def card(visit: Visit, info: ExplainerInfo, found: Attribution) -> MapView:
    """One explainer's maps of the visit's picture and words."""
    image = found.image
    there = image is not None and bool(image.present.any())
    times = image.times_even if image is not None and there else None
    signed, title = found.signed, engine.said(info.label)
    drawn = None if times is None else partial(over, visit.picture, times, signed=signed)
    return MapView(
        method=info.name,
        title=title,
        took=words_explain.took(found.milliseconds),
        picture="" if drawn is None else data_uri(drawn(longest=LONGEST)),
        description="" if times is None else description(title, found, times),
        chips=chips(found),
        notes=notes(info, found),
        bars=bars(found),
        grid=()
        if times is None
        else tuple(tuple(words_explain.times(v) for v in row) for row in times.tolist()),
        png="" if drawn is None else png_uri(drawn(longest=SAVED)),
        csv=uri(credits_csv(found), "text/csv;charset=utf-8"),
    )


def chips(found: Attribution) -> tuple[Chip, ...]:
    """The words with their values; none where the method has none, or the question is hidden."""
    credit = found.text
    if credit is None or not credit.present.any():
        return ()
    times, errors = credit.times_even.tolist(), credit.error
    return tuple(
        Chip(
            text=piece.removeprefix("##"),
            joined=piece.startswith("##"),
            times=words_explain.times(times[i]) if credit.present[i] else "–",
            value=words_explain.amount(found.unit, float(credit.values[i])),
            error="" if errors is None else words_explain.error(found.unit, float(errors[i])),
            style=chip(times[i], signed=found.signed),
        )
        for i, piece in enumerate(found.tokens)
    )


def notes(info: ExplainerInfo, found: Attribution) -> tuple[str, ...]:
    """What is missing, and what the values add up to."""
    said = []
    for modality, credit in (("image", found.image), ("text", found.text)):
        if modality not in info.yields or credit is None:
            continue
        if not credit.present.any():
            said.append(words_explain.NO_MAP[modality])
        elif not credit.values.any():
            said.append(words.named(words_explain.MODALITIES[modality], words_explain.NOTHING))
        elif found.unit == "probability" and found.modalities is None:
            said.append(words_explain.total(float(credit.values.sum()), modality))
    if found.modalities is not None:
        split = words_explain.split(found.unit, found.modalities["image"], found.modalities["text"])
        said.append(split)
    return tuple(said)


def bars(found: Attribution) -> tuple[str, ...]:
    """Bars with errors: of the two modalities where that is all there is, of words and of the
    strongest windows where values were drawn."""
    if found.image is None and found.text is None and found.modalities is not None:
        names = [words_explain.MODALITIES[name] for name in found.modalities]
        return (_bars(found, names, list(found.modalities.values()), None),)
    made = []
    if found.image is not None and found.image.error is not None and found.image.present.any():
        made.append(_window_bars(found, found.image))
    credit = found.text
    if credit is not None and credit.error is not None and credit.present.any():
        pieces = [piece.removeprefix("##") for piece in found.tokens]
        made.append(_bars(found, pieces, credit.values.tolist(), credit.error.tolist()))
    return tuple(made)


def _window_bars(found: Attribution, credit: Credit) -> str:
    """The regions that were added together have the same value and error; the window's value is
    their sum."""
    keys = np.stack([credit.values, credit.error], -1).reshape(-1, 2)  # type: ignore[list-item]
    kept = np.flatnonzero(credit.present)
    windows, first, size = np.unique(keys[kept], axis=0, return_index=True, return_counts=True)
    order = np.argsort(-np.abs(windows[:, 0] * size), kind="stable")[:MOST_BARS]
    columns = credit.values.shape[1]
    names = [words_explain.region(*divmod(int(kept[first[i]]), columns)) for i in order]
    totals = windows * size[:, None]
    return _bars(found, names, totals[order, 0].tolist(), totals[order, 1].tolist())


def _bars(
    found: Attribution, names: list[str], values: list[float], errors: list[float] | None
) -> str:
    said = "; ".join(
        f"{name} {words_explain.amount(found.unit, value)}"
        + ("" if errors is None else f" {words_explain.error(found.unit, errors[i])}")
        for i, (name, value) in enumerate(zip(names, values, strict=True))
    )
    numbered = [
        f"{name} {words_explain.amount(found.unit, value)}"
        for name, value in zip(names, values, strict=True)
    ]
    return error_bars(numbered, values, errors, description=words.named(words_explain.BARS, said))


def description(title: str, found: Attribution, times: Float[np.ndarray, "H W"]) -> str:
    """Where what speaks for the answer lies, and the highest and the lowest value."""
    positive = times.clip(min=0)
    name = words_explain.map_name(title, found.answer, specific=found.specific)
    if not positive.any():
        return words.named(name, words_explain.NOTHING)
    shares = weight_by_ninth(positive / positive.sum())
    named = sorted(shares.items(), key=lambda item: -item[1])[:NAMED_PLACES]
    high, low = (np.unravel_index(int(f(times)), times.shape) for f in (np.argmax, np.argmin))
    said = words_explain.described(
        name,
        words_explain.FOR if found.signed else words_explain.WEIGHT,
        [(words.PLACES[place], share) for place, share in named],
        float(times[high]),
        words_explain.region(int(high[0]), int(high[1])),
    )
    if times[low] < 0:
        where = words_explain.region(int(low[0]), int(low[1]))
        said += words_explain.against(float(times[low]), where)
    return said


# ------------------------------------------------------------------ put to the test


def doubt(
    visit: Visit,
    label: str,
    found: Doubt,
    pointed: Sequence[Pointing | None],
    version: Version,
) -> DoubtView:
    """Curves with their areas, and where it points; `pointed` has one entry for each object."""
    answer = found.attribution.answer
    charts, areas = [], []
    for modality, curves in found.curves.items():
        for kind in words_explain.AXES:
            charts.append(chart(modality, kind, curves))
            areas.append(_area_row(modality, kind, curves))
    drawn = curves_drawn(visit, label, found, version)
    return DoubtView(
        title=words.named(label, answer),
        verdicts=tuple(
            words_explain.verdict(m, answer, c.areas["most"], _random_areas("deletion", c))
            for m, c in found.curves.items()
        ),
        charts=tuple(charts),
        areas=tuple(areas),
        objects=objects(visit, pointed),
        picture=data_uri(shown(visit.picture, 2 * LONGEST)),
        ratio=visit.picture.width / visit.picture.height,
        note=_pointing_note(visit, found),
        csv=uri(curves_csv(found, version), "text/csv;charset=utf-8"),
        json=uri(curves_json(visit, found, version), "application/json"),
        png=drawn.get("png", ""),
        svg=drawn.get("svg", ""),
    )


def _pointing_note(visit: Visit, found: Doubt) -> str:
    if visit.scene is None:
        return words_explain.NO_TRUTH
    image = found.attribution.image
    return "" if image is not None and image.present.any() else words_explain.NO_IMAGE_MAP


def _area(share: np.ndarray, curve: np.ndarray) -> float:
    return float(100 * np.trapezoid(curve, share))


def _random_areas(kind: str, curves: Faithfulness) -> tuple[float, float, float]:
    """Mean, lowest and highest area of the random orders."""
    share, drawn = side(kind, "random", curves)
    areas = [_area(share, curve) for curve in drawn]
    return float(np.mean(areas)), min(areas), max(areas)


def _area_row(modality: str, kind: str, curves: Faithfulness) -> tuple[str, ...]:
    most, least = (_area(*side(kind, order, curves)) for order in ("most", "least"))
    mean, lowest, highest = _random_areas(kind, curves)
    drawn = f"{mean:.1f} ({lowest:.1f} – {highest:.1f})"
    return words_explain.CURVES[modality, kind], f"{most:.1f}", f"{least:.1f}", drawn


def chart(modality: str, kind: str, curves: Faithfulness) -> ChartView:
    """One chart: the most and the least important part first, and the band of chance."""
    share, most = side(kind, "most", curves)
    least, random = (side(kind, order, curves)[1] for order in ("least", "random"))
    title = words_explain.CURVES[modality, kind]
    areas = [("most", _area(share, most)), ("least", _area(share, least))]
    areas.append(("random", _random_areas(kind, curves)[0]))
    columns = (share, most, least, random.min(0), random.mean(0), random.max(0))
    return ChartView(
        title=title,
        svg=doubt_curve(
            share,
            most=most,
            least=least,
            random=random,
            axis=words_explain.AXES[kind],
            description=words_explain.curve(title, areas),
        ),
        rows=tuple(
            tuple(f"{value:.3f}" for value in row) for row in np.stack(columns, -1).tolist()
        ),
    )


def objects(visit: Visit, pointed: Sequence[Pointing | None]) -> tuple[ObjectRow, ...]:
    """Every object of a made scene against the map; those that are asked about are marked."""
    if visit.scene is None:
        return ()
    truth, rows = visit.truth(), []
    for i, (pointing, mask) in enumerate(zip(pointed, visit.scene.masks, strict=True)):
        if pointing is None:
            continue
        y, x = (float(np.mean(found) / side) if len(found) else 0.5
                for found, side in zip(np.nonzero(mask), mask.shape, strict=True))  # fmt: skip
        place = words.PLACES[ROWS[min(2, int(3 * y))], COLUMNS[min(2, int(3 * x))]]
        hit = words_explain.YES if pointing.hit else words_explain.NO
        rows.append(
            ObjectRow(
                number=i + 1,
                outline=visit.scene.outlines[i],
                x=x,
                y=y,
                asked=truth is not None and i in truth.referents,
                cells=(
                    words_explain.object_name(i + 1, place),
                    hit,
                    words.percent(pointing.mass),
                    words.percent(pointing.even),
                ),
            )
        )
    return tuple(rows)


def asked_picture(image: Image.Image) -> str:
    return data_uri(shown(image, LONGEST))
