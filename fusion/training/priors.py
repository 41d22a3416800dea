"""How far one gets with one modality alone: the best predictors without image, without question.

Fitted on training scenes, measured on the test set; a fusion with a modality hidden should come
within two points of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import asdict
from typing import Any

from fusion.data.shapes.questions import Question, prior_key, questions_of
from fusion.data.shapes.scene import make_scene

FIRST_SCENE = 3_000_000
SCENES = 12_000
PER_SCENE = 12
LEAST = 8  # answers a key must have been seen with before its majority is believed


def _family(question: Question) -> Hashable:
    return question.family


def _key(question: Question) -> Hashable:
    return prior_key(question)


def _form(question: Question) -> Hashable:
    return tuple(asdict(question.form).values())


LADDERS: dict[str, tuple[Callable[[Question], Hashable], ...]] = {
    "majority answer of the question family": (_family,),
    "majority answer of the kind of question": (_key, _family),
    "majority answer of the exact meaning": (_form, _key, _family),
}


def training_questions() -> Iterable[Question]:
    """Questions about scenes of the training looks that no test scene shares a seed with."""
    for seed in range(FIRST_SCENE, FIRST_SCENE + SCENES):
        yield from questions_of(make_scene(seed), 0, PER_SCENE)


def measure_priors(test: list[Question]) -> dict[str, Any]:
    """Every predictor's accuracy on the test questions, and the best of each kind."""
    counts: dict[Callable[[Question], Hashable], dict[Hashable, Counter[str]]] = {
        key: defaultdict(Counter) for key in (_family, _key, _form)
    }
    overall: Counter[str] = Counter()
    for question in training_questions():
        overall[question.answer] += 1
        for key, table in counts.items():
            table[key(question)][question.answer] += 1

    def guess(question: Question, ladder: tuple[Callable[[Question], Hashable], ...]) -> str:
        for key in ladder:
            seen = counts[key].get(key(question))
            if seen and seen.total() >= LEAST:
                return seen.most_common(1)[0][0]
        return overall.most_common(1)[0][0]

    found = {
        name: sum(guess(q, ladder) == q.answer for q in test) / len(test)
        for name, ladder in LADDERS.items()
    }
    best = max(found, key=lambda name: found[name])
    families = sorted({q.family for q in test})
    by_family = {
        f: [guess(q, LADDERS[best]) == q.answer for q in test if q.family == f] for f in families
    }
    top = overall.most_common(1)[0][0]
    return {
        "image_free": {
            "predictor": best,
            "accuracy": round(found[best], 4),
            "tried": {name: round(value, 4) for name, value in found.items()},
            "by_family": {f: round(sum(r) / len(r), 4) for f, r in by_family.items()},
        },
        "text_free": {
            "predictor": f"always {top!r}",
            "accuracy": round(sum(q.answer == top for q in test) / len(test), 4),
        },
    }
