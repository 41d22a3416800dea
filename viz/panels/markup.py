"""Views as HTML. Every text goes through `escape`, whoever wrote it."""

from __future__ import annotations

from html import escape

from viz.panels.presenter import AnswerRow, AnswersView, Card, CaseRow, CasesView, SharesView
from viz.words import page as words


def answers(view: AnswersView) -> str:
    """The five best answers as bars, a banner above when the picture is unlike the training."""
    banner = f'<p class="notice" role="alert">{escape(view.notice)}</p>' if view.notice else ""
    rows = "".join(_answer(row, rank) for rank, row in enumerate(view.rows))
    truth = f'<span class="truth">{escape(view.truth)}</span>' if view.truth else ""
    return f'{banner}<h2>{words.ANSWER} {truth}</h2><ol class="answers">{rows}</ol>'


def _answer(row: AnswerRow, rank: int) -> str:
    sign = ""
    if row.mark:
        symbol, name = ("✓", words.RIGHT) if row.mark == "right" else ("✗", words.WRONG)
        sign = f'<span class="mark {row.mark}" title="{name}" aria-label="{name}">{symbol}</span>'
    return (
        f'<li class="{"best" if rank == 0 else "rest"}">'
        f'<span class="name">{escape(row.text)} {sign}</span>'
        '<span class="track">'
        f'<span class="fill" style="width:{row.share * 100:.2f}%"></span></span>'
        f'<span class="number">{words.percent(row.share)}</span></li>'
    )


def shares(view: SharesView) -> str:
    """Attention weight and measured share as two bars in one table, and the sentence."""
    weight = _bar(view.weight, view.weight_note)
    source = f'<p class="small">{escape(view.weight_source)}</p>' if view.weight_source else ""
    measured = _bar(view.measured, words.NO_EFFECT)
    tone = "sentence disagree" if view.disagree else "sentence"
    return (
        f"<h2>{words.DECIDED}</h2>"
        f'<div class="pair"><span class="what">{words.ATTENTION_WEIGHT}</span>{weight}</div>'
        f"{source}"
        f'<div class="pair"><span class="what">{words.MEASURED_SHARE}</span>{measured}</div>'
        f'<p class="small">{escape(view.measured_note)}</p>'
        f'<p class="{tone}">{escape(view.sentence)}</p>'
    )


def _bar(image: float | None, note: str) -> str:
    if image is None:
        return f'<span class="none">{escape(note)}</span>'
    left, right = words.percent(image), words.percent(1 - image)
    return (
        f'<span class="side image">{words.IMAGE} <b>{left}</b></span>'
        f'<span class="split" role="img" aria-label="{words.IMAGE} {left}, '
        f'{words.QUESTION_SIDE} {right}"><span style="width:{image * 100:.1f}%"></span></span>'
        f'<span class="side text"><b>{right}</b> {words.QUESTION_SIDE}</span>'
    )


def cases(view: CasesView) -> str:
    """The table of the four cases, and before and after below it."""
    saw, answer, probability = words.CASE_HEADINGS
    explained = f"P({escape(view.explained)})"
    rows = "".join(_case(row) for row in view.rows)
    return (
        f'<h2>{words.WHAT_IF}</h2><table class="cases"><thead><tr><th scope="col">{saw}</th>'
        f'<th scope="col">{answer}</th><th scope="col">{probability}</th>'
        f'<th scope="col">{explained}</th><th scope="col">{words.CHANGE}</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>{_change(view.cards)}"
    )


def _case(row: CaseRow) -> str:
    current = ' class="current" aria-current="true"' if row.current else ""
    direction = "up" if row.change > 0.005 else "down" if row.change < -0.005 else "same"
    return (
        f'<tr{current}><th scope="row">{escape(row.name)}</th><td>{escape(row.answer)}</td>'
        f"<td>{words.percent(row.share)}</td><td>{words.percent(row.value)}</td>"
        f'<td class="{direction}">{words.points(row.change)}</td></tr>'
    )


def _change(cards: tuple[Card, Card] | None) -> str:
    if cards is None:
        return f'<p class="hint">{escape(words.HINT_BEFORE)}</p>'
    before, after = cards
    arrow = '<span class="arrow" aria-hidden="true">→</span>'
    return (
        f'<div class="change">{_card(before, words.BEFORE)}{arrow}{_card(after, words.AFTER)}</div>'
    )


def _card(card: Card, when: str) -> str:
    return (
        f'<figure><img src="{escape(card.picture)}" alt="{escape(card.description)}">'
        f"<figcaption><span>{escape(words.named(when, card.title))}</span>"
        f"<b>{escape(card.answer)} {words.percent(card.share)}</b>"
        f"<span>{escape(card.weights)}</span></figcaption></figure>"
    )


def fusion_help(summary: str, facts: str) -> str:
    """The chosen fusion in one sentence, with its accuracy and size."""
    return f'<p class="fusion-help" tabindex="0"><b>{escape(facts)}</b> {escape(summary)}</p>'


def suggestions(questions: list[str]) -> str:
    """The scene's own questions as buttons; the browser sends back which one was pressed."""
    if not questions:
        return f'<p class="try">{escape(words.TRY_NONE)}</p>'
    buttons = "".join(
        f'<button type="button" data-index="{i}">{escape(q)}</button>'
        for i, q in enumerate(questions)
    )
    return f'<div class="try" role="group" aria-label="{words.TRY}">{buttons}</div>'
