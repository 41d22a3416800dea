"""What Copy link and Save do: the page that a link opens, and the file of what is shown."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import gradio as gr

from viz.panels.ask_page import MODEL, Ask, Update
from viz.panels.errors import told_plainly, warn
from viz.panels.following import follow
from viz.panels.handlers import Handlers
from viz.panels.saving import Step, saving
from viz.panels.tabs import tab_names
from viz.panels.visit import Visit

TOLD_FOR = 20  # seconds


def wire_links(source: gr.HTML, ask: Ask, handlers: Handlers) -> None:
    """`restore` of `source` shows what a link asks for: the Ask page, the tab, the class mode.

    Tabs are shown and chosen in the browser: choosing one there does all that a visitor's click
    does, and Gradio does not hide one that has not been opened.
    """

    def restore(event: gr.EventData) -> Update:
        tabs = tab_names()
        with told_plainly():
            followed = follow(handlers, str(event.search), list(tabs))
        for sentence in followed.told:
            warn(sentence, TOLD_FOR)
        shown = [tabs[name] for name in followed.mode.tabs]
        chosen = tabs[followed.tab] if followed.tab else ""
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


def wire_carrying(ask: Ask, handlers: Handlers) -> None:
    """`carry` lets what the page shows wait for the page that comes next."""

    def carry(visit: Visit, picture: str) -> Update:
        with told_plainly():
            return {ask.share: {"carried": handlers.carry(visit, picture)}}

    ask.share.carry(carry, [ask.visit, ask.picture_id], [ask.share], **_quiet("carry"))


def wire_saving(ask: Ask, handlers: Handlers) -> None:
    """`save` sends the browser a file of what the page shows, and before that how far it is;
    `leave` gives it up."""

    def save(visit: Visit, picture: str, event: gr.EventData) -> Iterator[Update]:
        sequence = int(event.sequence)
        try:
            with told_plainly():
                for step in saving(handlers, visit, picture, str(event.kind)):
                    yield {ask.share: {**_sent(step), "sequence": sequence}}
        except gr.Error:
            yield {ask.share: {"failed": True, "sequence": sequence}}
            raise

    begun = ask.share.save(
        save,
        [ask.visit, ask.picture_id],
        [ask.share],
        **(_quiet("save") | {"concurrency_id": "save"}),
    )
    ask.share.leave(None, cancels=[begun], api_visibility="undocumented")


def _sent(step: Step) -> dict[str, Any]:
    """A step of saving as the browser gets it."""
    if step.file is None:
        return {"saving": {"said": step.said, "share": step.share}}
    name, mime, content = step.file
    return {"file": {"name": name, "mime": mime, "data": base64.b64encode(content).decode()}}


def _quiet(name: str) -> dict[str, Any]:
    return {
        "api_name": f"page_{name}",
        "api_visibility": "undocumented",
        "show_progress": "hidden",
        "trigger_mode": "multiple",
        "concurrency_id": MODEL,
        "concurrency_limit": 1,
    }
