"""The Train page: choose, train, watch the curves, ask what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Any

import gradio as gr

from fusion.engine import Engine
from fusion.training.live import FAMILIES, LIMITS, MOST_SECONDS, QUESTIONS, LiveConfig
from viz import words_train as words
from viz.panels import train_markup, train_view
from viz.panels.ask_page import MODEL, Ask, Update
from viz.panels.errors import told_plainly
from viz.panels.guests import MOST, Guest
from viz.panels.handlers import Handlers
from viz.panels.train_endpoint import add_train_endpoint
from viz.panels.train_handlers import TRAINING, Trained, train
from viz.panels.visit import TIME_TO_LIVE, Visit

IN_SIGHT_JS = """() => document.querySelector('#train-progress').scrollIntoView(
  { block: innerWidth > 700 ? 'nearest' : 'start', behavior: 'smooth' })"""


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Choices:
    """What a visitor chooses, named as in `LiveConfig`."""

    fusion: gr.Dropdown
    families: gr.CheckboxGroup
    scenes: gr.Slider
    epochs: gr.Slider
    mask_rate: gr.Slider

    def inputs(self) -> list[Any]:
        return [getattr(self, name) for name in self.__slots__]

    def config(self, values: Sequence[Any]) -> LiveConfig:
        """The values of `inputs` as a configuration; ValueError when it is not permitted."""
        return LiveConfig.from_dict(dict(zip(self.__slots__, values, strict=True)))


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Train:
    """The components of the Train page; `stop` and `guest` are the visitor's own."""

    choices: Choices
    start: gr.Button
    halt: gr.Button
    leave: gr.Button
    ask: gr.Button
    progress: gr.HTML
    curve: gr.HTML
    table: gr.HTML
    numbers: gr.Accordion
    stop: gr.State
    guest: gr.State

    def buttons(self, *, start: bool = False, halt: bool = False, leave: bool = False) -> Update:
        """Which of the buttons can be pressed; the others are off or away."""
        return {
            self.start: gr.Button(interactive=start),
            self.halt: gr.Button(visible=halt),
            self.leave: gr.Button(visible=leave),
        }


def train_page(tabs: gr.Tabs, ask: Ask, handlers: Handlers) -> Train:
    """The page, to be placed inside a tab, and the endpoint `/train`."""
    page = _panels(handlers.engine)
    _wire(page, handlers)
    _wire_ask(page, tabs, ask, handlers)
    add_train_endpoint(handlers.guests)
    return page


def _panels(engine: Engine) -> Train:
    with gr.Row(elem_id="train-columns"):
        with gr.Column(elem_id="train-left", scale=5, min_width=300):
            gr.HTML(f'<p class="intro">{words.INTRO}</p>', apply_default_css=False)
            choices = _choices(engine)
            with gr.Row(elem_id="train-buttons"):
                start = gr.Button(words.START, variant="primary", elem_id="train-start")
                halt = gr.Button(words.STOP, variant="stop", visible=False, elem_id="train-stop")
                leave = gr.Button(words.LEAVE, visible=False, elem_id="train-leave")
            limits = words.limits({n: x.high for n, x in LIMITS.items()}, MOST_SECONDS, MOST)
            gr.HTML(f'<p class="limits">{limits}</p>', apply_default_css=False)
        with gr.Column(elem_id="train-right", scale=9, min_width=340):
            progress = gr.HTML(
                train_markup.said(words.IDLE), elem_id="train-progress", apply_default_css=False
            )
            ask = gr.Button(words.ASK, variant="primary", visible=False, elem_id="train-ask")
            curve = gr.HTML(
                train_markup.curve(train_view.empty(LiveConfig().epochs)),
                elem_id="train-curve",
                apply_default_css=False,
            )
            with gr.Accordion(
                words.NUMBERS, open=False, visible=False, elem_id="train-numbers"
            ) as numbers:
                table = gr.HTML("", elem_id="train-table", apply_default_css=False)
    return Train(
        choices=choices,
        start=start,
        halt=halt,
        leave=leave,
        ask=ask,
        progress=progress,
        curve=curve,
        table=table,
        numbers=numbers,
        stop=gr.State(None, time_to_live=TIME_TO_LIVE),
        guest=gr.State(None, time_to_live=TIME_TO_LIVE),
    )


