"""Looks: a calm theme on system fonts, the page's CSS, and how the page is launched."""

from __future__ import annotations

import os
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from viz.limits import LARGEST_FILE, BodyLimit, sweeping
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
    "examples.css",
    "learn.css",
    "hub.css",
)
MOST_VISITORS = 250  # whose last result is remembered; a scene comes back without it
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
    """Everything that `launch` needs: looks, limits, and the tools for programs, which
    `GRADIO_MCP_SERVER=false` leaves out. Gradio's list of a browser's runs is off."""
    return {
        "theme": theme(),
        "css": "".join(map(web, STYLES)),
        "footer_links": [],
        "show_error": True,
        "max_file_size": LARGEST_FILE,
        "app_kwargs": {
            "middleware": [Middleware(Spoken), Middleware(BodyLimit)],
            "lifespan": sweeping,
        },
        "state_session_capacity": MOST_VISITORS,
        "mcp_server": os.environ.get("GRADIO_MCP_SERVER", "true").lower() != "false",
        "run_history": False,
        "enable_monitoring": False,
        "ssr_mode": False,
    }
