"""Lesson: what it buys to hide things in training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from viz.lessons.base import CHOICE, Bars, Lesson, Live, Reveal, chosen
from viz.panels.visit import Shown
from viz.words import page as words

BEST = 4
MASKED, UNMASKED = "hybrid-additive", "hybrid-additive-unmasked"


class MaskedTraining(Lesson):
    kind = CHOICE
    key = "training"
    scene = 1024
    fusion = UNMASKED
    questions: ClassVar[Mapping[str, str]] = {
        "en": "Count the big crosses",
        "zh": "有几个大的十字形？",
    }
    shown = Shown(image=False)
    says: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "en": {
            "title": "Training with and without masking",
            "prompt": (
                "Two twins: one saw pictures and questions hidden at random in training, the "
                "other never did. Both answer this rightly. Now the picture is hidden: which of "
                "them is surer of what it says?"
            ),
            "point": (
                "The twin that never saw a missing picture takes “nothing there” for a picture, "
                "and is sure of a wrong answer. The other has learned what it means when one "
                "side is missing, and gives the best guess with the doubt that it deserves."
            ),
            "try_it": (
                "The twin without masking, blindfolded. Choose Hybrid · additive to see the other."
            ),
            "right": (
                "{with_share} for {with_answer} with masking, {without_share} for "
                "{without_answer} without."
            ),
            "with": "Trained with masking, blindfolded",
            "without": "Trained without, blindfolded",
        },
        "zh": {
            "title": "有无遮蔽的训练",
            "prompt": (
                "一对孪生模型：一个在训练中随机遇到被遮蔽的图片和问题，另一个从未遇到过。"
                "这个问题两个都答对了。现在把图片藏起来："
                "哪一个对自己的回答更有把握？"
            ),
            "point": (
                "从未见过缺失图片的那个把“什么都没有”也当成一张图，对错误的答案很有把握。"
                "另一个学会了缺少一方意味着什么，给出最好的猜测，并保留应有的怀疑。"
            ),
            "try_it": "这是无遮蔽训练的那个，蒙着眼睛。选“混合 · 加性注意力”可以看另一个。",
            "right": (
                "有遮蔽训练的给{with_answer} {with_share}，无遮蔽训练的给{without_answer} "
                "{without_share}。"
            ),
            "with": "有遮蔽训练，蒙着眼睛",
            "without": "无遮蔽训练，蒙着眼睛",
        },
    }
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "en": ("the one that was trained with masking", "the one that never saw anything hidden"),
        "zh": ("有遮蔽训练的那个", "从未见过遮蔽的那个"),
    }

    def reveal(self, live: Live, guess: Sequence[float]) -> Reveal:
        masked, unmasked = (live.masking(self.state, f).cases["text"] for f in (MASKED, UNMASKED))
        surer = int(unmasked.answers[0][1] > masked.answers[0][1])
        return Reveal(
            score=float(chosen(guess, self.options(live)) == surer),
            right=self.say(
                "right",
                with_share=words.percent(masked.answers[0][1]),
                with_answer=live.answers(masked)[0][0],
                without_share=words.percent(unmasked.answers[0][1]),
                without_answer=live.answers(unmasked)[0][0],
            ),
            bars=(
                Bars(title=self.say("with"), rows=live.answers(masked)[:BEST]),
                Bars(title=self.say("without"), rows=live.answers(unmasked)[:BEST]),
            ),
        )

    def claims(self, live: Live) -> Mapping[str, bool]:
        masked, unmasked = (live.masking(self.state, f).cases["text"] for f in (MASKED, UNMASKED))
        return {
            "with masking it is right": live.right(self, MASKED),
            "without masking it is right": live.right(self, UNMASKED),
            "without masking it is sure, blindfolded": unmasked.answers[0][1] > 0.9,
            "and wrong": unmasked.answer_ids[0] != live.truth(self).answer_id,
            "with masking it is in doubt": masked.answers[0][1] < 0.6,
        }
