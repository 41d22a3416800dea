"""What Duet is, and what not to believe of it."""

from __future__ import annotations

from collections.abc import Iterable

import gradio as gr

from viz.words import page as words
from viz.words import share as words_share


def about_panel(tabs: Iterable[str]) -> gr.Markdown:
    """The text, with the limits, and how to teach with it; `tabs` by their names in a link."""
    teaching = words_share.ABOUT.format(tabs=words.listed(f"`{name}`" for name in tabs))
    return gr.Markdown(words.ABOUT + teaching, elem_id="about")
