"""A scene as bit sets of objects, so that questions about it are cheap to look for.

Bit i of a mask is object i. Directions compare centres along one axis, as fractions of the
canvas; distances are in units of sqrt(width * height).
"""

from __future__ import annotations

from math import hypot, sqrt

from fusion.data.shapes.families.form import (
    AHEAD,
    ATTRIBUTES,
    Description,
    Rng,
    pick,
)
from fusion.data.shapes.scene import Scene
from fusion.data.shapes.vocabulary import COLOURS, SHAPES, SIZES

THIRDS = (1 / 3, 2 / 3)
ROWS = ("top", "", "bottom")
COLUMNS = ("left", "", "right")
EVERY_VALUE = (*SHAPES, *COLOURS, *SIZES)
# The field sets a description can use, as (shape?, colour?, size?), the short ones first.
FIELD_SETS = (
    (True, False, False), (False, True, False), (False, False, True), (True, True, False),
    (True, False, True), (False, True, True), (True, True, True),
)  # fmt: skip


def indices(mask: int) -> tuple[int, ...]:
    """The objects of a mask, in order.

    >>> indices(0b1010)
    (1, 3)
    """
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return tuple(found)


class View:
    """What questions need of a scene; built once per scene."""

    __slots__ = ("scene", "n", "full", "having", "attributes", "_unique")

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.n = len(scene.objects)
        self.full = (1 << self.n) - 1
        having = dict.fromkeys(EVERY_VALUE, 0)
        self.attributes = [Description(o.shape, o.colour, o.size) for o in scene.objects]
        for i, values in enumerate(self.attributes):
            for value in values:
                having[value] |= 1 << i  # type: ignore[index]
        self.having = having
        self._unique: list[list[Description]] | None = None

    def mask(self, description: Description) -> int:
        """The objects that a description fits."""
        shape, colour, size = description
        mask = self.full
        if shape is not None:
            mask &= self.having[shape]
        if colour is not None:
            mask &= self.having[colour]
        if size is not None:
            mask &= self.having[size]
        return mask

    def partial(self, i: int, fields: tuple[bool, ...]) -> Description:
        """What object i is in some fields."""
        shape, colour, size = self.attributes[i]
        return Description(
            shape if fields[0] else None, colour if fields[1] else None, size if fields[2] else None
        )

    @property
    def unique(self) -> list[list[Description]]:
        """Per object, every non-empty description that fits it alone, short ones first."""
        if self._unique is None:
            self._unique = []
            for i in range(self.n):
                options = (self.partial(i, fields) for fields in FIELD_SETS)
                self._unique.append([d for d in options if self.mask(d) == 1 << i])
        return self._unique

    def describe(self, rng: Rng, i: int, *, banned: str | None = None) -> Description | None:
        """A description that fits object i alone and does not say `banned`; mostly a short one."""
        options = self.unique[i]
        if banned is not None:
            k = ATTRIBUTES.index(banned)
            options = [d for d in options if d[k] is None]
        return choose_description(rng, options)

    def beside(self, direction: str, anchor: int, margin: float) -> tuple[int, int]:
        """The objects in a direction of the anchor, and those too close to call."""
        objects = self.scene.objects
        axis, sign = AHEAD[direction]
        places = [(o.x, o.y)[axis] for o in objects]
        there = unclear = 0
        for i, place in enumerate(places):
            if i != anchor:
                ahead = sign * (place - places[anchor])
                if ahead >= margin:
                    there |= 1 << i
                elif ahead > -margin:
                    unclear |= 1 << i
        return there, unclear

    def distance(self, i: int, j: int) -> float:
        """Between two centres, in units of sqrt(width * height)."""
        a, b = self.scene.objects[i], self.scene.objects[j]
        stretch = sqrt(self.scene.width / self.scene.height)
        return hypot((a.x - b.x) * stretch, (a.y - b.y) / stretch)

    def place(self, i: int, margin: float) -> str | None:
        """The cell of a 3x3 grid that object i lies in; None when too close to a border."""
        o = self.scene.objects[i]
        for border in THIRDS:
            if abs(o.x - border) < margin or abs(o.y - border) < margin:
                return None
        row = ROWS[(o.y > THIRDS[0]) + (o.y > THIRDS[1])]
        column = COLUMNS[(o.x > THIRDS[0]) + (o.x > THIRDS[1])]
        return f"{row}-{column}" if row and column else row or column or "centre"


def said(description: Description) -> int:
    """How many attributes a description names."""
    return (
        (description[0] is not None) + (description[1] is not None) + (description[2] is not None)
    )


def choose_description(rng: Rng, options: list[Description]) -> Description | None:
    """One of the descriptions, in two of three draws one of the shortest; None without options."""
    if not options:
        return None
    if rng.random() < 0.65:
        fewest = min(map(said, options))
        options = [d for d in options if said(d) == fewest]
    return pick(rng, options)
