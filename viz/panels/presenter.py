"""Results in, what the panels show out. Pure: no gradio, no torch, no HTML.

The stage (picture, map, words) goes to the browser as plain JSON, because hovering must need no
round trip; the other panels become HTML in `markup`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PIL import Image

from fusion.outputs import CASES, Explanation, FusionInfo, Masking, SceneView
from viz import words
from viz.panels.visit import Visit
from viz.plots.maps import mean_over_layers_and_heads, share_inside, weight_by_ninth
from viz.plots.outline import outline
from viz.plots.pictures import data_uri, overlay, pack, shown

BEST = 5
DISAGREEMENT = 0.2
SMALL_EFFECT = 0.05
NAMED_PLACES = 2
WORTH_NAMING = 0.1
THUMBNAIL = 88


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerRow:
    """One answer, its probability, and whether the truth makes it right or wrong ("": unknown)."""

    text: str
    share: float
    mark: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswersView:
    rows: tuple[AnswerRow, ...]
    truth: str
    notice: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SharesView:
    """Attention weight and measured share of the image (None: there is none), and the sentence."""

    weight: float | None
    weight_note: str
    measured: float | None
    measured_note: str
    sentence: str
    disagree: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseRow:
    name: str
    answer: str
    share: float
    value: float
    change: float
    current: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """One side of before and after."""

    title: str
    answer: str
    share: float
    weights: str
    picture: str
    description: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CasesView:
    explained: str
    rows: tuple[CaseRow, ...]
    cards: tuple[Card, Card] | None


# ------------------------------------------------------------------ answers, shares, cases


def answers(visit: Visit, explanation: Explanation) -> AnswersView:
    """The five best answers, marked against the truth where it is known."""
    truth = visit.truth()
    right = None if truth is None else truth.answer_id
    best = list(zip(explanation.answer_ids, explanation.answers, strict=True))[:BEST]
    rows = tuple(
        AnswerRow(text=text, share=share, mark=_mark(answer_id, i, right))
        for i, (answer_id, (text, share)) in enumerate(best)
    )
    missed = right is not None and right not in [answer_id for answer_id, _ in best]
    return AnswersView(
        rows=rows,
        truth=_missed(explanation, right) if missed and right else "",
        notice=explanation.notice or "",
    )


def _mark(answer_id: str, rank: int, right: str | None) -> str:
    if right is None:
        return ""
    if answer_id == right:
        return "right"
    return "wrong" if rank == 0 else ""


def _missed(explanation: Explanation, right: str) -> str:
    if right not in explanation.answer_ids:
        return ""
    text, share = explanation.answers[explanation.answer_ids.index(right)]
    return words.truth(text, share)


def shares(explanation: Explanation, masking: Masking) -> SharesView:
    """Attention weight beside measured share, and whether they disagree."""
    given = explanation.modality_weights
    weight = None if given is None else given["image"]
    image, text = masking.shapley["image"], masking.shapley["text"]
    positive = max(image, 0) + max(text, 0)
    measured = max(image, 0) / positive if positive >= SMALL_EFFECT else None
    sentence, disagree = _agreement(explanation, weight, measured)
    for name, value in ((words.IMAGE, image), (words.QUESTION_SIDE, text)):
        sentence += words.negative(name) if value < -SMALL_EFFECT else ""
    blind = not explanation.keep
    return SharesView(
        weight=weight,
        weight_note=words.NO_WEIGHT_HIDDEN if blind else words.NO_WEIGHT,
        measured=measured,
        measured_note=words.measured_numbers(image, text, masking.interaction),
        sentence=sentence,
        disagree=disagree,
    )


def _agreement(
    explanation: Explanation, weight: float | None, measured: float | None
) -> tuple[str, bool]:
    if not explanation.keep:
        return words.AGREEMENT_BOTH_HIDDEN, False
    if len(explanation.keep) == 1:
        hidden = words.QUESTION_SIDE if "image" in explanation.keep else words.IMAGE
        return words.agreement_hidden(hidden), False
    if measured is None:
        return words.AGREEMENT_NO_EFFECT, False
    if weight is None:
        return words.AGREEMENT_NO_WEIGHT, False
    if abs(weight - measured) > DISAGREEMENT:
        return words.disagreement(weight, measured), True
    return words.agreement(weight, measured), False


def cases(before: Visit | None, after: Visit, masking: Masking) -> CasesView:
    """The four cases, most complete first, and before and after where there is a before."""
    rows = tuple(
        CaseRow(
            name=words.CASE_NAMES[case],
            answer=masking.cases[case].answer,
            share=masking.cases[case].answers[0][1],
            value=masking.values[case],
            change=masking.values[case] - masking.values["both"],
            current=case == after.shown.case,
        )
        for case in ("both", *(case for case in reversed(CASES) if case != "both"))
    )
    cards = None if before is None else (_card(before), _card(after))
    return CasesView(explained=masking.answer, rows=rows, cards=cards)


def _card(visit: Visit) -> Card:
    explanation = visit.explanation
    if explanation is None:
        raise ValueError("a visit without a result has no before and after")
    title = words.state(
        visit.shown.image, visit.shown.question, len(visit.shown.dropped), bool(visit.shown.erased)
    )
    given = explanation.modality_weights
    image_map = explanation.image_attention
    picture = visit.picture if visit.shown.image else Image.new("RGB", visit.picture.size, "gray")
    return Card(
        title=f"{title} · {visit.fusion}",
        answer=explanation.answer,
        share=explanation.answers[0][1],
        weights="" if given is None else words.weights(given["image"], given["text"]),
        picture=data_uri(overlay(picture, image_map, longest=THUMBNAIL)),
        description=map_description(explanation),
    )


def comparable(before: Visit, after: Visit) -> bool:
    """Whether two results differ in what was shown or in the fusion, and in nothing else."""
    same_input = before.picture_id == after.picture_id and before.question == after.question
    changed = before.shown != after.shown or before.fusion != after.fusion
    return before.explanation is not None and same_input and changed


# ------------------------------------------------------------------ the stage


def stage(visit: Visit, explanation: Explanation, sequence: int) -> dict[str, Any]:
    """Everything the picture and the words need, as JSON; maps as packed floats."""
    image_map, cross = explanation.image_attention, explanation.cross_attention
    mean = None if cross is None else mean_over_layers_and_heads(cross)
    grid = image_map.shape if image_map is not None else None
    grid = mean.shape[1:] if grid is None and mean is not None else grid
    return {
        "sequence": sequence,
        "shown": _shown(visit),
        "grid": None if grid is None else list(grid),
        "map": None if image_map is None else pack(image_map),
        "mapNote": map_note(explanation),
        "cross": None if mean is None else pack(mean),
        "crossNote": "" if mean is not None or len(explanation.keep) < 2 else words.NO_CROSS,
        "tokens": _tokens(explanation),
        "tokensNote": tokens_note(explanation),
        "description": map_description(explanation),
        **_truth(visit, explanation),
    }


def _shown(visit: Visit) -> dict[str, Any]:
    return {
        "image": visit.shown.image,
        "question": visit.shown.question,
        "dropped": list(visit.shown.dropped),
        "erased": [list(box) for box in visit.shown.erased],
    }


def _tokens(explanation: Explanation) -> list[dict[str, Any]]:
    given = explanation.token_attention
    return [
        {
            "text": piece.removeprefix("##"),
            "joined": piece.startswith("##"),
            "weight": None if given is None else round(given[i][1], 5),
        }
        for i, piece in enumerate(explanation.tokens)
    ]


def _truth(visit: Visit, explanation: Explanation) -> dict[str, Any]:
    """Outlines of what the question is about, and the share of the attention inside them."""
    truth = visit.truth()
    if truth is None or visit.scene is None or not truth.referents:
        return {"outline": "", "inside": ""}
    masks = visit.scene.masks[list(truth.referents)]
    inside = ""
    if explanation.image_attention is not None:
        share = share_inside(explanation.image_attention, masks.any(axis=0))
        inside = words.inside(share) if len(masks) == 1 else words.inside_many(share, len(masks))
    return {"outline": " ".join(outline(mask) for mask in masks), "inside": inside}


def picture(visit: Visit) -> dict[str, Any]:
    """The picture itself; sent only when it changed."""
    label = words.OWN_PICTURE if visit.scene is None else words.scene(visit.scene.seed)
    width, height = visit.picture.size
    return {"uri": data_uri(shown(visit.picture)), "width": width, "height": height, "label": label}


def map_note(explanation: Explanation) -> str:
    """Why there is no map; empty when there is one."""
    if explanation.image_attention is not None:
        return ""
    return words.NO_MAP_FUSION if "image" in explanation.keep else words.NO_MAP_HIDDEN


def tokens_note(explanation: Explanation) -> str:
    """Why the words have no weights; empty when they have."""
    if explanation.token_attention is not None:
        return ""
    if "text" not in explanation.keep:
        return words.NO_WORDS_HIDDEN
    all_off = len(explanation.dropped_tokens) >= len(explanation.tokens)
    return words.ALL_WORDS_OFF if all_off else words.NO_WORDS_FUSION


def map_description(explanation: Explanation) -> str:
    """The map in a sentence, for those who cannot see it."""
    weights = explanation.image_attention
    if weights is None:
        return map_note(explanation)
    ranked = sorted(weight_by_ninth(weights).items(), key=lambda item: -item[1])
    named = [item for item in ranked[:NAMED_PLACES] if item[1] >= WORTH_NAMING] or ranked[:1]
    return words.map_description(named, float(weights.max()) * weights.size, weights.size)


# ------------------------------------------------------------------ questions, fusions, API


def fusion_help(fusions: tuple[FusionInfo, ...], name: str) -> tuple[str, str]:
    """The chosen fusion's sentence and its accuracy and size."""
    info = next(info for info in fusions if info.name == name)
    return info.summary, words.fusion_facts(info.accuracy, info.parameters)


