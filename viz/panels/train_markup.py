"""The Train page's cards as HTML. Every text goes through `escape`."""

from __future__ import annotations

from html import escape

from viz.panels.train_view import ChartView, CurveView, FamilyView, ProgressView
from viz.plots.learning_curve import learning_curve, legend_mark
from viz.words import train as words


def paragraph(text: str, kind: str) -> str:
    """A sentence of a kind that the style sheet knows."""
    return f'<p class="{kind}">{escape(text)}</p>'


def progress(view: ProgressView) -> str:
    """The bar, what is going on, and where the time went."""
    spent = "".join(
        f"<li><span>{escape(name)}</span> <b>{escape(seconds)}</b></li>"
        for name, seconds in view.spent
    )
    return (
        f"{_bar(round(100 * view.share), view.status)}"
        f'<p class="status">{escape(view.status)}</p><p class="amount">{escape(view.amount)}</p>'
        f'<p class="what">{escape(words.SPENT)}</p><ul class="spent">{spent}</ul>'
    )


def said(text: str) -> str:
    """The card while there is nothing to measure: a sentence above an empty bar."""
    return f'{_bar(0, text)}<p class="status" role="status">{escape(text)}</p>'


def _bar(percent: int, text: str) -> str:
    return (
        f'<div class="bar" role="progressbar" aria-label="{escape(words.TAB)}" aria-valuemin="0" '
        f'aria-valuemax="100" aria-valuenow="{percent}" aria-valuetext="{escape(text)}">'
        f'<span style="width:{percent}%"></span></div>'
    )


def curve(view: CurveView) -> str:
    """Both charts with their legend, what they say, and what to watch in them."""
    legend = "".join(
        f"<li>{legend_mark(key)}{escape(name)}</li>" for key, name in words.SERIES.items()
    )
    watch = "".join(f"<li><b>{escape(what)}</b> {escape(text)}</li>" for what, text in words.WATCH)
    verdict = f'<p class="sentence" role="status">{escape(view.verdict)}</p>'
    families = f'<ul class="families">{"".join(map(_family, view.families))}</ul>'
    return (
        f"{verdict if view.verdict else ''}{families if view.families else ''}"
        f'<div class="charts">{"".join(_chart(chart) for chart in view.charts)}</div>'
        f'<ul class="legend">{legend}</ul>'
        f'<p class="what">{escape(words.WATCH_TITLE)}</p><ul class="watch">{watch}</ul>'
    )


def _family(view: FamilyView) -> str:
    return (
        f'<li><span>{escape(view.name)}</span><i class="of" aria-hidden="true">'
        f'<i style="width:{100 * view.share:.1f}%"></i>'
        f'<i class="guess" style="left:{100 * view.prior:.1f}%"></i></i>'
        f"<b>{escape(view.accuracy)}</b> <small>{escape(view.behind)}</small></li>"
    )


def _chart(view: ChartView) -> str:
    drawn = learning_curve(
        view.series,
        epochs=view.epochs,
        top=view.top,
        axis=words.AXIS,
        description=view.description,
    )
    return f"<figure><figcaption>{escape(view.title)}</figcaption>{drawn}</figure>"


def table(view: CurveView) -> str:
    """Every point of both charts."""
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in words.COLUMNS)
    rows = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        f"{''.join(f'<td>{escape(cell)}</td>' for cell in row[1:])}</tr>"
        for row in view.rows
    )
    return (
        f'<div class="sheet" role="region" tabindex="0" aria-label="{escape(words.NUMBERS)}">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
