"""Pooling: what makes one vector of many, chosen by name in the backbone's configuration.

The reference document names max and mean pooling; [CLS] is BERT's own summary, and the last token
is the only one that a causal transformer lets see the whole question. What is absent counts in none
of them, and where nothing is present the vector is zero. An encoding carries the name of its
pooling, so a fusion can pool again what a finer mask leaves present. [CLS] alone cannot be pooled
again: it leaves out the tokens that were masked when the question was encoded.
"""

from __future__ import annotations

from collections.abc import Sequence

from jaxtyping import Bool, Float
from torch import Tensor

from fusion.models.masking import masked, masked_mean
from fusion.registry import Registry

POOLING = Registry("pooling")


def pool(
    how: str,
    vectors: Float[Tensor, "B N D"],
    mask: Bool[Tensor, "B N"],
    summary: Float[Tensor, "B D"] | None = None,
) -> Float[Tensor, "B D"]:
    """One vector of those that are present (True in `mask`), zero when none is.

    `summary` is the encoder's own of the whole, for the poolings that have one to take.
    """
    pooled: Tensor = POOLING[how].build(vectors, mask, summary)
    return pooled


@POOLING.register("mean", label="Mean", summary="The average of all vectors that are present.")
def mean(
    vectors: Float[Tensor, "B N D"], mask: Bool[Tensor, "B N"], summary: Tensor | None
) -> Float[Tensor, "B D"]:
    """The average over what is present."""
    return masked_mean(vectors, mask)


@POOLING.register("max", label="Max", summary="The largest value of each coordinate.")
def largest(
    vectors: Float[Tensor, "B N D"], mask: Bool[Tensor, "B N"], summary: Tensor | None
) -> Float[Tensor, "B D"]:
    """The largest value of each coordinate over what is present."""
    highest = vectors.masked_fill(~mask.unsqueeze(-1), float("-inf")).amax(1)
    return highest.masked_fill(~mask.any(1, keepdim=True), 0.0)


@POOLING.register("last", label="Last token", summary="The vector of the question's last word.")
def last(
    vectors: Float[Tensor, "B N D"], mask: Bool[Tensor, "B N"], summary: Tensor | None
) -> Float[Tensor, "B D"]:
    """The last vector that is present."""
    index = mask.shape[1] - 1 - mask.flip(1).int().argmax(1)  # argmax gives the first of equals
    chosen = vectors.gather(1, index[:, None, None].expand(-1, 1, vectors.shape[2]))
    return masked(chosen[:, 0], mask.any(1))


@POOLING.register(
    "pooler",
    label="[CLS], pooled",
    summary="BERT's pooled output: one more learned layer and a tanh over the mark before the "
    "question.",
)
@POOLING.register("cls", label="[CLS]", summary="The vector of the mark before the question.")
def own(
    vectors: Float[Tensor, "B N D"], mask: Bool[Tensor, "B N"], summary: Float[Tensor, "B D"]
) -> Float[Tensor, "B D"]:
    """The encoder's own summary, as long as anything is present."""
    return masked(summary, mask.any(1))


def checked_pooling(how: str, known: Sequence[str], *, encoder: str) -> str:
    """`how`, when it is one of those that an encoder has; else ValueError naming them.

    >>> checked_pooling("max", ("mean", "max"), encoder="HogEncoder")
    'max'
    """
    if how not in known:
        raise ValueError(f"{encoder} has no pooling {how!r}; known: {', '.join(known)}")
    return how
