"""The Explain page: the answer you choose, explained in every way there is, and each put to the
test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from threading import Event
from typing import Any

import gradio as gr

from viz.panels import explain_markup
from viz.panels.ask_page import MODEL, Ask, Update
from viz.panels.errors import told_plainly
from viz.panels.explaining import Begun, Explaining, Job
from viz.panels.handlers import Handlers
from viz.panels.visit import TIME_TO_LIVE, Visit
from viz.words import engine
from viz.words import explain as words_explain
from viz.words import page as words

QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "undocumented"}
IN_SIGHT_JS = "() => document.querySelector('#doubt').scrollIntoView({ behavior: 'smooth' })"


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Explain:
    """The components of the Explain page; `job` is what is explained, `stop` ends its long work,
    `stop_test` the test that is going on."""

    job: gr.State
    stop: gr.State
    stop_test: gr.State
    asked: gr.HTML
    answers: gr.Radio
    halt: gr.Button
    go_on: gr.Button
    cards: dict[str, gr.HTML]
    tests: dict[str, gr.Button]
    halt_test: gr.Button
    doubt: gr.HTML


def explain_page(tab: gr.Tab, ask: Ask, handlers: Handlers) -> Explain:
    """The page, to be placed inside `tab`; it explains what the Ask page shows."""
    explaining = Explaining(handlers)
    page = _panels(explaining)
    _wire_maps(tab, page, ask, explaining)
    _wire_tests(page, explaining)
    return page


def _panels(explaining: Explaining) -> Explain:
    job, stop, stop_test = (gr.State(None, time_to_live=TIME_TO_LIVE) for _ in range(3))
    with gr.Row(elem_id="explain-row"):
        asked = gr.HTML("", elem_id="explain-asked", apply_default_css=False)
        answers = gr.Radio([], label=words_explain.ANSWER, elem_id="explain-answers")
        halt = gr.Button(words_explain.STOP, visible=False, scale=0, elem_id="explain-stop")
        go_on = gr.Button(words_explain.GO_ON, visible=False, scale=0, elem_id="explain-go-on")
    gr.HTML(explain_markup.legend(), elem_id="explain-legend", apply_default_css=False)
    cards: dict[str, gr.HTML] = {}
    tests: dict[str, gr.Button] = {}
    with gr.Row(elem_id="explain-cards"):
        for name in explaining.infos:
            with gr.Column(min_width=200, elem_classes="explain-card"):
                cards[name] = gr.HTML("", elem_id=f"explain-{name}", apply_default_css=False)
                tests[name] = gr.Button(
                    words_explain.TEST, size="sm", visible=False, elem_id=f"test-{name}"
                )
    halt_test = gr.Button(words_explain.STOP, visible=False, elem_id="doubt-stop")
    doubt = gr.HTML(explain_markup.doubt_hint(), elem_id="doubt", apply_default_css=False)
    return Explain(
        job=job,
        stop=stop,
        stop_test=stop_test,
        asked=asked,
        answers=answers,
        halt=halt,
        go_on=go_on,
        cards=cards,
        tests=tests,
        halt_test=halt_test,
        doubt=doubt,
    )


def _wire_maps(tab: gr.Tab, page: Explain, ask: Ask, explaining: Explaining) -> None:
    """What is explained is settled at once; then the fast maps come, then the others, in line."""

    def begun(action: Begun, *before: Event | None) -> Update:
        for running in before:
            if running is not None:
                running.set()
        return {
            page.job: action.job,
            page.stop: Event(),
            page.asked: action.asked,
            page.answers: gr.Radio(choices=[*action.answers], value=action.job.answer_id),
            page.doubt: explain_markup.doubt_hint(),
            page.halt_test: gr.Button(visible=False),
            page.halt: gr.Button(visible=True),
            page.go_on: gr.Button(visible=False),
            **{page.cards[name]: html for name, html in action.cards.items()},
            **{page.tests[n]: gr.Button(visible=able) for n, able in action.testable.items()},
        }

    def opened(visit: Visit, picture: str, job: Job | None, *running: Event | None) -> Update:
        with told_plainly():
            return begun(explaining.begin(visit, picture, job, None), *running)

    def chosen(answer: str, job: Job | None, *running: Event | None) -> Update:
        with told_plainly():
            here = _there(job).visit
            action = explaining.begin(here, here.picture_id, job, answer)
            return begun(action, *running)

    def maps(job: Job | None, stop: Event, fast: bool) -> Iterator[Update]:
        with told_plainly():
            for cards in explaining.maps(_there(job), stop.is_set, fast=fast):
                yield {page.cards[name]: html for name, html in cards.items()}
            if not fast and not stop.is_set():
                yield {page.halt: gr.Button(visible=False)}

    def fast_maps(job: Job | None, stop: Event) -> Iterator[Update]:
        yield from maps(job, stop, True)

    def slow_maps(job: Job | None, stop: Event) -> Iterator[Update]:
        yield from maps(job, stop, False)

    def halt(job: Job | None, stop: Event | None) -> Update:
        if stop is not None:
            stop.set()
        with told_plainly():
            cards = explaining.halted(_there(job))
        return {
            page.halt: gr.Button(visible=False),
            page.go_on: gr.Button(visible=True),
            **{page.cards[name]: html for name, html in cards.items()},
        }

    def go_on() -> Update:
        return {
            page.stop: Event(),
            page.halt: gr.Button(visible=True),
            page.go_on: gr.Button(visible=False),
        }

    cards, buttons = list(page.cards.values()), [page.halt, page.go_on]
    shown = [page.job, page.stop, page.asked, page.answers, page.doubt, page.halt_test]
    running = [page.stop, page.stop_test]
    first: dict[str, Any] = {"concurrency_id": MODEL, "concurrency_limit": 1, **QUIET}
    begin = partial(tab.select, opened, [ask.visit, ask.picture_id, page.job, *running])
    choose = partial(page.answers.input, chosen, [page.answers, page.job, *running])
    for start, name in ((begin, "opened"), (choose, "chosen")):
        outputs = [*shown, *buttons, *cards, *page.tests.values()]
        _run(start(outputs, api_name=f"explain_{name}", **first), page, name, fast_maps, slow_maps)
    page.halt.click(
        halt, [page.job, page.stop], [*buttons, *cards], queue=False, api_name="explain_stop",
        **QUIET,
    )  # fmt: skip
    going = page.go_on.click(
        go_on, None, [page.stop, *buttons], queue=False, api_name="explain_go_on", **QUIET
    )
    _run(going, page, "go_on", fast_maps, slow_maps)


def _run(event: Any, page: Explain, name: str, fast: Any, slow: Any) -> None:
    """After an event the fast maps, then the slow ones; of each, so many visitors' at a time."""
    cards, given = list(page.cards.values()), [page.job, page.stop]
    for kind, maps, outputs, at_once in (
        ("fast", fast, cards, 2),
        ("slow", slow, [*cards, page.halt], 1),
    ):
        event = event.success(
            maps,
            given,
            outputs,
            api_name=f"explain_{name}_{kind}",
            concurrency_id=f"explain-{kind}",
            concurrency_limit=at_once,
            **QUIET,
        )


