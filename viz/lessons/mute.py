"""Lesson: mute it, and it answers to a picture without knowing what was asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from viz.lessons.base import CHOICE, Bars, Lesson, Live, Reveal, chosen
from viz.panels.visit import Shown
from viz.words import page as words

BEST = 5
OFFERED = ("size.small", "size.large", "yes", "count.1")


class Mute(Lesson):
    kind = CHOICE
    key = "mute"
    scene = 1028
    fusion = "hybrid-self"
    questions: ClassVar[Mapping[str, str]] = {
        "en": "how large is the square?",
        "zh": "正方形有多大？",
    }
    shown = Shown(question=False)
    says: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "en": {
            "title": "Mute it",
            "prompt": (
                "Now the question is hidden, and only the picture is shown. What will it answer?"
            ),
            "point": (
                "Not knowing what was asked, it says what is answered most often by and large, "
                "and is not even sure of that. Whatever you ask, a muted model answers the same: "
                "the picture alone cannot know what you want."
            ),
            "try_it": "The question is off. Type another one: nothing changes.",
            "right": "It says {answer}, with {share}.",
            "hearing": "With the question",
            "muted": "Muted",
        },
        "zh": {
            "title": "堵上它的耳朵",
            "prompt": "现在把问题藏起来，只给它看图片，它会怎么回答？",
            "point": (
                "它不知道问的是什么，只好说总体上最常见的答案，而且连这个也没有把握。"
                "无论你问什么，听不到问题的模型都给出同样的回答：单凭图片，无从知道你想问什么。"
            ),
            "try_it": "问题已关闭。输入别的问题：什么都不会变。",
            "right": "它说{answer}，概率 {share}。",
            "hearing": "听得到问题",
            "muted": "听不到问题",
        },
    }

    def options(self, live: Live) -> tuple[str, ...]:
        return tuple(map(live.name, OFFERED))

    def reveal(self, live: Live, guess: Sequence[float]) -> Reveal:
        cases = live.masking(self.state).cases
        muted, hearing = cases["image"], cases["both"]
        hit = OFFERED[chosen(guess, OFFERED)] == muted.answer_ids[0]
        return Reveal(
            score=float(hit),
            right=self.say(
                "right", answer=live.answers(muted)[0][0], share=words.percent(muted.answers[0][1])
            ),
            bars=(
                Bars(title=self.say("hearing"), rows=live.answers(hearing)[:BEST]),
                Bars(title=self.say("muted"), rows=live.answers(muted)[:BEST]),
            ),
        )

    def claims(self, live: Live) -> Mapping[str, bool]:
        cases = live.masking(self.state).cases
        muted = cases["image"]
        other = live.masking(replace(self.state, question="what colour is it?")).cases["image"]
        return {
            "the answer with the question is right": live.right(self),
            "muted it says what no size is": muted.answer_ids[0] in ("yes", "no"),
            "which is among the options": muted.answer_ids[0] in OFFERED,
            "it is not sure": muted.answers[0][1] < 0.4,
            "every question is answered the same": muted.answer_ids == other.answer_ids,
        }
