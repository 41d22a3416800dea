"""Lesson: blindfold it, and it answers from the question alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from viz import words
from viz.lessons.base import CHOICE, Bars, Lesson, Live, Reveal, chosen
from viz.panels.links import State
from viz.panels.visit import Shown

BEST = 5


class Blindfold(Lesson):
    kind = CHOICE
    key = "blindfold"
    title = "Blindfold it"
    prompt = "With the picture it answers rightly. Now the picture is hidden. What will it say?"
    point = (
        "It still answers, with what such questions were mostly answered with in training. An "
        "answer alone does not show that a model has looked: compare it with what the model says "
        "blindfolded. This one at least becomes unsure."
    )
    try_it = "The image is off. Ask other questions and watch it guess."
    state = State(scene=1046, question="How many rectangles are there here?", fusion="hybrid-self")
    tried = replace(state, shown=Shown(image=False))

    def options(self, live: Live) -> tuple[str, ...]:
        return "0", "1", "2", "3"

    def reveal(self, live: Live, guess: Sequence[float]) -> Reveal:
        options, cases = self.options(live), live.masking(self.state).cases
        blind, seeing = cases["text"], cases["both"]
        hit = options[chosen(guess, options)] == blind.answer
        return Reveal(
            score=float(hit),
            right=f"It says {blind.answer}, with {words.percent(blind.answers[0][1])}.",
            bars=(
                Bars(title="With the picture", rows=tuple(seeing.answers[:BEST])),
                Bars(title="Blindfolded", rows=tuple(blind.answers[:BEST])),
            ),
        )

    def claims(self, live: Live) -> Mapping[str, bool]:
        cases = live.masking(self.state).cases
        blind = cases["text"]
        other = live.masking(replace(self.state, scene=7)).cases["text"]
        return {
            "the answer with the picture is right": live.right(self.state),
            "blindfolded it says something else": blind.answer != cases["both"].answer,
            "which is among the options": blind.answer in self.options(live),
            "and the same about every picture": blind.answers == other.answers,
            "it becomes unsure": blind.answers[0][1] < 0.6 < cases["both"].answers[0][1],
        }
