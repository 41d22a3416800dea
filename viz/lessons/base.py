"""What a lesson is: a question to the live model, a prediction, what is revealed, and its claims.

A lesson computes everything it shows when it is shown; what it says in prose it also says as
`claims`, which a test holds against the shipped weights. What it says stands in its own file, in
every language.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar

import numpy as np
from jaxtyping import Float
from PIL import Image

from fusion.engine import Engine
from fusion.outputs import Explanation, Masking, SceneQuestion, SceneView
from viz.panels.links import State
from viz.panels.visit import Shown
from viz.plots.maps import share_inside
from viz.words import errors, language

SPOT, CHOICE, ORDER = "spot", "choice", "order"  # how a prediction is made
KEPT = 16  # scenes that are remembered, with the answers about them
ALIKE = 0.02
ENOUGH = 2.0  # times the uniform share: half a point for a spot that is looked at, if not most


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Map:
    """Where a model looked; `picture` is what it saw."""

    caption: str
    picture: Image.Image
    weights: Float[np.ndarray, "H W"] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Bars:
    """Shares 0..1 under a title, with the word for each."""

    title: str
    rows: tuple[tuple[str, float], ...]


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Reveal:
    """`score` is 0..1; `right` says what would have been the whole point."""

    score: float
    right: str
    maps: tuple[Map, ...] = ()
    bars: tuple[Bars, ...] = ()


class Live:
    """The engine, asked for what a state says; remembers what the lessons ask again and again."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.scene = lru_cache(KEPT)(self._scene)
        self.masking = lru_cache(4 * KEPT)(self._masking)

    def _scene(self, state: State) -> SceneView:
        if state.scene is None:
            raise ValueError("a lesson's state names its scene")
        return self.engine.scene(state.scene)

    def _masking(self, state: State, fusion: str | None = None) -> Masking:
        """The four cases of what a state asks, through its fusion unless another is named."""
        return self.engine.masking(
            self.scene(state).image,
            state.question or "",
            fusion=fusion or state.fusion,
            drop_tokens=state.shown.dropped,
        )

    def ask(self, state: State, fusion: str | None = None) -> Explanation:
        return self.masking(state, fusion).cases[state.shown.case]

    def without(self, state: State, token: int) -> Explanation:
        """The same question without one word."""
        return self.ask(replace(state, shown=replace(state.shown, dropped=(token,))))

    def truth(self, lesson: Lesson) -> SceneQuestion:
        """The question of a lesson with what is true of its scene."""
        known = lesson.questions["en"]  # those of the other languages mean the same
        return next(q for q in self.scene(lesson.state).questions if q.text == known)

    def right(self, lesson: Lesson, fusion: str | None = None) -> bool:
        """Whether the answer to a lesson's question is the true one."""
        return self.ask(lesson.state, fusion).answer_ids[0] == self.truth(lesson).answer_id

    def on_referent(self, lesson: Lesson, fusion: str | None = None) -> float:
        """Share of the image attention on what the question is about."""
        weights = self.ask(lesson.state, fusion).image_attention
        referents = list(self.truth(lesson).referents)
        if weights is None or not referents:
            raise ValueError("there is nothing to look at")
        masks = self.scene(lesson.state).masks[referents]
        return share_inside(weights, np.asarray(masks.any(axis=0)))

    def answers(self, explanation: Explanation) -> tuple[tuple[str, float], ...]:
        """The answers and their probabilities, best first, in the language of the page."""
        named = map(self.name, explanation.answer_ids)
        return tuple(zip(named, (share for _, share in explanation.answers), strict=True))

    def name(self, answer_id: str) -> str:
        """An answer in the language of the page."""
        return self.engine.answer_name(answer_id, language())


class Lesson(ABC):
    """One lesson: subclass it in a file of its own, and name it in `viz.lessons`.

    `fusion` is asked one of `questions`, which mean the same in every language, about the `scene`
    of a seed; `shown` is what the Ask page then hides of it. `says` are the texts by language and
    name, with `title`, `prompt`, `point` and `try_it` among them; `choices`, by language, what
    there is to choose from where that is not the model's own words.
    """

    kind: ClassVar[str]
    key: ClassVar[str]
    scene: ClassVar[int]
    fusion: ClassVar[str]
    questions: ClassVar[Mapping[str, str]]
    shown: ClassVar[Shown] = Shown()
    says: ClassVar[Mapping[str, Mapping[str, str]]]
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    def say(self, what: str, **values: object) -> str:
        """One of its texts, in the language of the page."""
        return self.says[language()][what].format(**values)

    @property
    def state(self) -> State:
        """What the model is asked, in the language of the page."""
        return State(scene=self.scene, question=self.questions[language()], fusion=self.fusion)

    @property
    def tried(self) -> State:
        """What the Ask page is opened with in the end."""
        return replace(self.state, shown=self.shown)

    @property
    def title(self) -> str:
        return self.say("title")

    @property
    def prompt(self) -> str:
        return self.say("prompt")

    @property
    def point(self) -> str:
        return self.say("point")

    @property
    def try_it(self) -> str:
        return self.say("try_it")

    def options(self, live: Live) -> tuple[str, ...]:
        """What there is to choose from, or to put in order."""
        return self.choices.get(language(), ())

    @abstractmethod
    def reveal(self, live: Live, guess: Sequence[float]) -> Reveal:
        """What the model did, and what the guess is worth: x and y as fractions of the picture, one
        number of an option, or all numbers in order. ValueError for anything else."""

    @abstractmethod
    def claims(self, live: Live) -> Mapping[str, bool]:
        """What the prose says, each with whether it is true of these weights."""


def chosen(guess: Sequence[float], options: Sequence[str]) -> int:
    """The number of one option."""
    if len(guess) != 1 or guess[0] not in range(len(options)):
        raise ValueError(errors.NO_CHOICE.format(count=len(options)))
    return int(guess[0])


def spot_score(weights: Float[np.ndarray, "H W"], guess: Sequence[float]) -> float:
    """1 within a region of the strongest, half where at least `ENOUGH` times uniform lies.

    >>> weights = np.array([[0.0, 0.0, 0.0, 0.5], [0.4, 0.0, 0.0, 0.1]])
    >>> [spot_score(weights, place) for place in ((0.6, 0.9), (0.1, 0.9), (0, 0))]
    [1.0, 0.5, 0.0]
    """
    if len(guess) != 2 or not all(0 <= place <= 1 for place in guess):
        raise ValueError(errors.NO_SPOT)
    height, width = weights.shape
    x, y = min(int(guess[0] * width), width - 1), min(int(guess[1] * height), height - 1)
    top, left = divmod(int(weights.argmax()), width)
    if abs(y - top) <= 1 and abs(x - left) <= 1:
        return 1.0
    return 0.5 if weights[y, x] * weights.size >= ENOUGH else 0.0


def order_score(weights: Sequence[float], guess: Sequence[float]) -> float:
    """The share of pairs that are in the right order, heaviest first; either order of two weights
    that are `ALIKE` is right.

    >>> order_score([0.5, 0.3, 0.2], [0, 1, 2]), order_score([0.5, 0.3, 0.2], [2, 1, 0])
    (1.0, 0.0)
    """
    if sorted(guess) != list(range(len(weights))):
        raise ValueError(errors.NO_ORDER)
    ranked = [weights[int(i)] for i in guess]
    pairs = [(a, b) for i, a in enumerate(ranked) for b in ranked[i + 1 :]]
    return sum(a >= b - ALIKE for a, b in pairs) / len(pairs)
