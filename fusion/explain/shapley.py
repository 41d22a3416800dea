"""Shapley values (Shapley 1953) of regions and of tokens, by drawing orders (Castro et al. 2009).

    value of a player = mean over orders of v(those before it and it) - v(those before it)

Each order drawn is taken backwards too, which makes the error smaller; the standard error is that
of the mean over such pairs. Every order adds up to v(all) - v(none), and so do the values. Where
all orders are few enough they are taken once each, and the error is 0. The players are tokens, or
windows of the grid whose value is spread evenly over their regions; the other modality stays as it
is. Hidden parts are hidden as with the brush.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import permutations
from typing import ClassVar

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from fusion.explain import EXPLAINERS
from fusion.explain.base import Found, OfEverything
from fusion.explain.occlusion import tiles
from fusion.explain.subject import Subject

Value = Callable[[Bool[Tensor, "N n"]], Float[Tensor, " N"]]


@EXPLAINERS.register(
    "shapley",
    label="Shapley values",
    summary="Adds windows of the image, or words, one after the other in many orders, and shows "
    "what each added to the answer's probability on average.",
    source="Shapley 1953; Castro, Gómez, Tejada 2009",
)
class ShapleyValues(OfEverything):
    """What each part adds on average, whatever was there before it."""

    sampled: ClassVar[bool] = True
    cost: ClassVar[str] = "hundreds of passes"

    def __init__(self, *, window: int = 3, image_pairs: int = 6, text_pairs: int = 16) -> None:
        self.window = window
        self.pairs = {"image": image_pairs, "text": text_pairs}

    def __call__(self, subject: Subject, wanted: frozenset[str]) -> Found:
        """Values that sum to v(all) - v(none of the modality), and their standard errors."""
        tokens = torch.arange(len(subject.present("text")))
        players = {"image": tiles(*subject.grid, window=self.window), "text": tokens}
        found = {m: self._of(subject, m, players[m]) for m in sorted(wanted)}
        return Found(
            values={m: values for m, (values, _) in found.items()},
            errors={m: errors for m, (_, errors) in found.items()},
        )

    def _of(self, subject: Subject, modality: str, parts: Tensor) -> tuple[Tensor, Tensor]:
        present = subject.present(modality)
        names = parts[present].unique()  # windows with anything present
        belongs = (parts == names.view(-1, *[1] * parts.ndim)) & present  # (n, *S)

        def value(shown: Tensor) -> Tensor:
            kept = torch.einsum("Nn,n...->N...", shown.float(), belongs.float()) > 0
            return subject.without(modality, ~kept)

        chance = subject.generator(f"shapley/{modality}")
        found = shapley(value, len(names), pairs=self.pairs[modality], generator=chance)
        size = belongs.flatten(1).sum(1).clamp(min=1)
        values, errors = (
            torch.einsum("n,n...->...", (x / size).float(), belongs.float()) for x in found
        )
        return values, errors


def shapley(
    value: Value, players: int, *, pairs: int, generator: torch.Generator
) -> tuple[Float[Tensor, " n"], Float[Tensor, " n"]]:
    """Values and standard errors of `players`, from `pairs` drawn orders and their reverses.

    `value` takes N sets of players (True = in it) and gives their worth.
    """
    if players == 0:
        return torch.zeros(0), torch.zeros(0)
    few = players < 10 and math.factorial(players) <= 2 * pairs
    orders = _all_orders(players) if few else _drawn(players, pairs, generator)
    added = marginals(value, orders)  # (O, n)
    if few:
        return added.mean(0), torch.zeros(players)
    means = added.view(pairs, 2, players).mean(1)
    return means.mean(0), means.std(0, correction=1) / math.sqrt(pairs)


def marginals(value: Value, orders: Int[Tensor, "O n"]) -> Float[Tensor, "O n"]:
    """What each player adds when it comes in, in each of the orders."""
    n = orders.shape[1]
    turn = orders.argsort(1)  # when each player comes in
    shown = turn.unsqueeze(1) < torch.arange(n + 1).view(1, -1, 1)  # (O, n + 1, n)
    worth = value(shown.flatten(0, 1)).view(-1, n + 1)
    return worth.diff(dim=1).gather(1, turn)


def _all_orders(players: int) -> Int[Tensor, "O n"]:
    return torch.tensor(list(permutations(range(players))))


def _drawn(players: int, pairs: int, generator: torch.Generator) -> Int[Tensor, "O n"]:
    orders = torch.stack([torch.randperm(players, generator=generator) for _ in range(pairs)])
    return torch.stack([orders, orders.flip(1)], dim=1).flatten(0, 1)
