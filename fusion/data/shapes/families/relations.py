"""What lies on one side of something or nearest to it, and which object is the extreme one.

Every candidate must be clear: by a margin, and for sizes and edges also as a person sees it.
"""

from __future__ import annotations

from fusion.data.shapes.families.form import (
    ANYTHING,
    ATTRIBUTES,
    DIRECTIONS,
    EXTREMES,
    Description,
    Fact,
    Rng,
    form,
    pick,
    shuffled,
    yes_no,
)
from fusion.data.shapes.families.view import FIELD_SETS, View, choose_description, indices
from fusion.data.shapes.scene import SceneObject

SIDE_MARGIN = 0.05
NEARER = 1.25
EXTREME_MARGIN = 0.04
LARGER = 1.12
# Area over radius squared: a star looks smaller than a circle of the same radius.
AREA = {"circle": 3.14, "square": 2.0, "triangle": 1.3, "pentagon": 2.38,
        "star": 1.23, "heart": 1.97, "cross": 1.97}  # fmt: skip


def _subjects(view: View, i: int, asked: str) -> list[Description]:
    """What can be said of object i without the asked attribute, saying nothing included."""
    k = ATTRIBUTES.index(asked)
    return [ANYTHING] + [view.partial(i, f) for f in FIELD_SETS if not f[k]]


def _answer(view: View, i: int, asked: str) -> str:
    return f"{asked}.{view.attributes[i][ATTRIBUTES.index(asked)]}"


def _beside(view: View, rng: Rng, asked: str) -> Fact | None:
    for direction in shuffled(rng, DIRECTIONS):
        for j in shuffled(rng, [j for j in range(view.n) if view.unique[j]]):
            there, unclear = view.beside(direction, j, SIDE_MARGIN)
            for i in shuffled(rng, indices(there)):
                alone = [
                    d
                    for d in _subjects(view, i, asked)
                    if view.mask(d) & there == 1 << i and not view.mask(d) & unclear
                ]
                subject = choose_description(rng, alone)
                if subject is not None:
                    anchor = view.describe(rng, j) or ANYTHING
                    meaning = form("relation", asked, subject, anchor, relation=direction)
                    kind = f"relation.{asked}"
                    return Fact(kind, meaning, _answer(view, i, asked), (i,), True)
    return None


def nearest_of(view: View, j: int, mask: int) -> int | None:
    """The object of the mask that is clearly nearest to object j, by centres and by edges."""
    others = indices(mask & ~(1 << j))
    if not others:
        return None
    ranked = sorted((view.distance(i, j), i) for i in others)
    distance, nearest = ranked[0]
    gap = distance - view.scene.objects[nearest].radius
    for further, i in ranked[1:]:
        if further < NEARER * distance or further - view.scene.objects[i].radius < gap:
            return None
    return nearest


def _nearest(view: View, rng: Rng, asked: str) -> Fact | None:
    for j in shuffled(rng, [j for j in range(view.n) if view.unique[j]]):
        for i in shuffled(rng, range(view.n))[:4]:
            if i == j:
                continue
            fits = [d for d in _subjects(view, i, asked) if nearest_of(view, j, view.mask(d)) == i]
            subject = choose_description(rng, fits)
            if subject is not None:
                anchor = view.describe(rng, j) or ANYTHING
                meaning = form("relation", asked, subject, anchor, relation="nearest")
                return Fact(f"nearest.{asked}", meaning, _answer(view, i, asked), (i,), True)
    return None


def _is_beside(view: View, rng: Rng) -> Fact | None:
    named = [i for i in range(view.n) if view.unique[i]]
    for direction in shuffled(rng, DIRECTIONS):
        for j in shuffled(rng, named):
            there, unclear = view.beside(direction, j, SIDE_MARGIN)
            clear = [i for i in named if i != j and not unclear >> i & 1]
            if clear:
                i = pick(rng, clear)
                # The mirrored question has the other answer, so both are always at hand.
                truth = rng.random() < 0.5
                if bool(there >> i & 1) != truth:
                    i, j = j, i
                first, second = (view.describe(rng, k) or ANYTHING for k in (i, j))
                meaning = form("relation", "yesno", first, second, relation=direction)
                return Fact("relation.yesno", meaning, yes_no(truth), (i, j), False)
    return None


def relation(view: View, rng: Rng) -> Fact | None:
    """What is left of the star, what is nearest to it, is the star left of the circle?"""
    if view.n < 2:
        return None
    first = pick(rng, ("beside", "beside", "nearest", "yesno"))
    for kind in (first, "beside", "yesno"):
        asked = pick(rng, ("colour", "shape"))
        if kind == "yesno":
            fact = _is_beside(view, rng)
        else:
            fact = (_beside if kind == "beside" else _nearest)(view, rng, asked)
        if fact is not None:
            return fact
    return None


def _area(thing: SceneObject) -> float:
    if thing.shape == "rectangle":
        return 4 * thing.radius**2 * thing.aspect / (1 + thing.aspect**2)
    return AREA[thing.shape] * thing.radius**2


def extreme_of(view: View, mask: int, extreme: str) -> int | None:
    """The object of the mask that is the extreme one beyond doubt."""
    members = indices(mask)
    objects = view.scene.objects
    if len(members) < 2:
        return None
    if extreme in ("largest", "smallest"):
        sign = 1 if extreme == "largest" else -1
        best = max(members, key=lambda i: sign * objects[i].radius)
        for i in members:
            if i != best:
                ratio = (objects[best].radius / objects[i].radius) ** sign
                area = (_area(objects[best]) / _area(objects[i])) ** sign
                if ratio < LARGER or area < 1:
                    return None
        return best
    # Depth from the edge of the canvas that the extreme names, of centres and of outlines.
    stretch = (view.scene.width / view.scene.height) ** 0.5
    horizontal = extreme in ("leftmost", "rightmost")
    depths = {}
    for i in members:
        v = objects[i].x if horizontal else objects[i].y
        depth = v if extreme in ("leftmost", "topmost") else 1 - v
        reach = objects[i].radius / stretch if horizontal else objects[i].radius * stretch
        depths[i] = depth, depth - reach
    best = min(members, key=lambda i: depths[i][0])
    centre, edge = depths[best]
    for i in members:
        if i != best and (depths[i][0] < centre + EXTREME_MARGIN or depths[i][1] < edge):
            return None
    return best


def superlative(view: View, rng: Rng) -> Fact | None:
    """What colour is the leftmost star?"""
    if view.n < 2:
        return None
    asked = pick(rng, ("colour", "shape"))
    for extreme in shuffled(rng, EXTREMES):
        subject = ANYTHING
        if rng.random() < 0.4:
            candidates = _subjects(view, int(rng.random() * view.n), asked)
            if extreme in ("largest", "smallest"):
                candidates = [d for d in candidates if d.size is None]
            subject = pick(rng, candidates)
        i = extreme_of(view, view.mask(subject), extreme)
        if i is None and subject != ANYTHING:
            subject = ANYTHING
            i = extreme_of(view, view.full, extreme)
        if i is not None:
            meaning = form("superlative", asked, subject, extreme=extreme)
            kind = f"superlative.{asked}"
            return Fact(kind, meaning, _answer(view, i, asked), (i,), True)
    return None
