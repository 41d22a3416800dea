"""Lesson: attention is not explanation. A case in which weight and effect disagree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from viz.lessons.base import CHOICE, Bars, Lesson, Live, Reveal, chosen
from viz.words import page as words

EDGES = (0.9, 0.5, 0.1)


class NotExplanation(Lesson):
    kind = CHOICE
    key = "not-explanation"
    scene = 1000
    fusion = "hybrid-dot"
    questions: ClassVar[Mapping[str, str]] = {
        "en": "could you name the colour of the large cross",
        "zh": "大的十字是哪个颜色？",
    }
    says: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "en": {
            "title": "Attention is not explanation",
            "prompt": (
                "This fusion weighs the picture against the question, and gave the picture less "
                "than 1 % of the weight. It is right, and sure of it. Now hide the picture: what "
                "is left of the probability of its answer?"
            ),
            "point": (
                "Weight given is not effect had. The picture had come in before, when the words "
                "looked at it, so the last weighing could do without it, and the answer could "
                "not. Ask what changes when something is hidden: that is what the measured share "
                "does."
            ),
            "try_it": (
                "Compare the two bars under “Who decided?”, and flip the switch of the image."
            ),
            "right": "From {before} to {after}.",
            "weight": "Attention weight",
            "share": "Measured share",
            "cases": "P({answer}) when it saw",
        },
        "zh": {
            "title": "注意力不是解释",
            "prompt": (
                "这种融合方式权衡图片与问题，给图片的权重不到 1 %。"
                "它答对了，而且很有把握。现在把图片藏起来：答案的概率还剩多少？"
            ),
            "point": (
                "给了多少权重，不等于起了多少作用。图片在此之前就已经进来了，那时词元看过它，"
                "所以最后的权衡可以不要图片，答案却离不开它。要问隐藏某一部分会有什么变化："
                "实测贡献做的正是这件事。"
            ),
            "try_it": "比较“由谁决定？”下面的两条，再拨动图像的开关。",
            "right": "从 {before} 到 {after}。",
            "weight": "注意力权重",
            "share": "实测贡献",
            "cases": "它看到以下内容时的 P({answer})",
        },
    }
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "en": ("more than 90 %", "50 to 90 %", "10 to 50 %", "less than 10 %"),
        "zh": ("超过 90 %", "50 到 90 %", "10 到 50 %", "不到 10 %"),
    }

    def reveal(self, live: Live, guess: Sequence[float]) -> Reveal:
        masking = live.masking(self.state)
        left = masking.values["text"]
        rank = sum(left < edge for edge in EDGES)
        weights = masking.cases["both"].modality_weights or {}
        shapley = masking.shapley
        whole = sum(map(abs, shapley.values()))
        return Reveal(
            score=float(chosen(guess, self.options(live)) == rank),
            right=self.say(
                "right",
                before=words.percent(masking.values["both"]),
                after=words.percent(left),
            ),
            bars=(
                Bars(title=self.say("weight"), rows=_named(weights)),
                Bars(
                    title=self.say("share"),
                    rows=_named({name: abs(v) / whole for name, v in shapley.items()}),
                ),
                Bars(
                    title=self.say("cases", answer=live.name(masking.answer_id)),
                    rows=tuple((words.CASE_NAMES[c], v) for c, v in masking.values.items()),
                ),
            ),
        )

    def claims(self, live: Live) -> Mapping[str, bool]:
        masking = live.masking(self.state)
        weights = masking.cases["both"].modality_weights or {}
        shapley = masking.shapley
        return {
            "the answer is right": live.right(self),
            "and sure": masking.values["both"] > 0.9,
            "the picture got less than 1 % of the weight": weights["image"] < 0.01,
            "the answer could not do without it": masking.values["text"] < 0.1,
            "the picture has a large measured share": shapley["image"]
            > 0.4 * sum(shapley.values()),
        }


def _named(shares: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    names = {"image": words.IMAGE, "text": words.QUESTION_SIDE}
    return tuple((names[name], share) for name, share in shares.items())
