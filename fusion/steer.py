"""From what a user wants an attention to be to weights that can be put in its place.

They are checked against what is there, stretched over the regions, and made to sum to 1. What they
replace is described in `fusion.models.steering`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from fusion.errors import InputError, Sentence, said
from fusion.images import coverage
from fusion.inputs import Read, Seen
from fusion.models.steering import Steering
from fusion.models.strategies.base import Fusion
from fusion.outputs import MODALITIES

NEXT_TO_NOTHING = 1e-9  # of the highest weight; what stretching leaves by rounding


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Asked:
    """What is to be steered: a fusion, and what it is given to see and to read."""

    model: Fusion
    seen: Seen
    read: Read
    keep: frozenset[str]

    def steering(
        self,
        *,
        region_weights: Any,
        token_weights: Sequence[float] | None,
        modality_weights: Mapping[str, float] | None,
        heads_off: Iterable[tuple[int, int]],
        strength: float,
    ) -> Steering:
        """What is wished, checked; ValueError where there is no such thing to be steered."""
        off = frozenset(self._heads(heads_off))
        wished = (region_weights, token_weights, modality_weights)
        if self.model.config.attention is None and (off or any(w is not None for w in wished)):
            name = self.model.config.name
            raise InputError(
                "The fusion {name} has no attention, so there is none to steer.", name=name
            )
        if not 0 <= strength <= 1:
            raise InputError("The strength must lie between 0 and 1, got {got:g}.", got=strength)
        return Steering(
            regions=None if region_weights is None else self._regions(region_weights),
            tokens=None if token_weights is None else self._tokens(token_weights),
            modalities=None if modality_weights is None else self._modalities(modality_weights),
            heads_off=off,
            strength=float(strength),
        )

    def _regions(self, wished: Any) -> Float[Tensor, " P"]:
        given = _numbers(wished, "region_weights")
        if given.ndim != 2 or given.size == 0:
            raise InputError(
                "region_weights must be an array of height by width, such as a picture of where to "
                "look; got the shape {shape}.",
                shape=given.shape,
            )
        if "image" not in self.keep:
            raise InputError("The image is hidden, so no attention lies on it that could be moved.")
        grid = self.seen.encoding.regions.shape[1:3]
        if given.shape != grid and given.any():
            given = coverage(given / given.max(), *grid)
        return _shares(given.reshape(-1), self.seen.region_mask[0], said("regions"))

    def _tokens(self, wished: Sequence[float]) -> Float[Tensor, " T"]:
        given, pieces = _numbers(wished, "token_weights"), list(self.read.pieces)
        if given.shape != (len(pieces),):
            raise InputError(
                "token_weights must be one number for each of the {count} tokens {tokens}; got the "
                "shape {shape}.",
                count=len(pieces),
                tokens=pieces,
                shape=np.shape(given),
            )
        if "text" not in self.keep:
            raise InputError(
                "The question is hidden, so no attention lies on its words that could be moved."
            )
        return _shares(given, self.read.encoding.mask[0], said("words"))

    def _modalities(self, wished: Mapping[str, float]) -> Float[Tensor, " M"]:
        if set(wished) != set(MODALITIES):
            raise InputError(
                "modality_weights must have one number for each of {known}; got {got}.",
                known=", ".join(MODALITIES),
                got=dict(wished),
            )
        given = _numbers([wished[name] for name in MODALITIES], "modality_weights")
        parts = {"image": self.seen.region_mask, "text": self.read.encoding.mask}
        there = torch.tensor([n in self.keep and bool(parts[n].any()) for n in MODALITIES])
        if not there.all():
            raise InputError(
                "With one of image and question hidden the whole weight is the other's; it cannot "
                "be moved."
            )
        return _shares(given, there, said("modalities"))

    def _heads(self, wished: Iterable[tuple[int, int]]) -> Iterable[tuple[int, int]]:
        layers, heads = self.model.looking_heads
        for layer, head in wished:
            if not (0 <= layer < layers and 0 <= head < heads):
                there = (
                    said(
                        "its {layers} layers are numbered from 0, and so are the {heads} in each",
                        layers=layers,
                        heads=heads,
                    )
                    if layers
                    else said("it has none")
                )
                raise InputError(
                    "The fusion {name} has no attention head {head} in a layer {layer}; {there}.",
                    name=self.model.config.name,
                    head=head,
                    layer=layer,
                    there=there,
                )
            yield int(layer), int(head)


def _numbers(wished: Any, name: str) -> Float[np.ndarray, ...]:
    """Finite numbers from 0 on, as float64."""
    try:
        given = np.asarray(wished, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError("{name} must be numbers from 0 on.", name=name) from error
    if not np.isfinite(given).all() or (given < 0).any():
        raise InputError("{name} must be numbers from 0 on, and none of them infinite.", name=name)
    return given


def _shares(given: np.ndarray, present: Tensor, name: Sentence) -> Float[Tensor, " N"]:
    """The share of each that is present; ValueError when all of that is 0."""
    left = np.where(present.numpy(), given, 0.0)
    left[left < NEXT_TO_NOTHING * left.max(initial=0.0)] = 0.0
    if not left.any():
        raise InputError(
            "All weight is 0 on the {what} that are there; give some of it to one.", what=name
        )
    return torch.from_numpy(left / left.sum()).float()
