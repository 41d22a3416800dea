"""A waiting line: one at a time, first come first served, and each knows how many are ahead."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition

MOST_WAITING = 8


class FullError(ValueError):
    """The line is as long as it may be."""


class Place:
    """Somebody's place in a line."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def ahead(self, *, within: float) -> int:
        """How many are ahead: 0 as soon as it is its turn, else after `within` seconds."""
        return self._line.ahead_of(self, within)


class Line:
    """Who is first has the turn until the place is given up; `most` may wait behind."""

    def __init__(self, most: int = MOST_WAITING) -> None:
        self.most = most
        self._places: list[Place] = []
        self._changed = Condition()

    def check(self) -> None:
        """Raise FullError when nobody else may join."""
        with self._changed:
            if len(self._places) > self.most:
                raise FullError(self.most)

    @contextmanager
    def place(self) -> Iterator[Place]:
        """A place at the end of the line, given up on leaving; FullError when there is none."""
        place = Place(self)
        with self._changed:
            if len(self._places) > self.most:
                raise FullError(self.most)
            self._places.append(place)
        try:
            yield place
        finally:
            with self._changed:
                self._places.remove(place)
                self._changed.notify_all()

    def ahead_of(self, place: Place, within: float) -> int:
        """How many are ahead of a place; see `Place.ahead`."""
        with self._changed:
            self._changed.wait_for(lambda: self._places[0] is place, timeout=within)
            return self._places.index(place)
