"""Hybrid fusion: words look at regions in several layers, then the two modalities are weighed.

The feature-level part is cross-attention as in MCAN (Yu et al. 2019): in each layer every token
attends over the regions, the tokens exchange what they found, and the next layer can ask for
something that depends on it ("left of" what the first layer found). The modality-level part pools
regions and tokens with the question as it is by then and weighs the two vectors.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from fusion.config import FusionConfig
from fusion.models.attention import Attention, Change
from fusion.models.masking import Presence, masked, masked_mean
from fusion.models.steering import OWN, Steering
from fusion.models.strategies import STRATEGIES
from fusion.models.strategies.base import Fusion, ModalityAttention, as_grid, attend_per_image, step
from fusion.models.tally import FEATURES, Tally, count_features
from fusion.outputs import AttentionStep, FusionOutput, ImageEncoding, TextEncoding


@STRATEGIES.register(
    "hybrid",
    label="Hybrid",
    summary="Each word looks at the image in several rounds, then the picture and the question "
    "are weighed against each other.",
    source="reference document, sections 2.2 and 3.3; Yu et al. 2019",
)
class HybridFusion(Fusion):
    """Token-by-region cross-attention layers, then attention over the modality vectors.

    The classifier reads the weighed vector joined with both modality vectors and with the counts
    of what the question describes (fusion.models.tally). With self-attention the regions also
    attend to each other first (co-attention).
    """

    def __init__(self, config: FusionConfig) -> None:
        super().__init__(config, fused_width=3 * config.width + FEATURES, counts=FEATURES)
        D, K = config.width, config.heads
        self.regions = nn.Linear(config.encoding_width, D)
        self.tokens = nn.Linear(config.encoding_width, D)
        self.region_norm = nn.LayerNorm(D)
        self.region_mix = self.attention(heads=K) if config.attention == "self" else None
        self.layers = nn.ModuleList(
            CrossLayer(self.attention(heads=K), self.attention(heads=K), D)
            for _ in range(config.layers)
        )
        self.norm = nn.LayerNorm(D)
        self.look = self.attention()
        self.read = self.attention()
        self.weigh = ModalityAttention(self.attention(), self_queries=config.attention == "self")
        self.tally = Tally(config.encoding_width)

    @property
    def looking_heads(self) -> tuple[int, int]:
        return len(self.layers), self.config.heads

    def forward(
        self,
        image: ImageEncoding,
        text: TextEncoding,
        present: Presence,
        *,
        steering: Steering = OWN,
    ) -> FusionOutput:
        encoded = image.regions.flatten(1, 2)
        regions = self.region_norm(self.regions(encoded))  # (N, P, D)
        steps: list[AttentionStep] = []
        if self.region_mix is not None:
            mixed = self.region_mix(regions, regions, present.region_mask.unsqueeze(1))
            regions = regions + mixed.output
            steps.append(step("regions", "regions", mixed))
        tokens = masked(self.tokens(text.tokens), present.tokens)
        region_mask, token_mask = present.regions, present.tokens

        cross = []
        for number, layer in enumerate(self.layers):
            tokens, weights, taken = layer(
                tokens, regions, token_mask, region_mask, steering.looking(number)
            )
            cross.append(weights)
            steps += taken

        tokens = masked(self.norm(tokens), token_mask)
        question = masked_mean(tokens, token_mask).unsqueeze(1)
        seen, region_weights, looked = attend_per_image(
            self.look, question, regions, region_mask, steering.looking()
        )
        read = self.read(question, tokens, token_mask.unsqueeze(1), steering.reading())
        steps += [step("image", "regions", looked), step("text", "tokens", read)]
        vectors = masked(torch.cat([seen, read.output], dim=1), present.modalities)
        both = self.weigh(vectors, present.modalities, steering.weighing())
        counts = self.tally(masked_mean(text.tokens, token_mask), encoded, region_mask)
        fused = torch.cat([both.fused, vectors.flatten(1), count_features(counts)], dim=-1)
        return FusionOutput(
            logits=self.classifier(fused),
            fused=fused,
            modality_weights=both.weights,
            region_weights=as_grid(region_weights[:, 0, 0], image),
            token_weights=read.weights[:, 0, 0],
            cross_weights=as_grid(torch.stack(cross, dim=1), image),
            counts=counts,
            steps=tuple(steps),
            weighing=both.attended,
        )


class CrossLayer(nn.Module):
    """Tokens attend over regions, then over tokens, then each on its own (feed-forward)."""

    def __init__(self, cross: Attention, mix: Attention, width: int) -> None:
        super().__init__()
        self.cross, self.mix = cross, mix
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.feedforward = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )

    def forward(
        self,
        tokens: Tensor,
        regions: Tensor,
        token_mask: Tensor,
        region_mask: Tensor,
        change: Change | None = None,
    ) -> tuple[Tensor, Tensor, tuple[AttentionStep, AttentionStep]]:
        seen, weights, looked = attend_per_image(
            self.cross, self.norms[0](tokens), regions, region_mask, change
        )
        tokens = tokens + masked(seen, region_mask.any(1, keepdim=True).expand(tokens.shape[:2]))
        normed = self.norms[1](tokens)
        mixed = self.mix(normed, normed, token_mask.unsqueeze(1))
        tokens = tokens + mixed.output
        tokens = tokens + self.feedforward(self.norms[2](tokens))
        steps = (step("tokens", "regions", looked), step("tokens", "tokens", mixed))
        return masked(tokens, token_mask), weights * token_mask[:, None, :, None], steps
