"""Lesson: where it looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from viz.lessons.base import SPOT, Lesson, Live, Map, Reveal, spot_score
from viz.words import page as words


class Where(Lesson):
    kind = SPOT
    key = "where"
    scene = 1030
    fusion = "hybrid-self"
    questions: ClassVar[Mapping[str, str]] = {
        "en": "What shape do you think the big orange thing is?",
        "zh": "橙色的大物体是什么？",
    }
    says: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "en": {
            "title": "Where it looks",
            "prompt": "The model is asked this question. Click where you think it looks most.",
            "point": (
                "Attention gives every region of the picture a weight; the weights sum to 1. "
                "Here nearly all of it lies on the one thing that the question names, although "
                "no attention was ever told where to look."
            ),
            "try_it": "Ask for another thing in the same scene, and see the map move.",
            "right": "{share} of the weight lies on it. Answer: {answer}.",
        },
        "zh": {
            "title": "它看哪里",
            "prompt": "问模型的是这个问题。点一下你认为它看得最多的地方。",
            "point": (
                "注意力给图片的每个区域一个权重，权重之和为 1。"
                "这里几乎全部权重都落在问题所指的那个东西上，尽管从来没有人告诉注意力该看哪里。"
            ),
            "try_it": "在同一个场景里问别的东西，看热图怎样移动。",
            "right": "{share} 的权重落在它上面。答案：{answer}。",
        },
    }

    def reveal(self, live: Live, guess: Sequence[float]) -> Reveal:
        found, share = live.ask(self.state), live.on_referent(self)
        if found.image_attention is None:
            raise ValueError(words.NO_MAP_FUSION)
        return Reveal(
            score=spot_score(found.image_attention, guess),
            right=self.say("right", share=words.percent(share), answer=live.answers(found)[0][0]),
            maps=(self._map(live),),
        )

    def _map(self, live: Live) -> Map:
        found = live.ask(self.state)
        return Map(
            caption=live.answers(found)[0][0],
            picture=live.scene(self.state).image,
            weights=found.image_attention,
        )

    def claims(self, live: Live) -> Mapping[str, bool]:
        weights = live.ask(self.state).image_attention
        return {
            "the answer is right": live.right(self),
            "nearly all lies on the thing that is named": live.on_referent(self) > 0.9,
            "the weights sum to 1": weights is not None and abs(float(weights.sum()) - 1) < 1e-4,
        }
