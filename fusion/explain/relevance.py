"""Gradient x attention (Chefer, Gur and Wolf 2021): attention that matters to the answer.

    A~ = E_h[(dy/dA * A)+]        R <- R + A~ R

y is the answer's score before the softmax, E_h the mean over attention heads, + keeps what is
above 0. Regions and tokens are the two parts of one sequence, so cross-attention is a block of A
(the rules 5 and 6 of the paper; its normalisation for several streams, rules 8 and 9, is left out).
The rows that the fusion read last are added; the weight of a modality is in the gradient already.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from fusion.explain import EXPLAINERS
from fusion.explain.base import Found, OfAttention, shares
from fusion.explain.flow import flow
from fusion.explain.rollout import split
from fusion.explain.subject import Subject

LAST = ("answer", "image", "text")


@EXPLAINERS.register(
    "relevance",
    label="Gradient × attention",
    summary="Weighs the attention of every layer by how much the answer's score would rise with "
    "it, and follows what remains to regions and words.",
    source="Chefer, Gur, Wolf 2021",
)
class Relevance(OfAttention):
    """Attention, layer by layer, of which only that counts which speaks for the answer."""

    specific: ClassVar[bool] = True
    cost: ClassVar[str] = "one gradient"

    def __call__(self, subject: Subject, wanted: frozenset[str]) -> Found:
        """Shares of regions and of tokens, each summing to 1 or all 0, and of the modalities."""
        rows, columns = subject.grid
        with torch.enable_grad():
            regions, tokens = subject.encodings
            output = subject.output(regions, tokens)
            weights = [step.weights for step in output.steps]
            grads = torch.autograd.grad(
                output.logits[0, subject.answer], weights, materialize_grads=True
            )
        matter = [for_the_answer(w.detach()[0], g[0]) for w, g in zip(weights, grads, strict=True)]
        held = flow(
            output.steps,
            matter,
            lambda before, _, moved: before + moved,
            regions=rows * columns,
            tokens=tokens.shape[1],
            special=output.special,
            reads=output.reads,
        )
        row = torch.cat([held[name] for name in LAST if name in held]).sum(0)
        parts = split(row, rows, columns)
        return Found(
            values={m: shares(part) for m, part in parts.items() if m in wanted},
            modalities=shares(torch.stack([part.sum() for part in parts.values()])),
        )


def for_the_answer(weights: Tensor, gradient: Tensor) -> Tensor:
    """E_h[(gradient * weights)+], (Q, J) from (K, Q, J).

    >>> for_the_answer(torch.full((1, 1, 2), 0.5), torch.tensor([[[4.0, -4.0]]])).tolist()
    [[2.0, 0.0]]
    """
    return (gradient * weights).clamp(min=0).mean(0)
