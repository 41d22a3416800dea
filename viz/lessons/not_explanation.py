"""Lesson: attention is not explanation. A case in which weight and effect disagree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from viz import words
from viz.lessons.base import CHOICE, Bars, Lesson, Live, Reveal, chosen
from viz.panels.links import State
from viz.panels.visit import Shown

EDGES = (0.9, 0.5, 0.1)


class NotExplanation(Lesson):
    kind = CHOICE
    key = "not-explanation"
    title = "Attention is not explanation"
    prompt = (
        "This fusion weighs the picture against the question, and gave the picture less than 1 % "
        "of the weight. It is right, and sure of it. Now hide the picture: what is left of the "
        "probability of its answer?"
    )
    point = (
        "Weight given is not effect had. The picture had come in before, when the words looked at "
        "it, so the last weighing could do without it, and the answer could not. Ask what changes "
        "when something is hidden: that is what the measured share does."
    )
    try_it = "Compare the two bars under “Who decided?”, and flip the switch of the image."
    state = State(
        scene=1000, question="could you name the colour of the large cross", fusion="hybrid-dot"
    )
    tried = replace(state, shown=Shown())

    def options(self, live: Live) -> tuple[str, ...]:
        return "more than 90 %", "50 to 90 %", "10 to 50 %", "less than 10 %"

    def reveal(self, live: Live, guess: Sequence[float]) -> Reveal:
        masking = live.masking(self.state)
        left = masking.values["text"]
        rank = sum(left < edge for edge in EDGES)
        weights = masking.cases["both"].modality_weights or {}
        shapley = masking.shapley
        whole = sum(map(abs, shapley.values()))
        return Reveal(
            score=float(chosen(guess, self.options(live)) == rank),
            right=f"From {words.percent(masking.values['both'])} to {words.percent(left)}.",
            bars=(
                Bars(title="Attention weight", rows=_named(weights)),
                Bars(
                    title="Measured share",
                    rows=_named({name: abs(v) / whole for name, v in shapley.items()}),
                ),
                Bars(
                    title=f"P({masking.answer}) when it saw",
                    rows=tuple((words.CASE_NAMES[c], v) for c, v in masking.values.items()),
                ),
            ),
        )

    def claims(self, live: Live) -> Mapping[str, bool]:
        masking = live.masking(self.state)
        weights = masking.cases["both"].modality_weights or {}
        shapley = masking.shapley
        return {
            "the answer is right": live.right(self.state),
            "and sure": masking.values["both"] > 0.9,
            "the picture got less than 1 % of the weight": weights["image"] < 0.01,
            "the answer could not do without it": masking.values["text"] < 0.1,
            "the picture has a large measured share": shapley["image"]
            > 0.4 * sum(shapley.values()),
        }


def _named(shares: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    names = {"image": words.IMAGE, "text": words.QUESTION_SIDE}
    return tuple((names[name], share) for name, share in shares.items())
