"""The Ask page: one question through one fusion, everything of it on one screen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from threading import Event
from typing import Any

import gradio as gr

from fusion.engine import Engine
from fusion.outputs import MAIN
from viz.panels.errors import told_plainly
from viz.panels.handlers import Handlers, Page, opening_id
from viz.panels.hub_panel import HubPanel, Loading, hub_panel, number_of
from viz.panels.picture import PicturePanel, picture_panel
from viz.panels.question import QuestionPanel, question_panel
from viz.panels.results import ResultsPanel, results_panel
from viz.panels.share import share_panel
from viz.panels.stage import stage_panel
from viz.panels.visit import TIME_TO_LIVE, Visit

MODEL = "model"  # the `concurrency_id` of everything that uses the engine
LOADING = 16  # visitors who watch the pretrained model being loaded

Update = dict[Any, Any]
Listen = Callable[..., Any]  # one of Gradio's: adds a handler


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Ask:
    """The components of the Ask page; `hub` is there when a pretrained model is served."""

    visit: gr.State
    picture_id: gr.Textbox
    asked: QuestionPanel
    stage: gr.HTML
    given: PicturePanel
    share: gr.HTML
    results: ResultsPanel
    hub: HubPanel | None = None

    def outputs(self) -> list[Any]:
        """Everything that an action may change."""
        asked, results = self.asked, self.results
        shown = [self.stage, results.answers, results.shares, results.cases]
        menus = [asked.fusion, asked.help]
        hub = [] if self.hub is None else self.hub.outputs()
        return [self.visit, self.picture_id, *shown, asked.text, asked.suggestions, *menus, *hub]

    def update(self, page: Page) -> Update:
        """What changes; components left out stay as they are."""
        changed: Update = {
            self.visit: page.visit,
            self.picture_id: page.visit.picture_id,
            self.stage: page.stage,
            self.results.answers: page.answers,
            self.results.shares: page.shares,
            self.results.cases: page.cases,
            self.asked.help: page.help,
            self.asked.fusion: gr.Dropdown(
                value=page.visit.fusion, interactive=page.visit.backbone == MAIN
            ),
        }
        if page.picture is not None:
            changed[self.stage] = gr.HTML(page.stage, picture=page.picture)
            changed[self.asked.suggestions] = page.suggestions
        if page.chosen:  # what a link opens is, so that its class finds the box as it should be
            changed[self.asked.text] = question_box(page.visit)
        if self.hub is not None:
            changed |= self.hub.update(page)
        return changed


def question_box(visit: Visit) -> gr.Textbox:
    """A box with the visit's question, for reading alone where a class may not write others."""
    return gr.Textbox(visit.question, interactive=visit.offered.free)


def ask_page(engine: Engine, handlers: Handlers) -> Ask:
    """The page, to be placed inside a tab, opened on an answered question."""
    ask = _panels(engine, handlers.opening())
    _wire(ask, handlers)
    if ask.hub is not None:
        _wire_hub(ask, ask.hub, handlers)
    return ask


def _panels(engine: Engine, opening: Page) -> Ask:
    """The panels of the Ask page in their places, showing `opening`."""
    visit = gr.State(opening.visit, time_to_live=TIME_TO_LIVE)
    picture_id = gr.Textbox(opening_id(opening.visit), visible=False)
    asked = question_panel(
        engine.fusions,
        engine.backbones,
        engine.hub,
        scene=engine.scene,
        question=opening.visit.question,
        fusion=opening.visit.fusion,
        suggestions=opening.suggestions or "",
        about=opening.help,
    )
    hub = None if engine.hub is None else hub_panel(engine.hub)
    with gr.Row(elem_id="columns"):
        with gr.Column(elem_id="left", scale=5, min_width=340):
            stage = stage_panel(opening.stage, opening.picture or {})
            with gr.Row(elem_id="picture-row"):
                given = picture_panel()
                share = share_panel()
        with gr.Column(elem_id="right", scale=6, min_width=340):
            results = results_panel(opening.answers, opening.shares, opening.cases)
    return Ask(
        visit=visit,
        picture_id=picture_id,
        asked=asked,
        stage=stage,
        given=given,
        share=share,
        results=results,
        hub=hub,
    )


