"""Pooling: what makes one vector of many, chosen by name in the backbone's configuration.

The reference document names max and mean pooling; [CLS] is BERT's own summary, and the last token
is the only one that a causal transformer lets see the whole question. An absent token counts in
none of them, and what has no token left is pooled to zero.
"""

from __future__ import annotations

from collections.abc import Sequence

from jaxtyping import Bool, Float
from torch import Tensor

from fusion.models.masking import masked, masked_mean
from fusion.registry import Registry

POOLING = Registry("pooling")


@POOLING.register("mean", label="Mean", summary="The average of all vectors that are present.")
def mean(vectors: Float[Tensor, "B S D"], words: Bool[Tensor, "B T"]) -> Float[Tensor, "B D"]:
    """Pool [CLS] and T = S - 1 tokens, of which those in `words` are present."""
    return masked_mean(vectors[:, 1:], words)


@POOLING.register("max", label="Max", summary="The largest value of each coordinate.")
def largest(vectors: Float[Tensor, "B S D"], words: Bool[Tensor, "B T"]) -> Float[Tensor, "B D"]:
    """The largest value of each coordinate over the tokens present."""
    return masked_max(vectors[:, 1:], words)


@POOLING.register("cls", label="[CLS]", summary="The vector of the mark before the question.")
def first(vectors: Float[Tensor, "B S D"], words: Bool[Tensor, "B T"]) -> Float[Tensor, "B D"]:
    """The first vector, which stands before the question and has seen all of it."""
    return masked(vectors[:, 0], words.any(1))


@POOLING.register("last", label="Last token", summary="The vector of the question's last word.")
def last(vectors: Float[Tensor, "B S D"], words: Bool[Tensor, "B T"]) -> Float[Tensor, "B D"]:
    """The vector of the last token that is present."""
    T = words.shape[1]
    index = T - 1 - words.flip(1).int().argmax(1)  # argmax gives the first of equals
    chosen = vectors[:, 1:].gather(1, index[:, None, None].expand(-1, 1, vectors.shape[2]))
    return masked(chosen[:, 0], words.any(1))


def masked_max(x: Float[Tensor, "B N D"], mask: Bool[Tensor, "B N"]) -> Float[Tensor, "B D"]:
    """Largest value of each coordinate over what is present; zero when nothing is."""
    highest = x.masked_fill(~mask.unsqueeze(-1), float("-inf")).amax(1)
    return highest.masked_fill(~mask.any(1, keepdim=True), 0.0)


def pool_grid(regions: Float[Tensor, "B H W D"], how: str) -> Float[Tensor, "B D"]:
    """All regions to one vector, by their mean or their max."""
    return regions.amax((1, 2)) if how == "max" else regions.mean((1, 2))


def checked_pooling(how: str, known: Sequence[str], *, encoder: str) -> str:
    """`how`, when it is one of those that an encoder has; else ValueError naming them.

    >>> checked_pooling("max", ("mean", "max"), encoder="HogEncoder")
    'max'
    """
    if how not in known:
        raise ValueError(f"{encoder} has no pooling {how!r}; known: {', '.join(known)}")
    return how
