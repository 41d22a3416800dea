"""What flows from regions and words into the answer, attention step by attention step.

For each sequence of a fusion a matrix R says how much of every source (P regions, then T tokens)
its elements hold; at first every element holds itself. A step with weights A from one sequence into
another moves A R. How that is joined with what was there is what rollout and relevance differ in.
Special tokens carry on what they take in, but are no part of the input: what is held of themselves
is left out at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from fusion.outputs import AttentionStep

Join = Callable[[Tensor, Tensor, Tensor], Tensor]


def flow(
    steps: Sequence[AttentionStep],
    weights: Sequence[Float[Tensor, "_ _"]],
    join: Join,
    *,
    regions: int,
    tokens: int,
    special: int = 0,
    reads: int | None = None,
) -> dict[str, Float[Tensor, "_ S"]]:
    """R of every sequence and vector after all steps; S = regions + tokens.

    `weights` are one matrix for each step. `join(before, A, A R)` gives what a sequence holds when
    it keeps a residual; a new vector holds A R. `special` and `reads` are those of a
    `FusionOutput`: the element that is answered from is the answer's vector.
    """
    parts = regions + tokens
    sources = torch.eye(parts + special)
    held = {"joined": sources, "regions": sources[:regions], "tokens": sources[regions:parts]}
    for step, A in zip(steps, weights, strict=True):
        moved = A @ held[step.over]
        held[step.into] = join(held[step.into], A, moved) if step.into in held else moved
    if reads is not None:
        held["answer"] = held["joined"][reads : reads + 1]
    return {name: rows[:, :parts] for name, rows in held.items()}