def _wire(ask: Ask, handlers: Handlers) -> None:
    """Each action calls its handler; all share one `concurrency_id` and are done in their order.

    Not `always_last`: Gradio would then repeat the first press's event data, not the last's.
    """

    def shown(action: Callable[[], Page]) -> Update:
        with told_plainly():
            return ask.update(action())

    def question(visit: Visit, picture: str, text: str, fusion: str, backbone: str) -> Update:
        return shown(lambda: handlers.ask(visit, picture, text, fusion, backbone))

    def pick(visit: Visit, picture: str, fusion: str, backbone: str, event: gr.EventData) -> Update:
        return shown(lambda: handlers.pick(visit, picture, int(event.index), fusion, backbone))

    def hide(visit: Visit, picture: str, event: gr.EventData) -> Update:
        return shown(lambda: handlers.hide(visit, picture, event._data))

    def scene(visit: Visit, fusion: str, backbone: str) -> Update:
        return shown(lambda: handlers.new_scene(None, fusion, backbone, visit.offered))

    def example(visit: Visit, fusion: str, backbone: str, event: gr.EventData) -> Update:
        number, offered = int(event.index), visit.offered
        return shown(lambda: handlers.example(number, fusion, backbone, offered))

    def picture(visit: Visit, file: str, text: str, fusion: str, backbone: str) -> Update:
        offered = visit.offered
        return shown(lambda: handlers.own_picture(file, text, fusion, backbone, offered))

    asked, here = ask.asked, [ask.visit, ask.picture_id]
    menus = [asked.fusion, asked.backbone]
    choices = [asked.fusion.select]
    if ask.hub is None:
        choices.append(asked.backbone.select)
    askers = partial(gr.on, [asked.ask.click, asked.text.submit, *choices])
    for listen, handler, inputs in (
        (askers, question, [*here, asked.text, *menus]),
        (asked.suggestions.pick, pick, [*here, *menus]),
        (ask.stage.hide, hide, here),
        (asked.gallery.example, example, [ask.visit, *menus]),
        (ask.given.new_scene.click, scene, [ask.visit, *menus]),
        (ask.given.upload.upload, picture, [ask.visit, ask.given.upload, asked.text, *menus]),
    ):
        _asks(
            ask,
            listen,
            handler,
            inputs,
            api_name=f"page_{handler.__name__}",
            api_visibility="undocumented",
            show_progress="hidden",
            trigger_mode="multiple",
        )


def _asks(ask: Ask, listen: Listen, handler: Any, inputs: list[Any], **how: Any) -> None:
    """Answer what `listen` hears of. Where it is the pretrained model that answers, which can take
    over a second, the page says so until it has, or has failed."""
    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    hub = ask.hub
    if hub is not None:  # first, for the browser takes one after the other
        said = f"name => name === {json.dumps(hub.name)} ? {json.dumps(hub.answering)} : ''"
        listen(None, [ask.asked.backbone], [hub.status], js=said, **quiet)
    done = listen(handler, inputs, ask.outputs(), concurrency_id=MODEL, concurrency_limit=1, **how)
    if hub is not None:
        done.failure(None, None, [hub.status], js="() => ''", **quiet)


def _wire_hub(ask: Ask, hub: HubPanel, handlers: Handlers) -> None:
    """Choosing the pretrained model loads it first, beside the queue of those who ask, and then
    asks; layer, attention head and photographs show something else at once."""
    loading = Loading(handlers.engine, hub, ask.asked.backbone)
    menus = [ask.asked.fusion, ask.asked.backbone]
    here = [ask.visit, ask.picture_id]

    def begin(backbone: str, running: Event | None) -> Update:
        with told_plainly():
            return loading.begin(backbone, running)

    def load(visit: Visit, backbone: str, stop: Event) -> Iterator[Update]:
        with told_plainly():
            yield from loading.load(visit, backbone, stop)

    def halt(stop: Event | None) -> None:
        if stop is not None:
            stop.set()

    def loaded(visit: Visit, picture: str, text: str, fusion: str, backbone: str) -> Any:
        if loading.due(backbone):  # stopped
            return gr.skip()
        with told_plainly():
            return ask.update(handlers.ask(visit, picture, text, fusion, backbone))

    def look(visit: Visit, picture: str, layer: str, head: str) -> Update:
        with told_plainly():
            page = handlers.look(visit, picture, number_of(layer), number_of(head))
        return ask.update(page)

    def photo(visit: Visit, fusion: str, backbone: str, event: gr.EventData) -> Update:
        with told_plainly():
            page = handlers.photograph(int(event.index), fusion, backbone, visit.offered)
        return ask.update(page)

    quiet: dict[str, Any] = {"api_visibility": "undocumented", "show_progress": "hidden"}
    asking: dict[str, Any] = {"concurrency_id": MODEL, "concurrency_limit": 1, **quiet}
    status = [hub.status, hub.halt, ask.asked.backbone]
    begun = ask.asked.backbone.select(
        begin,
        [ask.asked.backbone, hub.stop],
        [hub.stop, hub.halt, hub.status],
        queue=False,
        api_name="hub_begin",
        **quiet,
    )
    there = begun.success(
        load,
        [ask.visit, ask.asked.backbone, hub.stop],
        status,
        api_name="hub_load",
        concurrency_id="hub",
        concurrency_limit=LOADING,
        **quiet,
    )
    there.success(
        loaded, [*here, ask.asked.text, *menus], ask.outputs(), api_name="hub_loaded", **asking
    )
    hub.halt.click(halt, [hub.stop], None, queue=False, api_name="hub_stop", **quiet)
    looks = [*here, hub.layer, hub.head]
    for menu in (hub.layer, hub.head):
        menu.select(look, looks, ask.outputs(), api_name=f"hub_{menu.elem_id[4:]}", **asking)
    quiet["api_name"] = "hub_photo"
    _asks(ask, hub.photographs.pick, photo, [ask.visit, *menus], **quiet)
