"""Measures models on a data set on disk: accuracy under the four masks, with 95 % intervals.

    python -m fusion.training evaluate --data csv --questions data/questions.csv

A model answers with one of its own answers, by the answer's name. What it cannot say is wrong, and
counted: `outside` are the questions for which no answer of its vocabulary earns anything, `best` is
what a model that always chose the best of its answers would reach. A question that the engine
refuses (too long, another script) is wrong under every mask, and counted as `refused`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor
from tqdm import tqdm

from fusion.data.files.answers import normalise_answer
from fusion.data.files.record import FilesDataset, ImageGroup, Record
from fusion.data.files.stream import Shown, stream
from fusion.images import normalise
from fusion.models.masking import Presence
from fusion.models.strategies.base import Fusion
from fusion.outputs import ImageEncoding, TextEncoding
from fusion.question import clean_question
from fusion.shipped import Family, Names
from fusion.training.evaluate import MASKS
from fusion.training.statistics import mean_score, share

AT_ONCE = 16  # questions in one pass of a fusion, each under the four masks
#: American and British: where an answer is right or wrong, either spelling is right
SPELLINGS = {"gray": "grey", "center": "centre", "color": "colour", "meter": "metre"}


def measure_files(
    family: Family,
    dataset: FilesDataset,
    *,
    fusions: Sequence[str] = (),
    limit: int | None = None,
    workers: int = 0,
) -> dict[str, Any]:
    """Run fusions (all unless named) over the first `limit` questions; raises ValueError.

    Each image is encoded once, for all its questions, fusions and masks.
    """
    chosen = _chosen(family, fusions)
    groups = dataset.by_image(limit=limit)
    records = [record for group in groups for record in group.records]
    accepted = accepted_names(family.answers, spellings=not dataset.soft)
    earned, order = earnings(records, accepted), list(family.answers)
    columns = {n: np.array([order.index(a) for a in f.config.answers]) for n, f in chosen.items()}
    scores = {name: np.zeros((len(MASKS), len(records))) for name in chosen}
    taken, unlike = 0, 0
    for image, novel, rows in _seen(family, groups, workers):
        taken, unlike = taken + len(rows), unlike + novel
        for some in (rows[i : i + AT_ONCE] for i in range(0, len(rows), AT_ONCE)):
            text = _read(family, [records[row] for row in some])
            for name, fusion in chosen.items():
                answers = columns[name][_best(fusion, image, text).numpy()]
                scores[name][:, some] = earned[some, answers]
    best = earned.max(1)
    kinds = np.array([record.kind for record in records])
    return {
        "accuracy": "mean score" if dataset.soft else "share right",
        "images": len(groups),
        "questions": len(records),
        "outside": int((best == 0).sum()),
        "refused": len(records) - taken,
        "unlike": unlike,
        "best": round(float(best.mean()), 4),
        "fusions": {
            name: {
                "parameters": sum(p.numel() for p in chosen[name].parameters()),
                "masks": {
                    mask: _by_kind(scores[name][i], kinds, soft=dataset.soft)
                    for i, mask in enumerate(MASKS)
                },
            }
            for name in chosen
        },
    }


def accepted_names(answers: Names, *, spellings: bool) -> list[frozenset[str]]:
    """What counts as saying each answer: its name in any language, normalised, and in the other
    spelling where `spellings`.

    >>> accepted_names({"x": {"en": "the centre"}}, spellings=True) == [{"centre", "center"}]
    True
    """
    either = SPELLINGS | {british: american for american, british in SPELLINGS.items()}
    found = []
    for names in answers.values():
        said = {normalise_answer(name) for name in names.values()}
        others = {" ".join(either.get(word, word) for word in name.split()) for name in said}
        found.append(frozenset(said | others if spellings else said))
    return found


def earnings(
    records: Sequence[Record], accepted: Sequence[frozenset[str]]
) -> Float[np.ndarray, "Q A"]:
    """What each answer of a model earns for each question, 0..1."""
    columns: dict[str, list[int]] = defaultdict(list)
    for i, names in enumerate(accepted):
        for name in names:
            columns[name].append(i)
    earned = np.zeros((len(records), len(accepted)))
    for row, record in enumerate(records):
        for answer, score in record.targets.items():
            for column in columns.get(answer, ()):
                earned[row, column] = max(earned[row, column], score)
    return earned


def _chosen(family: Family, names: Sequence[str]) -> dict[str, Fusion]:
    if unknown := [name for name in names if name not in family.fusions]:
        raise ValueError(f"unknown fusion {', '.join(unknown)}; known: {', '.join(family.fusions)}")
    return {name: family.fusions[name] for name in names or family.fusions}


def _seen(
    family: Family, groups: Sequence[ImageGroup], workers: int
) -> Iterator[tuple[ImageEncoding, bool, list[int]]]:
    """Each image encoded, whether it is unlike those the model was made for, and the numbers of
    its questions that the model takes, counted over the whole data set."""
    config = family.inputs.backbone.config
    shown = stream(groups, regions=config.regions, square=config.square, workers=workers)
    total, first = sum(len(group.records) for group in groups), 0
    with tqdm(total=total, unit=" questions", mininterval=1.0) as bar:
        for each in shown:
            yield (*_encoded(family, each), [first + i for i in _taken(family, each.records)])
            first += len(each.records)
            bar.update(len(each.records))


@torch.no_grad()
def _encoded(family: Family, shown: Shown) -> tuple[ImageEncoding, bool]:
    pixels = normalise(shown.pixels[None])
    encoding, novelty = family.inputs.backbone.encode_image(pixels), family.inputs.novelty
    return encoding, novelty is not None and float(novelty.score(encoding, pixels)) > 1


def _taken(family: Family, records: Iterable[Record]) -> Iterator[int]:
    """Which of the questions the engine does not refuse."""
    tokenizer = family.inputs.tokenizer
    for i, record in enumerate(records):
        try:
            question = clean_question(record.question)
        except ValueError:
            continue
        if tokenizer.length(question) <= tokenizer.max_tokens:
            yield i


@torch.no_grad()
def _read(family: Family, records: Sequence[Record]) -> TextEncoding:
    questions = [clean_question(record.question) for record in records]
    tokens = family.inputs.tokenizer.encode(questions)
    return family.inputs.backbone.encode_text(tokens.ids, tokens.mask)


@torch.no_grad()
def _best(fusion: Fusion, image: ImageEncoding, text: TextEncoding) -> Int[Tensor, "4 Q"]:
    """The index of the best answer under each mask: one image, all masks in one pass."""
    H, W = image.regions.shape[1:3]
    Q, cases = len(text.tokens), len(MASKS)
    repeated = replace(
        text,
        tokens=text.tokens.repeat(cases, 1, 1),
        mask=text.mask.repeat(cases, 1),
        pooled=text.pooled.repeat(cases, 1),
    )
    present = Presence(
        keep=torch.tensor(list(MASKS.values())).repeat_interleave(Q, 0),
        region_mask=torch.ones(1, H * W, dtype=torch.bool),
        token_mask=repeated.mask,
    )
    best: Tensor = fusion(image, repeated, present).logits.argmax(-1)
    return best.view(cases, Q)


def _by_kind(scores: np.ndarray, kinds: np.ndarray, *, soft: bool) -> dict[str, Any]:
    """All questions and each kind of them: a share with Wilson's interval where answers are right
    or wrong, else a mean with its own."""
    chosen = {"all": scores} | {k: scores[kinds == k] for k in sorted(set(kinds.tolist()) - {""})}
    return {k: mean_score(some) if soft else share(some > 0) for k, some in chosen.items()}
