"""The fourteen question families: each looks for one question that a scene answers beyond doubt.

A family is a function `(view, rng) -> Fact | None`; None means that this scene has no clear
question of that family. Words are chosen elsewhere (`phrasing`).
"""

from __future__ import annotations

from collections.abc import Callable

from fusion.data.shapes.families.attributes import background, colour, odd, place, shape, size
from fusion.data.shapes.families.counting import compare, count
from fusion.data.shapes.families.form import Fact, Rng
from fusion.data.shapes.families.logic import logic
from fusion.data.shapes.families.relations import relation, superlative
from fusion.data.shapes.families.truth import exist, same, verify
from fusion.data.shapes.families.view import View

GENERATORS: dict[str, Callable[[View, Rng], Fact | None]] = {
    "colour": colour,
    "shape": shape,
    "size": size,
    "place": place,
    "count": count,
    "exist": exist,
    "verify": verify,
    "compare": compare,
    "same": same,
    "relation": relation,
    "superlative": superlative,
    "logic": logic,
    "background": background,
    "odd": odd,
}
