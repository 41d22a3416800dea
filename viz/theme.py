"""Looks: a calm theme on system fonts, the page's CSS, and how the page is launched."""

from __future__ import annotations

from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from viz.panels.spoken import Spoken
from viz.panels.web_files import web

STYLES = (
    "page.css",
    "results.css",
    "compare.css",
    "train.css",
    "inside.css",
    "explain.css",
    "steer.css",
    "share.css",
    "learn.css",
    "hub.css",
)
FONT = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "Noto Sans CJK SC")


def theme() -> gr.themes.Base:
    """Gradio's plainest theme with blue as its only colour; nothing is loaded from elsewhere."""
    return gr.themes.Base(
        primary_hue="blue",
        neutral_hue="slate",
        text_size="md",
        spacing_size="sm",
        radius_size="md",
        font=[*FONT, "sans-serif"],
        font_mono=["ui-monospace", "Consolas", "monospace"],
    )


def launch_options() -> dict[str, Any]:
    """Everything that `launch` needs for the looks."""
    return {
        "theme": theme(),
        "css": "".join(map(web, STYLES)),
        "footer_links": [],
        "show_error": True,
        "max_file_size": "40mb",
        "ssr_mode": False,
        "app_kwargs": {"middleware": [Middleware(Spoken)]},
    }
