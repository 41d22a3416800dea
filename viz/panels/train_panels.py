"""The parts of the Train page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from fusion.engine import Engine
from fusion.outputs import Learning
from fusion.training.live import FAMILIES, LIMITS, MOST_SECONDS, QUESTIONS, LiveConfig
from viz.panels import train_markup, train_view
from viz.panels.ask_page import Update
from viz.panels.guests import MOST_EACH
from viz.panels.line import MOST_WAITING
from viz.panels.visit import TIME_TO_LIVE
from viz.words import engine as said
from viz.words import train as words

USUAL = LiveConfig()


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Choices:
    """What a visitor chooses, named as in `LiveConfig`."""

    fusion: gr.Dropdown
    families: gr.CheckboxGroup
    scenes: gr.Slider
    epochs: gr.Slider
    mask_rate: gr.Slider

    def inputs(self) -> list[Any]:
        return [getattr(self, name) for name in self.__slots__]

    def config(self, values: Sequence[Any]) -> LiveConfig:
        """The values of `inputs` as a configuration; ValueError when it is not permitted."""
        return LiveConfig.from_dict(dict(zip(self.__slots__, values, strict=True)))


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Train:
    """The components of the Train page. Each visitor has an own `owner`, the name under which
    models are kept, and `stop`, which ends the training."""

    choices: Choices
    start: gr.Button
    halt: gr.Button
    ask: gr.Button
    progress: gr.HTML
    curve: gr.HTML
    table: gr.HTML
    numbers: gr.Accordion
    owner: gr.State
    stop: gr.State

    def curves(self, learning: Learning) -> Update:
        """The curves and their table, once there is a point."""
        view = train_view.curve(learning)
        if view is None:
            return {}
        return {
            self.curve: train_markup.curve(view),
            self.table: train_markup.table(view),
            self.numbers: gr.Accordion(label=words.NUMBERS, visible=True),
        }

    def buttons(self, *, running: bool, waiting: bool = False) -> Update:
        """Which of the buttons can be pressed."""
        text = words.LEAVE if waiting else words.STOP
        return {
            self.start: gr.Button(interactive=not running),
            self.halt: gr.Button(text, visible=running, interactive=True),
        }


def train_panels(engine: Engine) -> Train:
    """The parts in their places."""
    plain: dict[str, Any] = {"apply_default_css": False}
    with gr.Row(elem_id="train-columns"):
        with gr.Column(elem_id="train-left", scale=5, min_width=300):
            gr.HTML(train_markup.paragraph(words.INTRO, "intro"), **plain, elem_id="train-intro")
            choices = _choices(engine)
            with gr.Row(elem_id="train-buttons"):
                start = gr.Button(words.START, variant="primary", elem_id="train-start")
                halt = gr.Button(words.STOP, variant="stop", visible=False, elem_id="train-stop")
            gr.HTML(train_markup.paragraph(_limits(), "limits"), **plain, elem_id="train-limits")
        with gr.Column(elem_id="train-right", scale=9, min_width=340):
            progress = gr.HTML(train_markup.said(words.IDLE), **plain, elem_id="train-progress")
            ask = gr.Button(words.ASK, variant="primary", visible=False, elem_id="train-ask")
            view = train_view.empty(USUAL.epochs)
            curve = gr.HTML(train_markup.curve(view), **plain, elem_id="train-curve")
            with gr.Accordion(
                words.NUMBERS, open=False, visible=False, elem_id="train-numbers"
            ) as numbers:
                table = gr.HTML("", **plain, elem_id="train-table")
    return Train(
        choices=choices,
        start=start,
        halt=halt,
        ask=ask,
        progress=progress,
        curve=curve,
        table=table,
        numbers=numbers,
        owner=gr.State(None, time_to_live=TIME_TO_LIVE),
        stop=gr.State(None, time_to_live=TIME_TO_LIVE),
    )


def _limits() -> str:
    """What the server permits."""
    most = {name: limit.high for name, limit in LIMITS.items()}
    return words.limits(most, MOST_SECONDS, MOST_EACH, MOST_WAITING)


def _choices(engine: Engine) -> Choices:
    compared = [info for info in engine.fusions if info.in_comparison]
    sliders = {
        "scenes": (words.SCENES, words.SCENES_HINT.format(questions=QUESTIONS)),
        "epochs": (words.EPOCHS, words.EPOCHS_HINT),
        "mask_rate": (words.MASK_RATE, words.MASK_RATE_HINT),
    }
    return Choices(
        fusion=gr.Dropdown(
            [(said.said(info.label), info.name) for info in compared],
            value=USUAL.fusion,
            label=words.FUSION,
            info=words.FUSION_HINT,
            filterable=False,
            elem_id="train-fusion",
        ),
        families=gr.CheckboxGroup(
            [(said.family(name), name) for name in FAMILIES],
            value=list(USUAL.families),
            label=words.FAMILIES,
            elem_id="train-families",
        ),
        **{
            name: gr.Slider(
                limit.low,
                limit.high,
                label=sliders[name][0],
                info=sliders[name][1],
                value=getattr(USUAL, name),
                step=limit.step,
                elem_id=f"train-{name.replace('_', '-')}",
            )
            for name, limit in LIMITS.items()
        },
    )
