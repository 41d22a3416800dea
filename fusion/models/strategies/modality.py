"""Modality-level (late) fusion: one vector per modality, then attention over the two vectors."""

from __future__ import annotations

import torch
from torch import nn

from fusion.config import FusionConfig
from fusion.models.masking import Presence, masked_mean
from fusion.models.steering import OWN, Steering
from fusion.models.strategies import STRATEGIES
from fusion.models.strategies.base import Fusion, ModalityAttention, as_grid, attend_per_image, step
from fusion.outputs import FusionOutput, ImageEncoding, TextEncoding


@STRATEGIES.register(
    "modality",
    label="Modality-level",
    summary="Late fusion: the question picks what to read from the image, then the two resulting "
    "vectors are weighed against each other.",
    source="reference document, sections 2.2 and 3.3",
)
class ModalityFusion(Fusion):
    """Question-guided attention over regions, attention over tokens, attention over both."""

    def __init__(self, config: FusionConfig) -> None:
        super().__init__(config, fused_width=config.width)
        D = config.width
        self.regions = nn.Linear(config.encoding_width, D)
        self.tokens = nn.Linear(config.encoding_width, D)
        self.question = nn.Sequential(nn.Linear(D, D), nn.GELU(), nn.Linear(D, D))
        self.look = self.attention()
        self.read = self.attention()
        self.weigh = ModalityAttention(self.attention(), self_queries=config.attention == "self")

    def forward(
        self,
        image: ImageEncoding,
        text: TextEncoding,
        present: Presence,
        *,
        steering: Steering = OWN,
    ) -> FusionOutput:
        tokens = self.tokens(text.tokens)
        question = self.question(masked_mean(tokens, present.tokens)).unsqueeze(1)
        regions = self.regions(image.regions.flatten(1, 2))
        seen, region_weights, looked = attend_per_image(
            self.look, question, regions, present.regions, steering.looking()
        )
        read = self.read(question, tokens, present.tokens.unsqueeze(1), steering.reading())
        both = self.weigh(
            torch.cat([seen, read.output], dim=1), present.modalities, steering.weighing()
        )
        return FusionOutput(
            logits=self.classifier(both.fused),
            fused=both.fused,
            modality_weights=both.weights,
            region_weights=as_grid(region_weights[:, 0, 0], image),
            token_weights=read.weights[:, 0, 0],
            steps=(step("image", "regions", looked), step("text", "tokens", read)),
            weighing=both.attended,
        )
