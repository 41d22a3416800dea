"""What the Compare page shows: a row for each that answered, as plain JSON. Pure.

A row is whatever answers: a fusion, or a backbone. It goes to the browser with all four cases,
so that neither a switch nor a hover nor a sort needs a round trip.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool

from fusion.outputs import CASES, MAIN, Explanation, Masking
from viz.panels.presenter import measured_share
from viz.panels.stage_view import map_description, referents
from viz.panels.visit import Visit
from viz.plots.maps import share_inside
from viz.plots.pictures import data_uri, pack, shown
from viz.words import compare as words_compare
from viz.words import engine
from viz.words import page as words
from viz.words.common import BACKBONES, FUSIONS

LONGEST = 480
JSON = dict[str, Any]


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Entry:
    """One row: its name, what it costs, how often it is right (None: not measured), and its four
    passes over the picture and the question; `milliseconds` are those of one pass."""

    name: str
    label: str
    summary: str
    accuracy: float | None
    parameters: int
    milliseconds: float
    masking: Masking


def view(visit: Visit, entries: Sequence[Entry], kind: str = FUSIONS, warning: str = "") -> JSON:
    """The whole page as JSON; `kind` is what the rows are and are called in its sentences,
    `warning` what to say of those that are missing."""
    chosen, mask = referents(visit)
    return {
        "picture": data_uri(shown(visit.picture, LONGEST)),
        "ratio": visit.picture.width / visit.picture.height,
        "erased": [list(box) for box in visit.shown.erased],
        "outline": chosen,
        "suggestions": list(visit.suggestions),
        "shown": {"image": visit.shown.image, "question": visit.shown.question},
        "notice": words.joined((warning, _notice(visit, entries))),
        "columns": words_compare.columns(kind),
        "sentences": {case: sentence(visit, entries, case, kind) for case in CASES},
        "rows": [
            {**_row(visit, entry, entries, mask), "here": entry.name == _here(visit, kind)}
            for entry in entries
        ],
    }


def _here(visit: Visit, kind: str) -> str:
    """Which row is what the Ask page shows; the fusions are those of the main backbone."""
    if kind == BACKBONES:
        return visit.backbone
    return visit.fusion if visit.backbone == MAIN else ""


def majority(answers: Sequence[str]) -> str | None:
    """The answer given more often than any other; None where two are given most often.

    >>> majority(["red", "blue", "red"]), majority(["red", "blue"])
    ('red', None)
    """
    ranked = Counter(answers).most_common(2)
    tied = len(ranked) > 1 and ranked[0][1] == ranked[1][1]
    return None if tied or not ranked else ranked[0][0]


def sentence(visit: Visit, entries: Sequence[Entry], case: str, kind: str) -> str:
    """How many agree, how many are right where that is known, and what the mask changed."""
    given = [entry.masking.cases[case] for entry in entries]
    groups = Counter(explanation.answer for explanation in given).most_common()
    parts = [words_compare.agree(case, kind, groups)]
    truth = visit.truth()
    if truth is not None and truth.answer_id in given[0].answer_ids:
        correct = sum(explanation.answer_ids[0] == truth.answer_id for explanation in given)
        parts.append(words_compare.right(_name(given[0], truth.answer_id), correct, len(given)))
    if case != "both":
        moved = sum(_best(entry, "both") != _best(entry, case) for entry in entries)
        parts.append(words_compare.changed(moved, len(entries)))
    return words.joined(parts)


def _best(entry: Entry, case: str) -> str:
    return entry.masking.cases[case].answer_ids[0]


def _name(explanation: Explanation, answer_id: str) -> str:
    """An answer's name in the language of the question."""
    return explanation.answers[explanation.answer_ids.index(answer_id)][0]


def _notice(visit: Visit, entries: Sequence[Entry]) -> str:
    """What to doubt, and what the Ask page hides besides the two modalities."""
    found = [engine.notice(entries[0].masking.cases["both"].notice)] if entries else []
    if visit.shown.dropped or visit.shown.erased:
        hidden = words.partly(len(visit.shown.dropped), bool(visit.shown.erased))
        found.append(words_compare.as_asked(hidden))
    return words.joined(found)


# ------------------------------------------------------------------ rows


def _row(
    visit: Visit, entry: Entry, entries: Sequence[Entry], mask: Bool[np.ndarray, "h w"] | None
) -> JSON:
    measured, shapley = measured_share(entry.masking), entry.masking.shapley
    numbers = (shapley["image"], shapley["text"], entry.masking.interaction)
    return {
        "name": entry.name,
        "label": entry.label,
        "summary": entry.summary,
        "milliseconds": entry.milliseconds,
        "millisecondsText": words_compare.milliseconds(entry.milliseconds),
        "accuracy": entry.accuracy,
        "accuracyText": words_compare.accuracy(entry.accuracy),
        "parameters": entry.parameters,
        "parametersText": words_compare.size(entry.parameters),
        "measured": measured,
        "measuredText": _sides(measured, words_compare.NO_EFFECT),
        "measuredShort": _short(measured),
        "measuredNote": words.measured_numbers(*numbers),
        "cases": {case: _case(visit, entry, entries, case, mask) for case in CASES},
    }


def _case(
    visit: Visit,
    entry: Entry,
    entries: Sequence[Entry],
    case: str,
    mask: Bool[np.ndarray, "h w"] | None,
) -> JSON:
    explanation, truth = entry.masking.cases[case], visit.truth()
    most, best = majority([_best(other, case) for other in entries]), _best(entry, case)
    given, share = explanation.modality_weights, explanation.answers[0][1]
    weight = None if given is None else given["image"]
    return {
        "answer": explanation.answer,
        "mark": "" if truth is None else "right" if best == truth.answer_id else "wrong",
        "differs": most is not None and best != most,
        "changed": best != _best(entry, "both"),
        "share": share,
        "shareText": words.percent(share),
        "weight": weight,
        "weightText": _sides(weight, _no_weight(entry, case)),
        "weightShort": _short(weight),
        "description": map_description(explanation),
        **_map(explanation, mask),
    }


def _map(explanation: Explanation, mask: Bool[np.ndarray, "h w"] | None) -> JSON:
    """The map, and its share on what the question is about, or how it peaks where that is
    not known."""
    weights = explanation.image_attention
    if weights is None:
        return {"map": None, "place": None, "placeText": ""}
    peak = float(weights.max()) * weights.size
    place = peak if mask is None else share_inside(weights, mask)
    text = words_compare.peak(peak) if mask is None else words_compare.inside(place)
    return {"map": pack(weights), "place": place, "placeText": text}


def _sides(image: float | None, none: str) -> str:
    return none if image is None else words_compare.sides(image)


def _short(image: float | None) -> str:
    return "" if image is None else words_compare.sides_short(image)


def _no_weight(entry: Entry, case: str) -> str:
    if case == "none":
        return words_compare.NO_WEIGHT_HIDDEN
    never = entry.masking.cases["both"].modality_weights is None
    return words_compare.NO_WEIGHT if never else words_compare.NO_WEIGHT_LEFT
