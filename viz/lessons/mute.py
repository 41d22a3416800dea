"""Lesson: mute it, and it answers to a picture without knowing what was asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from viz import words
from viz.lessons.base import CHOICE, Bars, Lesson, Live, Reveal, chosen
from viz.panels.links import State
from viz.panels.visit import Shown

BEST = 5


class Mute(Lesson):
    kind = CHOICE
    key = "mute"
    title = "Mute it"
    prompt = "Now the question is hidden, and only the picture is shown. What will it answer?"
    point = (
        "Not knowing what was asked, it says what is answered most often by and large, and is not "
        "even sure of that. Whatever you ask, a muted model answers the same: the picture alone "
        "cannot know what you want."
    )
    try_it = "The question is off. Type another one: nothing changes."
    state = State(scene=1028, question="how large is the square?", fusion="hybrid-self")
    tried = replace(state, shown=Shown(question=False))

    def options(self, live: Live) -> tuple[str, ...]:
        return "small", "large", "yes", "1"

    def reveal(self, live: Live, guess: Sequence[float]) -> Reveal:
        options, cases = self.options(live), live.masking(self.state).cases
        muted, hearing = cases["image"], cases["both"]
        hit = options[chosen(guess, options)] == muted.answer
        return Reveal(
            score=float(hit),
            right=f"It says {muted.answer}, with {words.percent(muted.answers[0][1])}.",
            bars=(
                Bars(title="With the question", rows=tuple(hearing.answers[:BEST])),
                Bars(title="Muted", rows=tuple(muted.answers[:BEST])),
            ),
        )

    def claims(self, live: Live) -> Mapping[str, bool]:
        cases = live.masking(self.state).cases
        muted = cases["image"]
        other = live.masking(replace(self.state, question="what colour is it?")).cases["image"]
        return {
            "the answer with the question is right": live.right(self.state),
            "muted it says what no size is": muted.answer_ids[0] in ("yes", "no"),
            "which is among the options": muted.answer in self.options(live),
            "it is not sure": muted.answers[0][1] < 0.4,
            "every question is answered the same": muted.answer_ids == other.answer_ids,
        }
