"""Copy link and Save, below the picture; `share_wiring` says what they do."""

from __future__ import annotations

import gradio as gr

from viz.panels.links import CARRIED, CLASS, STATE
from viz.panels.web_files import web
from viz.words import share as words

NAMES = (*STATE, *CLASS, CARRIED)


def share_panel() -> gr.HTML:
    """The two buttons. Sends `restore` when the page is opened by a link, `save` for a file, and
    `carry` before the page comes again with what no link can hold."""
    return gr.HTML(
        {},
        html_template=web("share.html"),
        js_on_load=web("share.js"),
        elem_id="share",
        apply_default_css=False,
        words=words.SHARE,
        kinds=words.SAVE_AS,
        names=list(NAMES),
        class_names=list(CLASS),
        carried=CARRIED,
    )
