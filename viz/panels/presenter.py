"""Results in, what the panels show out. Pure: no gradio, no torch, no HTML.

The views become HTML in `markup`; what the stage shows is in `stage_view`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from PIL import Image

from fusion.outputs import CASES, BackboneInfo, Explanation, FusionInfo, Masking
from viz.panels.stage_view import map_description
from viz.panels.visit import Visit
from viz.plots.pictures import data_uri, overlay
from viz.words import backbones as words_backbones
from viz.words import engine
from viz.words import hub as words_hub
from viz.words import page as words
from viz.words import train as words_train

BEST = 5
DISAGREEMENT = 0.15
SMALL_EFFECT = 0.05
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
    """Attention weight and measured share of the image (None: there is none), and the sentence;
    `weight_source` says which weights these are where that is to be said."""

    weight: float | None
    weight_note: str
    weight_source: str
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
        notice=engine.notice(explanation.notice),
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


def shares(
    explanation: Explanation,
    masking: Masking,
    *,
    layer: int | None = None,
    head: int | None = None,
) -> SharesView:
    """Attention weight beside measured share, and whether they disagree; the weight is that of a
    `layer` and a `head` where these can be chosen."""
    given = explanation.modality_weights
    weight = None if given is None else given["image"]
    image, text = masking.shapley["image"], masking.shapley["text"]
    measured = measured_share(masking)
    sentence, disagree = _agreement(explanation, weight, measured)
    for name, value in ((words.IMAGE, image), (words.QUESTION_SIDE, text)):
        sentence += words.negative(name) if value < -SMALL_EFFECT else ""
    blind = not explanation.keep
    return SharesView(
        weight=weight,
        weight_note=words.NO_WEIGHT_HIDDEN if blind else words.NO_WEIGHT,
        weight_source=_read_from(explanation, layer, head),
        measured=measured,
        measured_note=words.measured_numbers(image, text, masking.interaction),
        sentence=sentence,
        disagree=disagree,
    )


def _read_from(explanation: Explanation, layer: int | None, head: int | None) -> str:
    reading = explanation.reading
    if reading is None:
        return ""
    return words_hub.read_from(
        reading.special_share(layer, head),
        words_hub.which_layer(layer, reading.layers),
        words_hub.which_head(head, reading.heads),
    )


def measured_share(masking: Masking) -> float | None:
    """The image's part, 0..1, of what image and question add to the answer's probability; None
    where they add next to nothing."""
    image, text = (max(masking.shapley[name], 0) for name in ("image", "text"))
    return image / (image + text) if image + text >= SMALL_EFFECT else None


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


def cases(after: Visit, masking: Masking) -> CasesView:
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
    before, cards = after.before, None
    if before is not None:
        fusions = before.fusion != after.fusion
        backbones = before.backbone != after.backbone
        cards = (
            _card(before, name_fusion=fusions, name_backbone=backbones),
            _card(after, name_fusion=fusions, name_backbone=backbones),
        )
    return CasesView(explained=masking.answer, rows=rows, cards=cards)


def _card(visit: Visit, *, name_fusion: bool, name_backbone: bool) -> Card:
    explanation = visit.explanation
    if explanation is None:
        raise ValueError("a visit without a result has no before and after")
    title = words.state(
        visit.shown.image, visit.shown.question, len(visit.shown.dropped), bool(visit.shown.erased)
    )
    names = [visit.backbone] if name_backbone else []
    names += [words_train.shown_name(visit.fusion)] if name_fusion else []
    given = explanation.modality_weights
    image_map = explanation.image_attention
    picture = visit.picture if visit.shown.image else Image.new("RGB", visit.picture.size, "gray")
    return Card(
        title=words.listed(names) or title,
        answer=explanation.answer,
        share=explanation.answers[0][1],
        weights="" if given is None else words.weights(given["image"], given["text"]),
        picture=data_uri(overlay(picture, image_map, longest=THUMBNAIL)),
        description=map_description(explanation),
    )


def compared(before: Visit | None, after: Visit) -> Visit | None:
    """The result to compare with: the last that differs in what was shown, in the fusion or in the
    backbone, and in nothing else; None when the picture or the question is another."""
    if before is None or before.explanation is None:
        return None
    if (before.picture_id, before.question) != (after.picture_id, after.question):
        return None
    models = [(visit.fusion, visit.backbone) for visit in (before, after)]
    changed = before.shown != after.shown or models[0] != models[1]
    return replace(before, before=None) if changed else before.before


# ------------------------------------------------------------------ fusions


def fusion_help(fusions: tuple[FusionInfo, ...], name: str) -> tuple[str, str]:
    """The chosen fusion's sentence and its accuracy and size."""
    info = next(info for info in fusions if info.name == name)
    return engine.said(info.summary), words.fusion_facts(info.accuracy, info.parameters)


def backbone_help(info: BackboneInfo, fusion: str) -> tuple[str, str]:
    """The two encoders of a compared backbone in a sentence each, which fusion it has (by the name
    that the menu gives it), and its accuracy and size."""
    image, text = map(engine.said, info.label.split(" + "))
    parts = (
        words_backbones.only(fusion),
        words_backbones.encoder(image, engine.said(info.image_summary), info.image_learns),
        words_backbones.encoder(text, engine.said(info.text_summary), info.text_learns),
    )
    return words.joined(parts), words_backbones.facts(info.accuracy, info.bytes, info.parameters)
