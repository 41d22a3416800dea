"""A lesson as HTML: what is asked, and what is revealed. Pure: no gradio, no torch."""

from __future__ import annotations

from html import escape

from PIL import Image

from viz.lessons.base import CHOICE, ORDER, SPOT, Bars, Lesson, Map, Reveal
from viz.panels.links import query
from viz.panels.stage_view import described
from viz.plots.pictures import data_uri, overlay, shown
from viz.plots.scale import times_uniform
from viz.words import learn as words_learn
from viz.words import page as words

LONGEST = 520


def asked(lesson: Lesson, picture: Image.Image, options: tuple[str, ...]) -> str:
    """The scene, the question, and what to predict."""
    uri = data_uri(shown(picture, LONGEST))
    return (
        f'<div class="scene">{_scene(lesson, uri)}</div>'
        f'<div class="task"><h3>{escape(lesson.title)}</h3>'
        f'<p class="question"><span>{words_learn.QUESTION}</span> '
        f"{escape(lesson.state.question or '')}</p>"
        f'<p class="prompt"><b>{_lead(words_learn.PREDICT)}</b> {escape(lesson.prompt)}</p>'
        f"{_predict(lesson.kind, options)}"
        f'<p><button type="button" id="learn-reveal" class="tool primary" disabled>'
        f'{words_learn.REVEAL}</button></p><div class="revealed" tabindex="-1"></div></div>'
    )


def _lead(what: str) -> str:
    return words_learn.LEAD.format(what=what)


def _scene(lesson: Lesson, uri: str) -> str:
    image = f'<img src="{uri}" alt="{words_learn.PICTURE}">'
    if lesson.kind != SPOT:
        return image
    return (
        f'{image}<div id="learn-spot" role="application" tabindex="0" '
        f'aria-label="{words_learn.SPOT}"><i hidden></i></div>'
    )


def _predict(kind: str, options: tuple[str, ...]) -> str:
    if kind == CHOICE:
        rows = "".join(
            f'<label><input type="radio" name="learn-choice" id="learn-choice-{i}" value="{i}"> '
            f"{escape(option)}</label>"
            for i, option in enumerate(options)
        )
        return f'<fieldset class="choices"><legend>{words_learn.PREDICT}</legend>{rows}</fieldset>'
    if kind == ORDER:
        rows = "".join(
            f'<button type="button" class="tool" data-word="{i}">{escape(word)}</button>'
            for i, word in enumerate(options)
        )
        return f'<p class="hint">{words_learn.ORDER_HINT}</p><p class="order">{rows}</p>'
    return '<p class="hint" id="learn-told" role="status"></p>'


def revealed(lesson: Lesson, found: Reveal) -> str:
    """What it did, the point, and where to go on."""
    tone = "right" if found.score >= 1 else "wrong" if found.score <= 0 else "partly"
    maps, bars = "".join(map(_map, found.maps)), "".join(map(_bars, found.bars))
    return (
        f'<p class="verdict {tone}"><b>{words_learn.verdict(found.score)}</b> '
        f"{escape(found.right)}</p>"
        f'<div class="maps">{maps}</div><div class="sets">{bars}</div>'
        f'<p class="point"><b>{_lead(words_learn.POINT)}</b> {escape(lesson.point)}</p>'
        f'<p class="on"><button type="button" id="learn-try" class="tool" '
        f'data-search="{escape(query(lesson.tried))}">{words_learn.TRY}</button> '
        f"{escape(lesson.try_it)}</p>"
        f'<p><button type="button" id="learn-next" class="tool">{words_learn.NEXT}</button></p>'
    )


def _map(found: Map) -> str:
    picture = data_uri(overlay(found.picture, found.weights, longest=LONGEST))
    told = words.NO_MAP_FUSION
    if found.weights is not None:
        told = described(found.weights)
    return (
        f'<figure><img src="{picture}" alt="{escape(told)}">'
        f"<figcaption><b>{escape(found.caption)}</b> {escape(told)}</figcaption>"
        f"{_numbers(found)}</figure>"
    )


def _numbers(found: Map) -> str:
    """The table behind a map, in multiples of the uniform share."""
    if found.weights is None:
        return ""
    rows = "".join(
        "<tr>" + "".join(f"<td>{times:.1f}</td>" for times in row) + "</tr>"
        for row in times_uniform(found.weights).tolist()
    )
    return (
        f"<details><summary>{words_learn.NUMBERS}</summary>"
        f'<div class="sheet"><table><tbody>{rows}</tbody></table></div></details>'
    )


def _bars(found: Bars) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td><span class="track"><span class="fill" '
        f'style="width:{100 * share:.1f}%"></span></span></td><td>{words.percent(share)}</td></tr>'
        for name, share in found.rows
    )
    return f"<table><caption>{escape(found.title)}</caption><tbody>{rows}</tbody></table>"
