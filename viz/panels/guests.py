"""Fusions that visitors trained: each answers for who knows its name, and the oldest goes first."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import NamedTuple

from fusion.engine import Engine, Fusion
from fusion.outputs import FusionInfo
from viz.words import train as words
from viz.words.common import YOURS, is_yours

MOST, MOST_EACH = 24, 3  # kept of all visitors, and of each


class Description(NamedTuple):
    """What the menu and the help call a visitor's fusion."""

    label: str
    summary: str
    facts: str


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Guest:
    """A visitor's fusion: whose it is, its name, which nobody can guess, and the engine that
    answers with it."""

    owner: str
    name: str
    engine: Engine
    describe: Callable[[], Description]

    @property
    def told(self) -> Description:
        """What the page calls it, in the language of whoever asks."""
        return self.describe()


class Guests:
    """The last `each` of every visitor, and of those the last `most`."""

    def __init__(self, engine: Engine, most: int = MOST, each: int = MOST_EACH) -> None:
        self.engine, self.most, self.each = engine, most, each
        self._kept: OrderedDict[str, Guest] = OrderedDict()
        self._lock = Lock()

    def add(
        self, owner: str, fusion: Fusion, describe: Callable[[FusionInfo], Description]
    ) -> Guest:
        """Keep a trained fusion of a visitor's; `describe` says what the page calls it."""
        name = f"{YOURS}-{secrets.token_hex(12)}"
        engine = self.engine.with_fusion(name, fusion)
        info = next(info for info in engine.fusions if info.name == name)
        guest = Guest(owner=owner, name=name, engine=engine, describe=partial(describe, info))
        with self._lock:
            self._kept[name] = guest
            mine = [n for n, other in self._kept.items() if other.owner == owner]
            for oldest in mine[: -self.each]:
                del self._kept[oldest]
            while len(self._kept) > self.most:
                self._kept.popitem(last=False)
        return guest

    def of(self, owner: str | None) -> tuple[Guest, ...]:
        """What is kept of a visitor's, the newest first."""
        with self._lock:
            return tuple(g for g in reversed(self._kept.values()) if g.owner == owner)

    def find(self, name: str) -> Guest | None:
        """The guest of a name, None for a shipped fusion; ValueError when it is kept no longer."""
        if not isinstance(name, str) or not is_yours(name):  # programs send what they like
            return None
        with self._lock:
            if name not in self._kept:
                raise ValueError(words.GONE.format(most=self.most, each=self.each))
            return self._kept[name]

    def engine_of(self, name: str) -> Engine:
        """The engine that answers with the fusion of a name."""
        guest = self.find(name)
        return self.engine if guest is None else guest.engine
