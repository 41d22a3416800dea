"""BERT (Devlin et al. 2019): transformers' own BertModel with a small configuration.

The special tokens [CLS] and [SEP] take part inside BERT and are left out of what it returns.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from fusion.config import BackboneConfig
from fusion.models.text_encoders import TEXT_ENCODERS
from fusion.models.text_encoders.base import TextEncoder


@TEXT_ENCODERS.register(
    "bert",
    label="BERT",
    summary="A bidirectional transformer over word pieces; each token knows its neighbours.",
    source="Devlin, Chang, Lee, Toutanova 2019; transformers' BertModel",
)
class BertEncoder(TextEncoder):
    """Word pieces in context, and their mean as the sentence vector unless another is asked for."""

    poolings: ClassVar[tuple[str, ...]] = ("mean", "max", "cls", "pooler")

    def __init__(self, config: BackboneConfig) -> None:
        super().__init__(config)
        self.bert = BertModel(
            BertConfig(
                vocab_size=config.vocabulary,
                hidden_size=config.text_width,
                num_hidden_layers=config.text_layers,
                num_attention_heads=config.text_heads,
                intermediate_size=config.text_hidden,
                max_position_embeddings=config.max_tokens + 2,
                hidden_dropout_prob=0.1,
                attention_probs_dropout_prob=0.0,
            ),
            add_pooling_layer=config.text_pooling == "pooler",
        )
        self.project = nn.Linear(config.text_width, config.width)

    def vectors(self, ids: Int[Tensor, "B S"], mask: Bool[Tensor, "B S"]) -> Float[Tensor, "B S D"]:
        output = self.bert(input_ids=ids, attention_mask=mask.long())
        hidden = output.last_hidden_state
        if self.pooling == "pooler":  # BERT's pooled output takes the place of [CLS]
            hidden = torch.cat([output.pooler_output.unsqueeze(1), hidden[:, 1:]], dim=1)
        vectors: Tensor = self.project(hidden)
        return vectors
