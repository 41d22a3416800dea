"""One question about one test scene, and every explainer of one fusion put to the test on it.

The question is about an attribute of one object where the scene has such a question, so that the
map can be held against the truth. What is explained is the answer that the fusion gives, right or
wrong.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from fusion.attributions import area
from fusion.data.shapes.dense import dense_truth
from fusion.data.shapes.draw import draw
from fusion.data.shapes.questions import Question, questions_of
from fusion.data.shapes.scene import make_scene
from fusion.explain import EXPLAINERS
from fusion.explain.base import apply
from fusion.explain.faithfulness import Curves, curves, pointing
from fusion.explain.subject import Subject
from fusion.outputs import MODALITIES
from fusion.shipped import Family
from fusion.training.exam import SETS, referent_of

Record = dict[str, Any]


def examine(family: Family, fusion: str, seed: int) -> Record | None:
    """What one scene says: areas 0..100 by modality, of every method and of the mean of the random
    orders; pointing where the truth is known. None for a scene that has too few questions."""
    exam = SETS["test"]
    scene = make_scene(seed, looks=exam.looks)
    questions = questions_of(scene, 0, exam.per_scene, phrasings=exam.phrasings)
    questions = [q for q in questions if fits(q, family)]
    if not questions:
        return None
    question = next((q for q in questions if referent_of(q) is not None), questions[0])
    drawing = draw(scene)
    model = family.fusions[fusion]
    subject = Subject.of(model, family.inputs, drawing.image, question.text)
    record: Record = {
        "seed": seed,
        "family": question.family,
        "right": model.config.answers[subject.answer] == question.answer,
    }
    referent = referent_of(question)
    found = maps_of(subject)
    for modality, maps in found.items():
        asked = curves(subject, modality, maps)
        if asked is not None:
            record[modality] = areas(asked)
    if referent is not None:
        truth = dense_truth(scene, drawing.masks, *subject.grid).coverage[referent]
        record["pointing"] = pointings(subject, found["image"], truth)
    return record


def fits(question: Question, family: Family) -> bool:
    """Whether a question is short enough for the model."""
    tokenizer = family.inputs.tokenizer
    return tokenizer.length(question.text) <= tokenizer.max_tokens


def maps_of(subject: Subject) -> dict[str, dict[str, torch.Tensor]]:
    """By modality, the map of every method that supports the fusion and has one."""
    maps: dict[str, dict[str, torch.Tensor]] = {modality: {} for modality in MODALITIES}
    for method in EXPLAINERS:
        explainer = EXPLAINERS[method].build()
        if explainer.supports(subject.model.config) and explainer.yields & set(MODALITIES):
            found = apply(method, subject, None, {})
            for modality, values in found.values.items():
                maps[modality][method] = values
    return maps


def areas(asked: Curves) -> Record:
    """Areas under the deletion curves: the mean over random orders, and by method with the most
    and with the least important part first."""
    removed = asked.removed.numpy()

    def of(curve: torch.Tensor) -> float:
        return round(area(removed, curve.numpy()), 4)

    return {
        "random": round(float(np.mean([of(curve) for curve in asked.random])), 4),
        "most": {method: of(curve) for method, curve in asked.most.items()},
        "least": {method: of(curve) for method, curve in asked.least.items()},
    }


def pointings(subject: Subject, maps: dict[str, torch.Tensor], covered: np.ndarray) -> Record:
    """Hit and mass on the object by method, and the mass if it were even."""
    truth = torch.from_numpy(covered).float()
    found = {method: pointing(subject, values, truth) for method, values in maps.items()}
    return {
        "even": round(next(iter(found.values())).even, 4),
        "hit": {method: p.hit for method, p in found.items()},
        "mass": {method: round(p.mass, 4) for method, p in found.items()},
    }
