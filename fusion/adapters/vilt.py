"""ViLT (Kim, Son, Kim 2021): patches and word pieces in one transformer, no convolution before it.

The weights are `dandelin/vilt-b32-finetuned-vqa`, fine-tuned on VQA v2. Its main branch has them as
a pickle only; as safetensors they stand in the pull request of the hub's own converter, refs/pr/9,
whose commit is shown as 799f1d2. No public page gives the whole hash, so the ref is fetched and
refused unless its commit begins with these seven digits.

**Patches.** transformers' `visual_embed` draws the order of the patches at random, and pads or
drops some. Attention does not depend on the order, so here all are kept, row by row, and the logits
are the same: H x W patches of 32 pixels cover the resized picture, which is all of the user's;
nothing is cropped, and padding is cut off before it becomes a patch.

**The sequence** is [regions, tokens, [CLS], [SEP], image token]. The answer is read from [CLS].
With a_j its weight on j, mean over layers and attention heads (or those that are asked for):

    weight of the image = sum_regions a / (sum_regions a + sum_tokens a)

so that both sum to 1; the map is a / sum_regions a and the words a / sum_tokens a. The three
special tokens carry no part of the input and are left out; how much they took is in
`Reading.special`.

**What is absent** leaves the softmax of every layer; the [SEP] and the image token go with their
modality. With both hidden [CLS] sees only itself: the answer is then what ViLT says of nothing.
ViLT was not trained with anything hidden, unlike our own fusions.

**Answers** are `id2label`. ViLT was trained with a sigmoid for each answer, which do not sum to 1;
here the probabilities are a softmax over its logits, which keeps their order.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from fusion.adapters import ADAPTERS
from fusion.adapters.base import AdapterConfig, Pretrained, Published
from fusion.adapters.patches import PatchSight
from fusion.config import BackboneConfig
from fusion.errors import InputError
from fusion.inputs import Inputs
from fusion.models.masking import Presence, masked
from fusion.models.model import Backbone
from fusion.models.steering import OWN, Steering
from fusion.models.strategies.base import Fusion, as_grid
from fusion.models.tokenizer import QuestionTokenizer
from fusion.outputs import AttentionStep, FusionOutput, ImageEncoding, TextEncoding

SPECIAL = 3  # [CLS], [SEP], image token; behind regions and tokens
IMAGE_TYPE = 1  # of the two kinds of tokens that ViLT tells apart; 0 is text
CLS, SEP = "[CLS]", "[SEP]"


class PatchEncoder(nn.Module):
    """Pixels to patches with their places: what ViLT's layers are given of an image."""

    def __init__(self, embeddings: Any) -> None:
        super().__init__()
        self.embeddings = embeddings

    def forward(self, pixels: Float[Tensor, "N 3 h w"]) -> ImageEncoding:
        x = self.embeddings.patch_embeddings(pixels)  # (N, D, H, W)
        sides = x.shape[2:]
        places = self.embeddings.position_embeddings[:, 1:]
        trained = round(places.shape[1] ** 0.5)
        places = places.transpose(1, 2).unflatten(2, (trained, trained))
        places = nn.functional.interpolate(places, sides, mode="bilinear", align_corners=True)
        kind = self.embeddings.token_type_embeddings.weight[IMAGE_TYPE]
        regions = (x + places).permute(0, 2, 3, 1) + kind
        return ImageEncoding(regions=regions, pooled=regions.mean((1, 2)), pooling="mean")


class WordEncoder(nn.Module):
    """Word pieces with their places: what ViLT's layers are given of a question."""

    def __init__(self, embeddings: Any) -> None:
        super().__init__()
        self.embeddings = embeddings

    def forward(self, ids: Int[Tensor, "B S"], mask: Bool[Tensor, "B S"]) -> TextEncoding:
        x = self.embeddings.text_embeddings(input_ids=ids)
        tokens = (x + self.embeddings.token_type_embeddings.weight[0])[:, 1:-1]
        present = mask[:, 1:-1]
        total = present.sum(1, keepdim=True).clamp(min=1)
        return TextEncoding(
            tokens=tokens,
            mask=present,
            pooled=masked(tokens, present).sum(1) / total,
            pooling="mean",
        )


