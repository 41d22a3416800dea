"""Lesson: early, late, hybrid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from viz.lessons.base import CHOICE, Bars, Lesson, Live, Map, Reveal, chosen
from viz.words import page as words

BEST = 3
FUSIONS = ("feature-self", "modality-self", "hybrid-self")


class Strategies(Lesson):
    kind = CHOICE
    key = "strategies"
    scene = 10700
    fusion = "hybrid-self"
    questions: ClassVar[Mapping[str, str]] = {
        "en": "Which thing is furthest to the left?",
        "zh": "最左边的是什么？",
    }
    says: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "en": {
            "title": "Early, late, hybrid",
            "prompt": (
                "Early fusion puts regions and words into one sequence. Late fusion sums up each "
                "side and weighs the two sums. Hybrid lets each word look at the picture in "
                "rounds, then weighs. Only one of them gets this right: which?"
            ),
            "point": (
                "Which thing is leftmost depends on all the others, so it has to be found by "
                "comparing places. The hybrid has several rounds of looking for that. One "
                "question proves little: the Results tab has thousands."
            ),
            "try_it": (
                "Choose the other fusions from the menu and see what they say, and where they look."
            ),
            "right": "Right: {names}.",
            "caption": "{name}: {answer}",
        },
        "zh": {
            "title": "早期、晚期、混合",
            "prompt": (
                "早期融合把区域和词元排成一个序列。晚期融合先各自汇总，再权衡两个汇总。"
                "混合融合让每个词元分几轮去看图，然后再权衡。"
                "只有一个答对了：是哪一个？"
            ),
            "point": (
                "哪个东西在最左边，取决于其他所有东西，所以要比较位置才能找到。"
                "混合融合有好几轮观看来做这件事。一个问题说明不了什么：“结果”页有成千上万个。"
            ),
            "try_it": "从菜单选择其他融合方式，看看它们怎么说，看哪里。",
            "right": "答对的：{names}。",
            "caption": "{name}：{answer}",
        },
    }
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "en": ("early (feature-level)", "late (modality-level)", "hybrid"),
        "zh": ("早期（特征级）", "晚期（模态级）", "混合"),
    }

    def reveal(self, live: Live, guess: Sequence[float]) -> Reveal:
        answered, names = [live.ask(self.state, fusion) for fusion in FUSIONS], self.options(live)
        best = [live.right(self, fusion) for fusion in FUSIONS]
        picture = live.scene(self.state).image
        return Reveal(
            score=float(best[chosen(guess, names)]),
            right=self.say(
                "right",
                names=words.listed(n for n, ok in zip(names, best, strict=True) if ok),
            ),
            maps=tuple(
                Map(
                    caption=self.say("caption", name=n, answer=live.answers(e)[0][0]),
                    picture=picture,
                    weights=e.image_attention,
                )
                for n, e in zip(names, answered, strict=True)
            ),
            bars=tuple(
                Bars(title=n, rows=live.answers(e)[:BEST])
                for n, e in zip(names, answered, strict=True)
            ),
        )

    def claims(self, live: Live) -> Mapping[str, bool]:
        best = [live.right(self, fusion) for fusion in FUSIONS]
        return {"only the hybrid is right": best == [False, False, True]}
