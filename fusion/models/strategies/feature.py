"""Feature-level (early) fusion: regions and tokens become one sequence before anything is pooled.

Additive and dot-product attention read the joined sequence once. Self-attention first runs a
single-stream transformer over it (as in ViLT, Kim et al. 2021), then reads it the same way.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from fusion.config import FusionConfig
from fusion.models.attention import Attention, Change
from fusion.models.masking import Presence, masked, masked_mean
from fusion.models.steering import OWN, Steering
from fusion.models.strategies import STRATEGIES
from fusion.models.strategies.base import Fusion, as_grid, step
from fusion.outputs import Attended, FusionOutput, ImageEncoding, TextEncoding


@STRATEGIES.register(
    "feature",
    label="Feature-level",
    summary="Early fusion: image regions and words join one sequence, and one attention is "
    "shared out over all of it.",
    source="reference document, sections 2.2 and 3.3",
)
class FeatureFusion(Fusion):
    """One attention over regions and tokens together, queried by the joint summary.

    A modality's weight is the attention mass on its part; the map over the image is the part on
    regions, divided by that mass.
    """

    def __init__(self, config: FusionConfig) -> None:
        super().__init__(config, fused_width=2 * config.width)
        D = config.width
        self.regions = nn.Linear(config.encoding_width, D)
        self.tokens = nn.Linear(config.encoding_width, D)
        stream = config.layers if config.attention == "self" else 0
        self.stream = nn.ModuleList(
            TransformerLayer(self.attention(heads=config.heads), D) for _ in range(stream)
        )
        self.query = nn.Sequential(nn.Linear(2 * D, D), nn.GELU(), nn.Linear(D, D))
        self.read = self.attention()

    @property
    def looking_heads(self) -> tuple[int, int]:
        return len(self.stream), self.config.heads if self.stream else 0

    def forward(
        self,
        image: ImageEncoding,
        text: TextEncoding,
        present: Presence,
        *,
        steering: Steering = OWN,
    ) -> FusionOutput:
        P = image.regions.shape[1] * image.regions.shape[2]
        per_image = text.tokens.shape[0] // image.regions.shape[0]
        regions = self.regions(image.regions.flatten(1, 2)).repeat_interleave(per_image, 0)
        mask = torch.cat([present.regions, present.tokens], dim=1)  # (B, P + T)
        sequence = masked(torch.cat([regions, self.tokens(text.tokens)], dim=1), mask)

        cross, steps = [], []
        for number, layer in enumerate(self.stream):
            sequence, attended = layer(sequence, mask, steering.looking_joined(P, number))
            cross.append(attended.weights[:, :, P:, :P])  # (B, K, T, P): tokens looking at regions
            steps.append(step("joined", "joined", attended))

        summary = self.query(
            torch.cat(
                [
                    masked_mean(sequence[:, :P], present.regions),
                    masked_mean(sequence[:, P:], present.tokens),
                ],
                dim=-1,
            )
        )
        read = self.read(
            summary.unsqueeze(1), sequence, mask.unsqueeze(1), steering.answering_joined(P)
        )
        fused = torch.cat([masked(read.output[:, 0], mask.any(1)), summary], dim=-1)
        weights = read.weights[:, 0, 0]  # (B, P + T)
        return FusionOutput(
            logits=self.classifier(fused),
            fused=fused,
            modality_weights=torch.stack([weights[:, :P].sum(1), weights[:, P:].sum(1)], dim=1),
            region_weights=as_grid(share(weights[:, :P]), image),
            token_weights=share(weights[:, P:]),
            cross_weights=as_grid(torch.stack(cross, dim=1), image) if cross else None,
            steps=(*steps, step("answer", "joined", read)),
        )


class TransformerLayer(nn.Module):
    """Pre-norm transformer layer over the joined sequence."""

    def __init__(self, attention: Attention, width: int) -> None:
        super().__init__()
        self.attention = attention
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))
        self.feedforward = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )

    def forward(
        self, sequence: Tensor, mask: Tensor, change: Change | None = None
    ) -> tuple[Tensor, Attended]:
        normed = self.norms[0](sequence)
        attended = self.attention(normed, normed, mask.unsqueeze(1), change)
        sequence = sequence + attended.output
        sequence = sequence + self.feedforward(self.norms[1](sequence))
        return masked(sequence, mask), attended


def share(weights: Tensor) -> Tensor:
    """Weights of one modality divided by their sum; zero where nothing is present."""
    return weights / weights.sum(-1, keepdim=True).clamp(min=1e-12)
