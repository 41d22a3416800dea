"""What a person can do wrong, told in a sentence that other languages can tell as well.

The English text is both what a program reads and the key under which a translation is kept; the
values stand beside it. `str(error)` is the English sentence with its values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LONGEST = 200  # characters of what another program said
GIVEN = 80  # characters of what was given


@dataclass(frozen=True, eq=False, slots=True)
class Sentence:
    """English text with `{names}` for its values, some of which may be sentences themselves.

    >>> str(Sentence("{what} is empty.", {"what": Sentence("The file {name!r}", {"name": "a"})}))
    "The file 'a' is empty."
    """

    text: str
    values: Mapping[str, Any]

    def __str__(self) -> str:
        return self.text.format(**self.values)


def said(text: str, /, **values: Any) -> Sentence:
    """A part of a sentence, as a value of another one."""
    return Sentence(text, values)


class InputError(ValueError):
    """Input that cannot be taken; the text says what was wrong, what was got and what is allowed.
    The value `got` is cut where it is long: a program can give anything.

    >>> error = InputError("The question is too long: {got} of {most}.", got=301, most=300)
    >>> str(error), error.sentence.values["most"]
    ('The question is too long: 301 of 300.', 300)
    """

    def __init__(self, text: str, /, **values: Any) -> None:
        if "got" in values:
            values["got"] = _cut(values["got"])
        self.sentence = Sentence(text, values)
        super().__init__(str(self.sentence))


def _cut(got: Any) -> Any:
    """What was given, its beginning where it is long; numbers as they are.

    >>> _cut(7), _cut("x" * 100) == "x" * GIVEN + "…", _cut([1] * 100)[:9]
    (7, True, '[1, 1, 1,')
    """
    if isinstance(got, int | float):
        return got
    text = got if isinstance(got, str) else repr(got)
    return got if len(text) <= GIVEN else f"{text[:GIVEN]}…"


def reason(error: BaseException) -> Sentence | str:
    r"""What an error says, to be a part of another sentence: one line, not too long.

    >>> reason(OSError("no\nroom")), str(reason(InputError("{what} is empty.", what="It")))
    ('no room', 'It is empty.')
    """
    if isinstance(error, InputError):
        return error.sentence
    return " ".join(str(error).split())[:LONGEST] or type(error).__name__
