"""Yes/no questions about what is there, what something is, and whether things are alike.

The answer is drawn first, and only among questions for which the scene offers both answers, so
that neither the kind nor the fields of a question betray it.
"""

from __future__ import annotations

from fusion.data.shapes.families.form import (
    ANYTHING,
    ATTRIBUTES,
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
from fusion.data.shapes.vocabulary import PLACES

EXIST_FIELDS = (*FIELD_SETS[:1] * 3, *FIELD_SETS[1:2] * 3, FIELD_SETS[2], *FIELD_SETS[3:4] * 5,
                *FIELD_SETS[4:5] * 2, *FIELD_SETS[5:6] * 2, FIELD_SETS[6])  # fmt: skip
PLACE_MARGIN = 0.04
BEYOND_MIDDLE = 0.45  # "on the left" is surely false from here on
ALIKE, ALIKE_ALL = 1.2, 1.25  # radii within this ratio look the same size


def present(view: View, rng: Rng, fields: tuple[bool, ...]) -> Description:
    """What some object of the scene is, in some fields."""
    return view.partial(int(rng.random() * view.n), fields)


def absent(view: View, rng: Rng, fields: tuple[bool, ...]) -> Description | None:
    """A plausible description that fits nothing: mostly attributes that occur, but not together."""
    used = [k for k in range(3) if fields[k]]
    for _ in range(8):
        values: list[str | None] = list(view.partial(int(rng.random() * view.n), fields))
        k = pick(rng, used)
        pool = VALUES[ATTRIBUTES[k]]
        if len(used) > 1 and rng.random() < 0.75:
            values[k] = view.attributes[int(rng.random() * view.n)][k]
        else:
            values[k] = pick(rng, pool)
        description = Description(*values)
        if not view.mask(description):
            return description
    return None


def exist(view: View, rng: Rng) -> Fact | None:
    """Is there a red star?"""
    for fields in shuffled(rng, EXIST_FIELDS)[:6]:
        missing = absent(view, rng, fields)
        if missing is not None:
            truth = rng.random() < 0.5
            subject = present(view, rng, fields) if truth else missing
            mask = view.mask(subject)
            asked = form("exist", "yesno", subject)
            return Fact("exist", asked, yes_no(truth), indices(mask), False)
    return None


def _verify_attribute(view: View, rng: Rng, attribute: str) -> Fact | None:
    k = ATTRIBUTES.index(attribute)
    for i in shuffled(rng, range(view.n)):
        subject = view.describe(rng, i, banned=attribute)
        if subject is None:
            continue
        value = view.attributes[i][k]
        truth = rng.random() < 0.5
        if not truth:
            here = [v[k] for v in view.attributes if v[k] != value]
            others = here if here and rng.random() < 0.7 else VALUES[attribute]
            value = pick(rng, [v for v in others if v != value])
        claim = Description(**{attribute: value})
        asked = form("verify", "yesno", subject, claim, attribute=attribute)
        return Fact(f"verify.{attribute}", asked, yes_no(truth), (i,), True)
    return None


def is_at(x: float, y: float, place: str) -> bool | None:
    """Whether a point is in a part of the canvas as people mean it; None when unclear.

    >>> is_at(0.1, 0.9, "left"), is_at(0.4, 0.9, "left"), is_at(0.5, 0.9, "left")
    (True, None, False)
    """
    inner, outer = 1 / 3 + PLACE_MARGIN, 1 / 3 - PLACE_MARGIN
    if place == "centre":
        inside = all(inner <= v <= 1 - inner for v in (x, y))
        outside = any(v <= outer or v >= 1 - outer for v in (x, y))
        return inside if inside != outside else None
    depths = []  # from the edges that the place names
    for word in place.split("-"):
        v = x if word in ("left", "right") else y
        depths.append(v if word in ("left", "top") else 1 - v)
    if all(d <= outer for d in depths):
        return True
    limit = BEYOND_MIDDLE if len(depths) == 1 else inner
    return False if any(d >= limit for d in depths) else None


def _verify_place(view: View, rng: Rng) -> Fact | None:
    named = [i for i in range(view.n) if view.unique[i]]
    for place in shuffled(rng, PLACES):
        truths = [
            (i, is_at(view.scene.objects[i].x, view.scene.objects[i].y, place)) for i in named
        ]
        inside = [i for i, t in truths if t is True]
        outside = [i for i, t in truths if t is False]
        if inside and outside:
            truth = rng.random() < 0.5
            i = pick(rng, inside if truth else outside)
            subject = view.describe(rng, i) or ANYTHING
            asked = form("verify", "yesno", subject, relation=place)
            return Fact("verify.place", asked, yes_no(truth), (i,), True)
    return None


def verify(view: View, rng: Rng) -> Fact | None:
    """Is the star red? Is the red thing a star? Is it large? Is it on the left?"""
    for what in shuffled(rng, ("colour", "shape", "size", "place")):
        fact = _verify_place(view, rng) if what == "place" else _verify_attribute(view, rng, what)
        if fact is not None:
            return fact
    return None


def _alike(view: View, members: tuple[int, ...], attribute: str, ratio: float) -> bool | None:
    """Whether objects share an attribute; None for sizes that differ within their category."""
    k = ATTRIBUTES.index(attribute)
    if len({view.attributes[i][k] for i in members}) > 1:
        return False
    if attribute == "size":
        radii = [view.scene.objects[i].radius for i in members]
        return True if max(radii) <= ratio * min(radii) else None
    return True


def _same_pair(view: View, rng: Rng, attribute: str) -> Fact | None:
    k = ATTRIBUTES.index(attribute)
    named = [i for i in range(view.n) if any(d[k] is None for d in view.unique[i])]
    truth = rng.random() < 0.5
    found = 0
    chosen = None
    for i, j in shuffled(rng, [(i, j) for i in named for j in named if i != j]):
        alike = _alike(view, (i, j), attribute, ALIKE)
        if alike is not None:
            found |= 1 << alike
            if chosen is None and alike is truth:
                chosen = i, j
            if found == 3:
                break
    if found != 3 or chosen is None:
        return None
    relation = pick(rng, ("equal", "equal", "different"))
    first, second = (view.describe(rng, i, banned=attribute) or ANYTHING for i in chosen)
    asked = form("same", "yesno", first, second, relation=relation, attribute=attribute)
    answer = yes_no(truth == (relation == "equal"))
    return Fact(f"same.{relation}", asked, answer, chosen, False)


def _same_all(view: View, rng: Rng, attribute: str) -> Fact | None:
    """Whether all objects of one kind share an attribute."""
    k = ATTRIBUTES.index(attribute)
    options: dict[tuple[bool, ...], dict[bool, list[Description]]] = {}
    for fields in FIELD_SETS[:6]:
        if not fields[k]:
            groups: dict[bool, list[Description]] = {True: [], False: []}
            for subject in dict.fromkeys(view.partial(i, fields) for i in range(view.n)):
                members = indices(view.mask(subject))
                if len(members) > 1:
                    alike = _alike(view, members, attribute, ALIKE_ALL)
                    if alike is not None:
                        groups[alike].append(subject)
            if groups[True] and groups[False]:
                options[fields] = groups
    if not options:
        return None
    truth = rng.random() < 0.5
    subject = pick(rng, options[pick(rng, list(options))][truth])
    asked = form("same", "yesno", subject, relation="all", attribute=attribute)
    return Fact("same.all", asked, yes_no(truth), indices(view.mask(subject)), False)


# Scenes whose objects differ are far more common than those alike: how often each is asked about.
ALL_ALIKE = {"shape": 1.0, "colour": 1.0, "size": 0.6}
ALL_DIFFER = {"shape": 0.025, "colour": 0.033, "size": 0.1}


def _same_everything(view: View, rng: Rng, attribute: str) -> Fact | None:
    """Whether all objects share an attribute; a scene has one answer, so a "no" is often passed."""
    if view.n < 2:
        return None
    alike = _alike(view, tuple(range(view.n)), attribute, ALIKE_ALL)
    if alike is None or rng.random() > (ALL_ALIKE if alike else ALL_DIFFER)[attribute]:
        return None
    asked = form("same", "yesno", relation="all", attribute=attribute)
    return Fact("same.all", asked, yes_no(alike), tuple(range(view.n)), False)


def same(view: View, rng: Rng) -> Fact | None:
    """Do two objects, all of a kind, or all objects share an attribute?"""
    makers = [_same_everything, _same_all, _same_pair] if rng.random() < 0.4 else [_same_pair]
    for maker in makers:
        for attribute in shuffled(rng, ATTRIBUTES):
            fact = maker(view, rng, attribute)
            if fact is not None:
                return fact
    return None
