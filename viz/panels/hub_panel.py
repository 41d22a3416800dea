"""What the Ask page has besides when a pretrained model is served: its progress and a button that
ends it, the choice of layer and attention head, and the sample photographs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event
from typing import Any

import gradio as gr

from fusion.engine import Engine
from fusion.outputs import HubInfo
from viz.panels import hub_markup
from viz.panels.errors import told
from viz.panels.handlers import Page
from viz.panels.photographs import thumbnails
from viz.panels.question import PICK_JS
from viz.panels.visit import TIME_TO_LIVE, Visit
from viz.words import hub as words

MEAN = "mean"
Update = dict[Any, Any]


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class HubPanel:
    """`answering` is the status while the model `name` answers; `stop` ends what this visitor waits
    for; `photographs` sends `pick` with the number of the one that was pressed."""

    name: str
    answering: str
    stop: gr.State
    status: gr.HTML
    halt: gr.Button
    layer: gr.Dropdown
    head: gr.Dropdown
    photographs: gr.HTML

    def outputs(self) -> list[Any]:
        """What an answer changes."""
        return [self.layer, self.head, self.status]

    def update(self, page: Page) -> Update:
        """The choices that the answer's model has; none for another model."""
        visit, reading = page.visit, page.reading
        if visit.backbone != self.name or reading is None:
            unread = gr.Dropdown(visible=False)
            return {self.layer: unread, self.head: unread, self.status: ""}
        return {
            self.layer: _choices(reading[0], visit.layer),
            self.head: _choices(reading[1], visit.head),
            self.status: "",
        }


def _choices(count: int, chosen: int | None) -> gr.Dropdown:
    return gr.Dropdown(
        choices=[(words.MEAN, MEAN), *((str(i + 1), str(i)) for i in range(count))],
        value=MEAN if chosen is None else str(chosen),
        visible=True,
    )


def number_of(chosen: str) -> int | None:
    """The layer or the head that was chosen, None for the mean."""
    return int(chosen) if chosen.isdecimal() else None


def hub_panel(info: HubInfo) -> HubPanel:
    """The row below the question."""
    stop = gr.State(None, time_to_live=TIME_TO_LIVE)
    with gr.Row(elem_id="hub-row"):
        status = gr.HTML("", elem_id="hub-status", apply_default_css=False)
        halt = gr.Button(words.STOP, visible=False, scale=0, min_width=72, elem_id="hub-stop")
        layer, head = (
            gr.Dropdown(
                [(words.MEAN, MEAN)],
                value=MEAN,
                label=label,
                filterable=False,
                visible=False,
                scale=0,
                min_width=150,
                elem_id=f"hub-{name}",
            )
            for name, label in (("layer", words.LAYER), ("head", words.HEAD))
        )
        photographs = gr.HTML(
            hub_markup.photographs(thumbnails()),
            js_on_load=PICK_JS,
            elem_id="photographs",
            apply_default_css=False,
        )
    return HubPanel(
        name=info.name,
        answering=hub_markup.answering(info),
        stop=stop,
        status=status,
        halt=halt,
        layer=layer,
        head=head,
        photographs=photographs,
    )


class Loading:
    """What choosing the model does, free of the page's other parts."""

    def __init__(self, engine: Engine, panel: HubPanel, menu: gr.Dropdown) -> None:
        self.engine, self.panel, self.menu = engine, panel, menu

    @property
    def info(self) -> HubInfo:
        info = self.engine.hub
        if info is None:
            raise ValueError(words.NO_HUB)
        return info

    def due(self, backbone: str) -> bool:
        """Whether a chosen backbone must be loaded first."""
        return backbone == self.panel.name and not self.info.ready

    def begin(self, backbone: str, running: Event | None) -> Update:
        """What is shown at once; what this visitor waited for before ends."""
        if running is not None:
            running.set()
        due = self.due(backbone)
        return {
            self.panel.stop: Event(),
            self.panel.halt: gr.Button(visible=due),
            self.panel.status: "",
        }

    def load(self, visit: Visit, backbone: str, stop: Event) -> Iterator[Update]:
        """How far it is; where it ends without the model, a sentence says why, and the menu goes
        back to what it was."""
        said = ""
        if self.due(backbone):
            try:
                for now in self.engine.fetching(stop.is_set):
                    yield {self.panel.status: hub_markup.progress(self.info, now)}
            except ValueError as error:
                said = told(error)
            if not said and self.due(backbone):
                said = words.STOPPED
        changed: Update = {
            self.panel.status: hub_markup.told(said),
            self.panel.halt: gr.Button(visible=False),
        }
        if said:
            changed[self.menu] = gr.Dropdown(value=visit.backbone)
        yield changed
