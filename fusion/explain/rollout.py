"""Attention rollout (Abnar and Zuidema 2020): attention multiplied through all layers.

With A the mean over attention heads, a layer with a residual turns R into 1/2 R + 1/2 A R, so that
every row stays a distribution over the sources. The last rows are weighed as the fusion weighs its
modalities. In a fusion without layers this is raw attention times the modality's weight.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from fusion.explain import EXPLAINERS
from fusion.explain.base import Found, OfAttention, shares
from fusion.explain.flow import flow
from fusion.explain.subject import Subject
from fusion.outputs import FusionOutput


@EXPLAINERS.register(
    "rollout",
    label="Attention rollout",
    summary="Multiplies the attention of all layers, half of each layer being what passes by it; "
    "every answer has the same map.",
    source="Abnar, Zuidema 2020",
)
class Rollout(OfAttention):
    """Where the contents of the answer come from, if attention and residuals weigh the same."""

    cost: ClassVar[str] = "one pass"

    def __call__(self, subject: Subject, wanted: frozenset[str]) -> Found:
        """Shares of regions and of tokens, each summing to 1, and of the two modalities."""
        rows, columns = subject.grid
        with torch.no_grad():
            row = rolled_out(subject.output(*subject.encodings), regions=rows * columns)
        parts = split(row, rows, columns)
        return Found(
            values={m: shares(part) for m, part in parts.items() if m in wanted},
            modalities=shares(torch.stack([part.sum() for part in parts.values()])),
        )


def rolled_out(output: FusionOutput, *, regions: int) -> Float[Tensor, " S"]:
    """How much of each region and token is in the answer of a batch's first row; sums to 1 where
    anything is present, less what special tokens hold of themselves."""
    means = [step.weights[0].mean(0) for step in output.steps]
    tokens = 0 if output.token_weights is None else output.token_weights.shape[1]
    held = flow(
        output.steps,
        means,
        half_and_half,
        regions=regions,
        tokens=tokens,
        special=output.special,
        reads=output.reads,
    )
    if "answer" in held:
        return held["answer"][0]
    if output.modality_weights is None or not {"image", "text"} <= set(held):
        raise ValueError("this fusion does not say through which attention its answer came")
    return output.modality_weights[0] @ torch.cat([held["image"], held["text"]])


def half_and_half(before: Tensor, weights: Tensor, moved: Tensor) -> Tensor:
    """1/2 R + 1/2 A R; a row that attended to nothing keeps what it had."""
    return before * (1 - weights.sum(-1, keepdim=True) / 2) + moved / 2


def split(row: Float[Tensor, " S"], rows: int, columns: int) -> dict[str, Tensor]:
    """The part on the regions, as a map, and the part on the tokens."""
    return {"image": row[: rows * columns].view(rows, columns), "text": row[rows * columns :]}
