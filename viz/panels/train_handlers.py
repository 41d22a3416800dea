"""What the Train page does, free of Gradio: train beside the answers, keep what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from fusion.outputs import Learning
from fusion.training.live import LiveConfig, LiveStep, train_beside
from viz import words_train as words
from viz.panels.guests import Guest, Guests

TRAINING = "training"  # the `concurrency_id` of all trainings: one at a time
EVERY = 0.4  # seconds from one picture of a training to the next


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Trained:
    """How far a training is; with its end comes the fusion as a guest, if anything was learned."""

    learning: Learning
    guest: Guest | None


def train(
    guests: Guests, config: LiveConfig, stop: Callable[[], bool] = lambda: False
) -> Iterator[Trained]:
    """Train, and say every now and then how far it is; who stops listening stops it."""
    for step in train_beside(guests.engine, config, stop=stop, every=EVERY):
        yield Trained(learning=step.learning, guest=_kept(guests, config, step))


def _kept(guests: Guests, config: LiveConfig, step: LiveStep) -> Guest | None:
    """The fusion of the last step, kept for its visitor."""
    if step.fusion is None:
        return None
    learning = step.learning
    return guests.add(
        step.fusion,
        summary=words.own_summary(config.scenes, learning.epoch, config.families),
        accuracy=learning.points[-1].validation_accuracy,
        count=learning.validation_questions,
    )
