"""The whole way of one question through a fusion, with every number on it: the result of
`Engine.inside`. What is computed where is in `fusion.models`; here is only what it is called.

Steps stand in the order in which they were taken. The last one, over "modalities", weighs the two
vectors; a feature-level fusion has none, since one attention reads regions and tokens alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

TOLERANCE = 1e-4


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class InsideStep:
    """One attention: Q queries, J keys, K attention heads of width d (u where they are compared).

    `over` is "regions", "tokens", "joined" (regions, then tokens) or "modalities"; `into` one of
    the first three, where it is added to what was there, or "image", "text" or "answer", which are
    new vectors. `mechanism` says how `scores` come about: "additive" from `unit_weights` times
    tanh(query + key), "dot" and "self" from query times key over sqrt(u). `weights` are the softmax
    of scores / temperature over the keys that are `present`, `context` is weights times values,
    and `output` what a learned layer makes of it and of `mass`. `round` counts the steps that have
    the same `into` and `over`, from 1.
    """

    into: str
    over: str
    mechanism: str
    round: int
    queries: Float[np.ndarray, "K Q u"]
    keys: Float[np.ndarray, "K J u"]
    values: Float[np.ndarray, "K J d"]
    unit_weights: Float[np.ndarray, "K u"] | None
    scores: Float[np.ndarray, "K Q J"]
    present: Bool[np.ndarray, "Q J"]
    weights: Float[np.ndarray, "K Q J"]
    context: Float[np.ndarray, "K Q d"]
    mass: Float[np.ndarray, "K Q"]
    output: Float[np.ndarray, "Q D"]

    def __post_init__(self) -> None:
        sums = self.weights.sum(-1)
        off = np.abs(sums - self.present.any(-1)) > TOLERANCE
        if off.any() or (self.weights < 0).any() or not np.isfinite(self.weights).all():
            raise ValueError(f"rows of weights must sum to 1, or to 0 over nothing, got {sums}")


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Inside:
    """All of one pass. `answers` are the whole vocabulary, best first, `logits` in the same order;
    `counts` are those of the tally, as the classifier got them. `vectors` are what
    stands for the image and for the question when they are weighed: the two parts of the sum where
    one attention reads both. None where the fusion has no such thing."""

    question: str
    language: str
    fusion: str
    backbone: str
    strategy: str
    keep: frozenset[str]
    temperature: float
    grid: tuple[int, int]
    regions_present: Bool[np.ndarray, "H W"]
    tokens: list[str]
    tokens_present: Bool[np.ndarray, " T"]
    steps: tuple[InsideStep, ...]
    vectors: dict[str, Float[np.ndarray, " D"]] | None
    modality_weights: dict[str, float] | None
    counts: dict[str, float] | None
    fused: Float[np.ndarray, " E"]
    logits: Float[np.ndarray, " A"]
    answers: list[tuple[str, float]]
    answer_ids: list[str]
    notice: str | None
    milliseconds: float

    def __post_init__(self) -> None:
        given = len(self.answers), len(self.answer_ids), len(self.logits)
        if len(set(given)) > 1:
            raise ValueError(f"answers, answer ids and logits must be as many, got {given}")
        if len(self.tokens) != len(self.tokens_present):
            raise ValueError(f"{len(self.tokens_present)} marks for the tokens {self.tokens}")

    @property
    def answer(self) -> str:
        """The most probable answer, in the question's language."""
        return self.answers[0][0]

    def step(self, into: str, over: str | None = None) -> InsideStep | None:
        """The last step into something, if there is one."""
        found = [s for s in self.steps if s.into == into and over in (None, s.over)]
        return found[-1] if found else None
