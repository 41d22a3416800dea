"""The right-hand column: answers, who decided, and the four cases."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class ResultsPanel:
    answers: gr.HTML
    shares: gr.HTML
    cases: gr.HTML


def results_panel(answers: str, shares: str, cases: str) -> ResultsPanel:
    """Three cards, each HTML that `markup` made."""
    made = (
        gr.HTML(html, elem_id=name, apply_default_css=False)
        for name, html in (("answers", answers), ("shares", shares), ("cases", cases))
    )
    return ResultsPanel(answers=next(made), shares=next(made), cases=next(made))
