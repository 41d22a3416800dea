"""What a training has come to, turned into what the Train page shows. Pure: no gradio, no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fusion.outputs import Learning, LearningPoint
from viz import words_train as words
from viz.plots.learning_curve import Series, loss_top
from viz.words import percent

LOSS_TOP = 3.0  # of the scale before there is a loss; what training usually starts below
IN_SIGHT = 0.02  # share of the learning that must be done before the rest is estimated


@dataclass(frozen=True, kw_only=True, slots=True)
class ProgressView:
    """The bar, the sentence on it, and the seconds of each phase with its share of all of them."""

    share: float
    status: str
    spent: tuple[tuple[str, str, float], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ChartView:
    """One chart: its lines, which are named in the legend, its scale and its description."""

    title: str
    series: tuple[Series, ...]
    epochs: int
    top: float
    description: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CurveView:
    """Both charts, the table behind them, and what they say; `families` are name, share, count."""

    charts: tuple[ChartView, ...]
    rows: tuple[tuple[str, ...], ...]
    verdict: str
    families: tuple[tuple[str, str, str], ...]


def progress(learning: Learning) -> ProgressView:
    """How far it is, and where the time went."""
    total = sum(learning.seconds.values())
    if learning.ended is None:
        left = _left(learning)
        status = words.status(learning.phase, learning.epoch, learning.epochs, left)
    else:
        status = words.ended(learning.ended, learning.epoch, learning.epochs, total)
        status += "" if learning.points else f" {words.NOTHING}"
    return ProgressView(
        share=learning.progress,
        status=status,
        spent=tuple(
            (words.PHASES[phase], words.seconds(value), value / total if total else 0.0)
            for phase, value in learning.seconds.items()
        ),
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
    shares = points[-1].validation_accuracy, points[-1].blind_accuracy, prior
    return CurveView(
        charts=(_accuracies(learning, prior), _losses(learning)),
        rows=tuple(_row(point) for point in points),
        verdict=words.verdict(*shares, over=learning.ended is not None),
        families=tuple(
            (words.CHOICES.get(name, name), percent(share.value), words.of_asked(share.count))
            for name, share in (learning.families or {}).items()
        ),
    )


def empty(epochs: int) -> CurveView:
    """The charts before there is anything in them, and what to watch there."""
    lines = tuple(Series(key=key, points=()) for key in words.SERIES)
    charts = ((words.ACCURACY, 100.0), (words.LOSS, LOSS_TOP))
    return CurveView(
        charts=tuple(
            ChartView(
                title=title,
                series=lines,
                epochs=epochs,
                top=top,
                description=words.description(title, [words.EMPTY]),
            )
            for title, top in charts
        ),
        rows=(),
        verdict=words.WATCH,
        families=(),
    )


def _accuracies(learning: Learning, prior: float) -> ChartView:
    fields = {
        "train": "train_accuracy",
        "validation": "validation_accuracy",
        "blind": "blind_accuracy",
    }
    series = _series(learning, fields, 100)
    guide = Series(key="prior", points=((0, 100 * prior), (learning.epochs, 100 * prior)))
    told = [_told(s, "{:.0f} %") for s in series]
    told.append(f"{words.SERIES['prior']}: {100 * prior:.0f} %")
    return ChartView(
        title=words.ACCURACY,
        series=(guide, *series),
        epochs=learning.epochs,
        top=100,
        description=words.description(words.ACCURACY, told),
    )


def _losses(learning: Learning) -> ChartView:
    series = _series(learning, {"train": "train_loss", "validation": "validation_loss"}, 1)
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
    shares = (point.train_accuracy, point.validation_accuracy, point.blind_accuracy)
    return (f"{point.epoch:.2f}", *losses, *(f"{100 * share:.1f} %" for share in shares))
