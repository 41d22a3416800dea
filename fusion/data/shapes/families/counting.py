"""How many, and comparisons of two counts. Counts that a scene allows are about equally likely."""

from __future__ import annotations

from fusion.data.shapes.families.form import (
    ANYTHING,
    ATTRIBUTES,
    DIRECTIONS,
    VALUES,
    Description,
    Fact,
    Rng,
    form,
    pick,
    shuffled,
    yes_no,
)
from fusion.data.shapes.families.view import FIELD_SETS, View, indices

RELATION_MARGIN = 0.04
MANY = 1.6  # counts above one are this much likelier than 0 and 1, which are easy to guess
COUNT_FIELDS = (*FIELD_SETS[:1] * 5, *FIELD_SETS[1:2] * 5, *FIELD_SETS[2:3] * 3,
                *FIELD_SETS[3:4] * 2, *FIELD_SETS[4:6])  # fmt: skip
OPERAND_FIELDS = (*FIELD_SETS[:1] * 5, *FIELD_SETS[1:2] * 4, *FIELD_SETS[2:3], FIELD_SETS[3])


def combinations(view: View, fields: tuple[bool, ...]) -> list[Description]:
    """Descriptions worth counting: every value of one field, or what the scene has of several."""
    options: list[tuple[str | None, ...]] = []
    alone = sum(fields) == 1
    for wanted, attribute in zip(fields, ATTRIBUTES, strict=True):
        values = VALUES[attribute]
        if not wanted:
            options.append((None,))
        elif alone:
            options.append(values)
        else:
            options.append(tuple(v for v in values if view.having[v]))
    return [Description(s, c, z) for s in options[0] for c in options[1] for z in options[2]]


def fair_count(
    rng: Rng, pools: dict[int, list[tuple[Description, Description]]]
) -> tuple[Description, Description] | None:
    """A candidate whose count is drawn first, so that few counts do not crowd out the others."""
    if not pools:
        return None
    counts = sorted(pools)
    weights = [MANY if c > 1 else 1.0 for c in counts]
    left = rng.random() * sum(weights)
    chosen = 0
    while chosen < len(counts) - 1 and left >= weights[chosen]:
        left -= weights[chosen]
        chosen += 1
    return pick(rng, pools[counts[chosen]])


def _fact(
    kind: str, meaning: tuple[Description, Description], mask: int, relation: str | None
) -> Fact:
    asked = form("count", "count", *meaning, relation=relation)
    return Fact(kind, asked, f"count.{mask.bit_count()}", indices(mask), False)


def _count_by_attributes(view: View, rng: Rng) -> Fact | None:
    pools: dict[int, list[tuple[Description, Description]]] = {}
    for description in combinations(view, pick(rng, COUNT_FIELDS)):
        number = view.mask(description).bit_count()
        pools.setdefault(number, []).append((description, ANYTHING))
    chosen = fair_count(rng, pools)
    return _fact("count", chosen, view.mask(chosen[0]), None) if chosen else None


def _count_by_relation(view: View, rng: Rng) -> Fact | None:
    direction = pick(rng, DIRECTIONS)
    fields = pick(rng, ((False,) * 3, (False,) * 3, *FIELD_SETS[:3]))
    anchors = [i for i in range(view.n) if view.unique[i]]
    pools: dict[int, list[tuple[Description, Description]]] = {}
    sides = {i: view.beside(direction, i, RELATION_MARGIN) for i in anchors}
    for subject in combinations(view, fields) if any(fields) else [ANYTHING]:
        mask = view.mask(subject)
        if mask:
            for i in anchors:
                there, unclear = sides[i]
                if not mask & unclear and mask != 1 << i:
                    number = (mask & there).bit_count()
                    pools.setdefault(number, []).append((subject, view.attributes[i]))
    chosen = fair_count(rng, pools)
    if chosen is None:
        return None
    subject, full = chosen
    i = view.attributes.index(full)
    anchor = view.describe(rng, i)
    if anchor is None:
        return None
    return _fact("count.relation", (subject, anchor), view.mask(subject) & sides[i][0], direction)


def count(view: View, rng: Rng) -> Fact | None:
    """How many objects, how many of some kind, how many on one side of an object."""
    draw = rng.random()
    if draw < 0.15:
        return _fact("count.all", (ANYTHING, ANYTHING), view.full, None)
    if draw < 0.4:
        fact = _count_by_relation(view, rng)
        if fact is not None:
            return fact
    return _count_by_attributes(view, rng)


def _pairs(
    view: View, rng: Rng, fields: tuple[bool, ...]
) -> list[tuple[Description, Description, int, int]]:
    present = [(d, view.mask(d).bit_count()) for d in combinations(view, fields)]
    present = [item for item in present if item[1]]
    return [(a, b, m, n) for i, (a, m) in enumerate(present) for b, n in present[:i]]


def compare(view: View, rng: Rng) -> Fact | None:
    """More, fewer or as many of one kind than of another; both kinds occur in the scene."""
    relation = pick(rng, ("more", "fewer", "equal"))
    for fields in shuffled(rng, OPERAND_FIELDS)[:4]:
        pairs = _pairs(view, rng, fields)
        level = [p for p in pairs if p[2] == p[3]]
        uneven = [p for p in pairs if p[2] != p[3]]
        truth = rng.random() < 0.5
        if not uneven or (relation == "equal" and not level):
            continue
        if relation == "equal":
            first, second, _, _ = pick(rng, level if truth else uneven)
            swap = rng.random() < 0.5
        else:
            tie = not truth and level and rng.random() < 0.3
            first, second, m, n = pick(rng, level if tie else uneven)
            swap = rng.random() < 0.5 if tie else ((m > n) == (relation == "more")) != truth
        if swap:
            first, second = second, first
        asked = form("compare", "yesno", first, second, relation=relation)
        referents = indices(view.mask(first) | view.mask(second))
        return Fact(f"compare.{relation}", asked, yes_no(truth), referents, False)
    return None
