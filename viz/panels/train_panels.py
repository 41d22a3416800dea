"""The parts of the Train page, and what they say in each language."""

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
from viz.words_train import ENGLISH, English

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
    models are kept, `stop`, which ends the training, `learned`, what the last one came to, and
    `language`."""

    intro: gr.HTML
    switch: gr.Button
    choices: Choices
    start: gr.Button
    halt: gr.Button
    ask: gr.Button
    limits: gr.HTML
    progress: gr.HTML
    curve: gr.HTML
    table: gr.HTML
    numbers: gr.Accordion
    owner: gr.State
    stop: gr.State
    learned: gr.State
    language: gr.State

    def in_language(self, engine: Engine, words: English) -> Update:
        """Everything that stands on the page before a training, in one language."""
        fields = texts(engine, words)
        own = {name: getattr(self, name) for name in fields.keys() & set(self.__slots__)}
        choices = {name: getattr(self.choices, name) for name in fields.keys() - own.keys()}
        return {part: gr.update(**fields[name]) for name, part in {**own, **choices}.items()}

    def results(self, learning: Learning | None, words: English) -> Update:
        """What a training has come to, or the empty page before any."""
        if learning is None:
            return {
                self.progress: train_markup.said(words.IDLE, words),
                self.curve: train_markup.curve(train_view.empty(USUAL.epochs, words), words),
            }
        progress = train_view.progress(learning, words)
        return {
            self.progress: train_markup.progress(progress, words),
            **self.curves(learning, words),
        }

    def curves(self, learning: Learning, words: English) -> Update:
        """The curves and their table, once there is a point."""
        view = train_view.curve(learning, words)
        if view is None:
            return {}
        return {
            self.curve: train_markup.curve(view, words),
            self.table: train_markup.table(view, words),
            self.numbers: gr.Accordion(label=words.NUMBERS, visible=True),
        }

    def buttons(self, words: English, *, running: bool, waiting: bool = False) -> Update:
        """Which of the buttons can be pressed."""
        text = words.LEAVE if waiting else words.STOP
        return {
            self.start: gr.Button(interactive=not running),
            self.switch: gr.Button(interactive=not running),
            self.halt: gr.Button(text, visible=running, interactive=True),
        }


def texts(engine: Engine, words: English) -> dict[str, dict[str, Any]]:
    """What each component says, by the component's name."""
    limits = {name: limit.high for name, limit in LIMITS.items()}
    told = words.limits(limits, MOST_SECONDS, MOST_EACH, MOST_WAITING)
    compared = [info for info in engine.fusions if info.in_comparison]
    return {
        "intro": {"value": train_markup.paragraph(words.INTRO, "intro")},
        "switch": {"value": words.SWITCH},
        "fusion": {
            "choices": [(words.fusion(info.name, info.label), info.name) for info in compared],
            "label": words.FUSION,
            "info": words.FUSION_HINT,
        },
        "families": {
            "choices": [(words.kind(name), name) for name in FAMILIES],
            "label": words.FAMILIES,
        },
        "scenes": {
            "label": words.SCENES,
            "info": words.SCENES_HINT.format(questions=QUESTIONS),
        },
        "epochs": {"label": words.EPOCHS, "info": words.EPOCHS_HINT},
        "mask_rate": {"label": words.MASK_RATE, "info": words.MASK_RATE_HINT},
        "start": {"value": words.START},
        "ask": {"value": words.ASK},
        "limits": {"value": train_markup.paragraph(told, "limits")},
        "numbers": {"label": words.NUMBERS},
    }


def train_panels(engine: Engine) -> Train:
    """The parts in their places, in English."""
    said = texts(engine, ENGLISH)
    view = train_view.empty(USUAL.epochs, ENGLISH)
    plain: dict[str, Any] = {"apply_default_css": False}
    with gr.Row(elem_id="train-columns"):
        with gr.Column(elem_id="train-left", scale=5, min_width=300):
            with gr.Row(elem_id="train-head"):
                intro = gr.HTML(**said["intro"], **plain, elem_id="train-intro")
                switch = gr.Button(
                    **said["switch"], size="sm", scale=0, min_width=84, elem_id="train-language"
                )
            choices = _choices(said)
            with gr.Row(elem_id="train-buttons"):
                start = gr.Button(**said["start"], variant="primary", elem_id="train-start")
                halt = gr.Button(ENGLISH.STOP, variant="stop", visible=False, elem_id="train-stop")
            limits = gr.HTML(**said["limits"], **plain, elem_id="train-limits")
        with gr.Column(elem_id="train-right", scale=9, min_width=340):
            progress = gr.HTML(
                train_markup.said(ENGLISH.IDLE, ENGLISH), **plain, elem_id="train-progress"
            )
            ask = gr.Button(**said["ask"], variant="primary", visible=False, elem_id="train-ask")
            curve = gr.HTML(train_markup.curve(view, ENGLISH), **plain, elem_id="train-curve")
            with gr.Accordion(
                **said["numbers"], open=False, visible=False, elem_id="train-numbers"
            ) as numbers:
                table = gr.HTML("", **plain, elem_id="train-table")
    return Train(
        intro=intro,
        switch=switch,
        choices=choices,
        start=start,
        halt=halt,
        ask=ask,
        limits=limits,
        progress=progress,
        curve=curve,
        table=table,
        numbers=numbers,
        owner=gr.State(None, time_to_live=TIME_TO_LIVE),
        stop=gr.State(None, time_to_live=TIME_TO_LIVE),
        learned=gr.State(None, time_to_live=TIME_TO_LIVE),
        language=gr.State("en", time_to_live=TIME_TO_LIVE),
    )


def _choices(said: dict[str, dict[str, Any]]) -> Choices:
    return Choices(
        fusion=gr.Dropdown(
            **said["fusion"], value=USUAL.fusion, filterable=False, elem_id="train-fusion"
        ),
        families=gr.CheckboxGroup(
            **said["families"], value=list(USUAL.families), elem_id="train-families"
        ),
        **{
            name: gr.Slider(
                limit.low,
                limit.high,
                **said[name],
                value=getattr(USUAL, name),
                step=limit.step,
                elem_id=f"train-{name.replace('_', '-')}",
            )
            for name, limit in LIMITS.items()
        },
    )
