"""BERT (Devlin et al. 2019): transformers' own BertModel with a small configuration.

The special tokens [CLS] and [SEP] take part inside BERT and are left out of what it returns, so
every weight that a fusion shows belongs to a word piece of the question.
"""

from __future__ import annotations

from jaxtyping import Bool, Int
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from fusion.config import BackboneConfig
from fusion.models.masking import masked, masked_mean
from fusion.models.text_encoders import TEXT_ENCODERS
from fusion.outputs import TextEncoding


@TEXT_ENCODERS.register(
    "bert",
    label="BERT",
    summary="A bidirectional transformer over word pieces; each token knows its neighbours.",
    source="Devlin, Chang, Lee, Toutanova 2019; transformers' BertModel",
)
class BertEncoder(nn.Module):
    """Word pieces in context, and their mean as the sentence vector."""

    def __init__(self, config: BackboneConfig) -> None:
        super().__init__()
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
            add_pooling_layer=False,
        )
        self.project = nn.Linear(config.text_width, config.width)

    def forward(self, ids: Int[Tensor, "B S"], mask: Bool[Tensor, "B S"]) -> TextEncoding:
        """Encode word pieces with [CLS] first and [SEP] last; mask True = present.

        A token that is masked is seen by no other token. S = T + 2.
        """
        hidden = self.bert(input_ids=ids, attention_mask=mask.long()).last_hidden_state
        words = mask.clone()
        words[:, 0] = False
        words = words & (ids != SEPARATOR)
        tokens, words = self.project(hidden)[:, 1:-1], words[:, 1:-1]  # (B, T, D)
        return TextEncoding(
            tokens=masked(tokens, words), mask=words, pooled=masked_mean(tokens, words)
        )


PADDING, UNKNOWN, START, SEPARATOR = range(4)  # the first ids of every vocabulary
