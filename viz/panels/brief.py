"""Results in a few lines and one picture, for a program that reads both. Pure: no gradio, no torch.

`plain_json` gives every number; here are those that fit into a sentence: answers, weights of the
modalities and of the words, and for each ninth of the picture its share of a map.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float
from PIL import Image

from fusion.outputs import Attribution, Comparison, Explanation, Masking
from viz.plots import signed
from viz.plots.maps import weight_by_ninth
from viz.plots.pictures import overlay, shown
from viz.plots.side_by_side import side_by_side

JSON = dict[str, Any]
BEST = 5
LONGEST = 480  # pixels of a single picture
SMALL = 240  # of one among several
DIGITS = 4
COLUMNS = {"masking": 4, "compare": 5}


def answered(result: Explanation) -> JSON:
    """The best answers, what weighed how much, and where in the picture."""
    tokens, image = result.token_attention, result.image_attention
    return {
        "answer": result.answer,
        "answers": [{"answer": a, "probability": _short(p)} for a, p in result.answers[:BEST]],
        "fusion": result.fusion,
        "backbone": result.backbone,
        "shown": sorted(result.keep),
        "modality_weights": _rounded(result.modality_weights),
        "token_weights": None if tokens is None else [[t, _short(w)] for t, w in tokens],
        "weight_by_ninth": None if image is None else _ninths(image),
        "notice": result.notice,
    }


def masked(result: Masking) -> JSON:
    """The explained answer in the four cases, and what each modality did for it."""
    return {
        "answer": result.answer,
        "probability_when_shown": _rounded(result.values),
        "answer_when_shown": {case: passed.answer for case, passed in result.cases.items()},
        "shapley": _rounded(result.shapley),
        "interaction": _short(result.interaction),
        "attention_weight": _rounded(result.cases["both"].modality_weights),
        "notice": result.cases["both"].notice,
    }


def compared(result: Comparison) -> JSON:
    """The answer of every fusion with its probability and the weights of the modalities."""
    return {
        name: {
            "answer": found.answer,
            "probability": _short(found.answers[0][1]),
            "modality_weights": _rounded(found.modality_weights),
        }
        for name, found in result.explanations.items()
    }


def explained(result: Attribution) -> JSON:
    """What each word did for the answer, in `unit`, and what part of all that the picture's regions
    did lies in each ninth of it, whichever the unit; below 0 where a ninth speaks against."""
    image, text = result.image, result.text
    values = None if text is None else text.values.tolist()
    return {
        "method": result.method,
        "fusion": result.fusion,
        "answer": result.answer,
        "probability": _short(result.probability),
        "unit": result.unit,
        "below_0_speaks_against": result.signed,
        "tokens": None
        if values is None
        else [[t, _short(v)] for t, v in zip(result.tokens, values, strict=True)],
        "share_by_ninth": None if image is None else _ninths(_of_all(image.values)),
        "modalities": _rounded(result.modalities),
    }


def answered_picture(picture: Image.Image, result: Explanation) -> Image.Image:
    """The picture under the map of where the fusion looked; as it is where there is no map."""
    return overlay(picture, result.image_attention, longest=LONGEST)


def masked_picture(picture: Image.Image, result: Masking) -> Image.Image:
    """What the fusion was shown in each of the four cases, and what it said."""
    hidden = Image.new("RGB", picture.size, "gray")
    titled = [
        (
            f"{case}: {_said(found)}",
            overlay(
                picture if "image" in found.keep else hidden, found.image_attention, longest=SMALL
            ),
        )
        for case, found in result.cases.items()
    ]
    return side_by_side(titled, columns=COLUMNS["masking"])


def compared_picture(picture: Image.Image, result: Comparison) -> Image.Image:
    """The picture under the map of every fusion, in the order of the answers."""
    titled = [
        (f"{name}\n{_said(found)}", overlay(picture, found.image_attention, longest=SMALL))
        for name, found in result.explanations.items()
    ]
    return side_by_side(titled, columns=COLUMNS["compare"])


def explained_picture(picture: Image.Image, result: Attribution) -> Image.Image:
    """The picture under the explainer's map; as it is where the method yields none."""
    if result.image is None:
        return shown(picture, LONGEST)
    times = result.image.times_even
    return signed.over(picture, times, signed=result.signed, longest=LONGEST)


def _said(found: Explanation) -> str:
    return f"{found.answer} {100 * found.answers[0][1]:.0f}\u00a0%"


def _of_all(values: Float[np.ndarray, "H W"]) -> Float[np.ndarray, "H W"]:
    total = float(np.abs(values).sum())
    return values / total if total else values


def _ninths(values: Float[np.ndarray, "H W"]) -> dict[str, float]:
    return {f"{row} {column}": _short(v) for (row, column), v in weight_by_ninth(values).items()}


def _rounded(values: dict[str, float] | None) -> dict[str, float] | None:
    return None if values is None else {name: _short(value) for name, value in values.items()}


def _short(value: float) -> float:
    return round(float(value), DIGITS)
