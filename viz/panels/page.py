"""The whole page: its tabs, each of them one panel file, and the endpoints for programs."""

from __future__ import annotations

from functools import partial

import gradio as gr
import matplotlib as mpl

from fusion.engine import Engine
from viz.limits import KEPT_FOR, SWEPT_EVERY
from viz.panels.about import about_panel
from viz.panels.api_examples import give_examples
from viz.panels.ask_page import MODEL, ask_page
from viz.panels.compare_page import compare_page
from viz.panels.endpoints import add_endpoints
from viz.panels.explain_page import explain_page
from viz.panels.guests import Guests
from viz.panels.handlers import Handlers
from viz.panels.header import header_panel
from viz.panels.inside_page import inside_page
from viz.panels.learn_page import learn_page
from viz.panels.results_page import results_page
from viz.panels.share_wiring import wire_carrying, wire_links, wire_saving
from viz.panels.spoken import SpokenPage
from viz.panels.steer_page import steer_page
from viz.panels.tabs import tab_names
from viz.panels.tools import add_tools
from viz.panels.train_page import train_page
from viz.words import LANGUAGES, language, page

MOST_WAITING = 200  # of all visitors together, before the next is told to come back


def build_page(engine: Engine) -> gr.Blocks:
    """The page in every language, opened on an answered question."""
    # Gradio asks for the backend before every event; while none is chosen, that imports pyplot,
    # and the first visitor waits a second for it.
    mpl.use("agg")
    guests = Guests(engine)
    with SpokenPage(
        title=page.NAME, analytics_enabled=False, delete_cache=(SWEPT_EVERY, KEPT_FOR)
    ) as built:
        _build(engine, guests)
    for other in LANGUAGES.keys() - {language()}:
        built.also_in(other, partial(_build, engine, guests))
    give_examples(built)
    return built.queue(max_size=MOST_WAITING, api_open=False)


def _build(engine: Engine, guests: Guests) -> None:
    """Everything on the page, in the language that is spoken."""
    handlers, names = Handlers(engine, guests), tab_names()
    header_panel()
    with gr.Tabs(elem_id="tabs") as tabs:
        with gr.Tab(names["ask"], id="ask"):
            ask = ask_page(engine, handlers)
        with gr.Tab(names["compare"], id="compare-tab") as tab:
            compare_page(tab, ask, handlers)
        with gr.Tab(names["inside"], id="inside-tab") as tab:
            inside_page(tab, ask, handlers)
        with gr.Tab(names["explain"], id="explain-tab") as tab:
            explain_page(tab, ask, handlers)
        with gr.Tab(names["steer"], id="steer-tab") as tab:
            steer_page(tab, ask, handlers)
        with gr.Tab(names["learn"], id="learn-tab"):
            learn = learn_page(engine)
        with gr.Tab(names["results"], id="results-tab"):
            results_page(engine)
        with gr.Tab(names["train"], id="train-tab"):
            train_page(tabs, ask, handlers)
        with gr.Tab(names["about"], id="about"):
            about_panel(names)
    for source in (ask.share, learn):
        wire_links(source, ask, handlers)
    wire_carrying(ask, handlers)
    wire_saving(ask, handlers)
    add_endpoints(engine, guests, MODEL, engine.default_fusion)
    add_tools(engine, guests, engine.default_fusion)
