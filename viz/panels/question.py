"""The question: typed, or picked from those the scene brings along; and the fusion it goes to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import gradio as gr

from fusion.outputs import MAIN, BackboneInfo, FusionInfo, HubInfo, SceneView
from viz.panels.examples import examples_panel
from viz.words import backbones as words_backbones
from viz.words import engine
from viz.words import hub as words_hub
from viz.words import page as words

PICK_JS = """
element.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (button) trigger('pick', { index: Number(button.dataset.index) });
});
"""


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class QuestionPanel:
    text: gr.Textbox
    ask: gr.Button
    gallery: gr.HTML
    suggestions: gr.HTML
    fusion: gr.Dropdown
    backbone: gr.Dropdown
    help: gr.HTML


def question_panel(
    fusions: tuple[FusionInfo, ...],
    backbones: tuple[BackboneInfo, ...],
    hub: HubInfo | None,
    *,
    scene: Callable[[int], SceneView],
    question: str,
    fusion: str,
    suggestions: str,
    about: str,
) -> QuestionPanel:
    """Question, its button, the menus of fusions and backbones with their help, the gallery of
    examples, whose scenes `scene` makes, and the scene's own questions; a pretrained model from
    the `hub` is one more backbone."""
    others = [(info.label, info.name) for info in backbones]
    if hub is not None:
        others.append((words_hub.offered(hub.label, hub.megabytes, hub.ready), hub.name))
    with gr.Row(elem_id="question-row"):
        text = gr.Textbox(
            question,
            label=words.QUESTION,
            placeholder=words.QUESTION_HINT,
            lines=1,
            max_lines=1,
            scale=6,
            min_width=240,
            elem_id="question",
        )
        ask = gr.Button(words.ASK, variant="primary", scale=1, min_width=72, elem_id="ask")
        menu = gr.Dropdown(
            [(engine.said(info.label), info.name) for info in fusions],
            value=fusion,
            label=words.FUSION,
            filterable=False,
            scale=3,
            min_width=200,
            elem_id="fusion",
        )
        backbone = gr.Dropdown(
            [(words_backbones.MAIN_LABEL, MAIN), *others],
            value=MAIN,
            label=words_backbones.BACKBONE,
            filterable=False,
            scale=3,
            min_width=160,
            elem_id="backbone",
        )
        shown = gr.HTML(
            about, elem_id="fusion-help", apply_default_css=False, scale=4, min_width=240
        )
    with gr.Row(elem_id="suggestions-row"):
        gallery = examples_panel(scene)
        picks = gr.HTML(
            suggestions, js_on_load=PICK_JS, elem_id="suggestions", apply_default_css=False
        )
    return QuestionPanel(
        text=text,
        ask=ask,
        gallery=gallery,
        suggestions=picks,
        fusion=menu,
        backbone=backbone,
        help=shown,
    )
