"""Attention changed by hand: weights that a caller puts in the place of a fusion's own.

Passed with the call, like what is masked: nothing is hooked, nothing is kept on a model, and with
nothing changed the pass is the same to the bit.

What is replaced are the rows by which the words or the answer look at something. With a row's own
weights a, its sum m over the part that is replaced (1 where it runs over nothing else), what is
wished w (sums to 1) and the strength s:

    a' = (1 - s) a + s m w

- regions: every row from a word, or from the answer, to regions, in every layer and attention
  head. Rows from one region to others are no looking, and stay.
- tokens: the row by which the answer reads the words. Rows from words to words stay.
- modalities: the weights over both modality vectors; in a joined sequence the sums of the answer's
  row over regions and over tokens. Set as they are, whatever the strength.
- heads: what a switched-off attention head gives is zero (Michel, Levy, Neubig 2019, equation 2):
  its weights and its mass are.

Scores stay, and with them the mass of a row; so do ways around attention (`fusion.models.tally`).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from fusion.models.attention import Change


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Steering:
    """What to put in place of a fusion's own weights; None: leave them. Distributions over what is
    present; attention heads by (layer, head)."""

    regions: Float[Tensor, " P"] | None = None
    tokens: Float[Tensor, " T"] | None = None
    modalities: Float[Tensor, " M"] | None = None
    heads_off: frozenset[tuple[int, int]] = frozenset()
    strength: float = 1.0

    def looking(self, layer: int | None = None) -> Change | None:
        """For rows over regions alone, in a layer or (None) those of the answer."""
        off = self._off(layer)
        if self.regions is None and not off:
            return None
        return lambda weights: without(self._toward(weights, self.regions), off)

    def reading(self) -> Change | None:
        """For the answer's row over tokens alone."""
        if self.tokens is None:
            return None
        return lambda weights: self._toward(weights, self.tokens)

    def weighing(self) -> Change | None:
        """For rows over both modality vectors."""
        wished = self.modalities
        return None if wished is None else lambda weights: wished.expand_as(weights)

    def looking_joined(self, regions: int, layer: int) -> Change | None:
        """For a layer over the joined sequence: rows of words, their part on the first so many."""
        off = self._off(layer)
        if self.regions is None and not off:
            return None

        def change(weights: Tensor) -> Tensor:
            words, others = weights[:, :, regions:], weights[:, :, :regions]
            words = torch.cat(
                [self._toward(words[..., :regions], self.regions), words[..., regions:]], dim=-1
            )
            return without(torch.cat([others, words], dim=2), off)

        return change

    def answering_joined(self, regions: int) -> Change | None:
        """For the answer's row over the joined sequence of so many regions and the tokens."""
        if self.regions is None and self.tokens is None and self.modalities is None:
            return None

        def change(weights: Tensor) -> Tensor:
            parts = [
                self._toward(weights[..., :regions], self.regions),
                self._toward(weights[..., regions:], self.tokens),
            ]
            if self.modalities is not None:
                parts = [
                    share(part) * wished
                    for part, wished in zip(parts, self.modalities, strict=True)
                ]
            return torch.cat(parts, dim=-1)

        return change

    def _off(self, layer: int | None) -> list[int]:
        return sorted(head for at, head in self.heads_off if at == layer)

    def _toward(self, weights: Tensor, wished: Tensor | None) -> Tensor:
        """a' of the module's docstring."""
        if wished is None:
            return weights
        return torch.lerp(weights, weights.sum(-1, keepdim=True) * wished, self.strength)


OWN = Steering()  # nothing is changed


def without(weights: Float[Tensor, "B K Q N"], heads: list[int]) -> Float[Tensor, "B K Q N"]:
    """The weights with those of some attention heads 0."""
    if not heads:
        return weights
    left = torch.ones(weights.shape[1], dtype=weights.dtype, device=weights.device)
    left[heads] = 0
    return weights * left[:, None, None]


def share(weights: Tensor) -> Tensor:
    """Weights divided by their sum, however small that is; zero where all are."""
    exact = weights.double()
    return (exact / exact.sum(-1, keepdim=True).clamp(min=1e-300)).to(weights.dtype)
