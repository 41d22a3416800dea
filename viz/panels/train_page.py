"""The Train page: choose, train, watch the curves, ask what came of it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from threading import Event
from typing import Any

import gradio as gr

from viz.panels import train_markup, train_view
from viz.panels.ask_page import MODEL, Ask, Update
from viz.panels.errors import told_plainly
from viz.panels.handlers import Handlers
from viz.panels.line import Line
from viz.panels.train_endpoint import add_train_endpoint
from viz.panels.train_handlers import MOST_AHEAD, Trained, Trainer, Waiting
from viz.panels.train_panels import Train, train_panels
from viz.panels.visit import Visit
from viz.words import engine
from viz.words import train as words

QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "undocumented"}
IN_SIGHT_JS = """() => document.querySelector('#train-progress').scrollIntoView(
  { block: innerWidth > 700 ? 'nearest' : 'start', behavior: 'smooth' })"""


def train_page(tabs: gr.Tabs, ask: Ask, handlers: Handlers) -> Train:
    """The page, to be placed inside a tab, and the endpoint `/train`."""
    page, trainer = train_panels(handlers.engine), Trainer(handlers.guests, Line())
    _wire(page, trainer)
    _wire_ask(page, tabs, ask, handlers)
    add_train_endpoint(trainer)
    return page


def _wire(page: Train, trainer: Trainer) -> None:
    """Train checks the choice at once and then waits its turn; Stop keeps what is learned."""

    def begin(owner: str | None, *choice: Any) -> Update:
        with told_plainly():
            page.choices.config(choice)
            trainer.check()
        return {
            page.owner: owner or secrets.token_hex(12),
            page.stop: Event(),
            page.progress: train_markup.said(words.STARTING),
            **page.buttons(running=True),
        }

    def run(owner: str, stop: Event, *choice: Any) -> Iterator[Update]:
        config, drawn = page.choices.config(choice), -1
        try:
            with told_plainly():
                for step in trainer.train(config, owner, stop.is_set):
                    if isinstance(step, Waiting):
                        yield _in_line(page, step)
                        continue
                    if drawn < 0:
                        yield _cleared(page, config.epochs)
                    points = len(step.learning.points)
                    yield _shown(page, step, new_points=points > max(drawn, 0))
                    drawn = points
        except gr.Error:
            failed = train_markup.said(words.FAILED)
            yield {page.progress: failed, **page.buttons(running=False)}
            raise

    def halt(stop: Event | None) -> Update:
        if stop is not None:
            stop.set()
        return {page.halt: gr.Button(interactive=False)}

    buttons = [page.start, page.halt]
    shown = [page.progress, page.curve, page.table, page.numbers, page.ask]
    choice = page.choices.inputs()
    page.start.click(None, js=IN_SIGHT_JS)
    begun = page.start.click(
        begin,
        [page.owner, *choice],
        [page.owner, page.stop, page.progress, *buttons],
        api_name="page_train_begin",
        concurrency_limit=None,  # never waits; without a queue the browser is not told of errors
        **QUIET,
    )
    begun.success(
        run,
        [page.owner, page.stop, *choice],
        [*shown, *buttons],
        api_name="page_train",
        concurrency_limit=None,
        **QUIET,
    )
    page.halt.click(
        halt, [page.stop], [page.halt], queue=False, api_name="page_train_stop", **QUIET
    )


def _in_line(page: Train, step: Waiting) -> Update:
    """Somebody's place in the line, or that it was given up."""
    if not step.ahead:
        left = train_markup.said(words.LEFT)
        return {page.progress: left, **page.buttons(running=False)}
    told = words.waiting(step.ahead, MOST_AHEAD)
    return {
        page.progress: train_markup.said(told),
        **page.buttons(running=True, waiting=True),
    }


def _cleared(page: Train, epochs: int) -> Update:
    """Empty charts, and nothing of the training before."""
    return {
        page.progress: train_markup.said(words.STARTING),
        page.curve: train_markup.curve(train_view.empty(epochs)),
        page.numbers: gr.Accordion(visible=False),
        page.ask: gr.Button(visible=False),
        **page.buttons(running=True),
    }


def _shown(page: Train, step: Trained, *, new_points: bool) -> Update:
    """What a step changes; the curves change with a new point and at the end."""
    over = step.learning.ended is not None
    progress = train_view.progress(step.learning)
    changed: Update = {page.progress: train_markup.progress(progress)}
    if new_points or over:
        changed |= page.curves(step.learning)
    if over:
        changed |= page.buttons(running=False)
    if step.guest is not None:
        changed |= {page.ask: gr.Button(visible=True)}
    return changed


def _wire_ask(page: Train, tabs: gr.Tabs, ask: Ask, handlers: Handlers) -> None:
    """What the Ask page shows is asked of the visitor's newest fusion; all that are kept of the
    visitor's are then in that page's menu, too."""

    def ask_this(visit: Visit, picture: str, text: str, owner: str | None) -> Update:
        own = handlers.guests.of(owner) if owner else ()
        with told_plainly():
            if not own:
                raise ValueError(words.NO_MODEL)
            answered = handlers.ask(visit, picture, text, own[0].name)
        menu = [
            *((guest.told.label, guest.name) for guest in own),
            *((engine.said(info.label), info.name) for info in handlers.engine.fusions),
        ]
        return {
            **ask.update(answered),
            ask.asked.fusion: gr.Dropdown(choices=menu, value=own[0].name),
            tabs: gr.Tabs(selected="ask"),
        }

    page.ask.click(
        ask_this,
        [ask.visit, ask.picture_id, ask.asked.text, page.owner],
        [*ask.outputs(), ask.asked.fusion, tabs],
        api_name="page_train_ask",
        concurrency_id=MODEL,
        concurrency_limit=1,
        **QUIET,
    )
