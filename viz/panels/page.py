"""The whole page: its tabs, each of them one panel file, and the endpoints for programs."""

from __future__ import annotations

import gradio as gr
import matplotlib as mpl

from fusion.engine import Engine
from viz import (
    words,
    words_compare,
    words_explain,
    words_inside,
    words_learn,
    words_results,
    words_steer,
    words_train,
)
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
from viz.panels.share_wiring import by_name, wire_links, wire_saving
from viz.panels.steer_page import steer_page
from viz.panels.tools import add_tools
from viz.panels.train_page import train_page

MOST_WAITING = 200  # of all visitors together, before the next is told to come back


def build_page(engine: Engine) -> gr.Blocks:
    """The page, opened on an answered question."""
    # Gradio asks for the backend before every event; while none is chosen, that imports pyplot,
    # and the first visitor waits a second for it.
    mpl.use("agg")
    guests = Guests(engine)
    handlers = Handlers(engine, guests)
    with gr.Blocks(
        title=words.NAME, analytics_enabled=False, delete_cache=(SWEPT_EVERY, KEPT_FOR)
    ) as page:
        header_panel()
        with gr.Tabs(elem_id="tabs") as tabs:
            with gr.Tab(words.TAB_ASK, id="ask"):
                ask = ask_page(engine, handlers)
            with gr.Tab(words_compare.TAB, id="compare-tab") as tab:
                compare_page(tab, ask, handlers)
            with gr.Tab(words_inside.TAB, id="inside-tab") as tab:
                inside_page(tab, ask, handlers)
            with gr.Tab(words_explain.TAB, id="explain-tab") as tab:
                explain_page(tab, ask, handlers)
            with gr.Tab(words_steer.TAB, id="steer-tab") as tab:
                steer_page(tab, ask, handlers)
            with gr.Tab(words_learn.TAB, id="learn-tab"):
                learn = learn_page(engine)
            with gr.Tab(words_results.TAB, id="results-tab"):
                results_page(engine)
            with gr.Tab(words_train.ENGLISH.TAB, id="train-tab"):
                train_page(tabs, ask, handlers)
            with gr.Tab(words.TAB_ABOUT, id="about"):
                about_panel(by_name(tabs))
        for source in (ask.share, learn):
            wire_links(source, ask, by_name(tabs), handlers)
        wire_saving(ask, handlers)
        add_endpoints(engine, guests, MODEL, engine.default_fusion)
        add_tools(engine, guests, engine.default_fusion)
    give_examples(page)
    return page.queue(max_size=MOST_WAITING, api_open=False)
