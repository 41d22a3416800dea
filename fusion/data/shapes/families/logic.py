"""And, or, not: existence and counts of combined descriptions.

Operands of and/or name the same fields with different values, so that no object fits both,
except where "or" joins a colour and a shape, which is inclusive.
"""

from __future__ import annotations

from fusion.data.shapes.families.counting import combinations, fair_count
from fusion.data.shapes.families.form import (
    ANYTHING,
    Description,
    Fact,
    Rng,
    form,
    pick,
    shuffled,
    yes_no,
)
from fusion.data.shapes.families.truth import absent, present
from fusion.data.shapes.families.view import FIELD_SETS, View, indices

BOTH_ABSENT = 0.2
PAIR_FIELDS = (*FIELD_SETS[:1] * 4, *FIELD_SETS[1:2] * 3, *FIELD_SETS[3:4] * 3, *FIELD_SETS[4:6])
SHAPE, COLOUR, SIZE = FIELD_SETS[:3]


def _present_pair(
    view: View, rng: Rng, fields: tuple[bool, ...]
) -> tuple[Description, Description] | None:
    options = list(dict.fromkeys(view.partial(i, fields) for i in range(view.n)))
    if len(options) < 2:
        return None
    first, second = shuffled(rng, options)[:2]
    return first, second


def _absent_pair(
    view: View, rng: Rng, fields: tuple[bool, ...]
) -> tuple[Description, Description] | None:
    first = absent(view, rng, fields)
    for _ in range(4):
        second = absent(view, rng, fields)
        if first is not None and second is not None and first != second:
            return first, second
    return None


def _mixed_pair(
    view: View, rng: Rng, fields: tuple[bool, ...]
) -> tuple[Description, Description] | None:
    missing = absent(view, rng, fields)
    if missing is None:
        return None
    there = present(view, rng, fields)
    return (there, missing) if rng.random() < 0.5 else (missing, there)


def _and_or(view: View, rng: Rng, relation: str) -> Fact | None:
    """Is there a star and a heart? Is there a red or a blue circle?"""
    for fields in shuffled(rng, PAIR_FIELDS)[:4]:
        both = _present_pair(view, rng, fields)
        mixed = _mixed_pair(view, rng, fields)
        neither = _absent_pair(view, rng, fields)
        if both is None or mixed is None or neither is None:
            continue
        truth = rng.random() < 0.5
        sure = rng.random() < BOTH_ABSENT
        if relation == "and":
            first, second = both if truth else neither if sure else mixed
        else:
            first, second = (both if sure else mixed) if truth else neither
        mask = view.mask(first) | view.mask(second)
        meaning = form("logic", "yesno", first, second, relation=relation)
        return Fact(f"logic.{relation}", meaning, yes_no(truth), indices(mask), False)
    return None


def _either(view: View, rng: Rng) -> Fact | None:
    """Is there a red or a blue circle? One shape, two colours."""
    pools: dict[bool, list[tuple[Description, Description]]] = {True: [], False: []}
    colours = sorted({c or "" for _, c, _ in view.attributes})
    for shape in sorted({s or "" for s, _, _ in view.attributes}):
        for i, a in enumerate(colours):
            for b in colours[:i]:
                pair = Description(shape, a), Description(shape, b)
                pools[bool(view.mask(pair[0]) | view.mask(pair[1]))].append(pair)
    if not pools[True] or not pools[False]:
        return None
    truth = rng.random() < 0.5
    first, second = shuffled(rng, pick(rng, pools[truth]))
    mask = view.mask(first) | view.mask(second)
    meaning = form("logic", "yesno", first, second, relation="or")
    return Fact("logic.either", meaning, yes_no(truth), indices(mask), False)


def _operands(view: View, fields: tuple[bool, ...]) -> list[Description]:
    """One-field descriptions that fit something."""
    return [d for d in combinations(view, fields) if view.mask(d)]


def _but_not(view: View, rng: Rng) -> Fact | None:
    """Is there a red thing that is not a circle?"""
    for _ in range(3):
        first, second = shuffled(rng, FIELD_SETS[:3])[:2]
        pools: dict[bool, list[tuple[Description, Description]]] = {True: [], False: []}
        for a in _operands(view, first):
            for b in _operands(view, second):
                pools[bool(view.mask(a) & ~view.mask(b))].append((a, b))
        if pools[True] and pools[False]:
            truth = rng.random() < 0.5
            a, b = pick(rng, pools[truth])
            meaning = form("logic", "yesno", a, b, relation="not")
            mask = view.mask(a) & ~view.mask(b)
            return Fact("logic.but-not", meaning, yes_no(truth), indices(mask), False)
    return None


def _count_not(view: View, rng: Rng) -> Fact | None:
    """How many objects are not red? How many stars are not red?"""
    first, second = shuffled(rng, FIELD_SETS[:3])[:2]
    pools: dict[int, list[tuple[Description, Description]]] = {}
    for a in [ANYTHING] if rng.random() < 0.6 else _operands(view, first):
        for b in _operands(view, second):
            if a != ANYTHING and view.mask(a).bit_count() < 2:
                continue  # nearly always none
            number = (view.mask(a) & ~view.mask(b)).bit_count()
            pools.setdefault(number, []).append((a, b))
    chosen = fair_count(rng, pools)
    if chosen is None:
        return None
    a, b = chosen
    mask = view.mask(a) & ~view.mask(b)
    meaning = form("logic", "count", a, b, relation="not")
    return Fact("logic.count-not", meaning, f"count.{mask.bit_count()}", indices(mask), False)


def _count_or(view: View, rng: Rng) -> Fact | None:
    """How many things are red or round? How many stars and hearts are there?"""
    total = rng.random() < 0.5
    first = pick(rng, (SHAPE, COLOUR))
    second = first if total else (COLOUR if first is SHAPE else SHAPE)
    pools: dict[int, list[tuple[Description, Description]]] = {}
    for a in combinations(view, first):
        for b in combinations(view, second):
            if a != b and (view.mask(a) or view.mask(b)):
                number = (view.mask(a) | view.mask(b)).bit_count()
                pools.setdefault(number, []).append((a, b))
    chosen = fair_count(rng, pools)
    if chosen is None:
        return None
    a, b = chosen
    mask = view.mask(a) | view.mask(b)
    meaning = form("logic", "count", a, b, relation="or")
    kind = "logic.count-sum" if total else "logic.count-or"
    return Fact(kind, meaning, f"count.{mask.bit_count()}", indices(mask), False)


def logic(view: View, rng: Rng) -> Fact | None:
    """One of the combinations that the scene allows."""
    for kind in shuffled(rng, ("and", "or", "either", "but-not", "count-not", "count-or")):
        if kind in ("and", "or"):
            fact = _and_or(view, rng, kind)
        elif kind == "either":
            fact = _either(view, rng)
        elif kind == "but-not":
            fact = _but_not(view, rng)
        else:
            fact = (_count_not if kind == "count-not" else _count_or)(view, rng)
        if fact is not None:
            return fact
    return None
