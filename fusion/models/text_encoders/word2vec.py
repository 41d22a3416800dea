"""Word2Vec (Mikolov et al. 2013): a frozen table of vectors, one per word piece.

The table is learned beforehand from the dataset's questions alone (fusion.training.word_vectors)
and kept with the weights; here it is only looked up. Until then it is random, which is a fixed
random projection of one-hot rows.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from fusion.config import BackboneConfig
from fusion.errors import InputError
from fusion.models.text_encoders import TEXT_ENCODERS
from fusion.models.text_encoders.base import SEPARATOR, TextEncoder


@TEXT_ENCODERS.register(
    "word2vec",
    label="Word2Vec",
    summary="Word pieces that stand among the same words get similar vectors; a token knows "
    "nothing of the question around it.",
    source="Mikolov, Sutskever, Chen, Corrado, Dean 2013; gensim's Word2Vec",
)
class Word2VecEncoder(TextEncoder):
    """A frozen table of word vectors, and a learned linear map of them to the common width.

    A piece that was too rare to have a vector has zeros.
    """

    learns = False
    table: Float[Tensor, "V D"]

    def __init__(self, config: BackboneConfig) -> None:
        super().__init__(config)
        size = config.vocabulary, config.text_width
        self.register_buffer("table", torch.randn(size))
        self.project = nn.Linear(config.text_width, config.width)

    def vectors(self, ids: Int[Tensor, "B S"], mask: Bool[Tensor, "B S"]) -> Float[Tensor, "B S D"]:
        vectors: Tensor = self.project(self.table[ids])
        return vectors

    def nearest(
        self, piece: str, pieces: Sequence[str], *, count: int = 8
    ) -> list[tuple[str, float]]:
        """The word pieces whose vectors point most nearly the same way, with the cosine, -1..1.

        `pieces` are those of the vocabulary in the order of their ids. Best first, without the
        piece itself, special ones and those that have no vector; empty when it has none itself.
        Raises ValueError for a piece that is not in the vocabulary.
        """
        if piece not in pieces:
            raise InputError(
                "{got!r} is none of the {count} word pieces", got=piece, count=len(pieces)
            )
        table = self.table[: len(pieces)].float()
        own = table[pieces.index(piece)]
        lengths = table.norm(dim=1)
        cosines = (table @ own) / (lengths * own.norm()).clamp(min=1e-12)
        left_out = lengths == 0
        left_out[: SEPARATOR + 1] = True
        left_out[pieces.index(piece)] = True
        if own.norm() == 0:
            return []
        order = cosines.masked_fill(left_out, -2.0).argsort(descending=True, stable=True)
        most = min(count, int((~left_out).sum()))
        return [(pieces[i], float(cosines[i])) for i in order[:most].tolist()]
