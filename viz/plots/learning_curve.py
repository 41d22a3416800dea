"""A learning curve as inline SVG: lines over epochs, coloured by the page, so dark mode is free.

Both scales are given and printed; a line grows to the right into an axis that is there from the
start. Series differ in colour, dash and mark. Pure: numbers in, a string out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 360, 208
LEFT, RIGHT, TOP, BOTTOM = 34, 8, 8, 34  # margins
MARK = 2.6
ROWS, MOST_ROWS = 4, 6  # of the grid; one for each whole number where there are few
MOST_EPOCH_TICKS = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Series:
    """One line: `key` is its look in the page's CSS and its mark, points are (epoch, value)."""

    key: str
    points: tuple[tuple[float, float], ...]


def learning_curve(
    series: Sequence[Series], *, epochs: int, top: float, axis: str, description: str
) -> str:
    """The lines from 0 to `epochs` and from 0 to `top`; what is above is drawn at the top."""

    def at(epoch: float, value: float) -> tuple[float, float]:
        across = (WIDTH - LEFT - RIGHT) * epoch / epochs
        up = (HEIGHT - TOP - BOTTOM) * min(max(value / top, 0.0), 1.0)
        return round(LEFT + across, 1), round(HEIGHT - BOTTOM - up, 1)

    lines = "".join(
        f'<g class="series {escape(s.key)}"><polyline points="{_joined(places)}"/>'
        f"{''.join(_mark(s.key, *place) for place in places)}</g>"
        for s in series
        if (places := [at(*point) for point in s.points])
    )
    count = int(top) if top == int(top) <= MOST_ROWS else ROWS
    rows = "".join(_row(top * i / count, at(0, top * i / count)[1]) for i in range(count + 1))
    columns = "".join(_column(epoch, at(epoch, 0)[0]) for epoch in _ticks(epochs))
    middle = (LEFT + WIDTH - RIGHT) / 2
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(description)}">'
        f'<g class="grid">{rows}{columns}</g>{lines}'
        f'<text class="axis" x="{middle}" y="{HEIGHT - 4}">{escape(axis)}</text></svg>'
    )


def legend_mark(key: str) -> str:
    """A short piece of a line with its mark, to stand beside its name."""
    middle = 13, 6
    return (
        f'<svg class="key" viewBox="0 0 26 12" aria-hidden="true"><g class="series {escape(key)}">'
        f'<polyline points="1,6 25,6"/>{_mark(key, *middle)}</g></svg>'
    )


def loss_top(values: Sequence[float]) -> float:
    """The top of the scale of losses: the next whole number, at least 1.

    >>> loss_top([2.37, 0.4]), loss_top([])
    (3.0, 1.0)
    """
    return float(max(1, -(-max(values, default=0.0) // 1)))


def _ticks(epochs: int) -> range:
    """Whole epochs, few enough to be read.

    >>> list(_ticks(6)), list(_ticks(20)), list(_ticks(1))
    ([0, 1, 2, 3, 4, 5, 6], [0, 4, 8, 12, 16, 20], [0, 1])
    """
    return range(0, epochs + 1, -(-epochs // MOST_EPOCH_TICKS))


def _row(value: float, y: float) -> str:
    return (
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>'
        f'<text class="value" x="{LEFT - 5}" y="{y + 4}">{value:.3g}</text>'
    )


def _column(epoch: int, x: float) -> str:
    base = HEIGHT - BOTTOM
    return (
        f'<line x1="{x}" x2="{x}" y1="{base}" y2="{base + 4}"/>'
        f'<text class="epoch" x="{x}" y="{base + 15}">{epoch}</text>'
    )


def _joined(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in places)


def _mark(key: str, x: float, y: float) -> str:
    """A mark for each series, which tells it apart without colour; none for a guide."""
    r = MARK
    if key == "train":
        return f'<circle cx="{x}" cy="{y}" r="{r}"/>'
    if key == "validation":
        return f'<rect x="{x - r:.1f}" y="{y - r:.1f}" width="{2 * r}" height="{2 * r}"/>'
    if key == "validation-blind":
        return f'<path d="M{x},{y - r:.1f} l{r + 0.4},{2 * r} h-{2 * r + 0.8} z"/>'
    if key == "train-blind":
        r += 0.6
        return f'<path d="M{x},{y - r:.1f} l{r},{r} l{-r},{r} l{-r},{-r} z"/>'
    return ""
