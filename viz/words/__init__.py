"""Every word that the page itself says, by room, in the language of whoever is answered.

`from viz.words import compare` gives the room of that name: `compare.TAB` is looked up in
`viz.words.en.compare` or `viz.words.zh.compare` when it is read, so nothing of a room may be read
while modules are imported. The language lies in a context variable, which threads that answer an
event inherit. A room in another language has the same names, keys and signatures; a new room is a
file in every language and a name in `ROOMS`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from typing import TYPE_CHECKING, Any

LANGUAGES = {"en": "English", "zh": "中文"}  # each by its own name, the first where nothing is said
TAGS = {"en": "en", "zh": "zh-CN"}  # as browsers call them
ROOMS = (
    "backbones",
    "compare",
    "engine",
    "errors",
    "examples",
    "explain",
    "hub",
    "inside",
    "learn",
    "page",
    "results",
    "share",
    "steer",
    "train",
)
ENGLISH = "en"
_spoken: ContextVar[str] = ContextVar("language", default=ENGLISH)


def language() -> str:
    """The language that is spoken here, a key of `LANGUAGES`."""
    return _spoken.get()


@contextmanager
def spoken(language: str) -> Iterator[None]:
    """Speak a language inside; ValueError when there is no such.

    >>> with spoken("zh"):
    ...     page.TAB_ABOUT
    '关于'
    """
    if language not in LANGUAGES:
        raise ValueError(f"there is no language {language!r}; known: {', '.join(LANGUAGES)}")
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)


class Room:
    """One room's words; each is that of the language spoken when it is read."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(f"viz.words.{language()}.{self._name}"), name)


if TYPE_CHECKING:
    from viz.words.en import backbones as backbones
    from viz.words.en import compare as compare
    from viz.words.en import engine as engine
    from viz.words.en import errors as errors
    from viz.words.en import examples as examples
    from viz.words.en import explain as explain
    from viz.words.en import hub as hub
    from viz.words.en import inside as inside
    from viz.words.en import learn as learn
    from viz.words.en import page as page
    from viz.words.en import results as results
    from viz.words.en import share as share
    from viz.words.en import steer as steer
    from viz.words.en import train as train
else:
    globals().update({name: Room(name) for name in ROOMS})
