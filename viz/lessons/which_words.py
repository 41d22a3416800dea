"""Lesson: which words matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from viz.lessons.base import ORDER, Bars, Lesson, Live, Reveal, order_score
from viz.panels.links import State
from viz.panels.visit import Shown
from viz.words import language
from viz.words import page as words

NAMING = {"en": "teal", "zh": "青"}  # the piece of each question that names the thing
PLACES = {"en": 4, "zh": 0}


class WhichWords(Lesson):
    kind = ORDER
    key = "words"
    scene = 1003
    fusion = "hybrid-self"
    questions: ClassVar[Mapping[str, str]] = {
        "en": "Which shape is the teal object",
        "zh": "青色物体长什么样？",
    }
    says: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "en": {
            "title": "Which words matter",
            "prompt": "Put the words in the order of the weight they got, the heaviest first.",
            "point": (
                "“Teal” got nearly no weight of all the words. Yet without “teal” the answer is "
                "lost: in this fusion each word first looks at the picture, and what it found "
                "there lies in the map. The weight on the words is only the last step of many."
            ),
            "try_it": "“teal” is switched off. Switch it on again, and try the others.",
            "right": "Heaviest first: {ranked}.",
            "weights": "Weight on the word",
            "without": "P({answer}) without the word",
        },
        "zh": {
            "title": "哪些词重要",
            "prompt": "按得到的权重给各个词元排序，最重的在先。",
            "point": (
                "所有词元中，“青”几乎没有得到权重。可是没有“青”，答案就丢了："
                "在这种融合方式里，每个词元先去看图，看到的东西体现在热图里。"
                "词元上的权重只是许多步骤中的最后一步。"
            ),
            "try_it": "“青”已关闭。重新打开它，再试试其他词元。",
            "right": "从重到轻：{ranked}。",
            "weights": "词元上的权重",
            "without": "去掉该词元后的 P({answer})",
        },
    }

    @property
    def tried(self) -> State:
        return replace(self.state, shown=Shown(dropped=(PLACES[language()],)))

    def _weights(self, live: Live) -> list[tuple[str, float]]:
        return live.ask(self.state).token_attention or []

    def options(self, live: Live) -> tuple[str, ...]:
        return tuple(live.ask(self.state).tokens)

    def _left(self, live: Live) -> list[tuple[str, float]]:
        """The probability that the answer keeps without each word."""
        whole = live.ask(self.state)
        best = whole.answer_ids[0]
        return [
            (word, live.without(self.state, i).probability_of(best))
            for i, word in enumerate(whole.tokens)
        ]

    def reveal(self, live: Live, guess: Sequence[float]) -> Reveal:
        weights, answer = self._weights(live), live.answers(live.ask(self.state))[0][0]
        ranked = sorted(weights, key=lambda item: -item[1])
        return Reveal(
            score=order_score([weight for _, weight in weights], guess),
            right=self.say("right", ranked=words.listed(word for word, _ in ranked)),
            bars=(
                Bars(title=self.say("weights"), rows=tuple(weights)),
                Bars(title=self.say("without", answer=answer), rows=tuple(self._left(live))),
            ),
        )

    def claims(self, live: Live) -> Mapping[str, bool]:
        weights, left = dict(self._weights(live)), dict(self._left(live))
        tokens, naming = live.ask(self.state).tokens, NAMING[language()]
        return {
            "the answer is right": live.right(self),
            "the word that names it got the least": min(weights, key=weights.__getitem__) == naming,
            "nearly none": weights[naming] < 0.03,
            "without it the answer is lost": left[naming] < 0.5,
            "no other word is missed more": min(left, key=left.__getitem__) == naming,
            "the Ask page opens without it": tokens[self.tried.shown.dropped[0]] == naming,
        }