def as_json(explanation: Explanation) -> dict[str, Any]:
    """A result as plain JSON, for those who call the page as an API."""
    image_map, cross = explanation.image_attention, explanation.cross_attention
    return {
        "question": explanation.question,
        "language": explanation.language,
        "fusion": explanation.fusion,
        "shown": sorted(explanation.keep),
        "answers": [{"answer": a, "probability": p} for a, p in explanation.answers],
        "answer_ids": explanation.answer_ids,
        "modality_weights": explanation.modality_weights,
        "tokens": explanation.tokens,
        "dropped_tokens": sorted(explanation.dropped_tokens),
        "token_attention": explanation.token_attention and [w for _, w in explanation.token_attention],
        "image_attention": None if image_map is None else image_map.tolist(),
        "cross_attention": None if cross is None else mean_over_layers_and_heads(cross).tolist(),
        "notice": explanation.notice,
        "milliseconds": explanation.milliseconds,
    }


def masking_as_json(masking: Masking) -> dict[str, Any]:
    """The four passes as plain JSON."""
    return {
        "answer": masking.answer,
        "answer_id": masking.answer_id,
        "values": masking.values,
        "shapley": masking.shapley,
        "interaction": masking.interaction,
        "cases": {
            case: {
                "answer": explanation.answer,
                "probability": explanation.answers[0][1],
                "modality_weights": explanation.modality_weights,
            }
            for case, explanation in masking.cases.items()
        },
    }


def scene_as_json(scene: SceneView) -> dict[str, Any]:
    """A scene's picture and questions as plain JSON."""
    return {
        "seed": scene.seed,
        "picture": data_uri(scene.image),
        "questions": [
            {"question": q.text, "answer_id": q.answer_id, "referents": list(q.referents)}
            for q in scene.questions
        ],
    }


def fusions_as_json(fusions: tuple[FusionInfo, ...]) -> list[dict[str, Any]]:
    """The fusions as plain JSON, in the order of the menu."""
    return [
        {
            "name": info.name,
            "label": info.label,
            "summary": info.summary,
            "accuracy": info.accuracy,
            "parameters": info.parameters,
        }
        for info in fusions
    ]
