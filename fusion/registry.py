"""One small registry: a name, the thing it names, and the words the page shows for it.

Instances stand where their entries live: ``STRATEGIES`` in ``fusion.models.strategies``,
``ENCODERS`` in ``fusion.models``, ``DATASETS`` in ``fusion.data``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from fusion.errors import InputError, said

T = TypeVar("T")


@dataclass(frozen=True)
class Entry:
    """What a registry knows of one name: the object and what a person should read about it."""

    name: str
    build: Any
    label: str
    summary: str
    source: str


class Registry:
    """Names to entries, in order of registration; unknown and duplicate names raise."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._entries: dict[str, Entry] = {}

    def register(
        self, name: str, *, label: str, summary: str, source: str = ""
    ) -> Callable[[T], T]:
        """Decorator that files a class or function under `name`."""

        def file(build: T) -> T:
            if name in self._entries:
                raise ValueError(f"{self.kind} {name!r} is registered already: {self}")
            self._entries[name] = Entry(name, build, label, summary, source)
            return build

        return file

    def __getitem__(self, name: str) -> Entry:
        if name not in self._entries:
            raise InputError(
                "unknown {kind} {got!r}; known: {known}",
                kind=said(self.kind),
                got=name,
                known=str(self),
            )
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __str__(self) -> str:
        return ", ".join(self._entries)
