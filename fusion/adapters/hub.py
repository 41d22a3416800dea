"""One pretrained model served beside the shipped ones: fetched and read when it is first wanted.

However many ask at once, it is fetched once, and all of them can watch. It ends early only when
nobody waits any more. A failure is one plain sentence, and for `REST` seconds whoever asks gets the
same sentence instead of another attempt.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Condition, Thread

from fusion.adapters import ADAPTERS
from fusion.adapters.base import Pretrained
from fusion.adapters.source import Source, StoppedError, Tell
from fusion.backbones import Backbones
from fusion.errors import InputError, Sentence, reason
from fusion.outputs import Fetch, HubInfo
from fusion.shipped import Family, load_family

REST = 30.0  # seconds after a failure
EVERY = 0.25  # seconds between two reports

Stop = Callable[[], bool]


@dataclass(eq=False, slots=True)
class _Work:
    """What is going on now, for all who wait for it."""

    now: Fetch
    waiting: int = 0
    over: bool = False
    error: Exception | None = None


class HubModel:
    """A model by where it is (see `Source.of`); any number of threads may ask."""

    def __init__(self, source: str, *, rest: float = REST) -> None:
        """Raises ValueError when `source` names nothing that could be served."""
        self.source, self.rest = Source.of(source), rest
        self._entry = ADAPTERS[self.source.adapter]
        self._changed = Condition()
        self._family: Family | None = None
        self._work: _Work | None = None
        self._refused: Sentence | str = ""
        self._until = 0.0

    @property
    def name(self) -> str:
        """The name by which the engine knows it."""
        return self._entry.name

    @property
    def ready(self) -> bool:
        """Whether it answers at once."""
        return self._family is not None

    @property
    def info(self) -> HubInfo:
        """What a person should know of it before it is there."""
        on_hub = self.source.folder is None
        return HubInfo(
            name=self.name,
            label=self._entry.label,
            summary=self._entry.summary,
            source=self._entry.source,
            where=self.source.where,
            megabytes=self.source.published.megabytes if on_hub else None,
            fusion=self._entry.build.fusion,
            ready=self.ready,
        )

    def family(self) -> Family:
        """The model, fetched and read if it is not there yet; ValueError with one plain sentence
        when it cannot be."""
        for _ in self.fetching():
            pass
        if self._family is None:
            raise InputError("{label} is not there.", label=self._entry.label)
        return self._family

    def fetching(self, left: Stop = lambda: False) -> Iterator[Fetch]:
        """The same, watched: how far it is, several times a second, until it is there. Who stops
        iterating, or whose `left` becomes true, waits no longer."""
        while not self.ready and not left():
            with self._changed:
                work = self._joined()
            try:
                yield from self._watched(work, left)
            finally:
                with self._changed:
                    work.waiting -= 1
            if work.error is not None:
                raise InputError("{reason}", reason=reason(work.error)) from work.error

    def _watched(self, work: _Work, left: Stop) -> Iterator[Fetch]:
        while not work.over and not left():
            yield work.now
            with self._changed:
                self._changed.wait_for(lambda: work.over, timeout=EVERY)

    def _joined(self) -> _Work:
        """The work that is going on, or new work; raises ValueError soon after a failure."""
        if self._work is None:
            wait = self._until - time.monotonic()
            if wait > 0:
                raise InputError(
                    "{reason} It can be tried again in {seconds} s.",
                    reason=self._refused,
                    seconds=int(wait) + 1,
                )
            self._work = _Work(now=Fetch(phase="looking"), waiting=1)
            Thread(target=self._do, args=(self._work,), name="hub model", daemon=True).start()
        else:
            self._work.waiting += 1
        return self._work

    def _do(self, work: _Work) -> None:
        def tell(done: int, total: int) -> None:
            work.now = Fetch(phase="fetching", done=done, total=total)

        family: Family | None = None
        try:
            folder = self._fetched(tell, lambda: work.waiting <= 0)
            work.now = Fetch(phase="reading")
            family = self._as_family(self._read(folder))
        except StoppedError:
            pass
        except Exception as error:
            work.error = error
        with self._changed:
            self._family = family
            if work.error is not None:
                self._refused, self._until = reason(work.error), time.monotonic() + self.rest
            work.over, self._work = True, None
            self._changed.notify_all()

    def _fetched(self, tell: Tell, stopped: Stop) -> Path:
        try:
            return self.source.fetch(tell, stopped)
        except ValueError as error:
            raise InputError(
                "{label} ({where}) is not on this computer and cannot be fetched: {reason}. "
                "Everything else works without it.",
                label=self._entry.label,
                where=self.source.where,
                reason=reason(error),
            ) from error

    def _read(self, folder: Path) -> Pretrained:
        try:
            read: Pretrained = self._entry.build.read(folder)
        except Exception as error:  # transformers, tokenizers and safetensors raise many kinds
            raise InputError(
                "{label} in {where} cannot be read: {reason}.",
                label=self._entry.label,
                where=self.source.where,
                reason=reason(error),
            ) from error
        return read

    def _as_family(self, read: Pretrained) -> Family:
        name = read.fusion.config.name
        return Family(
            inputs=read.inputs,
            fusions={name: read.fusion},
            answers=read.answers,
            accuracies={name: None},
            measured=None,
            backbone=self.name,
            backbones=Backbones(None, load_family),
        )
