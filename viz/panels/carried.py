"""What a visitor takes along when the page comes again, in another language say.

A link cannot hold a picture of one's own. So the visit itself waits here for the page that comes
next, under a name that nobody can guess, once and for a minute.
"""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from threading import Lock

from viz.panels.visit import Visit
from viz.words import page as words

MOST = 32  # visits that wait, of 3 MB at most each
SECONDS = 60


class Carried:
    """The visits that wait."""

    def __init__(self, most: int = MOST, seconds: float = SECONDS) -> None:
        self.most, self.seconds = most, seconds
        self._waiting: OrderedDict[str, tuple[float, Visit]] = OrderedDict()
        self._lock = Lock()

    def put(self, visit: Visit) -> str:
        """Let a visit wait; the name by which it is taken."""
        name = secrets.token_hex(12)
        with self._lock:
            self._forget()
            self._waiting[name] = (time.monotonic(), visit)
            while len(self._waiting) > self.most:
                self._waiting.popitem(last=False)
        return name

    def take(self, name: str) -> Visit:
        """The visit of a name, which is then gone; ValueError when none waits."""
        with self._lock:
            self._forget()
            _, visit = self._waiting.pop(name, (0.0, None))
        if visit is None:
            raise ValueError(words.NOT_HERE)
        return visit

    def _forget(self) -> None:
        """Those that nobody came for."""
        latest = time.monotonic() - self.seconds
        while self._waiting and next(iter(self._waiting.values()))[0] < latest:
            self._waiting.popitem(last=False)
