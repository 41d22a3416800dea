"""Deletion and insertion curves, and bars with errors, as inline SVG coloured by the page.

Both scales of a curve are given and printed, 0 to 1. Pure: numbers in, a string out.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
from jaxtyping import Float

WIDTH, HEIGHT = 300, 176
LEFT, RIGHT, TOP, BOTTOM = 34, 20, 8, 34  # margins
QUARTERS = (0.0, 0.25, 0.5, 0.75, 1.0)
BAR, LINE = 128, 16  # of the widest bars to both sides of 0 together, and of a line
NAMES = 172  # of the names beside the bars


def doubt_curve(
    share: Float[np.ndarray, " S"],
    *,
    most: Float[np.ndarray, " S"],
    least: Float[np.ndarray, " S"],
    random: Float[np.ndarray, "O S"],
    axis: str,
    description: str,
) -> str:
    """Probability over the share of the parts: two orders, and the band of those by chance."""

    def line(values: np.ndarray) -> str:
        return " ".join(f"{x},{y}" for x, y in map(_at, share.tolist(), values.tolist()))

    back = " ".join(
        f"{x},{y}" for x, y in map(_at, share[::-1].tolist(), random.min(0)[::-1].tolist())
    )
    rows = "".join(_row(value) for value in QUARTERS)
    columns = "".join(_column(value) for value in QUARTERS)
    middle = (LEFT + WIDTH - RIGHT) / 2
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(description)}">'
        f'<g class="grid">{rows}{columns}</g>'
        f'<polygon class="band" points="{line(random.max(0))} {back}"/>'
        f'<polyline class="random" points="{line(random.mean(0))}"/>'
        f'<polyline class="least" points="{line(least)}"/>'
        f'<polyline class="most" points="{line(most)}"/>'
        f'<text class="axis" x="{middle}" y="{HEIGHT - 4}">{escape(axis)}</text></svg>'
    )


def error_bars(
    names: Sequence[str],
    values: Sequence[float],
    errors: Sequence[float] | None,
    *,
    description: str,
) -> str:
    """A bar for each value from 0 on, to the left below it, with one error to each side; the
    longest fills the room, so it is to be read with its numbers."""
    reach = max([abs(v) + e for v, e in zip(values, errors or [0.0] * len(values), strict=True)])
    unit, zero = 0.47 * BAR / max(reach, 1e-9), NAMES + BAR / 2
    lines = []
    for i, (name, value) in enumerate(zip(names, values, strict=True)):
        y, width = LINE * i, abs(value) * unit
        x = zero if value >= 0 else zero - width
        side = "for" if value >= 0 else "against"
        lines.append(
            f'<text class="name" x="{NAMES - 6}" y="{y + 12}">{escape(name)}</text>'
            f'<rect class="{side}" x="{x:.1f}" y="{y + 3}" width="{width:.1f}" '
            f'height="{LINE - 6}"/>'
        )
        if errors is not None:
            low, high = ((value + sign * errors[i]) * unit + zero for sign in (-1, 1))
            middle = y + LINE / 2
            lines.append(
                f'<path class="error" d="M{low:.1f},{middle - 3} v6 M{high:.1f},{middle - 3} v6 '
                f'M{low:.1f},{middle} H{high:.1f}"/>'
            )
    height = LINE * len(names)
    axis = f'<line class="zero" x1="{zero}" x2="{zero}" y1="0" y2="{height}"/>'
    return (
        f'<svg class="bars" viewBox="0 0 {NAMES + BAR} {height}" role="img" '
        f'aria-label="{escape(description)}">{axis}{"".join(lines)}</svg>'
    )


def _at(share: float, value: float) -> tuple[float, float]:
    across, up = (WIDTH - LEFT - RIGHT) * share, (HEIGHT - TOP - BOTTOM) * value
    return round(LEFT + across, 1), round(HEIGHT - BOTTOM - up, 1)


def _row(value: float) -> str:
    _, y = _at(0, value)
    return (
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>'
        f'<text class="value" x="{LEFT - 5}" y="{y + 4}">{value:g}</text>'
    )


def _column(value: float) -> str:
    x, base = _at(value, 0)
    return (
        f'<line x1="{x}" x2="{x}" y1="{base}" y2="{base + 4}"/>'
        f'<text class="share" x="{x}" y="{base + 15}">{100 * value:.0f} %</text>'
    )