def _choices(engine: Engine) -> Choices:
    usual = LiveConfig()
    return Choices(
        fusion=gr.Dropdown(
            [(info.label, info.name) for info in engine.fusions if info.in_comparison],
            value=usual.fusion,
            label=words.FUSION,
            info=words.FUSION_HINT,
            filterable=False,
            elem_id="train-fusion",
        ),
        families=gr.CheckboxGroup(
            [(words.CHOICES.get(name, name), name) for name in FAMILIES],
            value=list(usual.families),
            label=words.FAMILIES,
            elem_id="train-families",
        ),
        **{
            name: gr.Slider(
                LIMITS[name].low,
                LIMITS[name].high,
                value=getattr(usual, name),
                step=LIMITS[name].step,
                label=label,
                info=hint.format(questions=QUESTIONS),
                elem_id=f"train-{name.replace('_', '-')}",
            )
            for name, (label, hint) in words.SLIDERS.items()
        },
    )


def _wire(page: Train, handlers: Handlers) -> None:
    """Train checks the choice at once and then waits its turn; Stop keeps what is learned."""

    def begin(*choice: Any) -> Update:
        with told_plainly():
            page.choices.config(choice)
        waiting = train_markup.said(words.WAITING)
        return {page.stop: Event(), page.progress: waiting, **page.buttons(leave=True)}

    def run(stop: Event | None, *choice: Any) -> Iterator[Update]:
        config, asked, drawn = page.choices.config(choice), stop or Event(), 0
        yield {**_cleared(page, words.STARTING, config), **page.buttons(halt=True)}
        try:
            with told_plainly():
                for trained in train(handlers.guests, config, asked.is_set):
                    points = len(trained.learning.points)
                    yield _shown(page, trained, new_points=points > drawn)
                    drawn = points
        except gr.Error:
            yield {**_cleared(page, words.FAILED, config), **page.buttons(start=True)}
            raise

    def halt(stop: Event | None) -> None:
        if stop is not None:
            stop.set()

    def leave() -> Update:
        return {page.progress: train_markup.said(words.IDLE), **page.buttons(start=True)}

    buttons = [page.start, page.halt, page.leave]
    shown = [page.progress, page.curve, page.table, page.numbers, page.ask, page.guest]
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "undocumented"}
    page.start.click(None, js=IN_SIGHT_JS)
    begun = page.start.click(
        begin,
        page.choices.inputs(),
        [page.stop, page.progress, *buttons],
        queue=False,
        api_name="page_train_begin",
        **quiet,
    )
    running = begun.success(
        run,
        [page.stop, *page.choices.inputs()],
        [*shown, *buttons],
        api_name="page_train",
        api_visibility="undocumented",
        show_progress="minimal",
        show_progress_on=[page.progress],
        concurrency_limit=None,
    )
    page.halt.click(halt, [page.stop], None, queue=False, api_name="page_train_stop", **quiet)
    page.leave.click(
        leave,
        None,
        [page.progress, *buttons],
        queue=False,
        cancels=[running],
        api_name="page_train_leave",
        **quiet,
    )


def _cleared(page: Train, text: str, config: LiveConfig) -> Update:
    """A sentence and empty charts, and nothing of the training before."""
    return {
        page.progress: train_markup.said(text),
        page.curve: train_markup.curve(train_view.empty(config.epochs)),
        page.numbers: gr.Accordion(visible=False),
        page.ask: gr.Button(visible=False),
    }


def _shown(page: Train, trained: Trained, *, new_points: bool) -> Update:
    """What a step changes; the curves change with a new point and at the end."""
    over = trained.learning.ended is not None
    view = train_view.curve(trained.learning) if new_points or over else None
    changed: Update = {page.progress: train_markup.progress(train_view.progress(trained.learning))}
    if view is not None:
        changed[page.curve] = train_markup.curve(view)
        changed[page.table] = train_markup.table(view)
        changed[page.numbers] = gr.Accordion(visible=True)
    if over:
        changed |= page.buttons(start=True)
    if trained.guest is not None:
        changed |= {page.guest: trained.guest, page.ask: gr.Button(visible=True)}
    return changed


def _wire_ask(page: Train, tabs: gr.Tabs, ask: Ask, handlers: Handlers) -> None:
    """What the Ask page shows is asked of the trained fusion, which its menu then has, too."""

    def ask_this(visit: Visit, picture: str, text: str, guest: Guest | None) -> Update:
        with told_plainly():
            if guest is None:
                raise ValueError(words.NO_MODEL)
            answered = handlers.ask(visit, picture, text, guest.name)
        menu = [(info.label, info.name) for info in handlers.engine.fusions]
        own = gr.Dropdown(choices=[(guest.label, guest.name), *menu], value=guest.name)
        there = {ask.asked.fusion: own, tabs: gr.Tabs(selected="ask")}
        return {**ask.update(answered), **there}

    page.ask.click(
        ask_this,
        [ask.visit, ask.picture_id, ask.asked.text, page.guest],
        [*ask.outputs(), ask.asked.fusion, tabs],
        api_name="page_train_ask",
        api_visibility="undocumented",
        show_progress="hidden",
        concurrency_id=MODEL,
        concurrency_limit=1,
    )
