"""Is an explanation faithful? Take away what it calls important, and see whether the answer goes.

Deletion and insertion curves after Petsiuk, Das and Saenko 2018, pointing after Zhang et al. 2016.
Parts are hidden as with the brush and the word chips (see `Subject.without`), so that the ends of a
curve are answers that the page gives too. Orders drawn by chance are the baseline: an explanation
that does no better than they do knows nothing about the answer. All curves of a question are asked
together, and sets of parts that several of them share are asked once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from fusion.explain.base import shares
from fusion.explain.subject import Subject
from fusion.outputs import Pointing

POINTS = 12  # a curve has at most so many steps
ORDERS = 5  # drawn by chance
ON_OBJECT = 0.10  # a region is on the object when the object covers at least this share of it


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Curves:
    """Deletion curves by method; `removed` are shares of the parts, rising from 0 to 1."""

    removed: Float[Tensor, " S"]
    most: Mapping[str, Float[Tensor, " S"]]
    least: Mapping[str, Float[Tensor, " S"]]
    random: Float[Tensor, "O S"]


def curves(
    subject: Subject, modality: str, maps: Mapping[str, Tensor], *, orders: int = ORDERS
) -> Curves | None:
    """Curves of several methods' maps of one modality; None when no part of it is present."""
    players = subject.present(modality).flatten().nonzero()[:, 0]
    n = len(players)
    if n == 0:
        return None
    best = [ranking(subject, modality, values) for values in maps.values()]
    chance = subject.generator(f"orders/{modality}")
    drawn = [players[torch.randperm(n, generator=chance)] for _ in range(orders)]
    asked = torch.stack([*best, *(order.flip(0) for order in best), *drawn])
    counts = torch.linspace(0, n, min(n, POINTS) + 1).round().long()
    gone = torch.stack([_first(order, counts, subject, modality) for order in asked])
    found = subject.without(modality, gone.flatten(0, 1)).view(len(asked), -1)
    most, least, random = found.split([len(maps), len(maps), orders])
    return Curves(
        removed=counts / n,
        most=dict(zip(maps, most, strict=True)),
        least=dict(zip(maps, least, strict=True)),
        random=random,
    )


def ranking(subject: Subject, modality: str, values: Float[Tensor, "*S"]) -> Int[Tensor, " n"]:
    """Numbers of the parts that are present, the highest value first; chance decides between
    equals, for their place in the image must not."""
    players = subject.present(modality).flatten().nonzero()[:, 0]
    chance = torch.randperm(len(players), generator=subject.generator(f"ties/{modality}"))
    shuffled = players[chance]
    return shuffled[values.flatten()[shuffled].argsort(descending=True, stable=True)]


def _first(
    order: Int[Tensor, " n"], counts: Int[Tensor, " S"], subject: Subject, modality: str
) -> Bool[Tensor, "S ..."]:
    """The first so many parts of an order, for each of the counts."""
    present = subject.present(modality)
    gone = torch.zeros(len(counts), present.numel(), dtype=torch.bool)
    for row, count in zip(gone, counts.tolist(), strict=True):
        row[order[:count]] = True
    return gone.view(-1, *present.shape)


def pointing(
    subject: Subject, values: Float[Tensor, "H W"], covered: Float[Tensor, "H W"]
) -> Pointing:
    """A map against the truth; `covered` is the share of each region that the object covers."""
    truth, present = on_object(covered), subject.present("image")
    order = ranking(subject, "image", values)
    positive = values.clamp(min=0)
    return Pointing(
        hit=bool(truth.flatten()[order[:1]].any()),
        mass=float((shares(positive) * truth).sum()),
        even=float(shares(present.float())[truth].sum()),
    )


def on_object(covered: Float[Tensor, "H W"]) -> Bool[Tensor, "H W"]:
    """The regions on an object, from the share of each that it covers; never none."""
    return covered >= min(ON_OBJECT, float(covered.max()))
