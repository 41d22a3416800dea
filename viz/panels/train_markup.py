"""The Train page's cards as HTML. Every text goes through `escape`."""

from __future__ import annotations

from html import escape

from viz import words_train as words
from viz.panels.train_view import ChartView, CurveView, ProgressView
from viz.plots.learning_curve import learning_curve, legend_mark


def progress(view: ProgressView) -> str:
    """The bar, what is going on, and where the time went."""
    percent = round(100 * view.share)
    spent = "".join(
        f'<li style="--share:{100 * share:.1f}%"><span>{escape(name)}</span> '
        f"<b>{escape(seconds)}</b></li>"
        for name, seconds, share in view.spent
    )
    return (
        f'{_bar(percent, view.status)}<p class="status">{escape(view.status)}</p>'
        f'<p class="what">{words.SPENT}</p><ul class="spent">{spent}</ul>'
    )


def said(text: str) -> str:
    """The card while there is nothing to measure: a sentence above an empty bar."""
    return f'{_bar(0, text)}<p class="status">{escape(text)}</p>'


def _bar(percent: int, text: str) -> str:
    return (
        f'<div class="bar" role="progressbar" aria-label="{words.TAB}" aria-valuemin="0" '
        f'aria-valuemax="100" aria-valuenow="{percent}" aria-valuetext="{escape(text)}">'
        f'<span style="width:{percent}%"></span></div>'
    )


def curve(view: CurveView) -> str:
    """Both charts with their legend, and what they say."""
    keys = dict.fromkeys(s.key for chart in view.charts for s in chart.series)
    order = [key for key in words.SERIES if key in keys]
    legend = "".join(f"<li>{legend_mark(key)}{escape(words.SERIES[key])}</li>" for key in order)
    families = "".join(
        f"<li>{escape(name)} <b>{escape(share)}</b> <small>{escape(count)}</small></li>"
        for name, share, count in view.families
    )
    return (
        f'<p class="sentence" role="status">{escape(view.verdict)}</p>'
        f'<ul class="families">{families}</ul>'
        f'<div class="charts">{"".join(map(_chart, view.charts))}</div>'
        f'<ul class="legend">{legend}</ul>'
    )


def _chart(view: ChartView) -> str:
    drawn = learning_curve(
        view.series,
        epochs=view.epochs,
        top=view.top,
        axis=words.EPOCHS,
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
        f'<div class="sheet" role="region" tabindex="0" aria-label="{words.NUMBERS}">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
