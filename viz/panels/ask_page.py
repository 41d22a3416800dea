"""The Ask page: one question through one fusion, everything of it on one screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr

from fusion.engine import Engine
from fusion.outputs import MAIN
from viz.panels.errors import told_plainly
from viz.panels.handlers import Handlers, Page
from viz.panels.picture import PicturePanel, picture_panel
from viz.panels.question import QuestionPanel, question_panel
from viz.panels.results import ResultsPanel, results_panel
from viz.panels.share import share_panel
from viz.panels.stage import stage_panel
from viz.panels.visit import TIME_TO_LIVE, Visit

MODEL = "model"  # the `concurrency_id` of everything that uses the engine

Update = dict[Any, Any]


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Ask:
    """The components of the Ask page."""

    visit: gr.State
    picture_id: gr.Textbox
    asked: QuestionPanel
    stage: gr.HTML
    given: PicturePanel
    share: gr.HTML
    results: ResultsPanel

    def outputs(self) -> list[Any]:
        """Everything that an action may change."""
        asked, results = self.asked, self.results
        shown = [self.stage, results.answers, results.shares, results.cases]
        menus = [asked.fusion, asked.help]
        return [self.visit, self.picture_id, *shown, asked.text, asked.suggestions, *menus]

    def update(self, page: Page) -> Update:
        """What changes; components left out stay as they are."""
        changed: Update = {
            self.visit: page.visit,
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
            changed[self.picture_id] = page.visit.picture_id
            changed[self.stage] = gr.HTML(page.stage, picture=page.picture)
            changed[self.asked.suggestions] = page.suggestions
        if page.chosen:  # what a link opens is, so that its class finds the box as it should be
            changed[self.asked.text] = question_box(page.visit)
        return changed


def question_box(visit: Visit) -> gr.Textbox:
    """A box with the visit's question, for reading alone where a class may not write others."""
    return gr.Textbox(visit.question, interactive=visit.offered.free)


def ask_page(engine: Engine, handlers: Handlers) -> Ask:
    """The page, to be placed inside a tab, opened on an answered question."""
    ask = _panels(engine, handlers.opening())
    _wire(ask, handlers)
    return ask


def _panels(engine: Engine, opening: Page) -> Ask:
    """The panels of the Ask page in their places, showing `opening`."""
    visit = gr.State(opening.visit, time_to_live=TIME_TO_LIVE)
    picture_id = gr.Textbox(opening.visit.picture_id, visible=False)
    asked = question_panel(
        engine.fusions,
        engine.backbones,
        scene=engine.scene,
        question=opening.visit.question,
        fusion=opening.visit.fusion,
        suggestions=opening.suggestions or "",
        about=opening.help,
    )
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
    choices = [asked.fusion.select, asked.backbone.select]
    askers = partial(gr.on, [asked.ask.click, asked.text.submit, *choices])
    for listen, handler, inputs in (
        (askers, question, [*here, asked.text, *menus]),
        (asked.suggestions.pick, pick, [*here, *menus]),
        (ask.stage.hide, hide, here),
        (asked.gallery.example, example, [ask.visit, *menus]),
        (ask.given.new_scene.click, scene, [ask.visit, *menus]),
        (ask.given.upload.upload, picture, [ask.visit, ask.given.upload, asked.text, *menus]),
    ):
        listen(
            handler,
            inputs,
            ask.outputs(),
            api_name=f"page_{handler.__name__}",
            api_visibility="undocumented",
            show_progress="hidden",
            trigger_mode="multiple",
            concurrency_id=MODEL,
            concurrency_limit=1,
        )
