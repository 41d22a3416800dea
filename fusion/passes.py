"""Passes through a fusion: which modalities they keep, how they are run, what four of them say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from jaxtyping import Bool
from torch import Tensor

from fusion.errors import InputError
from fusion.inputs import Read, Seen
from fusion.models.masking import Presence
from fusion.models.steering import OWN, Steering
from fusion.models.strategies.base import Fusion
from fusion.outputs import (
    MODALITIES,
    Explanation,
    FusionOutput,
    ImageEncoding,
    Masking,
    TextEncoding,
)

BOTH = frozenset(MODALITIES)
KEPT: dict[str, frozenset[str]] = {
    "none": frozenset(),
    "text": frozenset({"text"}),
    "image": frozenset({"image"}),
    "both": BOTH,
}


def pass_through(
    model: Fusion,
    image: ImageEncoding,
    text: TextEncoding,
    region_mask: Bool[Tensor, "N P"],
    keeps: Sequence[frozenset[str]],
    steering: Steering = OWN,
) -> FusionOutput:
    """B rows, one for each of `keeps`, about one image or about one image each; a text encoding
    of one row stands for all of them. Gradients pass: an explainer asks with them."""
    rows = repeated(text, len(keeps))
    keep = torch.tensor([[name in kept for name in MODALITIES] for kept in keeps])
    present = Presence(keep=keep, region_mask=region_mask, token_mask=rows.mask)
    output: FusionOutput = model(image, rows, present, steering=steering)
    return output


def repeated(text: TextEncoding, rows: int) -> TextEncoding:
    """An encoding of one row, or of `rows`, as one of `rows`."""
    return replace(
        text,
        tokens=text.tokens.expand(rows, -1, -1),
        mask=text.mask.expand(rows, -1),
        pooled=text.pooled.expand(rows, -1),
    )


@torch.no_grad()
def fuse(
    model: Fusion,
    seen: Seen,
    read: Read,
    keeps: Sequence[frozenset[str]],
    steering: Steering = OWN,
) -> FusionOutput:
    """One question through a fusion, once for each set of kept modalities; about one image, or
    about one image each."""
    return pass_through(model, seen.encoding, read.encoding, seen.region_mask, keeps, steering)


def checked_keep(keep: Any) -> frozenset[str]:
    """The modalities that are kept; ValueError when one is none of them."""
    kept = frozenset([keep] if isinstance(keep, str) else keep)
    if unknown := sorted(map(str, kept - BOTH)):
        raise InputError(
            "keep names {unknown}; allowed are image and text, both of them or none",
            unknown=", ".join(unknown),
        )
    return kept


def what_each_did(cases: Mapping[str, Explanation], answer_id: str, answer: str) -> Masking:
    """The Shapley share of each modality in the probability of one answer, and the interaction;
    `cases` are the four passes by the names of `KEPT`."""
    v = {case: explanation.probability_of(answer_id) for case, explanation in cases.items()}
    none, text, image, both = (v[case] for case in KEPT)
    return Masking(
        answer_id=answer_id,
        answer=answer,
        cases=cases,
        values=v,
        shapley={
            "image": (image - none) / 2 + (both - text) / 2,
            "text": (text - none) / 2 + (both - image) / 2,
        },
        interaction=both - image - text + none,
    )
