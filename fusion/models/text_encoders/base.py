"""What all text encoders share: which word pieces are words, and the pooled vector."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from fusion.config import BackboneConfig
from fusion.models.masking import masked
from fusion.models.pooling import checked_pooling, pool
from fusion.outputs import TextEncoding

PADDING, UNKNOWN, START, SEPARATOR = range(4)  # the first ids of every vocabulary


class TextEncoder(nn.Module, ABC):
    """An encoder that gives each word piece a vector.

    `learns` says whether it learns from the questions what stands for a word piece; the linear map
    to the common width always is learned.
    """

    learns: ClassVar[bool] = True
    poolings: ClassVar[tuple[str, ...]] = ("mean", "max")

    def __init__(self, config: BackboneConfig) -> None:
        super().__init__()
        self.width = config.width
        self.pooling = checked_pooling(
            config.text_pooling, self.poolings, encoder=type(self).__name__
        )

    def trunk(self) -> dict[str, nn.Module]:
        """The layers before the linear map to the common width, by name; none where there is only
        that map."""
        return {name: layer for name, layer in self.named_children() if name != "project"}

    @abstractmethod
    def vectors(self, ids: Int[Tensor, "B S"], mask: Bool[Tensor, "B S"]) -> Float[Tensor, "B S D"]:
        """A vector for each word piece, [CLS] and [SEP] included; True in `mask` = present."""

    def forward(self, ids: Int[Tensor, "B S"], mask: Bool[Tensor, "B S"]) -> TextEncoding:
        """Encode word pieces with [CLS] first and [SEP] last; mask True = present.

        A token that is masked is seen by no other token. S = T + 2. [CLS] and [SEP] are left out
        of what is returned, so every weight that a fusion shows belongs to a word piece.
        """
        vectors = self.vectors(ids, mask)[:, :-1]  # (B, 1 + T, D)
        words = mask.clone()
        words[:, 0] = False
        words = (words & (ids != SEPARATOR))[:, 1:-1]
        return TextEncoding(
            tokens=masked(vectors[:, 1:], words),
            mask=words,
            pooled=pool(self.pooling, vectors[:, 1:], words, summary=vectors[:, 0]),
            pooling=self.pooling,
        )
