"""The questions a model is examined on: scenes never trained on, encoded once for all fusions.

Four sets: `test` (looks and phrasings as in training), `phrasing-en` and `phrasing-zh` (the same
scenes, phrasings held out of training), `looks` (scenes with looks held out of training).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool
from torch import Tensor

from fusion.data.shapes.dense import dense_truth
from fusion.data.shapes.draw import draw
from fusion.data.shapes.questions import Question, questions_of
from fusion.data.shapes.scene import make_scene
from fusion.explain.faithfulness import ON_OBJECT
from fusion.images import grid_shape, normalise, resize
from fusion.models.model import Backbone
from fusion.models.tokenizer import QuestionTokenizer
from fusion.outputs import ImageEncoding, TextEncoding

FIRST_SCENE = 100_000
ATTRIBUTES = ("colour", "shape", "size", "place")


@dataclass(frozen=True, kw_only=True)
class ExamSet:
    """One declared set of questions."""

    scenes: int
    per_scene: int
    looks: str = "train"
    phrasings: str = "train"
    language: str | None = None


SETS = {
    "test": ExamSet(scenes=1200, per_scene=6),
    "phrasing-en": ExamSet(scenes=600, per_scene=6, phrasings="held-out", language="en"),
    "phrasing-zh": ExamSet(scenes=600, per_scene=6, phrasings="held-out", language="zh"),
    "looks": ExamSet(scenes=600, per_scene=6, looks="held-out"),
}


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Sheet:
    """Images of one grid with `per_image` questions each, in a row; encodings ready for any
    fusion. `on_object` marks the regions of the object a question is about; it is empty where
    that is not one object."""

    image: ImageEncoding
    text: TextEncoding
    questions: tuple[Question, ...]
    on_object: Bool[Tensor, "B H W"]


#: pixels, questions, and which regions each is about; by the grid of the image
Paper = tuple[np.ndarray, list[Question], np.ndarray]
Papers = dict[tuple[int, int], list[Paper]]


def exam_sheets(
    exam: ExamSet, backbone: Backbone, tokenizer: QuestionTokenizer, *, batch: int = 32
) -> list[Sheet]:
    """Draw, ask and encode a set."""
    papers = exam_papers(exam, regions=backbone.config.regions)
    return encoded_papers(papers, backbone, tokenizer, batch=batch)


def exam_papers(exam: ExamSet, *, regions: int) -> Papers:
    """Draw and ask a set, which is the same for every backbone with as many regions."""
    groups: Papers = defaultdict(list)
    for seed in range(FIRST_SCENE, FIRST_SCENE + exam.scenes):
        scene = make_scene(seed, looks=exam.looks)
        questions = questions_of(
            scene, 0, exam.per_scene, language=exam.language, phrasings=exam.phrasings
        )
        if len(questions) < exam.per_scene:
            continue
        drawing = draw(scene)
        rows, columns = grid_shape(scene.width, scene.height, regions=regions)
        truth = dense_truth(scene, drawing.masks, rows, columns)
        on_object = np.stack([_on_object(q, truth.coverage) for q in questions])
        groups[rows, columns].append((resize(drawing.image, rows, columns), questions, on_object))
    return groups


@torch.inference_mode()
def encoded_papers(
    papers: Papers, backbone: Backbone, tokenizer: QuestionTokenizer, *, batch: int = 32
) -> list[Sheet]:
    """A set as one backbone encodes it."""
    return [
        _sheet(group[i : i + batch], backbone, tokenizer)
        for group in papers.values()
        for i in range(0, len(group), batch)
    ]


def _on_object(question: Question, coverage: np.ndarray) -> np.ndarray:
    """Regions on the referent of an attribute question; none for other questions."""
    referent = referent_of(question)
    if referent is None:
        return np.zeros(coverage.shape[1:], bool)
    covered: np.ndarray = coverage[referent]
    return covered >= min(ON_OBJECT, covered.max())


def referent_of(question: Question) -> int | None:
    """The one object whose attribute is asked for; None for other questions."""
    one = question.unique and len(question.referents) == 1
    return question.referents[0] if one and question.family in ATTRIBUTES else None


def _sheet(
    group: list[Paper],
    backbone: Backbone,
    tokenizer: QuestionTokenizer,
) -> Sheet:
    pixels = torch.from_numpy(np.stack([g[0] for g in group]))
    questions = [q for g in group for q in g[1]]
    tokens = tokenizer.encode([q.text for q in questions])
    return Sheet(
        image=backbone.encode_image(normalise(pixels)),
        text=backbone.encode_text(tokens.ids, tokens.mask),
        questions=tuple(questions),
        on_object=torch.from_numpy(np.concatenate([g[2] for g in group])),
    )
