"""What Duet is, and what not to believe of it."""

from __future__ import annotations

import gradio as gr

from viz import words


def about_panel() -> gr.Markdown:
    """The text, with the limits."""
    return gr.Markdown(words.ABOUT, elem_id="about")
