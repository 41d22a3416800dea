"""What the Steer page shows: what can be changed, and before and after, as plain JSON. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from fusion.outputs import Explanation, SceneView
from viz.panels.stage_view import map_description, referents, tokens_note
from viz.panels.visit import Visit
from viz.plots.maps import coverage, weight_by_ninth
from viz.plots.pictures import data_uri, pack, shown
from viz.words import compare as words_compare
from viz.words import engine
from viz.words import page as words
from viz.words import steer as words_steer

LONGEST = 480
MOST_ANSWERS = 5
SAME = 0.005  # of the weight; what lies elsewhere below that is not worth a sentence
JSON = dict[str, Any]
Pieces = Sequence[tuple[str, Sequence[str]]]


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Side:
    """Before or after: what was asked, and what came of it."""

    title: str
    visit: Visit
    explanation: Explanation


# ------------------------------------------------------------------ what can be changed


def base(
    visit: Visit,
    explanation: Explanation,
    heads: tuple[int, int],
    pieces: Pieces,
    scene: SceneView | None,
    fusion: str = "",
) -> JSON:
    """The picture, the question and the fusion of the Ask page, and what of them can be changed."""
    outlined, mask = referents(visit)
    seen = explanation.image_attention
    return {
        "picture": data_uri(shown(visit.picture, LONGEST)),
        "ratio": visit.picture.width / visit.picture.height,
        "grid": None if seen is None else list(seen.shape),
        "question": visit.question,
        "fusion": fusion,
        "outline": outlined,
        "truth": None if mask is None or seen is None else pack(coverage(mask, seen.shape)),
        "heads": list(heads),
        "pieces": [[text, list(offers)] for text, offers in pieces],
        "suggestions": list(visit.suggestions),
        "objects": [] if scene is None or visit.scene is None else _objects(scene, visit),
        "hidden": hidden(visit),
        "free": visit.offered.free,
        **_limits(explanation, heads),
    }


def _objects(scene: SceneView, visit: Visit) -> list[JSON]:
    outlines = visit.scene.outlines if visit.scene else ()
    return [
        {"name": engine.thing(name), "outline": path}
        for name, path in zip(scene.names, outlines, strict=True)
    ]


def _limits(explanation: Explanation, heads: tuple[int, int]) -> JSON:
    """Why something cannot be steered, in words; "" where it can."""
    given = explanation.modality_weights
    both = len(explanation.keep) == 2 and given is not None and 0 not in given.values()
    bare = explanation.image_attention is None
    unread = tokens_note(explanation)
    hidden_image = "image" not in explanation.keep
    return {
        "noPaint": (words_steer.NO_PAINT if hidden_image else words_steer.NO_ATTENTION)
        if bare
        else "",
        "noWeight": "" if both else words_steer.NO_WEIGHT,
        "noWords": unread,
        "noHeads": "" if heads[0] and not hidden_image else words_steer.NO_HEADS,
        "about": []
        if bare
        else [
            words_steer.WHAT_IS_REPLACED,
            *([] if unread else [words_steer.WHAT_WORDS_DO]),
            *([words_steer.COUNTING, words_steer.BESIDE] if explanation.counts else []),
        ],
    }


def hidden(visit: Visit) -> str:
    """What the Ask page hides, which stays hidden here."""
    given = visit.shown
    off, erased = len(given.dropped), bool(given.erased)
    if given.image and given.question:
        return words_compare.as_asked(words.partly(off, erased)) if off or erased else ""
    return words_compare.as_asked(words.state(given.image, given.question, off, erased))


# ------------------------------------------------------------------ before and after


def result(before: Side, after: Side, *, sequence: int, notes: Sequence[str] = ()) -> JSON:
    """Both sides, what became of the answers, and how the maps differ."""
    was, now = before.explanation, after.explanation
    changed = difference(was.image_attention, now.image_attention)
    return {
        "sequence": sequence,
        "before": _side(before),
        "after": _side(after),
        "sentence": words_steer.outcome(
            was.answer, _in_words_of(was, now), was.answers[0][1], now.answers[0][1],
            now.probability_of(was.answer_ids[0]),
        ),
        "followed": was.answer_ids[0] != now.answer_ids[0],
        "rows": rows(before, after),
        "difference": None if isinstance(changed, str) else pack(changed),
        "differenceText": changed
        if isinstance(changed, str)
        else describe(changed),
        "notes": [note for note in (engine.notice(now.notice), *notes) if note],
    }  # fmt: skip


def _in_words_of(was: Explanation, now: Explanation) -> str:
    """The answer afterwards in the language of the question before."""
    return dict(zip(was.answer_ids, was.answers, strict=True))[now.answer_ids[0]][0]


def _side(side: Side) -> JSON:
    explanation, truth = side.explanation, side.visit.truth()
    given, best = explanation.modality_weights, explanation.answer_ids[0]
    weights = explanation.image_attention
    outlined, _ = referents(side.visit)
    return {
        "title": side.title,
        "picture": data_uri(shown(side.visit.picture, LONGEST)),
        "ratio": side.visit.picture.width / side.visit.picture.height,
        "outline": outlined,
        "answer": explanation.answer,
        "shareText": words.percent(explanation.answers[0][1]),
        "mark": "" if truth is None else "right" if truth.answer_id == best else "wrong",
        "weight": None if given is None else given["image"],
        "weightText": words_compare.NO_WEIGHT
        if given is None
        else words_compare.sides(given["image"]),
        "map": None if weights is None else pack(weights),
        "words": _words(explanation),
        "description": map_description(explanation),
    }


def _words(explanation: Explanation) -> list[JSON] | None:
    """The word pieces with their weights; None where the answer reads no words."""
    given, off = explanation.token_attention, explanation.dropped_tokens
    if given is None:
        return None
    return [
        {"text": piece.removeprefix("##"), "weight": weight, "off": i in off}
        for i, (piece, weight) in enumerate(given)
    ]


def rows(before: Side, after: Side) -> list[JSON]:
    """The most probable answers of either side, with both probabilities, the most probable first;
    marked where the truth is known."""
    was, now = before.explanation, after.explanation
    named = dict(zip(was.answer_ids, (text for text, _ in was.answers), strict=True))
    shares = {i: (was.probability_of(i), now.probability_of(i)) for i in named}
    best = sorted(named, key=lambda i: -max(shares[i]))[:MOST_ANSWERS]
    truths = [t.answer_id if (t := side.visit.truth()) else None for side in (before, after)]
    return [
        {
            "answer": named[i],
            "before": shares[i][0],
            "after": shares[i][1],
            "beforeText": words.percent(shares[i][0]),
            "afterText": words.percent(shares[i][1]),
            "change": shares[i][1] - shares[i][0],
            "changeText": words.points(shares[i][1] - shares[i][0]),
            "truth": [i == truth for truth in truths],
        }
        for i in best
    ]


def difference(
    before: Float[np.ndarray, "H W"] | None, after: Float[np.ndarray, "R C"] | None
) -> Float[np.ndarray, "H W"] | str:
    """After less before, which sums to 0; in words why there is none."""
    if before is None or after is None:
        return words_steer.NO_DIFFERENCE
    if before.shape != after.shape:
        return words_steer.grids_differ(before.shape, after.shape)
    return after - before


def describe(changed: Float[np.ndarray, "H W"]) -> str:
    """A difference of two maps in a sentence."""
    elsewhere = float(np.abs(changed).sum()) / 2
    if elsewhere < SAME:
        return words_steer.SAME_MAP
    ninths = sorted(weight_by_ninth(changed).items(), key=lambda item: item[1])
    return words_steer.difference(elsewhere, ninths[-1], ninths[0])
