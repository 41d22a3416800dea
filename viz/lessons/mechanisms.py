"""Lesson: additive, dot-product, self-attention."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from viz import words
from viz.lessons.base import CHOICE, Bars, Lesson, Live, Map, Reveal, chosen
from viz.panels.links import State

FUSIONS = ("hybrid-additive", "hybrid-dot", "hybrid-self")
NAMES = ("additive", "dot-product", "self-attention")


class Mechanisms(Lesson):
    kind = CHOICE
    key = "mechanisms"
    title = "Additive, dot-product, self"
    prompt = (
        "Three hybrids that differ only in how a pair is scored: a small network (additive), the "
        "angle between two vectors (dot-product), several learned views side by side "
        "(self-attention). Which puts most of its weight on the thing that is asked for?"
    )
    point = (
        "All three give the right answer, but their last maps differ: one lies almost wholly on "
        "the thing, another mostly elsewhere. Two models can agree on an answer and show different "
        "maps for it, so a map tells about one model, not about the question."
    )
    try_it = "The additive hybrid. Its map lies elsewhere, its answer is right."
    state = State(
        scene=1020,
        question="Tell me what colour the one that's furthest to the left is",
        fusion="hybrid-additive",
    )
    tried = state

    def options(self, live: Live) -> tuple[str, ...]:
        return NAMES

    def _shares(self, live: Live) -> list[float]:
        return [live.on_referent(self.state, fusion) for fusion in FUSIONS]

    def reveal(self, live: Live, guess: Sequence[float]) -> Reveal:
        shares, picture = self._shares(live), live.scene(self.state).image
        answered = [live.ask(self.state, fusion) for fusion in FUSIONS]
        most = int(np.argmax(shares))
        return Reveal(
            score=float(chosen(guess, NAMES) == most),
            right=f"{NAMES[most]}, with {words.percent(shares[most])} of the weight on it.",
            maps=tuple(
                Map(caption=f"{n}: {e.answer}", picture=picture, weights=e.image_attention)
                for n, e in zip(NAMES, answered, strict=True)
            ),
            bars=(Bars(title="Weight on the thing", rows=tuple(zip(NAMES, shares, strict=True))),),
        )

    def claims(self, live: Live) -> Mapping[str, bool]:
        additive, _, self_attention = self._shares(live)
        return {
            "all three are right": all(live.right(self.state, fusion) for fusion in FUSIONS),
            "one lies almost wholly on it": self_attention > 0.9,
            "another mostly elsewhere": additive < 0.5,
        }
