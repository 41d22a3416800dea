"""Fusions that visitors trained: each answers for who knows its name, and the oldest goes first."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from fusion.engine import Engine, Fusion
from viz import words_train as words

MOST = 24


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Guest:
    """A visitor's fusion: the engine that answers with it, its name in the menu, and its help."""

    name: str
    engine: Engine
    label: str
    summary: str
    facts: str


class Guests:
    """The last `most` of them. A name has a part that nobody can guess, so it is its owner's."""

    def __init__(self, engine: Engine, most: int = MOST) -> None:
        self.engine, self.most = engine, most
        self._kept: OrderedDict[str, Guest] = OrderedDict()
        self._lock = Lock()

    def add(self, fusion: Fusion, *, summary: str, accuracy: float, count: int) -> Guest:
        """Keep a trained fusion; `accuracy` is its share of `count` right answers."""
        name = f"{words.YOURS}-{secrets.token_hex(12)}"
        engine = self.engine.with_fusion(name, fusion)
        info = next(info for info in engine.fusions if info.name == name)
        guest = Guest(
            name=name,
            engine=engine,
            label=words.own(info.label),
            summary=f"{summary} {info.summary}",
            facts=words.own_facts(accuracy, count, info.parameters),
        )
        with self._lock:
            self._kept[name] = guest
            while len(self._kept) > self.most:
                self._kept.popitem(last=False)
        return guest

    def find(self, name: str) -> Guest | None:
        """The guest of a name, None for a shipped fusion; ValueError when it is kept no longer."""
        if words.shown_name(name) != words.YOURS:
            return None
        with self._lock:
            if name not in self._kept:
                raise ValueError(words.GONE.format(most=self.most))
            return self._kept[name]

    def engine_of(self, name: str) -> Engine:
        """The engine that answers with the fusion of a name."""
        guest = self.find(name)
        return self.engine if guest is None else guest.engine
