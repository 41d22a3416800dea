"""What a training has come to, turned into what the Train page shows. Pure: no gradio, no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fusion.outputs import Learning, LearningPoint
from viz.plots.learning_curve import Series, loss_top
from viz.words import engine, page
from viz.words import train as words

ENOUGH, MUCH = 0.05, 0.25  # differences of shares that are worth a sentence
BY_HEART = 0.1  # by how much it may be better on the questions that it learned from
LOSS_TOP = 3.0  # of the scale before there is a loss
IN_SIGHT = 0.02  # share of the learning that must be done before the rest is estimated
ACCURACIES = {
    "train": "train_accuracy",
    "train-blind": "train_blind_accuracy",
    "validation": "validation_accuracy",
    "validation-blind": "validation_blind_accuracy",
}
LOSSES = {"train": "train_loss", "validation": "validation_loss"}


@dataclass(frozen=True, kw_only=True, slots=True)
class ProgressView:
    """The bar, the sentences on it, and the seconds of each phase."""

    share: float
    status: str
    amount: str
    spent: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ChartView:
    """One chart: its lines, which are named in the legend, its scale and its description."""

    title: str
    series: tuple[Series, ...]
    epochs: int
    top: float
    description: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FamilyView:
    """A question family's accuracy: in words, as a bar beside what is guessed without looking."""

    name: str
    accuracy: str
    behind: str
    share: float
    prior: float


@dataclass(frozen=True, kw_only=True, slots=True)
class CurveView:
    """Both charts, the table behind them, and what they say."""

    charts: tuple[ChartView, ...]
    rows: tuple[tuple[str, ...], ...]
    verdict: str
    families: tuple[FamilyView, ...]


def progress(learning: Learning) -> ProgressView:
    """How far it is, and where the time went."""
    total = sum(learning.seconds.values())
    if learning.ended is None:
        left = _left(learning)
        status = words.status(learning.phase, learning.epoch, learning.epochs, left)
    else:
        status = words.ended(learning.ended, learning.epoch, learning.epochs, total)
        status = page.joined((status, "" if learning.epoch else words.NOTHING))
    return ProgressView(
        share=learning.progress,
        status=status,
        amount=words.amount(
            learning.scenes,
            learning.questions,
            learning.validation_scenes,
            learning.validation_questions,
        ),
        spent=tuple((words.PHASES[p], words.seconds(s)) for p, s in learning.seconds.items()),
    )


def _left(learning: Learning) -> float | None:
    """Seconds left, at the pace of the learning so far; None while there is no pace yet."""
    done = learning.epoch / learning.epochs
    if done < IN_SIGHT:
        return None
    return (learning.seconds["train"] + learning.seconds["validate"]) * (1 - done) / done


def curve(learning: Learning) -> CurveView | None:
    """The charts of all points so far; None while there is none."""
    points, prior = learning.points, learning.prior
    if not points or prior is None:
        return None
    last = points[-1]
    return CurveView(
        charts=(_accuracies(learning, prior), _losses(learning)),
        rows=tuple(_row(point) for point in points),
        verdict=verdict(last, prior, over=learning.ended is not None),
        families=_families(learning),
    )


def verdict(point: LearningPoint, prior: float, *, over: bool) -> str:
    """What the accuracies say, and, when it is over, what follows."""
    seen, blind = point.validation_accuracy, point.validation_blind_accuracy
    told = words.numbers(*map(page.percent, (seen, blind, prior)))
    if not over:
        return told
    known = point.train_accuracy
    heart = words.by_heart(page.percent(known)) if known - seen > BY_HEART else ""
    return page.joined((told, looks(seen, blind, prior), heart))


def looks(seen: float, blind: float, prior: float) -> str:
    """Whether it has learned to look."""
    if seen < prior + ENOUGH:
        return words.BLIND
    if seen < prior + MUCH:
        return words.BEGINS
    return words.LOST if blind < prior - ENOUGH else words.SEES


def _families(learning: Learning) -> tuple[FamilyView, ...]:
    priors = learning.priors or {}
    return tuple(
        FamilyView(
            name=engine.family(name),
            accuracy=page.percent(share.value),
            behind=words.of_asked(share.count, page.percent(priors[name])),
            share=share.value,
            prior=priors[name],
        )
        for name, share in (learning.families or {}).items()
    )


def empty(epochs: int) -> CurveView:
    """The charts before there is anything in them."""
    lines = tuple(Series(key=key, points=()) for key in words.SERIES)
    charts = ((words.ACCURACY, 100.0, lines), (words.LOSS, LOSS_TOP, lines[:2]))
    return CurveView(
        charts=tuple(
            ChartView(
                title=title,
                series=series,
                epochs=epochs,
                top=top,
                description=words.description(title, [words.EMPTY]),
            )
            for title, top, series in charts
        ),
        rows=(),
        verdict="",
        families=(),
    )


def _accuracies(learning: Learning, prior: float) -> ChartView:
    series = _series(learning, ACCURACIES, 100)
    guide = Series(key="prior", points=((0, 100 * prior), (learning.epochs, 100 * prior)))
    told = [_told(s, "{:.0f} %") for s in series]
    told.append(page.named(words.SERIES["prior"], f"{100 * prior:.0f} %"))
    return ChartView(
        title=words.ACCURACY,
        series=(guide, *series),
        epochs=learning.epochs,
        top=100,
        description=words.description(words.ACCURACY, told),
    )


def _losses(learning: Learning) -> ChartView:
    series = _series(learning, LOSSES, 1)
    values = [value for s in series for _, value in s.points]
    return ChartView(
        title=words.LOSS,
        series=series,
        epochs=learning.epochs,
        top=loss_top(values),
        description=words.description(words.LOSS, [_told(s, "{:.2f}") for s in series]),
    )


def _series(learning: Learning, fields: Mapping[str, str], times: float) -> tuple[Series, ...]:
    return tuple(
        Series(key=key, points=tuple((p.epoch, times * getattr(p, f)) for p in learning.points))
        for key, f in fields.items()
    )


def _told(series: Series, number: str) -> str:
    first, last = (number.format(series.points[i][1]) for i in (0, -1))
    return words.course(words.SERIES[series.key], first, last)


def _row(point: LearningPoint) -> tuple[str, ...]:
    losses = (f"{value:.3f}" for value in (point.train_loss, point.validation_loss))
    shares = (f"{100 * getattr(point, field):.1f} %" for field in ACCURACIES.values())
    return (f"{point.epoch:.2f}", *losses, *shares)
