"""Deletion and insertion curves as a figure to print: the charts of the Explain page, side by side.

Curves in, a Figure out, with both scales from 0 to 1; its words come from the caller.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from viz.plots.answered import INK, SOFT, plain
from viz.plots.fonts import in_fonts

PANEL = (5.2, 3.4)  # inches
MARGINS = {"left": 0.08, "right": 0.98, "hspace": 0.42, "wspace": 0.16}
COLOURS = {"most": "#2257c5", "least": "#b45309", "random": SOFT}  # as on the page
STYLES = {"most": "-", "least": "--", "random": ":"}  # told apart without colours, too


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Chart:
    """One chart: probability over `share`, most and least important first, and random orders."""

    title: str
    axis: str
    share: Float[np.ndarray, " S"]
    most: Float[np.ndarray, " S"]
    least: Float[np.ndarray, " S"]
    random: Float[np.ndarray, "O S"]


def curves_figure(
    charts: Sequence[Chart], *, title: str, foot: str, orders: Mapping[str, str], ylabel: str
) -> Figure:
    """Two charts in a row, below them which line is which, and the last line."""
    rows = (len(charts) + 1) // 2
    height = PANEL[1] * rows + 1.3
    figure = Figure(figsize=(2 * PANEL[0], height), facecolor="white")
    figure.subplots_adjust(top=1 - 0.8 / height, bottom=1.15 / height, **MARGINS)
    figure.suptitle(plain(title), size=13, weight="bold", color=INK)
    figure.text(0.5, 0.12 / height, plain(foot), size=7.5, color=SOFT, ha="center")
    for place, chart in enumerate(charts):
        axes = figure.add_subplot(rows, 2, place + 1)
        _draw(axes, chart, orders)
        if place % 2 == 0:
            axes.set_ylabel(ylabel, size=9, color=SOFT)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    anchor = (0.5, 0.32 / height)
    figure.legend(
        handles, labels, loc="lower center", bbox_to_anchor=anchor, ncols=3, frameon=False,
        fontsize=9,
    )  # fmt: skip
    return in_fonts(figure)


def _draw(axes: Axes, chart: Chart, orders: Mapping[str, str]) -> None:
    axes.fill_between(
        chart.share, chart.random.min(0), chart.random.max(0), color=COLOURS["random"], alpha=0.18,
        linewidth=0,
    )  # fmt: skip
    lines = {"most": chart.most, "least": chart.least, "random": chart.random.mean(0)}
    for order, values in lines.items():
        axes.plot(
            chart.share, values, STYLES[order], color=COLOURS[order], label=orders[order],
            linewidth=1.8,
        )  # fmt: skip
    axes.set_title(chart.title, size=10, color=INK, loc="left")
    axes.set_xlabel(chart.axis, size=9, color=SOFT)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    axes.grid(color="#d5dbe5", linewidth=0.6)
    axes.tick_params(labelsize=8, colors=INK)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
