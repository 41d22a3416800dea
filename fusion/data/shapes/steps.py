"""What a person finds out on the way to an answer: how many things each description fits, and what
the one thing is that it names.

"Are the star and the heart the same colour?" is answered from two colours, "are there more stars
than hearts?" from two counts. Training can ask a fusion for them as well (`StageConfig.steps`);
nothing else uses them.
"""

from __future__ import annotations

from fusion.data.shapes.families.form import ANYTHING, ATTRIBUTES, VALUES, Description
from fusion.data.shapes.families.view import View, indices
from fusion.data.shapes.questions import Question
from fusion.data.shapes.vocabulary import MAX_OBJECTS

UNKNOWN = -1
PARTS = ("first", "second", "found")  # first and second description, the one thing asked about

#: how many values each step has
STEPS: dict[str, int] = {
    "first.count": MAX_OBJECTS + 1,
    "second.count": MAX_OBJECTS + 1,
    **{f"{part}.{name}": len(VALUES[name]) for part in PARTS for name in ATTRIBUTES},
}


def steps_of(view: View, question: Question) -> list[int]:
    """The value of each of STEPS, as an index; UNKNOWN where a question has no such step.

    A count is of all that fits the description; an attribute is of the only thing that does.
    """
    form = question.form
    steps = dict.fromkeys(STEPS, UNKNOWN)
    first = Description(form.shape1, form.colour1, form.size1)
    second = Description(form.shape2, form.colour2, form.size2)
    masks = {}
    if form.family not in ("background", "odd"):
        masks["first"] = view.mask(first)
    if second != ANYTHING and form.family != "verify":  # what is claimed is no description
        masks["second"] = view.mask(second)
    for part, mask in masks.items():
        steps[f"{part}.count"] = mask.bit_count()
    if question.unique:
        masks["found"] = sum(1 << i for i in question.referents)
    for part, mask in masks.items():
        if mask.bit_count() == 1:
            (thing,) = (view.attributes[i] for i in indices(mask))
            for name, value in zip(ATTRIBUTES, thing, strict=True):
                steps[f"{part}.{name}"] = VALUES[name].index(value or "")
    return list(steps.values())
