"""A gallery of scenes with a question each: pressed, they are answered at once."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import gradio as gr

from fusion.outputs import SceneView
from viz.panels.web_files import web
from viz.plots.pictures import data_uri, shown
from viz.words import examples as words
from viz.words.common import EXAMPLES

THUMBNAIL = 112  # pixels


def examples_panel(scene: Callable[[int], SceneView]) -> gr.HTML:
    """The button and its gallery, which is drawn when it is first opened; `scene` makes the scene
    of a seed. Sends `example`."""

    def fetch_gallery(given: dict[str, Any]) -> str:
        return "".join(map(_button, range(len(EXAMPLES))))

    def _button(number: int) -> str:
        seed, question = EXAMPLES[number]
        picture = data_uri(shown(scene(seed).image, THUMBNAIL))
        return (
            f'<button type="button" id="example-{number}" data-index="{number}">'
            f'<img src="{picture}" alt="{escape(words.ALT)}">'
            f"<span>{escape(question)}</span></button>"
        )

    return gr.HTML(
        html_template=web("examples.html"),
        js_on_load=web("examples.js"),
        elem_id="examples",
        apply_default_css=False,
        server_functions=[fetch_gallery],
        words=words.PANEL,
    )
