"""What the Train page does, free of Gradio: wait, train beside the answers, keep the model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from fusion.outputs import FusionInfo, Learning
from fusion.training.live import MOST_SECONDS, LiveConfig, LiveStep, train_beside
from viz.panels.guests import Description, Guest, Guests
from viz.panels.line import FullError, Line
from viz.words import engine
from viz.words import page as shared
from viz.words import train as words

MOST_AHEAD = MOST_SECONDS  # that one training before may take
EVERY = 0.4  # seconds from one picture of a training to the next


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Waiting:
    """So many trainings are ahead; 0 when the visitor has left the line."""

    ahead: int


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Trained:
    """How far a training is; with its end comes the fusion as a guest, if anything was learned."""

    learning: Learning
    guest: Guest | None


class Trainer:
    """All trainings of a page: one at a time, the others in line."""

    def __init__(self, guests: Guests, line: Line) -> None:
        self.guests, self.line = guests, line

    def check(self) -> None:
        """ValueError when so many wait that nobody else may."""
        try:
            self.line.check()
        except FullError as error:
            raise ValueError(words.full(self.line.most)) from error

    def train(
        self,
        config: LiveConfig,
        owner: str,
        stop: Callable[[], bool] = lambda: False,
    ) -> Iterator[Waiting | Trained]:
        """Wait in line, then train, and say every now and then how far it is.

        Who stops listening stops it and gives up the place, as does `stop`.
        """
        try:
            with self.line.place() as place:
                while ahead := place.ahead(within=EVERY):
                    if stop():
                        yield Waiting(ahead=0)
                        return
                    yield Waiting(ahead=ahead)
                for step in train_beside(self.guests.engine, config, stop=stop, every=EVERY):
                    guest = self._kept(config, step, owner)
                    yield Trained(learning=step.learning, guest=guest)
        except FullError as error:
            raise ValueError(words.full(self.line.most)) from error

    def _kept(self, config: LiveConfig, step: LiveStep, owner: str) -> Guest | None:
        """The fusion of the last step, kept for its visitor."""
        if step.fusion is None:
            return None
        learning = step.learning

        def describe(info: FusionInfo) -> Description:
            accuracy = learning.points[-1].validation_accuracy
            count, epoch = learning.validation_questions, learning.epoch
            told = words.own_summary(config.scenes, epoch, config.families)
            return Description(
                label=words.own(engine.said(info.label), config.mask_rate, config.scenes),
                summary=shared.joined((told, engine.said(info.summary))),
                facts=words.own_facts(accuracy, count, info.parameters),
            )

        return self.guests.add(owner, step.fusion, describe)
