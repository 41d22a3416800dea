"""The sections of the Results page as HTML. Every text goes through `escape`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from viz.panels.results_view import Cell, Picker, Section
from viz.words import results as words


def section(view: Section) -> str:
    """One section: choices, figure, how it was obtained, downloads, and the table."""
    key = escape(view.key)
    pickers = "".join(_picker(view.key, picker) for picker in view.pickers)
    return (
        f'<section data-section="{key}" aria-labelledby="{key}-title">'
        f'<h2 id="{key}-title">{escape(view.title)}</h2>'
        f'<div class="controls">{pickers}<span class="downloads">'
        f"{_download('png', words.PNG, view.title)}{_download('csv', words.CSV, view.title)}"
        "</span></div>"
        f'<figure><img alt="{escape(view.description)}">'
        f"<figcaption>{commands(view.obtained)}</figcaption></figure>"
        f'<p class="described">{escape(view.description)}</p>'
        f"{sheet(view.title, view.headings, view.rows)}</section>"
    )


def sheet(title: str, headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A table that is sorted by its headings, in a box of its own."""
    heads = "".join(_heading(text, column) for column, text in enumerate(headings))
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return (
        f'<div class="sheet" role="region" tabindex="0" aria-label="{escape(words.TABLE)}: '
        f'{escape(title)}"><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def missing(sentence: str) -> str:
    """What stands in the place of sections for which nothing was measured."""
    return f'<p class="intro unmeasured">{commands(sentence)}</p>'


def commands(text: str) -> str:
    """The text with what stands between backticks as code."""
    return re.sub("`([^`]*)`", r"<code>\1</code>", escape(text))


def _heading(text: str, column: int) -> str:
    return (
        f'<th scope="col" aria-sort="none"><button type="button" data-column="{column}">'
        f"{escape(text)}</button></th>"
    )


def _cell(cell: Cell) -> str:
    detail = f"<small>{escape(cell.detail)}</small>" if cell.detail else ""
    inner, value = f"{escape(cell.text)}{detail}", escape(str(cell.value))
    if isinstance(cell.value, str):
        return f'<th scope="row" data-value="{value}">{inner}</th>'
    return f'<td data-value="{value}">{inner}</td>'


def _picker(key: str, picker: Picker) -> str:
    options = "".join(
        f'<option value="{escape(value)}"{" selected" if value == picker.chosen else ""}>'
        f"{escape(label)}</option>"
        for value, label in picker.options
    )
    name = escape(picker.name)
    return (
        f"<label>{escape(words.CHOICES[picker.name])} "
        f'<select id="{escape(key)}-{name}" data-choice="{name}">{options}</select></label>'
    )


def _download(kind: str, label: str, title: str) -> str:
    return (
        f'<button type="button" class="tool" data-download="{kind}" '
        f'aria-label="{label}: {escape(title)}">↓ {label}</button>'
    )
