"""Lesson: what it buys to hide things in training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from viz import words
from viz.lessons.base import CHOICE, Bars, Lesson, Live, Reveal, chosen
from viz.panels.links import State
from viz.panels.visit import Shown

BEST = 4
MASKED, UNMASKED = "hybrid-additive", "hybrid-additive-unmasked"


class MaskedTraining(Lesson):
    kind = CHOICE
    key = "training"
    title = "Training with and without masking"
    prompt = (
        "Two twins: one saw pictures and questions hidden at random in training, the other never "
        "did. Both answer this rightly. Now the picture is hidden: which of them is surer of what "
        "it says?"
    )
    point = (
        "The twin that never saw a missing picture takes “nothing there” for a picture, and is "
        "sure of a wrong answer. The other has learned what it means when one side is missing, and "
        "gives the best guess with the doubt that it deserves."
    )
    try_it = "The twin without masking, blindfolded. Choose Hybrid · additive to see the other."
    state = State(scene=1024, question="Count the big crosses", fusion=UNMASKED)
    tried = replace(state, shown=Shown(image=False))

    def options(self, live: Live) -> tuple[str, ...]:
        return "the one that was trained with masking", "the one that never saw anything hidden"

    def reveal(self, live: Live, guess: Sequence[float]) -> Reveal:
        masked, unmasked = (live.masking(self.state, f).cases["text"] for f in (MASKED, UNMASKED))
        surer = int(unmasked.answers[0][1] > masked.answers[0][1])
        return Reveal(
            score=float(chosen(guess, self.options(live)) == surer),
            right=f"{words.percent(masked.answers[0][1])} for {masked.answer} with masking, "
            f"{words.percent(unmasked.answers[0][1])} for {unmasked.answer} without.",
            bars=(
                Bars(title="Trained with masking, blindfolded", rows=tuple(masked.answers[:BEST])),
                Bars(title="Trained without, blindfolded", rows=tuple(unmasked.answers[:BEST])),
            ),
        )

    def claims(self, live: Live) -> Mapping[str, bool]:
        masked, unmasked = (live.masking(self.state, f).cases["text"] for f in (MASKED, UNMASKED))
        return {
            "with masking it is right": live.right(self.state, MASKED),
            "without masking it is right": live.right(self.state, UNMASKED),
            "without masking it is sure, blindfolded": unmasked.answers[0][1] > 0.9,
            "and wrong": unmasked.answer_ids[0] != live.truth(self.state),
            "with masking it is in doubt": masked.answers[0][1] < 0.6,
        }
