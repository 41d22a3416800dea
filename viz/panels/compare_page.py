"""The Compare page: what the Ask page shows, through every fusion at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import gradio as gr

from viz.panels.ask_page import MODEL, Ask, Update, question_box
from viz.panels.errors import told_plainly
from viz.panels.handlers import Handlers, Page
from viz.panels.visit import Visit
from viz.panels.web_files import web
from viz.plots import scale
from viz.words import compare as words_compare
from viz.words import page as words


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Compare:
    """The components of the Compare page."""

    text: gr.Textbox
    kind: gr.Radio
    ask: gr.Button
    new_scene: gr.Button
    table: gr.HTML


def compare_page(tab: gr.Tab, ask: Ask, handlers: Handlers) -> Compare:
    """The page, to be placed inside `tab`; it shares picture and question with the Ask page."""
    engine = handlers.engine
    fusions = sum(info.in_comparison for info in engine.fusions)
    compare = _panels(words_compare.kinds(fusions, len(engine.backbones)))
    _wire(tab, compare, ask, handlers)
    return compare


def _panels(kinds: list[tuple[str, str]]) -> Compare:
    with gr.Row(elem_id="compare-row"):
        text = gr.Textbox(
            label=words_compare.QUESTION,
            placeholder=words.QUESTION_HINT,
            lines=1,
            max_lines=1,
            scale=6,
            min_width=240,
            elem_id="compare-question",
        )
        kind = gr.Radio(
            [*kinds],
            value=kinds[0][1],
            label=words_compare.ROWS,
            scale=0,
            min_width=250,
            visible=len(kinds) > 1,
            elem_id="compare-kind",
        )
        press = gr.Button(
            words_compare.COMPARE, variant="primary", scale=0, min_width=110, elem_id="compare-ask"
        )
        scene = gr.Button(words.NEW_SCENE, scale=0, min_width=110, elem_id="compare-scene")
    table = gr.HTML(
        {},
        html_template=web("compare.html"),
        js_on_load=web("map.js") + web("compare.js"),
        elem_id="compare",
        apply_default_css=False,
        words=words_compare.VIEW,
        lut=scale.packed_lookup_table(),
        top=scale.TOP,
        veil=scale.VEIL,
        ticks=list(scale.TICKS),
    )
    return Compare(text=text, kind=kind, ask=press, new_scene=scene, table=table)


def _wire(tab: gr.Tab, compare: Compare, ask: Ask, handlers: Handlers) -> None:
    """Opening the tab compares what the Ask page shows; what is asked here is shown there, too."""

    def shown(kind: str, action: Callable[[], Page]) -> Update:
        with told_plainly():
            page = replace(action(), chosen=True)
            view = handlers.compare(page.visit, page.visit.picture_id, kind)
        return {
            **ask.update(page),
            compare.table: gr.HTML(view),
            compare.text: question_box(page.visit),
        }

    def opened(visit: Visit, picture: str, kind: str) -> Update:
        with told_plainly():
            found = handlers.found(visit, picture)
            view = handlers.compare(found, picture, kind)
        return {compare.table: gr.HTML(view), compare.text: question_box(found)}

    def question(
        visit: Visit, picture: str, text: str, fusion: str, backbone: str, kind: str
    ) -> Update:
        return shown(kind, lambda: handlers.ask(visit, picture, text, fusion, backbone))

    def pick(
        visit: Visit, picture: str, fusion: str, backbone: str, kind: str, event: gr.EventData
    ) -> Update:
        index = int(event.index)
        return shown(kind, lambda: handlers.pick(visit, picture, index, fusion, backbone))

    def scene(visit: Visit, fusion: str, backbone: str, kind: str) -> Update:
        return shown(kind, lambda: handlers.new_scene(None, fusion, backbone, visit.offered))

    here, own = [ask.visit, ask.picture_id], [compare.table, compare.text]
    menus = [ask.asked.fusion, ask.asked.backbone, compare.kind]
    openers = partial(gr.on, [tab.select, compare.kind.input])
    askers = partial(gr.on, [compare.ask.click, compare.text.submit])
    for listen, handler, inputs, outputs in (
        (openers, opened, [*here, compare.kind], own),
        (askers, question, [*here, compare.text, *menus], [*ask.outputs(), *own]),
        (compare.table.pick, pick, [*here, *menus], [*ask.outputs(), *own]),
        (compare.new_scene.click, scene, [ask.visit, *menus], [*ask.outputs(), *own]),
    ):
        listen(
            handler,
            inputs,
            outputs,
            api_name=f"compare_{handler.__name__}",
            api_visibility="undocumented",
            show_progress="hidden",
            trigger_mode="multiple",
            concurrency_id=MODEL,
            concurrency_limit=1,
        )
