"""One-hot word pieces (bag of words), and one linear map of them to the common width.

A one-hot row times a matrix is a row of that matrix, so the map is stored and computed as an
embedding table: exactly the same numbers, without a vector of zeros for every token. Its mean over
the question is the projected bag of words, sum of one-hot rows / number of tokens.
"""

from __future__ import annotations

from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from fusion.config import BackboneConfig
from fusion.models.text_encoders import TEXT_ENCODERS
from fusion.models.text_encoders.base import TextEncoder


@TEXT_ENCODERS.register(
    "onehot",
    label="One-hot",
    summary="A bag of words: each word piece stands for itself alone, whatever stands around it "
    "and in whichever order.",
    source="reference document; torch's Embedding",
)
class OneHotEncoder(TextEncoder):
    """One-hot rows through one linear map; a token knows neither its place nor its neighbours."""

    learns = False

    def __init__(self, config: BackboneConfig) -> None:
        super().__init__(config)
        self.project = nn.Embedding(config.vocabulary, config.width)

    def vectors(self, ids: Int[Tensor, "B S"], mask: Bool[Tensor, "B S"]) -> Float[Tensor, "B S D"]:
        vectors: Tensor = self.project(ids)
        return vectors
