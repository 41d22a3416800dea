"""The measured results as pictures: heat map, dots with intervals, accuracy against cost.

Arrays of shares 0..1 in, a Figure out; NaN is a share that was not measured. Scales are fixed
(0 to 100 %), so that two figures can be compared. An inch is 100 CSS pixels on the page.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from viz.plots.fonts import in_fonts
from viz.plots.scale import NAME

WIDE, NARROW = 9.6, 3.5  # inches
SCREEN, PRINT = 160, 220  # dots per inch
ROW = 0.3  # inches per row
MARKERS = "oDs^vP*X"


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """Light or dark, for a wide or a narrow screen, and what stands at the axes: `right`, and `bar`
    where marks have intervals."""

    words: Mapping[str, str] = field(compare=False)
    dark: bool = False
    narrow: bool = False

    @property
    def width(self) -> float:
        """Width of the figure in inches."""
        return NARROW if self.narrow else WIDE

    @property
    def size(self) -> float:
        """Size of the letters in points."""
        return 7.6 if self.narrow else 9.5

    @property
    def ink(self) -> str:
        return "#eaf0f9" if self.dark else "#16202f"

    @property
    def soft(self) -> str:
        return "#3a475c" if self.dark else "#d5dbe5"

    @property
    def paper(self) -> str:
        return "#151c28" if self.dark else "#ffffff"

    @property
    def series(self) -> tuple[str, ...]:
        """Colours that the colour-blind can tell apart; each series has its own marker too."""
        if self.dark:
            return ("#56b4e9", "#f0a23a", "#2dd4a7", "#e9a6cf", "#f0e442", "#c3cddd")
        return ("#0072b2", "#d55e00", "#007a5a", "#b0508c", "#8a7400", "#53617a")


def heat_map(
    shares: Float[np.ndarray, "R C"], rows: Sequence[str], columns: Sequence[str], look: Look
) -> Figure:
    """One cell per row and column with its percentage in it; dark is 0 %, bright is 100 %."""
    figure, axes = _canvas(look, 1.35 + ROW * len(rows))
    axes.imshow(np.ma.masked_invalid(shares), cmap=NAME, vmin=0, vmax=1, aspect="auto")
    for (row, column), value in np.ndenumerate(shares):
        axes.text(
            column,
            row,
            "–" if np.isnan(value) else f"{100 * value:.0f}",
            ha="center",
            va="center",
            size=look.size - 0.6,
            color=look.ink if np.isnan(value) else _readable_on(value),
            in_layout=False,  # each stands inside its cell; laying them out takes most of the time
        )
    axes.set_xticks(range(len(columns)), columns, rotation=90 if look.narrow else 35, ha="right")
    for label in axes.get_xticklabels():
        label.set(ha="center" if look.narrow else "right", rotation_mode="default")
        if not look.narrow:
            label.set_rotation_mode("anchor")
    axes.set_yticks(range(len(rows)), rows)
    axes.tick_params(length=0)
    axes.set_title(look.words["right"], size=look.size, color=look.ink, loc="left")
    return in_fonts(figure)


def _readable_on(share: float) -> str:
    red, green, blue, _ = colormaps[NAME](float(share))
    return "#000000" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 else "#ffffff"


def dot_plot(
    shares: Float[np.ndarray, "R S"],
    intervals: Float[np.ndarray, "R S 2"],
    rows: Sequence[str],
    series: Sequence[str],
    look: Look,
) -> Figure:
    """One line per row, one mark per series, with its interval as a bar; first row on top."""
    legend_rows = len(series) if look.narrow else 1
    figure, axes = _canvas(look, 0.75 + 0.17 * legend_rows + 1.25 * ROW * len(rows))
    places = np.arange(len(rows), dtype=float)
    for number, name in enumerate(series):
        offset = 0.14 * (number - (len(series) - 1) / 2)
        axes.errorbar(
            100 * shares[:, number],
            places + offset,
            xerr=100 * _reach(shares[:, number], intervals[:, number]),
            fmt=MARKERS[number % len(MARKERS)],
            color=look.series[number % len(look.series)],
            markersize=4 if look.narrow else 5.5,
            elinewidth=1.4,
            label=name,
        )
    axes.set_yticks(places, rows)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(0, 100)
    axes.set_xlabel(look.words["bar"], size=look.size, color=look.ink)
    axes.grid(axis="x", color=look.soft, linewidth=0.8)
    figure.legend(
        loc="outside upper left",
        ncols=1 if look.narrow else len(series),
        frameon=False,
        fontsize=look.size,
        labelcolor=look.ink,
    )
    return in_fonts(figure)


def cost_plot(
    cost: Float[np.ndarray, " R"],
    shares: Float[np.ndarray, " R"],
    intervals: Float[np.ndarray, "R 2"],
    names: Sequence[str],
    unit: str,
    look: Look,
) -> Figure:
    """Accuracy over cost, each mark with its interval; names stand apart, led to their marks."""
    figure, axes = _canvas(look, max(3.6, 0.9 + 0.24 * len(names)))
    for number, name in enumerate(names):
        colour = look.series[number % len(look.series)]
        marker = MARKERS[number % len(MARKERS)]
        axes.errorbar(
            [cost[number]],
            [100 * shares[number]],
            yerr=100 * _reach(shares[number : number + 1], intervals[number : number + 1]),
            fmt=marker,
            color=colour,
            markersize=5,
            label=name,
        )
    axes.set_ylim(0, 100)
    axes.set_xlim(0, 1.08 * float(cost.max()))
    axes.set_xlabel(unit, size=look.size, color=look.ink)
    axes.set_ylabel(look.words["right"], size=look.size, color=look.ink)
    axes.grid(color=look.soft, linewidth=0.8)
    _names_beside(axes, cost, shares, names, look)
    return in_fonts(figure)


def _names_beside(
    axes: Axes, cost: np.ndarray, shares: np.ndarray, names: Sequence[str], look: Look
) -> None:
    """The names in a column on the right, in the order of the shares, so that none overlap."""
    order = np.argsort(-shares, kind="stable").tolist()
    heights = np.linspace(97, 3, len(order)) if len(order) > 1 else [50.0]
    for number, height in zip(order, heights, strict=True):
        axes.annotate(
            names[number],
            xy=(float(cost[number]), 100 * float(shares[number])),
            xytext=(1.04, height / 100),
            textcoords="axes fraction",
            va="center",
            size=look.size - 0.4,
            color=look.series[number % len(look.series)],
            arrowprops={
                "arrowstyle": "-",
                "color": look.series[number % len(look.series)],
                "linewidth": 0.6,
                "alpha": 0.7,
            },
        )


def _reach(
    shares: Float[np.ndarray, " R"], intervals: Float[np.ndarray, "R 2"]
) -> Float[np.ndarray, "2 R"]:
    """How far each interval reaches below and above its share."""
    reach = np.stack([shares - intervals[:, 0], intervals[:, 1] - shares])
    return np.maximum(reach, 0)


def _canvas(look: Look, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(look.width, height), facecolor=look.paper, layout="constrained")
    axes = figure.add_subplot(facecolor=look.paper)
    axes.tick_params(colors=look.ink, labelsize=look.size)
    for side in axes.spines.values():
        side.set_color(look.soft)
    return figure, axes


def png(figure: Figure, *, dots_per_inch: int = SCREEN) -> bytes:
    """The figure as a PNG file."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dots_per_inch, facecolor=figure.get_facecolor())
    return buffer.getvalue()
