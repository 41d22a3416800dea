"""The logical form of a question, and the small draws that every family makes.

Draws use nothing but `rng.random()`, so that a seed means the same on every machine and both
`random.Random` and numpy's generators fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeVar, runtime_checkable

from fusion.data.shapes.vocabulary import COLOURS, FAMILIES, PLACES, SHAPES, SIZES

T = TypeVar("T")

ATTRIBUTES = ("shape", "colour", "size")
VALUES = {"shape": SHAPES, "colour": COLOURS, "size": SIZES}
ASKS = ("colour", "shape", "size", "place", "count", "yesno")
#: what lies that way is further along an axis (0 is x, to the right; 1 is y, down) times the sign
AHEAD = {"left": (0, -1.0), "right": (0, 1.0), "above": (1, -1.0), "below": (1, 1.0)}
DIRECTIONS = tuple(AHEAD)
RELATIONS = (
    *DIRECTIONS, "nearest", "more", "fewer", "equal", "different", "all", "and", "or", "not",
    *(p for p in PLACES if p not in DIRECTIONS),
)  # fmt: skip
EXTREMES = ("leftmost", "rightmost", "topmost", "bottommost", "largest", "smallest")


@runtime_checkable
class Rng(Protocol):
    """Anything that draws floats in [0, 1)."""

    def random(self) -> float: ...


class Description(NamedTuple):
    """What is said of an object; None where nothing is said."""

    shape: str | None = None
    colour: str | None = None
    size: str | None = None


ANYTHING = Description()


@dataclass(frozen=True, slots=True)
class Form:
    """What a question means, free of language: the subject (1), the anchor or second operand (2).

    A verified value stands in operand 2, a verified place in `relation`.
    """

    family: str
    asks: str
    shape1: str | None = None
    colour1: str | None = None
    size1: str | None = None
    shape2: str | None = None
    colour2: str | None = None
    size2: str | None = None
    relation: str | None = None
    extreme: str | None = None
    attribute: str | None = None


FORM_FIELDS: dict[str, tuple[str | None, ...]] = {
    "family": (None, *FAMILIES),
    "asks": (None, *ASKS),
    "shape1": (None, *SHAPES),
    "colour1": (None, *COLOURS),
    "size1": (None, *SIZES),
    "shape2": (None, *SHAPES),
    "colour2": (None, *COLOURS),
    "size2": (None, *SIZES),
    "relation": (None, *RELATIONS),
    "extreme": (None, *EXTREMES),
    "attribute": (None, *ATTRIBUTES),
}


class Fact(NamedTuple):
    """A question before it has words: its kind of wording, its meaning and its answer."""

    kind: str
    form: Form
    answer: str
    referents: tuple[int, ...]
    unique: bool


def form(
    family: str,
    asks: str,
    first: Description = ANYTHING,
    second: Description = ANYTHING,
    *,
    relation: str | None = None,
    extreme: str | None = None,
    attribute: str | None = None,
) -> Form:
    """A form from two descriptions."""
    return Form(family, asks, *first, *second, relation, extreme, attribute)


def yes_no(truth: bool) -> str:
    """The answer id of a truth value."""
    return "yes" if truth else "no"


def pick(rng: Rng, items: Sequence[T]) -> T:
    """One of the items, all equally likely."""
    return items[int(rng.random() * len(items))]


def shuffled(rng: Rng, items: Sequence[T]) -> list[T]:
    """The items in a random order."""
    result = list(items)
    for i in range(len(result) - 1, 0, -1):
        j = int(rng.random() * (i + 1))
        result[i], result[j] = result[j], result[i]
    return result
