"""Questions about a scene, with exact answers: what they mean, and how a person would put them.

What can be asked is looked for in `families`; how it is worded comes from `phrasing`. Everything
is drawn from a seed and depends on nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from fusion.data.shapes.families import GENERATORS
from fusion.data.shapes.families.form import FORM_FIELDS, Form, Rng, shuffled
from fusion.data.shapes.families.view import View
from fusion.data.shapes.phrasing.realise import realise
from fusion.data.shapes.scene import Scene
from fusion.data.shapes.vocabulary import FAMILIES

__all__ = ["FORM_FIELDS", "Form", "Question", "ask", "prior_key", "questions_of"]

ENGLISH = 0.55  # share of English questions when no language is asked for
MISSES = 3  # in so many draws a family with nothing new to ask about a scene is left alone
PHRASINGS = ("train", "held-out")


@dataclass(frozen=True, slots=True)
class Question:
    """One question; `answer` is an id of the vocabulary.

    `referents` are the objects the answer is read from; `unique`: it is one object, and the
    question refers to it alone.
    """

    text: str
    language: str
    family: str
    answer: str
    form: Form
    referents: tuple[int, ...]
    unique: bool
    phrasing: str
    held_out: bool


def _ask(
    view: View, rng: Rng, family: str, language: str | None, phrasings: str
) -> Question | None:
    fact = GENERATORS[family](view, rng)
    if fact is None:
        return None
    if language is None:
        language = "en" if rng.random() < ENGLISH else "zh"
    if phrasings not in PHRASINGS:
        raise ValueError(f"phrasings must be one of {', '.join(PHRASINGS)}, got {phrasings!r}")
    wording = realise(fact, language, rng, held_out=phrasings == "held-out")
    return Question(
        wording.text, language, family, fact.answer, fact.form, fact.referents, fact.unique,
        wording.phrasing, wording.held_out,
    )  # fmt: skip


def ask(
    scene: Scene,
    rng: Rng,
    *,
    family: str | None = None,
    language: str | None = None,
    phrasings: str = "train",
) -> Question | None:
    """One question; None when the scene has no clear one of that family (or of any)."""
    families = _known((family,)) if family is not None else shuffled(rng, FAMILIES)
    view = View(scene)
    for name in families:
        question = _ask(view, rng, name, language, phrasings)
        if question is not None:
            return question
    return None


def questions_of(
    scene: Scene,
    seed: int,
    count: int,
    *,
    language: str | None = None,
    phrasings: str = "train",
    families: Sequence[str] = FAMILIES,
) -> list[Question]:
    """Up to `count` questions of different meanings, families as balanced as the scene permits."""
    rng = Random(scene.seed * 1_000_003 + seed)
    view = View(scene)
    found: list[Question] = []
    meant: set[Form] = set()
    misses = dict.fromkeys(_known(families), 0)
    left = shuffled(rng, families)
    while left and len(found) < count:
        for family in tuple(left):
            question = _ask(view, rng, family, language, phrasings)
            if question is None or question.form in meant:
                misses[family] += 1
                if misses[family] == MISSES:
                    left.remove(family)
            else:
                meant.add(question.form)
                found.append(question)
                if len(found) == count:
                    break
    return found


def _known(families: Sequence[str]) -> Sequence[str]:
    for family in families:
        if family not in GENERATORS:
            raise ValueError(f"no question family {family!r}; there are {', '.join(FAMILIES)}")
    return families


def prior_key(question: Question) -> str:
    """What an image-free guesser can cheaply know: kind of question and the fields it fills."""
    form = question.form
    fields = (form.shape1, form.colour1, form.size1, form.shape2, form.colour2, form.size2)
    filled = "".join("-" if value is None else "x" for value in fields)
    parts = (form.family, form.asks, form.relation, form.extreme, form.attribute, filled)
    return "/".join(part or "-" for part in parts)
