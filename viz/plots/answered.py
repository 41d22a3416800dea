"""One answered question as a figure to print: map, words, answers, who decided, the four cases.

Results in, a Figure out, on the page's fixed scales; its words come from the caller. What cannot be
drawn with the machine's fonts can be asked for before: no text ever becomes boxes.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure, SubFigure
from PIL import Image

from fusion.outputs import Explanation, Masking
from viz.plots.fonts import in_fonts, undrawable
from viz.plots.pictures import LONGEST_SHOWN, overlay
from viz.plots.scale import NAME, TICKS, TOP, times_uniform

SIZE = (11.0, 6.4)  # inches
DOTS_PER_INCH = 160
BEST = 5
INK, SOFT, IMAGE, TEXT = "#16202f", "#53617a", "#3b74e8", "#f0a23a"  # as on the page


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Answered:
    """What the figure shows: `explanation` is one of the cases of `masking`. `words` has its fixed
    texts, `cases` the names of the four cases, `foot` the last line."""

    picture: Image.Image
    explanation: Explanation
    masking: Masking
    words: Mapping[str, str]
    cases: Mapping[str, str]
    foot: str


def texts(shown: Answered) -> str:
    """Everything that the figure writes and that does not come from `words_share`."""
    explanation = shown.explanation
    answers = [text for text, _ in explanation.answers[:BEST]]
    cases = [passed.answer for passed in shown.masking.cases.values()]
    return "".join([explanation.question, shown.foot, *answers, *cases, *explanation.tokens])


def answered_figure(shown: Answered) -> Figure:
    """The figure; ValueError when `undrawable` finds letters in its texts."""
    if missing := undrawable(texts(shown)):
        raise ValueError(f"no font for {missing!r}")
    figure = Figure(figsize=SIZE, facecolor="white", layout="constrained")
    halves: Any = figure.subfigures(1, 2, width_ratios=[1.0, 1.05])
    left, right = halves
    above, below = left.subplots(2, 1, height_ratios=[3.4, 1])
    answers, shares, cases = right.subplots(3, 1, height_ratios=[1.5, 0.9, 1.2])
    figure.suptitle(plain(shown.explanation.question), size=15, weight="bold", color=INK)
    figure.supxlabel(plain(shown.foot), size=7.5, color=SOFT)
    _map(left, above, shown)
    _tokens(below, shown)
    _answers(answers, shown)
    _shares(shares, shown)
    _cases(cases, shown)
    return in_fonts(figure)


def plain(text: str) -> str:
    """A text without the sign that starts a formula."""
    return text.replace("$", r"\$")


def _map(figure: SubFigure, axes: Axes, shown: Answered) -> None:
    explanation, words = shown.explanation, shown.words
    weights = explanation.image_attention
    picture = shown.picture
    if "image" not in explanation.keep:
        picture = Image.new("RGB", picture.size, "gray")
    axes.imshow(np.asarray(overlay(picture, weights, longest=LONGEST_SHOWN)))
    axes.set_axis_off()
    if weights is None:
        axes.set_title(words["no_map"], size=10, color=SOFT)
        return
    scale = ScalarMappable(Normalize(0, TOP), colormaps[NAME])
    bar = figure.colorbar(scale, ax=axes, ticks=list(TICKS), shrink=0.8, pad=0.02)
    bar.ax.set_yticklabels([f"{'≥' if tick == TOP else ''}{tick:g}×" for tick in TICKS])
    strongest = float(times_uniform(weights).max())
    bar.ax.set_title(f"{words['scale']}\nmax {strongest:.1f}×", size=8, color=SOFT)
    bar.ax.tick_params(labelsize=8)


def _tokens(axes: Axes, shown: Answered) -> None:
    explanation = shown.explanation
    pieces = [plain(piece) for piece in explanation.tokens]
    given = explanation.token_attention
    weights = [0.0] * len(pieces) if given is None else [weight for _, weight in given]
    places = range(len(pieces))
    axes.bar(places, [100 * weight for weight in weights], color=TEXT)
    crowded = len(pieces) > 9
    axes.set_xticks(places, pieces, size=8 if crowded else 10, rotation=45 if crowded else 0)
    for place in explanation.dropped_tokens:
        axes.get_xticklabels()[place].set(color=SOFT, alpha=0.5)
    title = shown.words["no_words" if given is None else "words"]
    _bare(axes, title, limit=100 * max([*weights, 0.25]))


def _answers(axes: Axes, shown: Answered) -> None:
    best = shown.explanation.answers[:BEST]
    _bars(axes, [(plain(text), share) for text, share in best], shown.words["answers"], "#2257c5")


def _cases(axes: Axes, shown: Answered) -> None:
    masking = shown.masking
    rows = [
        (f"{shown.cases[case]} → {plain(passed.answer)}", masking.values[case])
        for case, passed in reversed(list(masking.cases.items()))
    ]
    title = shown.words["cases"].format(answer=plain(masking.answer))
    _bars(axes, rows, title, "#2257c5")


def _bars(axes: Axes, rows: list[tuple[str, float]], title: str, colour: str) -> None:
    places = range(len(rows))
    axes.barh(places, [100 * share for _, share in rows], color=colour, height=0.62)
    axes.set_yticks(places, [text for text, _ in rows], size=10)
    axes.invert_yaxis()
    axes.set_xlim(0, 100)
    for place, (_, share) in enumerate(rows):
        inside = share > 0.85
        axes.text(
            100 * share + (-1 if inside else 1),
            place,
            f"{100 * share:.1f} %",
            va="center",
            ha="right" if inside else "left",
            size=9,
            color="white" if inside else INK,
        )
    axes.set_xticks([])
    _bare(axes, title)


def _shares(axes: Axes, shown: Answered) -> None:
    words, given = shown.words, shown.explanation.modality_weights
    shapley = shown.masking.shapley
    measured = sum(map(abs, shapley.values()))
    splits = (
        (words["weight"], None if given is None else (given["image"], given["text"]), "{:.0%}"),
        (words["share"], (shapley["image"], shapley["text"]) if measured else None, "{:+.2f}"),
    )
    for place, (_, split, form) in enumerate(splits):
        if split is None:
            axes.text(0.01, place, words["none"], va="center", size=9, color=SOFT)
            continue
        part = abs(split[0]) / (abs(split[0]) + abs(split[1]))
        axes.barh([place], [part], color=IMAGE, height=0.6)
        axes.barh([place], [1 - part], left=[part], color=TEXT, height=0.6)
        for x, side, value, name in (
            (0.01, "left", split[0], "image"),
            (0.99, "right", split[1], "text"),
        ):
            axes.text(x, place, f"{words[name]} {form.format(value)}", va="center", ha=side, size=9)
    axes.set_yticks(range(2), [name for name, _, _ in splits], size=10)
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_xticks([])
    _bare(axes, "")


def _bare(axes: Axes, title: str, *, limit: float | None = None) -> None:
    axes.set_title(title, size=10, color=SOFT, loc="left")
    axes.tick_params(length=0, colors=INK)
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)
    if limit is not None:
        axes.set_ylim(0, 1.05 * limit)
        axes.yaxis.set_major_formatter("{x:.0f} %")
        axes.tick_params(axis="y", labelsize=8)


def written(figure: Figure, kind: str) -> bytes:
    """The figure as a "png" or "svg" file, the same bytes for the same figure."""
    buffer = io.BytesIO()
    still = {"Date": None} if kind == "svg" else {}
    figure.savefig(buffer, format=kind, dpi=DOTS_PER_INCH, metadata=still)
    return buffer.getvalue()