class ViltFusion(Fusion):
    """ViLT's layers over the joined sequence, and its classifier; see the module's docstring."""

    ours: ClassVar[bool] = False
    at_once: ClassVar[int] = 6

    def __init__(self, config: AdapterConfig, model: Any, *, cls: int, sep: int) -> None:
        """`model` is transformers' ViltForQuestionAnswering, `cls` and `sep` the tokens' ids."""
        super().__init__(config, fused_width=model.config.hidden_size, classifier=model.classifier)
        self.vilt, self.cls, self.sep = model.vilt, cls, sep

    @property
    def looking_heads(self) -> tuple[int, int]:
        return self.config.layers, self.config.heads

    def forward(
        self,
        image: ImageEncoding,
        text: TextEncoding,
        present: Presence,
        *,
        steering: Steering = OWN,
    ) -> FusionOutput:
        if steering is not OWN:
            raise InputError("The attention of ViLT cannot be steered.")
        P, T = image.regions.shape[1] * image.regions.shape[2], text.tokens.shape[1]
        per_image = len(text.tokens) // len(image.regions)
        regions = image.regions.flatten(1, 2).repeat_interleave(per_image, 0)
        there = present.modalities
        always = torch.ones_like(there[:, :1])
        mask = torch.cat(
            [present.regions, present.tokens, always, there[:, 1:], there[:, :1]], dim=1
        )
        special = self.special(T).expand(len(regions), -1, -1)
        sequence = masked(torch.cat([regions, text.tokens, special], dim=1), mask)
        lowest = torch.finfo(sequence.dtype).min  # exp() of it is exactly 0
        scores = torch.zeros_like(mask, dtype=sequence.dtype).masked_fill(~mask, lowest)
        passed = self.vilt.encoder(
            sequence, attention_mask=scores[:, None, None], output_attentions=True
        )
        reads = P + T
        fused = self.vilt.pooler(self.vilt.layernorm(passed.last_hidden_state[:, reads:]))
        rows = torch.stack([weights[:, :, reads] for weights in passed.attentions], dim=1)
        cross = [weights[:, :, P:reads, :P] for weights in passed.attentions]
        mean = rows.mean((1, 2))  # (B, P + T + 3)
        parts = {"regions": mean[:, :P], "tokens": mean[:, P:reads]}
        sums = torch.stack([part.sum(1) for part in parts.values()], dim=1)
        return FusionOutput(
            logits=self.classifier(fused),
            fused=fused,
            modality_weights=_shares(sums),
            region_weights=as_grid(_shares(parts["regions"]), image),
            token_weights=_shares(parts["tokens"]),
            cross_weights=as_grid(torch.stack(cross, dim=1), image),
            steps=tuple(
                AttentionStep(into="joined", over="joined", weights=weights)
                for weights in passed.attentions
            ),
            special=SPECIAL,
            reads=reads,
            read_weights=rows,
        )

    def special(self, tokens: int) -> Float[Tensor, "3 D"]:
        """[CLS], the [SEP] behind so many tokens, and the image token; each always the same."""
        embeddings = self.vilt.embeddings
        kinds = embeddings.token_type_embeddings.weight
        text: Tensor = embeddings.text_embeddings(
            input_ids=torch.tensor([[self.cls, self.sep]]),
            position_ids=torch.tensor([[0, tokens + 1]]),
        )
        image = embeddings.cls_token[0] + embeddings.position_embeddings[0, :1]
        return torch.cat([text[0] + kinds[0], image + kinds[IMAGE_TYPE]])


def _shares(weights: Float[Tensor, "B N"]) -> Float[Tensor, "B N"]:
    """Each row divided by its sum; a row of zeros stays."""
    total = weights.sum(-1, keepdim=True)
    return torch.where(total > 0, weights / total, weights)


@ADAPTERS.register(
    "vilt",
    label="ViLT",
    summary="A pretrained transformer for questions about photographs, in English: patches of the "
    "picture and word pieces pass through the same layers from the start.",
    source="Kim, Son, Kim 2021; dandelin/vilt-b32-finetuned-vqa",
)
class Vilt:
    """ViltForQuestionAnswering of transformers."""

    fusion: ClassVar[str] = "feature-self"
    published: ClassVar[Published] = Published(
        repository="dandelin/vilt-b32-finetuned-vqa",
        revision="refs/pr/9",
        commit="799f1d2",
        files=(
            "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json",
            "special_tokens_map.json", "vocab.txt", "preprocessor_config.json",
            "processor_config.json",  # which of the last two there is, transformers' version says
        ),
        megabytes=470,
    )  # fmt: skip

    @staticmethod
    def read(folder: Path) -> Pretrained:
        from transformers import ViltForQuestionAnswering, ViltProcessor

        model, told = ViltForQuestionAnswering.from_pretrained(
            folder,
            use_safetensors=True,
            local_files_only=True,
            output_loading_info=True,
            attn_implementation="eager",
            dtype=torch.float32,
        )
        if lost := sorted([*told["missing_keys"], *map(str, told["mismatched_keys"])]):
            raise InputError("its weights lack {names}", names=", ".join(lost[:3]))
        model.eval().requires_grad_(False)
        config = model.config
        tokenizer = QuestionTokenizer.load(
            folder / "tokenizer.json", max_tokens=config.max_position_embeddings - 2
        )
        sight = PatchSight(
            ViltProcessor.from_pretrained(folder, local_files_only=True).image_processor,
            patch=config.patch_size,
        )
        ids = {piece: i for i, piece in enumerate(tokenizer.vocabulary())}
        if CLS not in ids or SEP not in ids or len(ids) > config.vocab_size:
            raise InputError("its word pieces are not those that the model was trained with")
        answers = [str(config.id2label[i]) for i in range(config.num_labels)]
        if len(set(answers)) < len(answers):
            raise InputError("two of its answers have the same name")
        backbone = Backbone(
            replace(
                BackboneConfig(image_encoder="vilt", text_encoder="vilt"),
                width=config.hidden_size,
                vocabulary=config.vocab_size,
                max_tokens=tokenizer.max_tokens,
            ),
            image_encoder=PatchEncoder(model.vilt.embeddings),
            text_encoder=WordEncoder(model.vilt.embeddings),
        )
        fusion = ViltFusion(
            AdapterConfig(
                strategy="feature",
                attention="self",
                encoding_width=config.hidden_size,
                width=config.hidden_size,
                heads=config.num_attention_heads,
                layers=config.num_hidden_layers,
                answers=tuple(answers),
            ),
            model,
            cls=ids[CLS],
            sep=ids[SEP],
        )
        return Pretrained(
            inputs=Inputs(
                backbone.eval(),
                tokenizer,
                None,
                sight=sight,
                languages=("en",),
                strange=2.0,
                images=16,
            ),
            fusion=fusion.eval(),
            answers={answer: {"en": answer, "zh": answer} for answer in answers},
        )
