"""GPT (Radford et al. 2019): transformers' own GPT2Model with a small configuration.

It is causal: each token knows what stands before it and nothing of what follows, so the same words
have other vectors than in BERT. [CLS] stands for GPT's start of text.
"""

from __future__ import annotations

from typing import ClassVar

from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from transformers import GPT2Config, GPT2Model

from fusion.config import BackboneConfig
from fusion.models.text_encoders import TEXT_ENCODERS
from fusion.models.text_encoders.base import SEPARATOR, START, TextEncoder


@TEXT_ENCODERS.register(
    "gpt",
    label="GPT",
    summary="A transformer that reads from left to right; each token knows only what stands "
    "before it.",
    source="Radford, Wu, Child, Luan, Amodei, Sutskever 2019; transformers' GPT2Model",
)
class GPTEncoder(TextEncoder):
    """Word pieces in the context of those before them; the last one has seen the whole question."""

    poolings: ClassVar[tuple[str, ...]] = ("mean", "max", "last")

    def __init__(self, config: BackboneConfig) -> None:
        super().__init__(config)
        self.gpt = GPT2Model(
            GPT2Config(
                vocab_size=config.vocabulary,
                n_embd=config.text_width,
                n_layer=config.text_layers,
                n_head=config.text_heads,
                n_inner=config.text_hidden,
                n_positions=config.max_tokens + 2,
                attn_pdrop=0.0,  # as in the BERT beside it
                bos_token_id=START,
                eos_token_id=SEPARATOR,
                use_cache=False,
            )
        )
        self.project = nn.Linear(config.text_width, config.width)

    def vectors(self, ids: Int[Tensor, "B S"], mask: Bool[Tensor, "B S"]) -> Float[Tensor, "B S D"]:
        hidden = self.gpt(input_ids=ids, attention_mask=mask.long()).last_hidden_state
        vectors: Tensor = self.project(hidden)
        return vectors
