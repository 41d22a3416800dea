"""What Copy link and Save do: the page that a link opens."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import gradio as gr

from viz.panels.ask_page import MODEL, Ask, Update
from viz.panels.errors import told_plainly
from viz.panels.following import follow
from viz.panels.handlers import Handlers

TOLD_FOR = 20  # seconds


def wire_links(source: gr.HTML, ask: Ask, tabs: Mapping[str, gr.Tab], handlers: Handlers) -> None:
    """`restore` of `source` shows what a link asks for: the Ask page, the tab, the class mode.

    Tabs are shown and chosen in the browser: choosing one there does all that a visitor's click
    does, and Gradio does not hide one that has not been opened.
    """

    def restore(event: gr.EventData) -> Update:
        with told_plainly():
            followed = follow(handlers, str(event.search), list(tabs))
        for sentence in followed.told:
            gr.Warning(escape(sentence), duration=TOLD_FOR)
        shown = [tabs[name].id for name in followed.mode.tabs]
        chosen = tabs[followed.tab].id if followed.tab else ""
        changed: Update = {ask.share: {"followed": {"tabs": shown, "tab": chosen}}}
        if followed.page is not None:
            backbone = followed.page.visit.backbone
            changed |= ask.update(followed.page)
            changed[ask.asked.backbone] = gr.Dropdown(value=backbone)
        return changed

    source.restore(
        restore,
        None,
        [*ask.outputs(), ask.asked.backbone, ask.share],
        **_quiet("restore"),
    )


def _quiet(name: str) -> dict[str, Any]:
    return {
        "api_name": f"page_{name}",
        "api_visibility": "undocumented",
        "show_progress": "hidden",
        "trigger_mode": "multiple",
        "concurrency_id": MODEL,
        "concurrency_limit": 1,
    }
