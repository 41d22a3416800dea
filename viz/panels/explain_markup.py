"""The Explain page's cards as HTML. Every text goes through `escape`."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from fusion.outputs import ExplainerInfo
from viz.panels.explain_view import Chip, DoubtView, MapView, ObjectRow, tags
from viz.plots import scale
from viz.plots.signed import strip
from viz.words import engine, page
from viz.words import explain as words


def asked(picture: str, text: str, notice: str) -> str:
    """What is asked about, in one line with the picture."""
    warned = f'<p class="notice" role="alert">{escape(notice)}</p>' if notice else ""
    return (
        f'{warned}<div class="asked"><img src="{escape(picture)}" alt="{escape(words.PICTURE)}">'
        f"<p>{escape(text)}</p></div>"
    )


def legend() -> str:
    """Both scales, printed."""
    top = f"{scale.TOP:g}×"
    half = f"{scale.TOP / 2:g}×"
    return (
        f'<p class="intro">{escape(words.INTRO)}</p><div class="legends">'
        f"{_strip(words.FOR_SCALE, ('0', half, f'≥{top}'), signed=False)}"
        f"{_strip(words.SIGNED_SCALE, (f'≤−{top}', '0', f'≥{top}'), signed=True)}</div>"
    )


def _strip(name: str, ticks: Sequence[str], *, signed: bool) -> str:
    marks = "".join(f"<li>{escape(tick)}</li>" for tick in ticks)
    return (
        f'<div class="legend"><b>{escape(name)}</b>'
        f'<i style="background:{strip(signed=signed)}"></i><ol>{marks}</ol></div>'
    )


# ------------------------------------------------------------------ cards


def waiting(info: ExplainerInfo, text: str, share: float | None = None) -> str:
    """A card without its map: why, and how far it is where that is known."""
    bar = "" if share is None else _bar(share, page.named(engine.said(info.label), text))
    return f'{_head(info, "")}<p class="wait" role="status">{escape(text)}</p>{bar}{_foot(info)}'


def card(info: ExplainerInfo, view: MapView) -> str:
    """A card with the map, the words, the sums, the sentence and the numbers behind it."""
    name = escape(view.title)
    picture = (
        f'<img src="{escape(view.picture)}" alt="{escape(view.description)}">'
        if view.picture
        else ""
    )
    notes = "".join(f'<p class="note">{escape(note)}</p>' for note in view.notes)
    told = f'<p class="described">{escape(view.description)}</p>' if view.description else ""
    words_row = f'<div class="words">{"".join(map(_chip, view.chips))}</div>' if view.chips else ""
    bars = "".join(view.bars)
    png = _file(view.png, f"duet-{view.method}.png", words.PNG, name) if view.png else ""
    return (
        f"{_head(info, view.took)}{picture}{words_row}{bars}{notes}{told}{_foot(info)}"
        f"<details><summary>{escape(words.TABLE)}</summary>"
        f"{png}{_file(view.csv, f'duet-{view.method}.csv', words.CSV, name)}"
        f"{_tables(view)}</details>"
    )


def _head(info: ExplainerInfo, took: str) -> str:
    time = f'<span class="time">{escape(took)}</span>' if took else ""
    return f"<h3>{escape(engine.said(info.label))} {time}</h3>"


def _foot(info: ExplainerInfo) -> str:
    """The sentence of help, and what the explainer is like."""
    marks = "".join(
        f'<li title="{escape(hint)}">{escape(text)}<span class="hint-text"> {escape(hint)}</span>'
        "</li>"
        for text, hint in tags(info)
    )
    return f'<p class="help">{escape(engine.said(info.summary))}</p><ul class="tags">{marks}</ul>'


def _bar(share: float, text: str) -> str:
    percent = round(100 * share)
    return (
        f'<div class="bar" role="progressbar" aria-label="{escape(text)}" aria-valuemin="0" '
        f'aria-valuemax="100" aria-valuenow="{percent}"><span style="width:{percent}%"></span>'
        "</div>"
    )


def _chip(chip: Chip) -> str:
    error = f" {chip.error}" if chip.error else ""
    joined = " joined" if chip.joined else ""
    return (
        f'<span class="word{joined}" style="{escape(chip.style)}" '
        f'title="{escape(chip.value + error)}">{escape(chip.text)}'
        f"<small>{escape(chip.times)}</small></span>"
    )


def _file(uri: str, name: str, label: str, title: str) -> str:
    return (
        f'<a class="tool" href="{escape(uri)}" download="{escape(name)}" '
        f'aria-label="{escape(label)}: {title}">↓ {escape(label)}</a>'
    )


def _tables(view: MapView) -> str:
    """The words with their values and errors, then the map, region by region."""
    heads = (words.TOKEN, words.VALUE, words.TIMES, words.ERROR)
    pieces = [(c.text, c.value, c.times, c.error or "–") for c in view.chips]
    found = table(heads, pieces, view.title) if pieces else ""
    if view.grid:
        columns = [str(i + 1) for i in range(len(view.grid[0]))]
        rows = [(str(i + 1), *row) for i, row in enumerate(view.grid)]
        found += table((words.REGIONS, *columns), rows, view.title)
    return found


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], title: str) -> str:
    """A table in a box of its own, that scrolls where it is too wide."""
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        f"{''.join(f'<td>{escape(cell)}</td>' for cell in row[1:])}</tr>"
        for row in rows
    )
    return (
        f'<div class="sheet" role="region" tabindex="0" aria-label="{escape(words.TABLE)}: '
        f'{escape(title)}, {escape(heads[0])}"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


# ------------------------------------------------------------------ put to the test


def doubt_hint() -> str:
    """The section while nothing is put to the test."""
    hint = words.DOUBT_HINT.format(test=words.TEST)
    return f'<h2>{escape(words.DOUBT)}</h2><p class="intro">{escape(hint)}</p>'


def doubting(label: str, text: str, share: float) -> str:
    """The section while a map is put to the test."""
    told = words.DOUBTING.format(label=label, what=text)
    return (
        f'<h2>{escape(words.DOUBT)}</h2><p class="wait" role="status">{escape(told)}</p>'
        f"{_bar(share, told)}"
    )


def stopped(text: str) -> str:
    return f'<h2>{escape(words.DOUBT)}</h2><p class="wait" role="status">{escape(text)}</p>'


def doubt(view: DoubtView) -> str:
    """Verdicts, curves, areas, and the objects."""
    verdicts = "".join(f'<p class="sentence">{escape(text)}</p>' for text in view.verdicts)
    legend_row = "".join(
        f'<li><i class="{order}"></i>{escape(text)}</li>' for order, text in words.ORDERS.items()
    )
    charts = "".join(
        f"<figure><figcaption>{escape(chart.title)}</figcaption>{chart.svg}</figure>"
        for chart in view.charts
    )
    files = " ".join(
        _file(content, f"duet-curves.{kind.lower()}", kind, escape(view.title))
        for kind, content in zip(
            words.FILES, (view.png, view.svg, view.csv, view.json), strict=True
        )
        if content
    )
    points = "".join(
        table((f"{chart.title}: {words.POINT_HEADINGS[0]}", *words.POINT_HEADINGS[1:]), chart.rows,
              view.title)
        for chart in view.charts
    )  # fmt: skip
    return (
        f"<h2>{escape(words.DOUBT)} {escape(view.title)}</h2>{verdicts}"
        f'<ul class="orders">{legend_row}</ul><div class="charts">{charts}</div>'
        f'<p class="files"><span>{escape(words.SAVE_CURVES)}</span> {files}</p>'
        f"<h2>{escape(words.AREAS)}</h2>{table(words.AREA_HEADINGS, view.areas, view.title)}"
        f"<details><summary>{escape(words.POINTS)}</summary>"
        f"{points}</details>"
        f"<h2>{escape(words.POINTING)}</h2>{_pointing(view)}"
    )


def _pointing(view: DoubtView) -> str:
    if view.note or not view.objects:
        return f'<p class="intro">{escape(view.note or words.NO_IMAGE_MAP)}</p>'
    outlines = "".join(map(_outline, view.objects))
    numbers = "".join(map(_number, view.objects))
    label = escape(words.OUTLINES.format(count=len(view.objects)))
    rows = [
        (f"{row.cells[0]} ({words.ASKED_ABOUT})" if row.asked else row.cells[0], *row.cells[1:])
        for row in view.objects
    ]
    return (
        f'<div class="pointing"><div class="scene" style="aspect-ratio:{view.ratio:.4f}" '
        f'role="img" aria-label="{label}"><img src="{escape(view.picture)}" alt="">'
        '<svg viewBox="0 0 1000 1000" preserveAspectRatio="none" aria-hidden="true">'
        f"{outlines}</svg>{numbers}</div>{table(words.POINTING_HEADINGS, rows, view.title)}</div>"
    )


def _outline(row: ObjectRow) -> str:
    kind = "line asked-about" if row.asked else "line"
    path = escape(row.outline)
    return f'<path class="halo" d="{path}"/><path class="{kind}" d="{path}"/>'


def _number(row: ObjectRow) -> str:
    kind = ' class="asked-about"' if row.asked else ""
    return f'<b{kind} style="left:{100 * row.x:.1f}%;top:{100 * row.y:.1f}%">{row.number}</b>'
