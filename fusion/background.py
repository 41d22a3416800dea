"""Long work beside the answers: in a thread of its own, on one core, its latest value handed out.

One thread on one core leaves the others to those who ask; with more, torch's threads wait for each
other by spinning, and everybody crawls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Condition, Event, Lock, Thread
from typing import ClassVar, Generic, TypeVar

import torch

from fusion.memory import release_memory

T = TypeVar("T")


class Background(Generic[T]):
    """Runs `work(left)` in a thread; iterating gives the latest of its values every `every`
    seconds and always the last. Who stops iterating stops the work, which can ask `left` whether
    it is so, and waits for its end; what the work raises is raised to who iterates. To be iterated
    once.
    """

    _starting: ClassVar[Lock] = Lock()

    def __init__(
        self, work: Callable[[Callable[[], bool]], Iterator[T]], *, every: float = 0.0
    ) -> None:
        self._work, self._every = work, every
        self._ready, self._left = Event(), Event()
        self._changed = Condition()
        self._latest: list[T] = []  # one or none
        self._over = False
        self._error: BaseException | None = None

    def __iter__(self) -> Iterator[T]:
        thread = Thread(target=self._run, name="background", daemon=True)
        with self._starting:  # or another one would take the 1 of `_run` for the number to restore
            threads = torch.get_num_threads()
            thread.start()
            self._ready.wait()
            torch.set_num_threads(threads)  # for threads that have not computed yet; see _run
        try:
            yield from self._values()
        finally:
            self._left.set()
            thread.join()

    def tell(self, value: T) -> None:
        """Hand out a value from inside the work, where it cannot yield."""
        with self._changed:
            self._latest = [value]
            self._changed.notify()

    def _run(self) -> None:
        torch.set_num_threads(1)  # of this thread, and of those that have not computed yet
        torch.get_num_threads()  # settles it for this one
        self._ready.set()
        try:
            for value in self._work(self._left.is_set):
                self.tell(value)
                if self._left.is_set():
                    break
        except BaseException as error:
            self._error = error
        release_memory()
        with self._changed:
            self._over = True
            self._changed.notify()

    def _values(self) -> Iterator[T]:
        over = False
        while not over:
            with self._changed:
                self._changed.wait_for(lambda: self._latest or self._over)
                self._changed.wait_for(lambda: self._over, timeout=self._every)
                latest, self._latest, over = self._latest, [], self._over
            yield from latest
        if self._error is not None:
            raise self._error
