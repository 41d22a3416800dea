"""Lesson: early, late, hybrid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from viz.lessons.base import CHOICE, Bars, Lesson, Live, Map, Reveal, chosen
from viz.panels.links import State

BEST = 3
FUSIONS = ("feature-self", "modality-self", "hybrid-self")
NAMES = ("early (feature-level)", "late (modality-level)", "hybrid")


class Strategies(Lesson):
    kind = CHOICE
    key = "strategies"
    title = "Early, late, hybrid"
    prompt = (
        "Early fusion puts regions and words into one sequence. Late fusion sums up each side and "
        "weighs the two sums. Hybrid lets each word look at the picture in rounds, then weighs. "
        "Only one of them gets this right: which?"
    )
    point = (
        "Which thing is leftmost depends on all the others, so it has to be found by comparing "
        "places. The hybrid has several rounds of looking for that. One question proves little: "
        "the Results tab has thousands."
    )
    try_it = "Choose the other fusions from the menu and see what they say, and where they look."
    state = State(scene=1019, question="what's the leftmost?", fusion="hybrid-self")
    tried = state

    def options(self, live: Live) -> tuple[str, ...]:
        return NAMES

    def reveal(self, live: Live, guess: Sequence[float]) -> Reveal:
        answered = [live.ask(self.state, fusion) for fusion in FUSIONS]
        best = [live.right(self.state, fusion) for fusion in FUSIONS]
        picture = live.scene(self.state).image
        return Reveal(
            score=float(best[chosen(guess, NAMES)]),
            right="Right: " + ", ".join(n for n, ok in zip(NAMES, best, strict=True) if ok) + ".",
            maps=tuple(
                Map(caption=f"{n}: {e.answer}", picture=picture, weights=e.image_attention)
                for n, e in zip(NAMES, answered, strict=True)
            ),
            bars=tuple(
                Bars(title=n, rows=tuple(e.answers[:BEST]))
                for n, e in zip(NAMES, answered, strict=True)
            ),
        )

    def claims(self, live: Live) -> Mapping[str, bool]:
        best = [live.right(self.state, fusion) for fusion in FUSIONS]
        return {"only the hybrid is right": best == [False, False, True]}
