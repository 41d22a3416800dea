"""The Steer page: the attention, the question or the picture changed by hand, before and after."""

from __future__ import annotations

from functools import partial

import gradio as gr

from viz.panels.ask_page import MODEL, Ask, Update
from viz.panels.errors import told_plainly
from viz.panels.handlers import Handlers
from viz.panels.hub_markup import refused
from viz.panels.steer_actions import SteerActions
from viz.panels.visit import Visit
from viz.panels.web_files import web
from viz.plots import diverging, scale
from viz.words import hub as words_hub
from viz.words import steer as words_steer

SCRIPTS = (
    "map.js", "steer_result.js", "steer.js", "steer_weights.js", "steer_picture.js",
    "steer_listen.js",
)  # fmt: skip


def steer_page(tab: gr.Tab, ask: Ask, handlers: Handlers) -> gr.HTML:
    """The page, to be placed inside `tab`; it starts from what the Ask page shows."""
    refusal = gr.HTML("", elem_id="steer-refusal", apply_default_css=False)
    view = gr.HTML(
        {},
        html_template=web("steer.html"),
        js_on_load="".join(map(web, SCRIPTS)),
        elem_id="steer",
        apply_default_css=False,
        words=words_steer.VIEW,
        modes=[list(mode) for mode in words_steer.MODES],
        hints=words_steer.HINT,
        lut=scale.packed_lookup_table(),
        top=scale.TOP,
        veil=scale.VEIL,
        ticks=list(scale.TICKS),
        diverging={
            "lut": diverging.packed_lookup_table(),
            "reach": diverging.REACH,
            "steps": list(diverging.STEPS),
            "veil": diverging.VEIL,
        },
    )
    with gr.Row(elem_id="steer-upload-row"):  # the view's own button opens its file chooser
        own = gr.UploadButton(words_steer.VIEW["upload"], file_types=["image"])
    _wire(tab, view, refusal, own, ask, SteerActions(handlers))
    return view


def _wire(
    tab: gr.Tab,
    view: gr.HTML,
    refusal: gr.HTML,
    own: gr.UploadButton,
    ask: Ask,
    actions: SteerActions,
) -> None:
    """Opening the tab takes over what the Ask page shows; nothing done here changes that."""

    def opened(visit: Visit, picture: str) -> Update:
        with told_plainly():
            found = actions.handlers.found(visit, picture)
            why = actions.handlers.hub.told(found, words_hub.STEER)
            if why:
                return {refusal: refused(why), view: gr.HTML(visible="hidden")}
            return {refusal: "", view: gr.HTML(actions.open(found, picture), visible=True)}

    def change(visit: Visit, picture: str, event: gr.EventData) -> Update:
        with told_plainly():
            return {view: actions.change(visit, picture, event._data)}

    def picture(visit: Visit, picture: str, file: str | None) -> Update:
        with told_plainly():
            return {view: actions.own_picture(visit, picture, file)}

    here = [ask.visit, ask.picture_id]
    for listen, handler, inputs in (
        (partial(gr.on, [tab.select]), opened, here),
        (view.steer, change, here),
        (own.upload, picture, [*here, own]),
    ):
        listen(
            handler,
            inputs,
            [view, refusal],
            api_name=f"steer_{handler.__name__}",
            api_visibility="undocumented",
            show_progress="hidden",
            trigger_mode="multiple",
            concurrency_id=MODEL,
            concurrency_limit=1,
        )