def _wire_tests(page: Explain, explaining: Explaining) -> None:
    """One map put to the test, with progress; another test ends the one before."""

    def start(stop: Event | None, method: str) -> Update:
        if stop is not None:
            stop.set()
        return {
            page.stop_test: Event(),
            page.halt_test: gr.Button(visible=True),
            page.doubt: explain_markup.doubting(
                engine.said(explaining.infos[method].label), words_explain.WAITING, 0.0
            ),
        }

    def test(job: Job | None, stop: Event, method: str) -> Iterator[Update]:
        with told_plainly():
            for html in explaining.doubt(_there(job), method, stop.is_set):
                yield {page.doubt: html}
            if not stop.is_set():
                yield {page.halt_test: gr.Button(visible=False)}

    def halt(stop: Event | None) -> Update:
        if stop is not None:
            stop.set()
        return {
            page.halt_test: gr.Button(visible=False),
            page.doubt: explain_markup.stopped(words_explain.STOPPED),
        }

    for method, button in page.tests.items():
        button.click(None, js=IN_SIGHT_JS)
        pressed = button.click(
            partial(start, method=method),
            [page.stop_test],
            [page.stop_test, page.halt_test, page.doubt],
            queue=False,
            api_name=f"doubt_begin_{method}",
            **QUIET,
        )
        pressed.success(
            partial(test, method=method),
            [page.job, page.stop_test],
            [page.doubt, page.halt_test],
            api_name=f"doubt_{method}",
            concurrency_id="doubt",
            concurrency_limit=1,
            **QUIET,
        )
    page.halt_test.click(
        halt, [page.stop_test], [page.halt_test, page.doubt], queue=False, api_name="doubt_stop",
        **QUIET,
    )  # fmt: skip


def _there(job: Job | None) -> Job:
    """What is explained; ValueError when it was dropped meanwhile."""
    if job is None:
        raise ValueError(words.NOT_HERE)
    return job
