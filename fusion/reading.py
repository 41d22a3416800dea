"""How a model that answers from one token of a sequence attended from it, layer by layer.

A single-stream transformer such as ViLT answers from what its [CLS] token holds at the end. Its row
of every softmax is shared out over regions, words and special tokens, which stand for no part of
the input. What is shown is the row's part on regions and words: its mean over the layers and
attention heads that are asked for, each modality's sum divided by both sums, and the map and the
words each divided by their own. `special` is what that leaves out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

TOLERANCE = 1e-4


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Reading:
    """One row of attention in each of L layers and K heads, as it was multiplied: over regions,
    over tokens (0 for what is hidden) and, summed, over special tokens; all three sum to 1."""

    image: Float[np.ndarray, "L K H W"]
    text: Float[np.ndarray, "L K T"]
    special: Float[np.ndarray, "L K"]

    def __post_init__(self) -> None:
        sums = self.image.sum((2, 3)) + self.text.sum(2) + self.special
        least = min(self.image.min(), self.text.min(initial=0.0), self.special.min())
        if not (np.abs(sums - 1) <= TOLERANCE).all() or least < 0:
            raise ValueError(f"rows must be non-negative and sum to 1, got sums {sums}")

    @property
    def layers(self) -> int:
        return self.special.shape[0]

    @property
    def heads(self) -> int:
        return self.special.shape[1]

    def chosen(self, layer: int | None, head: int | None) -> tuple[slice, slice]:
        """Slices of the layer and of the head, numbered from 0; of all where it is None.
        Raises ValueError where there is no such one."""
        asked = (("layer", layer, self.layers), ("attention head", head, self.heads))
        for name, number, count in asked:
            if number is not None and not 0 <= number < count:
                raise ValueError(f"there is no {name} {number}; there are 0 to {count - 1}")
        return _slice(layer), _slice(head)

    def special_share(self, layer: int | None = None, head: int | None = None) -> float:
        """The share, 0..1, of the row that special tokens have, which is shown nowhere else."""
        return float(self.special[self.chosen(layer, head)].mean())

    def weights(self, tokens: Sequence[str], layer: int | None, head: int | None) -> dict[str, Any]:
        """The attention fields of an explanation; None for what is hidden."""
        at = self.chosen(layer, head)
        image, text = (x[at].mean((0, 1), dtype=np.float64) for x in (self.image, self.text))
        sums = {"image": float(image.sum()), "text": float(text.sum())}
        total = sum(sums.values())
        return {
            "modality_weights": {n: s / total for n, s in sums.items()} if total else None,
            "image_attention": (image / sums["image"]).astype(np.float32)
            if sums["image"]
            else None,
            "token_attention": list(zip(tokens, (text / sums["text"]).tolist(), strict=True))
            if sums["text"]
            else None,
        }


def _slice(number: int | None) -> slice:
    return slice(None) if number is None else slice(number, number + 1)
