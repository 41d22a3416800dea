"""Raw attention: the weights with which the fusion read regions and words last."""

from __future__ import annotations

from typing import ClassVar

import torch

from fusion.explain import EXPLAINERS
from fusion.explain.base import Found, OfAttention, shares
from fusion.explain.subject import Subject
from fusion.outputs import MODALITIES


@EXPLAINERS.register(
    "raw-attention",
    label="Raw attention",
    summary="Shows the weights with which the fusion read regions and words last; every answer "
    "has the same map.",
    source="Bahdanau, Cho, Bengio 2015",
)
class RawAttention(OfAttention):
    """The map of the Ask page. It says nothing of what the layers before had mixed already."""

    cost: ClassVar[str] = "one pass"

    def __call__(self, subject: Subject, wanted: frozenset[str]) -> Found:
        """Weights of the regions, of the tokens, and of the modalities, each summing to 1."""
        with torch.no_grad():
            output = subject.output(*subject.encodings)
        weights = dict(zip(MODALITIES, (output.region_weights, output.token_weights), strict=True))
        found = {m: w for m, w in weights.items() if m in wanted and w is not None}
        return Found(
            values={m: shares(w[0]) for m, w in found.items()},
            modalities=None if output.modality_weights is None else output.modality_weights[0],
        )
