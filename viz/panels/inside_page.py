"""The Look inside page: the way of what the Ask page shows, from the picture to the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import gradio as gr

from fusion.outputs import MAIN
from viz.panels import inside_view
from viz.panels.ask_page import MODEL, Ask, Update, question_box
from viz.panels.errors import told_plainly
from viz.panels.handlers import Handlers, Page
from viz.panels.hub_markup import refused
from viz.panels.inside_view import Choice, choice_from
from viz.panels.visit import Visit
from viz.panels.web_files import web
from viz.plots import scale
from viz.words import engine
from viz.words import hub as words_hub
from viz.words import inside as words_inside
from viz.words import page as words
from viz.words import train as words_train

SCRIPTS = (
    "map.js",
    "inside.js",
    "inside_flow.js",
    "inside_hide.js",
    "inside_open.js",
    "inside_listen.js",
)


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Within:
    """The components of the Look inside page."""

    text: gr.Textbox
    ask: gr.Button
    new_scene: gr.Button
    refusal: gr.HTML
    way: gr.HTML

    def views(self) -> list[Any]:
        return [self.refusal, self.way]

    def update(self, handlers: Handlers, visit: Visit, choice: Choice) -> Update:
        """What is shown of a visit, or why nothing is."""
        refusal = handlers.hub.told(visit, words_hub.INSIDE)
        if refusal:
            return {self.refusal: refused(refusal), self.way: gr.HTML(visible="hidden")}
        view = look_inside(handlers, visit, choice)
        return {self.refusal: "", self.way: gr.HTML(view, visible=True)}


def inside_page(tab: gr.Tab, ask: Ask, handlers: Handlers) -> Within:
    """The page, to be placed inside `tab`; it shares picture and question with the Ask page."""
    within = _panels()
    _wire(tab, within, ask, handlers)
    return within


def _panels() -> Within:
    with gr.Row(elem_id="inside-row"):
        text = gr.Textbox(
            label=words_inside.QUESTION,
            placeholder=words.QUESTION_HINT,
            lines=1,
            max_lines=1,
            scale=6,
            min_width=240,
            elem_id="inside-question",
        )
        press = gr.Button(
            words_inside.ASK, variant="primary", scale=0, min_width=92, elem_id="inside-ask"
        )
        scene = gr.Button(words.NEW_SCENE, scale=0, min_width=110, elem_id="inside-scene")
    refusal = gr.HTML("", elem_id="inside-refusal", apply_default_css=False)
    way = gr.HTML(
        {},
        html_template=web("inside.html"),
        js_on_load="".join(map(web, SCRIPTS)),
        elem_id="inside",
        apply_default_css=False,
        words=words_inside.VIEW,
        lut=scale.packed_lookup_table(),
        top=scale.TOP,
        veil=scale.VEIL,
        ticks=list(scale.TICKS),
    )
    return Within(text=text, ask=press, new_scene=scene, refusal=refusal, way=way)


def look_inside(handlers: Handlers, visit: Visit, choice: Choice) -> dict[str, Any]:
    """What the page shows of a visit."""
    engine = handlers.guests.engine_of(visit.fusion)
    given: dict[str, Any] = {
        "fusion": visit.fusion,
        "backbone": visit.backbone,
        **visit.shown.given(),
    }
    inside = engine.inside(visit.picture, visit.question, temperature=choice.temperature, **given)
    served = engine.ask(visit.picture, visit.question, **given)
    return inside_view.view(visit, inside, served, choice, _fusions(handlers, visit))


def _fusions(handlers: Handlers, visit: Visit) -> list[tuple[str, str]]:
    """What the menu offers: every fusion of the main backbone, or the one that there is."""
    known = [(info.name, engine.said(info.label)) for info in handlers.engine.fusions]
    if visit.backbone != MAIN:
        return [(name, label) for name, label in known if name == visit.fusion]
    if visit.fusion not in dict(known):
        known.append((visit.fusion, words_train.shown_name(visit.fusion)))
    return known


def _wire(tab: gr.Tab, within: Within, ask: Ask, handlers: Handlers) -> None:
    """Opening the tab follows what the Ask page shows; what is changed here is shown there, too.
    What is open, and the temperature, are the browser's to remember."""

    def shown(action: Callable[[], Page], choice: Choice) -> Update:
        with told_plainly():
            page = replace(action(), chosen=True)
            view = within.update(handlers, page.visit, choice)
        return {**ask.update(page), **view, within.text: question_box(page.visit)}

    def opened(visit: Visit, picture: str) -> Update:
        with told_plainly():
            found = handlers.found(visit, picture)
            view = within.update(handlers, found, Choice())
        return {**view, within.text: question_box(found)}

    def follow(visit: Visit, picture: str, event: gr.EventData) -> Update:
        with told_plainly():
            found = handlers.found(visit, picture)
            return within.update(handlers, found, choice_from(event._data))

    def question(visit: Visit, picture: str, text: str, fusion: str, backbone: str) -> Update:
        return shown(lambda: handlers.ask(visit, picture, text, fusion, backbone), Choice())

    def change(visit: Visit, picture: str, backbone: str, event: gr.EventData) -> Update:
        data: Mapping[str, Any] = event._data

        def action() -> Page:
            if "index" in data:
                found = handlers.found(visit, picture)
                return handlers.pick(found, picture, int(data["index"]), visit.fusion, backbone)
            if "fusion" in data:
                name = str(data["fusion"])
                question = handlers.found(visit, picture).question
                return handlers.ask(visit, picture, question, name, backbone)
            return handlers.hide(visit, picture, {**data, "sequence": 0})  # new to the Ask page

        with told_plainly():
            choice = choice_from(data)
        return shown(action, choice)

    def scene(visit: Visit, fusion: str, backbone: str) -> Update:
        offered = visit.offered
        return shown(lambda: handlers.new_scene(None, fusion, backbone, offered), Choice())

    here, own = [ask.visit, ask.picture_id], [*within.views(), within.text]
    menus = [ask.asked.fusion, ask.asked.backbone]
    askers = partial(gr.on, [within.ask.click, within.text.submit])
    everything = [*ask.outputs(), *own]
    for listen, handler, inputs, outputs in (
        (tab.select, opened, here, own),
        (within.way.follow, follow, here, within.views()),
        (askers, question, [*here, within.text, *menus], everything),
        (within.way.change_inside, change, [*here, ask.asked.backbone], everything),
        (within.new_scene.click, scene, [ask.visit, *menus], everything),
    ):
        listen(
            handler,
            inputs,
            outputs,
            api_name=f"inside_{handler.__name__}",
            api_visibility="undocumented",
            show_progress="hidden",
            trigger_mode="multiple",
            concurrency_id=MODEL,
            concurrency_limit=1,
        )
