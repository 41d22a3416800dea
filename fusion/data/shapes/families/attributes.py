"""Colour, shape, size or place of one object; the background; the odd one out.

The asked attribute is never part of the description. Answers that a scene allows are equally
likely.
"""

from __future__ import annotations

from fusion.data.shapes.families.form import (
    ANYTHING,
    ATTRIBUTES,
    Description,
    Fact,
    Rng,
    form,
    pick,
    shuffled,
)
from fusion.data.shapes.families.view import View

PLACE_MARGIN = 0.04
IT = 0.4  # how often the only object of a scene is "it"


def _referred(view: View, rng: Rng, i: int, banned: str | None) -> Description | None:
    if view.n == 1 and rng.random() < IT:
        return ANYTHING
    return view.describe(rng, i, banned=banned)


def _attribute(view: View, rng: Rng, asked: str) -> Fact | None:
    k = ATTRIBUTES.index(asked)
    for value in shuffled(rng, sorted({values[k] or "" for values in view.attributes})):
        for i in shuffled(rng, range(view.n)):
            if view.attributes[i][k] == value:
                subject = _referred(view, rng, i, asked)
                if subject is not None:
                    kind = asked if subject != ANYTHING else f"{asked}.it"
                    return Fact(kind, form(asked, asked, subject), f"{asked}.{value}", (i,), True)
    return None


def colour(view: View, rng: Rng) -> Fact | None:
    """What colour is the star?"""
    return _attribute(view, rng, "colour")


def shape(view: View, rng: Rng) -> Fact | None:
    """What shape is the red thing?"""
    return _attribute(view, rng, "shape")


def size(view: View, rng: Rng) -> Fact | None:
    """How big is the star?"""
    return _attribute(view, rng, "size")


def place(view: View, rng: Rng) -> Fact | None:
    """Where is the star? The cell of a 3x3 grid, clear of its borders."""
    places = [view.place(i, PLACE_MARGIN) for i in range(view.n)]
    for cell in shuffled(rng, sorted({p for p in places if p is not None})):
        for i in shuffled(rng, [i for i, p in enumerate(places) if p == cell]):
            subject = _referred(view, rng, i, None)
            if subject is not None:
                kind = "place" if subject != ANYTHING else "place.it"
                return Fact(kind, form("place", "place", subject), f"place.{cell}", (i,), True)
    return None


def background(view: View, rng: Rng) -> Fact | None:
    """What colour is the background?"""
    answer = f"colour.{view.scene.background}"
    return Fact("background", form("background", "colour"), answer, (), False)


def _odd_object(view: View, attribute: str) -> int | None:
    """The one object that differs in an attribute from all the others, which share it."""
    values = [v[ATTRIBUTES.index(attribute)] for v in view.attributes]
    if view.n < 3 or len(set(values)) != 2:
        return None
    alone = [i for i, v in enumerate(values) if values.count(v) == 1]
    return alone[0] if len(alone) == 1 else None


def odd(view: View, rng: Rng) -> Fact | None:
    """Which colour is the odd one out? What shape is the one with the odd colour?"""
    for attribute in shuffled(rng, ("colour", "shape")):
        i = _odd_object(view, attribute)
        if i is not None:
            asked = pick(rng, ("colour", "shape"))
            kind = f"odd.{attribute}" if asked == attribute else f"odd.{asked}-of-odd-{attribute}"
            answer = f"{asked}.{view.attributes[i][ATTRIBUTES.index(asked)]}"
            return Fact(kind, form("odd", asked, attribute=attribute), answer, (i,), True)
    return None
