"""The picture with its map, the question's words, and the two switches: one linked view."""

from __future__ import annotations

from typing import Any

import gradio as gr

from viz.panels.web_files import web
from viz.plots import scale
from viz.words import page as words


def stage_panel(view: dict[str, Any], picture: dict[str, Any]) -> gr.HTML:
    """Sends `hide` with what the visitor wants the model to see whenever that changes."""
    return gr.HTML(
        view,
        html_template=web("stage.html"),
        js_on_load=web("stage.js"),
        elem_id="stage",
        apply_default_css=False,
        picture=picture,
        words=words.STAGE,
        lut=scale.packed_lookup_table(),
        top=scale.TOP,
        veil=scale.VEIL,
        ticks=list(scale.TICKS),
    )
