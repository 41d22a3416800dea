"""Lesson: additive, dot-product, self-attention."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from viz.lessons.base import CHOICE, Bars, Lesson, Live, Map, Reveal, chosen
from viz.words import page as words

FUSIONS = ("hybrid-additive", "hybrid-dot", "hybrid-self")


class Mechanisms(Lesson):
    kind = CHOICE
    key = "mechanisms"
    scene = 1020
    fusion = "hybrid-additive"
    questions: ClassVar[Mapping[str, str]] = {
        "en": "Tell me what colour the one that's furthest to the left is",
        "zh": "最左的图形颜色是啥？",
    }
    says: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "en": {
            "title": "Additive, dot-product, self",
            "prompt": (
                "Three hybrids that differ only in how a pair is scored: a small network "
                "(additive), the angle between two vectors (dot-product), several learned views "
                "side by side (self-attention). Which puts most of its weight on the thing that "
                "is asked for?"
            ),
            "point": (
                "All three give the right answer, but their last maps differ: one lies almost "
                "wholly on the thing, another mostly elsewhere. Two models can agree on an "
                "answer and show different maps for it, so a map tells about one model, not "
                "about the question."
            ),
            "try_it": "The additive hybrid. Its map lies elsewhere, its answer is right.",
            "right": "{name}, with {share} of the weight on it.",
            "bars": "Weight on the thing",
            "caption": "{name}: {answer}",
        },
        "zh": {
            "title": "加性、点积、自注意力",
            "prompt": (
                "三个混合融合模型，区别只在于怎样给一对向量打分：用一个小网络（加性）、"
                "用两个向量的夹角（点积）、用并列的多个学到的视角（自注意力）。"
                "哪一个把最多的权重放在所问的东西上？"
            ),
            "point": (
                "三个都答对了，但最后的热图不同：一个几乎全在那个东西上，另一个大半在别处。"
                "两个模型可以答案一致而热图不同，所以一张热图说的是某一个模型，而不是这个问题。"
            ),
            "try_it": "这是加性的混合融合。热图在别处，答案是对的。",
            "right": "{name}，有 {share} 的权重在其上。",
            "bars": "落在那个东西上的权重",
            "caption": "{name}：{answer}",
        },
    }
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "en": ("additive", "dot-product", "self-attention"),
        "zh": ("加性注意力", "点积注意力", "自注意力"),
    }

    def _shares(self, live: Live) -> list[float]:
        return [live.on_referent(self, fusion) for fusion in FUSIONS]

    def reveal(self, live: Live, guess: Sequence[float]) -> Reveal:
        shares, picture = self._shares(live), live.scene(self.state).image
        answered, names = [live.ask(self.state, fusion) for fusion in FUSIONS], self.options(live)
        most = int(np.argmax(shares))
        return Reveal(
            score=float(chosen(guess, names) == most),
            right=self.say("right", name=names[most], share=words.percent(shares[most])),
            maps=tuple(
                Map(
                    caption=self.say("caption", name=name, answer=live.answers(e)[0][0]),
                    picture=picture,
                    weights=e.image_attention,
                )
                for name, e in zip(names, answered, strict=True)
            ),
            bars=(Bars(title=self.say("bars"), rows=tuple(zip(names, shares, strict=True))),),
        )

    def claims(self, live: Live) -> Mapping[str, bool]:
        additive, _, self_attention = self._shares(live)
        return {
            "all three are right": all(live.right(self, fusion) for fusion in FUSIONS),
            "one lies almost wholly on it": self_attention > 0.9,
            "another mostly elsewhere": additive < 0.5,
        }
