"""Lesson: where it looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from viz import words
from viz.lessons.base import SPOT, Lesson, Live, Map, Reveal, spot_score
from viz.panels.links import State


class Where(Lesson):
    kind = SPOT
    key = "where"
    title = "Where it looks"
    prompt = "The model is asked this question. Click where you think it looks most."
    point = (
        "Attention gives every region of the picture a weight; the weights sum to 1. Here nearly "
        "all of it lies on the one thing that the question names, although no attention was ever "
        "told where to look."
    )
    try_it = "Ask for another thing in the same scene, and see the map move."
    state = State(
        scene=1030,
        question="What shape do you think the big orange thing is?",
        fusion="hybrid-self",
    )
    tried = state

    def reveal(self, live: Live, guess: Sequence[float]) -> Reveal:
        found, share = live.ask(self.state), live.on_referent(self.state)
        if found.image_attention is None:
            raise ValueError(words.NO_MAP_FUSION)
        return Reveal(
            score=spot_score(found.image_attention, guess),
            right=f"{words.percent(share)} of the weight lies on it. Answer: {found.answer}.",
            maps=(self._map(live),),
        )

    def _map(self, live: Live) -> Map:
        found = live.ask(self.state)
        return Map(
            caption=found.answer,
            picture=live.scene(self.state).image,
            weights=found.image_attention,
        )

    def claims(self, live: Live) -> Mapping[str, bool]:
        weights = live.ask(self.state).image_attention
        return {
            "the answer is right": live.right(self.state),
            "nearly all lies on the thing that is named": live.on_referent(self.state) > 0.9,
            "the weights sum to 1": weights is not None and abs(float(weights.sum()) - 1) < 1e-4,
        }
