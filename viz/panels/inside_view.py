"""What the Look inside page shows of one pass, as plain JSON. Pure.

Ribbons and hovering need the weights of the open step and of the two vectors, so these go to the
browser whole; the numbers behind a cell are those of the one cell that is open.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from fusion.outputs import MODALITIES, Explanation, Inside, InsideStep
from viz.panels.stage_view import map_description, referents
from viz.panels.visit import Visit
from viz.plots.pictures import data_uri, pack, shown
from viz.words import engine
from viz.words import inside as words_inside
from viz.words import page as words

LONGEST = 480
BEST = 5
LISTED = 8  # keys of a softmax row, and answers, that are listed
COLDEST, HOTTEST = 1 / 16, 16.0
JSON = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """What is open: a step (None: the words' last look at the regions, or what comes nearest), an
    attention head (None: their mean), a cell of its matrix, and the temperature. `sequence` counts
    what the browser asks for: each of its questions gets a view of its own."""

    step: int | None = None
    head: int | None = None
    query: int | None = None
    key: int | None = None
    temperature: float = 1.0
    sequence: int = 0


def choice_from(data: Mapping[str, Any]) -> Choice:
    """What the browser sent, checked; `ValueError` when it is nothing the page would send."""
    try:
        numbers = {name: data.get(name) for name in ("step", "head", "query", "key")}
        whole = {n: None if value is None else int(value) for n, value in numbers.items()}
        temperature, sequence = float(data.get("temperature", 1)), int(data.get("sequence", 0))
        if min((v for v in whole.values() if v is not None), default=0) < 0:
            raise ValueError
        if not COLDEST <= temperature <= HOTTEST:
            raise ValueError
    except (AttributeError, TypeError, ValueError) as error:
        raise ValueError(words.BAD_CHANGE.format(got=str(data)[:80])) from error
    return Choice(**whole, temperature=temperature, sequence=sequence)


def view(
    visit: Visit,
    inside: Inside,
    served: Explanation,
    choice: Choice,
    fusions: Sequence[tuple[str, str]],
) -> JSON:
    """The whole page; `served` is the same at temperature 1, `fusions` names with labels."""
    opened = min(_opening(inside) if choice.step is None else choice.step, len(inside.steps))
    return {
        "sequence": choice.sequence,
        "picture": data_uri(shown(visit.picture, LONGEST)),
        "ratio": visit.picture.width / visit.picture.height,
        "outline": referents(visit)[0],
        "shown": {
            "image": visit.shown.image,
            "question": visit.shown.question,
            "dropped": list(visit.shown.dropped),
            "erased": [list(box) for box in visit.shown.erased],
        },
        "suggestions": list(visit.suggestions),
        "fusion": visit.fusion,
        "fusions": [list(pair) for pair in fusions],
        "notice": engine.notice(inside.notice),
        "grid": list(inside.grid),
        "regions": inside.regions_present.reshape(-1).astype(int).tolist(),
        "tokens": _tokens(inside),
        "steps": [_step(inside, step) for step in inside.steps]
        + [{"title": words_inside.ANSWER_TITLE, "into": "answers", "over": "fused", "heads": 1}],
        "vectors": _vectors(inside),
        "fused": pack(inside.fused),
        "answers": _answers(visit, inside, served),
        "temperature": inside.temperature,
        "heated": words_inside.heated(
            inside.temperature, served.answer, served.answers[0][1], *inside.answers[0]
        ),
        "description": description(inside, served),
        "open": _open(inside, opened, choice),
    }


def _opening(inside: Inside) -> int:
    """The step that is open at first: the last look of words at regions, else the image vector."""
    kinds = [(step.into, step.over) for step in inside.steps]
    for kind in (("tokens", "regions"), ("image", "regions"), ("answer", "joined")):
        if kind in kinds:
            return len(kinds) - 1 - kinds[::-1].index(kind)
    return len(kinds)


def _tokens(inside: Inside) -> list[JSON]:
    return [
        {"text": piece.removeprefix("##"), "joined": piece.startswith("##"), "present": bool(there)}
        for piece, there in zip(inside.tokens, inside.tokens_present, strict=True)
    ]


def _step(inside: Inside, step: InsideStep) -> JSON:
    rounds = Counter((other.into, other.over) for other in inside.steps)[step.into, step.over]
    return {
        "title": words_inside.title(step.into, step.over, step.round, rounds),
        "into": step.into,
        "over": step.over,
        "round": step.round,
        "heads": step.weights.shape[0],
    }


def _vectors(inside: Inside) -> JSON | None:
    """The weights that made the image's and the question's vector, their numbers, their weights."""
    if inside.vectors is None:
        return None
    joined, P = inside.step("answer", "joined"), math.prod(inside.grid)
    parts: dict[str, np.ndarray] = {}
    for name, over in zip(MODALITIES, ("regions", "tokens"), strict=True):
        step = inside.step(name, over)
        if step is not None:
            parts[name] = step.weights[0, 0]
    if joined is not None:
        row = joined.weights[0, 0]
        parts = {
            name: _share(part) for name, part in zip(MODALITIES, (row[:P], row[P:]), strict=True)
        }
    return {
        name: {
            "weights": pack(parts[name]),
            "values": pack(inside.vectors[name]),
            "weight": 0.0 if inside.modality_weights is None else inside.modality_weights[name],
        }
        for name in MODALITIES
    }


def _share(weights: Float[np.ndarray, " J"]) -> Float[np.ndarray, " J"]:
    return weights / max(float(weights.sum()), 1e-12)


def _answers(visit: Visit, inside: Inside, served: Explanation) -> list[JSON]:
    truth = visit.truth()
    right = None if truth is None else truth.answer_id
    return [
        {
            "text": text,
            "share": share,
            "served": served.probability_of(answer_id),
            "mark": "" if right is None else "right" if answer_id == right else "wrong" * (i == 0),
        }
        for i, (answer_id, (text, share)) in enumerate(
            list(zip(inside.answer_ids, inside.answers, strict=True))[:BEST]
        )
    ]


def description(inside: Inside, served: Explanation) -> str:
    """The whole diagram in a few sentences; where the map lies is told as it is at temperature 1,
    unless another one is set."""
    if not inside.keep:
        return f"{words_inside.NOTHING_SHOWN} {words_inside.told(*inside.answers[0], None)}"
    given = inside.modality_weights
    told = words_inside.told(*inside.answers[0], None if given is None else given["image"])
    if not inside.steps:
        return f"{words_inside.NO_STEPS} {told}"
    parts = [map_description(served)] if inside.temperature == 1 else []
    read = inside.step("text", "tokens")
    if read is not None and inside.tokens_present.any():
        best = int(read.weights[0, 0].argmax())
        piece, share = inside.tokens[best].removeprefix("##"), float(read.weights[0, 0, best])
        parts.append(words_inside.strongest(piece, share))
    return words.joined([*parts, told])


# ------------------------------------------------------------------ the open step


def _open(inside: Inside, index: int, choice: Choice) -> JSON:
    if index == len(inside.steps):
        return _open_answers(inside, index)
    step = inside.steps[index]
    heads, queries, keys = step.weights.shape
    head = choice.head if choice.head is not None and choice.head < heads and heads > 1 else None
    head = 0 if heads == 1 else head
    weights = step.weights.mean(0) if head is None else step.weights[head]
    peak = np.unravel_index(int(weights.argmax()), weights.shape)
    i = int(peak[0]) if choice.query is None or choice.query >= queries else choice.query
    best = int(weights[i].argmax())
    j = best if choice.key is None or choice.key >= keys else choice.key
    chosen = int(step.weights[:, i, j].argmax()) if head is None else head
    units = step.keys.shape[-1]
    formula = words_inside.FORMULAS[step.mechanism].format(units=units)
    return {
        "step": index,
        "head": head,
        "heads": heads,
        "about": words_inside.ABOUTS[step.into, step.over],
        "formula": f"{formula}     {words_inside.SOFTMAX}",
        "matrix": pack(weights),
        "rows": [_row(step, weights, q) for q in range(queries)],
        "cell": _cell(step, chosen, i, j, inside.temperature),
    }


def _row(step: InsideStep, weights: Float[np.ndarray, "Q J"], query: int) -> JSON:
    """Entropy, maximum and share of uniform of one row."""
    row, count = weights[query].astype(float), int(step.present[query].sum())
    if row.sum() == 0:
        return {"entropy": None, "most": None, "best": 0, "times": None, "uniform": None}
    above = row[row > 0]
    best = int(row.argmax())
    return {
        "entropy": words_inside.number(float(-(above * np.log2(above)).sum()) + 0.0, 2),
        "most": words_inside.number(math.log2(count), 2),
        "best": best,
        "share": words.percent(row[best]),
        "times": words_inside.number(row[best] * count, 1),
        "uniform": words.percent(1 / count),
    }


def _cell(step: InsideStep, head: int, i: int, j: int, temperature: float) -> JSON:
    """The numbers of one cell in one attention head: query and key, score, softmax row, z."""
    query, key, value = step.queries[head, i], step.keys[head, j], step.values[head, j]
    if step.mechanism == "additive" and step.unit_weights is not None:
        squashed, v = np.tanh(query + key), step.unit_weights[head]
        lines = [query, key, squashed, v, v * squashed]
    else:
        lines = [query, key, query * key]
    named = list(zip(words_inside.LINES[step.mechanism], lines, strict=True))
    named += [(words_inside.VALUE, value), (words_inside.CONTEXT, step.context[head, i])]
    score = float(step.scores[head, i, j])
    return {
        "query": i,
        "key": j,
        "head": head,
        "present": bool(step.present[i, j]),
        "lines": [{"label": label, "values": pack(values)} for label, values in named],
        "score": words_inside.score_sum(step.mechanism, len(key), score),
        "row": _softmax_row(step, head, i, j, temperature),
    }


def _softmax_row(step: InsideStep, head: int, i: int, j: int, temperature: float) -> JSON:
    """The largest keys of a row and the open one: e, e / T, exp(e / T) and α, and their sum. exp
    is taken after the row's highest e / T was subtracted, which changes no α."""
    there, scores = step.present[i], step.scores[head, i].astype(float) / temperature
    raised = np.where(there, np.exp(scores - scores[there].max(initial=-np.inf)), 0.0)
    order = np.argsort(-raised, kind="stable")[:LISTED].tolist()
    listed = [k for k in [*order, *([] if j in order else [j])] if there[k]]
    return {
        "keys": listed,
        "numbers": [
            [
                words_inside.number(float(step.scores[head, i, k])),
                words_inside.number(scores[k]),
                words_inside.number(raised[k]),
                words_inside.number(float(step.weights[head, i, k])),
            ]
            for k in listed
        ],
        "count": int(there.sum()),
        "total": words_inside.number(float(raised.sum())),
    }


def _counted(inside: Inside) -> list[str]:
    return [] if inside.counts is None else [words.tally(inside.counts)]


def _open_answers(inside: Inside, index: int) -> JSON:
    raised = np.exp(inside.logits.astype(float) - float(inside.logits.max()))
    return {
        "step": index,
        "head": 0,
        "heads": 1,
        "about": words.joined([words_inside.ANSWER_ABOUTS[inside.strategy], *_counted(inside)]),
        "formula": words_inside.ANSWER_FORMULA,
        "lines": [{"label": words_inside.FUSED, "values": pack(inside.fused)}],
        "scores": [
            [
                text,
                words_inside.number(float(inside.logits[i])),
                words_inside.number(float(raised[i])),
                words_inside.number(share),
            ]
            for i, (text, share) in enumerate(inside.answers[:LISTED])
        ],
        "count": len(inside.answers),
        "total": words_inside.number(float(raised.sum())),
    }
