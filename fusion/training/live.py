"""Training a fusion from fresh weights while somebody watches: about a minute on one core.

Scenes and questions are new to everything that is shipped, and are encoded once by the served
backbone, which stays as it is. Masks are drawn as in training at length (fusion.training.masks);
the text encoder does not learn, so words are hidden from the fusion and not from the encoder. The
same configuration gives the same fusion, unless it is stopped or time runs out.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from fusion.background import Background
from fusion.data.shapes.vocabulary import FAMILIES
from fusion.engine import Engine
from fusion.models.store import frozen
from fusion.models.strategies.base import Fusion
from fusion.outputs import PHASES, Learning, LearningPoint, Share
from fusion.training.live_config import LIMITS, MOST_SECONDS, LiveConfig
from fusion.training.live_learner import Learner
from fusion.training.live_scenes import EncodedScenes, LiveScenes, image_free
from fusion.training.loop import rate_at
from fusion.training.statistics import wilson

__all__ = [
    "FAMILIES",
    "LIMITS",
    "MOST_SECONDS",
    "QUESTIONS",
    "LiveConfig",
    "LiveStep",
    "train_beside",
    "train_live",
]

FIRST_SCENE, FIRST_VALIDATION_SCENE = 5_000_000, 6_000_000  # no other training or test has them
QUESTIONS = 16  # per scene
VALIDATION_SCENES, VALIDATION_QUESTIONS = 64, 8
SAMPLE = 32  # of the scenes that are learned from, whose questions are asked for the curve
BATCH = 4  # scenes
POINTS, BETWEEN = 10, 25  # points of the curve; the least number of steps from one to the next
PARTS = {"draw": 0.1, "images": 0.15, "questions": 0.1, "train": 0.65}  # of the progress bar


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class LiveStep:
    """What can be shown after a step; with the last one comes the fusion, frozen, or None when
    the training ended before anything was learned."""

    learning: Learning
    fusion: Fusion | None = None


def train_live(
    engine: Engine, config: LiveConfig, *, stop: Callable[[], bool] = lambda: False
) -> Iterator[LiveStep]:
    """Train the fusion that `config` describes on the engine's encodings; the engine is only read.

    Yields after every short step, and asks `stop` before the next. ValueError when hardly any
    scene permits a question of the chosen families.
    """
    return _Live(engine, config, stop).steps()


def train_beside(
    engine: Engine, config: LiveConfig, *, stop: Callable[[], bool], every: float
) -> Iterator[LiveStep]:
    """`train_live` in a thread and on a core of its own, while the engine answers; gives the
    latest step every `every` seconds and the last one. Who stops iterating stops the training."""

    def work(left: Callable[[], bool]) -> Iterator[LiveStep]:
        return train_live(engine, config, stop=lambda: stop() or left())

    return iter(Background(work, every=every))


class _EndedError(Exception):
    """Somebody stopped it, or time ran out."""


class _Live:
    """One training and what is known of it so far."""

    def __init__(self, engine: Engine, config: LiveConfig, stop: Callable[[], bool]) -> None:
        self.engine, self.config, self.stop = engine, config, stop
        backbone = engine.inputs.backbone.config
        self.learner = Learner(config.fusion_config(engine.answers, backbone), config.masks)
        self.seconds = dict.fromkeys(PHASES, 0.0)
        self.phase, self.progress = PHASES[0], 0.0
        self.points: tuple[LearningPoint, ...] = ()
        self.validation: EncodedScenes  # from the moment on when it is encoded
        self.train: EncodedScenes
        self.prior: float | None = None
        self.priors: Mapping[str, float] | None = None
        self.families: Mapping[str, Share] | None = None
        self.epoch = 0.0
        self.began = self.clock = time.monotonic()

    def steps(self) -> Iterator[LiveStep]:
        """All of it, to whichever end."""
        ended = "finished"
        try:
            yield from self._all()
        except _EndedError as end:
            ended = str(end)
        learned = self.epoch > 0
        if learned and self.points[-1].epoch < self.epoch:
            self._measure()
        if learned:
            self.learner.fusion.zero_grad(set_to_none=True)  # or they are kept as long as it is
            frozen(self.learner.fusion)
        yield LiveStep(
            learning=self._learning(ended), fusion=self.learner.fusion if learned else None
        )

    def _all(self) -> Iterator[LiveStep]:
        makers = (
            self._scenes(FIRST_SCENE, self.config.scenes, QUESTIONS),
            self._scenes(FIRST_VALIDATION_SCENE, VALIDATION_SCENES, VALIDATION_QUESTIONS),
        )
        for phase in PHASES[:3]:
            for number, maker in enumerate(makers):
                work = (maker.draw, maker.encode_images, maker.encode_questions)
                begun = work[PHASES.index(phase)]()
                yield from self._phase(phase, begun, part=number, parts=len(makers))
        self.train, self.validation = (maker.encoded() for maker in makers)
        guessed = image_free(self.train, self.validation)
        self.prior = float(guessed.mean())
        self.priors = {f: float(hits.mean()) for f, hits in self._by_family(guessed).items()}
        yield from self._phase("train", self._fit())

    def _scenes(self, first_seed: int, scenes: int, per_scene: int) -> LiveScenes:
        return LiveScenes(
            self.engine.inputs,
            self.engine.answers,
            first_seed=first_seed,
            scenes=scenes,
            per_scene=per_scene,
            families=self.config.families,
        )

    def _phase(
        self, phase: str, work: Iterator[float], *, part: int = 0, parts: int = 1
    ) -> Iterator[LiveStep]:
        """One part of a phase; `work` says after each step what share of the part is done."""
        before = sum(list(PARTS.values())[: PHASES.index(phase)])
        self.phase = phase
        for done in work:
            self._spend(phase)
            self.progress = before + PARTS[phase] * (part + done) / parts
            yield LiveStep(learning=self._learning())
            self.clock = time.monotonic()  # what is done with the step is not the training's time
            if self.stop():
                raise _EndedError("stopped")
            if self.clock - self.began > self.config.seconds:
                raise _EndedError("time")

    def _fit(self) -> Iterator[float]:
        per_epoch = math.ceil(self.config.scenes / BATCH)
        total = self.config.epochs * per_epoch
        every = max(BETWEEN, math.ceil(total / POINTS))
        self._measure()
        yield 0.0
        for step in range(total):
            if step % per_epoch == 0:
                batches = self.learner.order(self.config.scenes).split(BATCH)
            self.learner.learn(self.train, batches[step % per_epoch], rate_at(step, total))
            self.epoch = (step + 1) / per_epoch
            if (step + 1) % every == 0 or step + 1 == total:
                self._measure()
            yield (step + 1) / total

    def _measure(self) -> None:
        """Add a point to the curve."""
        self._spend("train")
        answer, train, new = self.learner.answer, self.train, self.validation
        known, _ = answer(train, first=SAMPLE)
        known_blind, _ = answer(train, first=SAMPLE, image_hidden=True)
        seen, right = answer(new)
        blind, _ = answer(new, image_hidden=True)
        self.points += (
            LearningPoint(
                epoch=self.epoch,
                train_loss=known.loss / known.count,
                train_accuracy=known.right / known.count,
                train_blind_accuracy=known_blind.right / known_blind.count,
                validation_loss=seen.loss / seen.count,
                validation_accuracy=seen.right / seen.count,
                validation_blind_accuracy=blind.right / blind.count,
            ),
        )
        self.families = {f: _share(hits) for f, hits in self._by_family(right).items()}
        self._spend("validate")

    def _by_family(self, right: Bool[np.ndarray, "N Q"]) -> dict[str, Bool[np.ndarray, " n"]]:
        """Which validation questions are right, family by family."""
        asked = np.array([q.family for q in self.validation.questions])
        return {
            family: right.flatten()[asked == family]
            for family in self.config.families
            if family in asked
        }

    def _spend(self, phase: str) -> None:
        """Book the time since the last booking."""
        now = time.monotonic()
        self.seconds[phase] += now - self.clock
        self.clock = now

    def _learning(self, ended: str | None = None) -> Learning:
        return Learning(
            phase=self.phase,
            progress=self.progress,
            seconds=dict(self.seconds),
            epoch=self.epoch,
            epochs=self.config.epochs,
            scenes=self.config.scenes,
            questions=self.config.scenes * QUESTIONS,
            validation_scenes=VALIDATION_SCENES,
            validation_questions=VALIDATION_SCENES * VALIDATION_QUESTIONS,
            points=self.points,
            prior=self.prior,
            priors=self.priors,
            families=self.families,
            ended=ended,
        )


def _share(right: Bool[np.ndarray, " n"]) -> Share:
    low, high = wilson(int(right.sum()), len(right))
    return Share(correct=int(right.sum()), count=len(right), low=low, high=high)
