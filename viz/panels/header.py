"""The page's name and the switch between light and dark."""

from __future__ import annotations

import gradio as gr

from viz import words
from viz.panels.web_files import web


def header_panel() -> gr.HTML:
    """Name, one line of what it is, and the light/dark switch."""
    return gr.HTML(
        f'<header><h1>{words.NAME}</h1><p>{words.TAGLINE}</p><button type="button" '
        f'id="theme" class="tool">{words.THEME_SWITCH}</button></header>',
        js_on_load=web("header.js"),
        elem_id="header",
        apply_default_css=False,
    )
