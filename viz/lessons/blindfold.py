"""Lesson: blindfold it, and it answers from the question alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from viz.lessons.base import CHOICE, Bars, Lesson, Live, Reveal, chosen
from viz.panels.visit import Shown
from viz.words import page as words

BEST = 5


class Blindfold(Lesson):
    kind = CHOICE
    key = "blindfold"
    scene = 1046
    fusion = "hybrid-self"
    questions: ClassVar[Mapping[str, str]] = {
        "en": "How many rectangles are there here?",
        "zh": "图中有几个长方形？",
    }
    shown = Shown(image=False)
    says: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "en": {
            "title": "Blindfold it",
            "prompt": (
                "With the picture it answers rightly. Now the picture is hidden. What will it say?"
            ),
            "point": (
                "It still answers, with what such questions were mostly answered with in "
                "training. An answer alone does not show that a model has looked: compare it "
                "with what the model says blindfolded. This one at least becomes unsure."
            ),
            "try_it": "The image is off. Ask other questions and watch it guess.",
            "right": "It says {answer}, with {share}.",
            "seeing": "With the picture",
            "blind": "Blindfolded",
        },
        "zh": {
            "title": "蒙上它的眼睛",
            "prompt": "看得到图片时它答对了。现在把图片藏起来，它会怎么说？",
            "point": (
                "它照样作答，说的是训练中这类问题最常见的答案。只看答案，看不出模型有没有看图："
                "要和它蒙着眼睛说的比一比。这个模型至少变得没有把握了。"
            ),
            "try_it": "图像已关闭。换些问题问它，看它怎么猜。",
            "right": "它说{answer}，概率 {share}。",
            "seeing": "看得到图片",
            "blind": "蒙着眼睛",
        },
    }

    def options(self, live: Live) -> tuple[str, ...]:
        return "0", "1", "2", "3"

    def reveal(self, live: Live, guess: Sequence[float]) -> Reveal:
        options, cases = self.options(live), live.masking(self.state).cases
        blind, seeing = cases["text"], cases["both"]
        hit = options[chosen(guess, options)] == blind.answer
        return Reveal(
            score=float(hit),
            right=self.say(
                "right", answer=live.answers(blind)[0][0], share=words.percent(blind.answers[0][1])
            ),
            bars=(
                Bars(title=self.say("seeing"), rows=live.answers(seeing)[:BEST]),
                Bars(title=self.say("blind"), rows=live.answers(blind)[:BEST]),
            ),
        )

    def claims(self, live: Live) -> Mapping[str, bool]:
        cases = live.masking(self.state).cases
        blind = cases["text"]
        other = live.masking(replace(self.state, scene=7)).cases["text"]
        return {
            "the answer with the picture is right": live.right(self),
            "blindfolded it says something else": blind.answer != cases["both"].answer,
            "which is among the options": blind.answer in self.options(live),
            "and the same about every picture": blind.answers == other.answers,
            "it becomes unsure": blind.answers[0][1] < 0.6 < cases["both"].answers[0][1],
        }
