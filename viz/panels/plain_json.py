"""Results as plain JSON, for those who call the page as an API. Pure: no gradio, no torch."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fusion.outputs import (
    Attribution,
    BackboneInfo,
    Credit,
    Explanation,
    FusionInfo,
    Inside,
    Keypoints,
    Learning,
    Masking,
    SceneView,
    Steered,
)
from viz.plots.maps import mean_over_layers_and_heads
from viz.plots.pictures import data_uri

JSON = dict[str, Any]


def explanation(result: Explanation) -> JSON:
    """One answered question with all its weights; the cross-attention as its mean over layers
    and heads, (tokens, rows, columns); `special_attention` by layer and head, where there are
    special tokens."""
    image, cross, tokens = (
        result.image_attention,
        result.cross_attention,
        result.token_attention,
    )
    given = result.modality_weights
    return {
        "question": result.question,
        "language": result.language,
        "fusion": result.fusion,
        "backbone": result.backbone,
        "shown": sorted(result.keep),
        "answers": [{"answer": a, "probability": p} for a, p in result.answers],
        "answer_ids": result.answer_ids,
        "modality_weights": None if given is None else dict(given),
        "tokens": result.tokens,
        "dropped_tokens": sorted(result.dropped_tokens),
        "token_attention": None if tokens is None else [weight for _, weight in tokens],
        "image_attention": None if image is None else image.tolist(),
        "cross_attention": None if cross is None else mean_over_layers_and_heads(cross).tolist(),
        "counts": result.counts,
        "special_attention": None if result.reading is None else result.reading.special.tolist(),
        "notice": result.notice,
        "milliseconds": result.milliseconds,
    }


def inside(result: Inside) -> JSON:
    """The way to one answer: of each step what went into what, scores, weights and weighted sums by
    attention head; the two vectors, their weights, the fused vector, scores of the answers."""
    vectors = result.vectors
    return {
        "fusion": result.fusion,
        "backbone": result.backbone,
        "temperature": result.temperature,
        "grid": list(result.grid),
        "tokens": result.tokens,
        "steps": [
            {
                "into": step.into,
                "over": step.over,
                "round": step.round,
                "mechanism": step.mechanism,
                "scores": step.scores.tolist(),
                "weights": step.weights.tolist(),
                "context": step.context.tolist(),
            }
            for step in result.steps
        ],
        "vectors": None if vectors is None else {n: v.tolist() for n, v in vectors.items()},
        "modality_weights": result.modality_weights,
        "fused": result.fused.tolist(),
        "scores": result.logits.tolist(),
        "answers": [{"answer": a, "probability": p} for a, p in result.answers],
    }


def masking(result: Masking) -> JSON:
    """The four passes and what they say about one answer."""
    return {
        "answer": result.answer,
        "answer_id": result.answer_id,
        "values": result.values,
        "shapley": result.shapley,
        "interaction": result.interaction,
        "cases": {
            case: {"answer": passed.answer, "probability": passed.answers[0][1]}
            for case, passed in result.cases.items()
        },
    }


def steered(result: Steered) -> JSON:
    """Before and after, and what was put in the place of the fusion's own weights."""
    regions, tokens = result.region_weights, result.token_weights
    return {
        "before": explanation(result.before),
        "after": explanation(result.after),
        "region_weights": None if regions is None else regions.tolist(),
        "token_weights": None if tokens is None else tokens.tolist(),
        "modality_weights": result.modality_weights,
        "heads_off": sorted(map(list, result.heads_off)),
        "heads": list(result.heads),
        "strength": result.strength,
    }


def attribution(result: Attribution) -> JSON:
    """What an explainer says each region and each token did for one answer."""
    return {
        "method": result.method,
        "fusion": result.fusion,
        "answer": result.answer,
        "answer_id": result.answer_id,
        "probability": result.probability,
        "unit": result.unit,
        "signed": result.signed,
        "specific": result.specific,
        "tokens": result.tokens,
        "image": _credit(result.image),
        "text": _credit(result.text),
        "modalities": result.modalities,
        "milliseconds": result.milliseconds,
    }


def _credit(credit: Credit | None) -> JSON | None:
    if credit is None:
        return None
    error = credit.error
    return {"values": credit.values.tolist(), "error": None if error is None else error.tolist()}


def scene(view: SceneView) -> JSON:
    """A scene's picture and its questions with their true answers."""
    return {
        "seed": view.seed,
        "picture": data_uri(view.image),
        "questions": [
            {"question": q.text, "answer_id": q.answer_id, "referents": list(q.referents)}
            for q in view.questions
        ],
    }


def learning(result: Learning, name: str | None) -> JSON:
    """A training that has ended; `name` is that of the fusion it made, None when it made none."""
    return {
        "fusion": name,
        "ended": result.ended,
        "epochs": result.epoch,
        "curve": [asdict(point) for point in result.points],
        "scenes": result.scenes,
        "questions": result.questions,
        "prior": result.prior,
        "families": {
            family: {
                "correct": share.correct,
                "count": share.count,
                "prior": (result.priors or {})[family],
            }
            for family, share in (result.families or {}).items()
        },
        "seconds": dict(result.seconds),
    }


def fusions(infos: tuple[FusionInfo, ...]) -> list[JSON]:
    """The fusions in the order of the menu."""
    return [
        {
            "name": info.name,
            "label": info.label,
            "summary": info.summary,
            "accuracy": info.accuracy,
            "parameters": info.parameters,
        }
        for info in infos
    ]


def backbones(infos: tuple[BackboneInfo, ...]) -> list[JSON]:
    """The backbones that are compared, in the order of the menu."""
    return [asdict(info) for info in infos]


def keypoints(found: Keypoints) -> list[JSON]:
    """One entry per keypoint, in fractions of the picture and radians."""
    values = zip(found.places.tolist(), found.radii.tolist(), found.angles.tolist(), strict=True)
    return [{"x": x, "y": y, "radius": radius, "angle": angle} for (x, y), radius, angle in values]
