"""A scene with some of its objects moved, and which of its questions still have one sure answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import sqrt

from fusion.data.shapes.families.attributes import PLACE_MARGIN
from fusion.data.shapes.families.counting import RELATION_MARGIN
from fusion.data.shapes.families.form import ATTRIBUTES, DIRECTIONS, Description, yes_no
from fusion.data.shapes.families.relations import SIDE_MARGIN, extreme_of, nearest_of
from fusion.data.shapes.families.truth import is_at
from fusion.data.shapes.families.view import View, indices
from fusion.data.shapes.layout import EDGE, TIGHTEST, apart
from fusion.data.shapes.questions import Question
from fusion.data.shapes.scene import Scene, SceneObject
from fusion.errors import InputError, Sentence, said


def moved(scene: Scene, moves: Mapping[int, tuple[float, float]]) -> Scene:
    """Objects moved by (dx, dy), fractions of the canvas, rounded to whole pixels so that all else
    is drawn as it was. ValueError where one leaves the canvas or lies over another."""
    objects = list(scene.objects)
    for i, (dx, dy) in moves.items():
        if not 0 <= i < len(objects):
            raise InputError(
                "There is no object {got}; the scene has {count}, numbered from 0.",
                got=i,
                count=len(objects),
            )
        x = objects[i].x + round(dx * scene.width) / scene.width
        y = objects[i].y + round(dy * scene.height) / scene.height
        objects[i] = replace(objects[i], x=x, y=y)
    for i in moves:
        _check(scene, objects, i)
    return replace(scene, objects=tuple(objects))


def name_of(thing: SceneObject) -> str:
    """What a person would call an object: large red star."""
    return str(said_of(thing))


def said_of(thing: SceneObject) -> Sentence:
    """The same as a part of a sentence."""
    return said(
        "{size} {colour} {shape}",
        size=said(thing.size),
        colour=said(thing.colour),
        shape=said(thing.shape),
    )


def _check(scene: Scene, objects: list[SceneObject], i: int) -> None:
    """The rules by which scenes are laid out; lengths in units of sqrt(width * height)."""
    unit = sqrt(scene.width * scene.height)
    width, height = scene.width / unit, scene.height / unit
    this = objects[i]
    edge = this.radius + EDGE / 2  # half of what layout leaves: whole pixels may take the rest
    if not (edge <= this.x * width <= width - edge and edge <= this.y * height <= height - edge):
        raise InputError(
            "The {thing} would leave the picture there. Move it further in.", thing=said_of(this)
        )
    for j, other in enumerate(objects):
        if i != j and not apart(
            this.x * width, this.y * height, this.radius,
            other.x * width, other.y * height, other.radius, TIGHTEST,
        ):  # fmt: skip
            raise InputError(
                "There the {thing} would lie over the {other}. Leave some room between them.",
                thing=said_of(this),
                other=said_of(other),
            )


def answer_again(view: View, question: Question) -> str | None:
    """The answer of a scene's question after objects were moved; None where it is not beyond doubt
    any more, by the margins with which it was made."""
    form = question.form
    first = view.mask(Description(form.shape1, form.colour1, form.size1))
    second = view.mask(Description(form.shape2, form.colour2, form.size2))
    if form.family == "place":
        cell = view.place(indices(first)[0], PLACE_MARGIN)
        return None if cell is None else f"place.{cell}"
    if form.family == "verify" and form.relation is not None:
        thing = view.scene.objects[indices(first)[0]]
        true = is_at(thing.x, thing.y, form.relation)
        return None if true is None else yes_no(true)
    if form.family == "superlative" and form.extreme is not None:
        return _attribute_of(view, extreme_of(view, first, form.extreme), form.asks)
    if form.relation in (*DIRECTIONS, "nearest"):
        anchor = indices(second)[0]
        if form.relation == "nearest":
            return _attribute_of(view, nearest_of(view, anchor, first), form.asks)
        margin = RELATION_MARGIN if form.asks == "count" else SIDE_MARGIN
        there, unclear = view.beside(form.relation, anchor, margin)
        if first & unclear:
            return None
        if form.asks == "count":
            return f"count.{(first & there).bit_count()}"
        if form.asks == "yesno":
            return yes_no(bool(first & there))
        found = indices(first & there)
        return _attribute_of(view, found[0] if len(found) == 1 else None, form.asks)
    return question.answer  # no other question asks where something is


def _attribute_of(view: View, i: int | None, asked: str) -> str | None:
    return None if i is None else f"{asked}.{view.attributes[i][ATTRIBUTES.index(asked)]}"
