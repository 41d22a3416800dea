"""What all strategies share: the call, the classifier, and the two attention steps they combine.

B questions are asked about N images, B / N in a row about each, so that what depends on the image
alone (keys, values) is computed once per image.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from fusion.config import FusionConfig
from fusion.models.attention import ATTENTION, Attention, Change
from fusion.models.masking import Presence, masked
from fusion.models.steering import OWN, Steering
from fusion.outputs import (
    Attended,
    AttentionStep,
    FusionOutput,
    ImageEncoding,
    TextEncoding,
)


class Fusion(nn.Module, ABC):
    """A strategy with one attention mechanism and its classifier.

    `ours`: its attention can be followed step by step and steered. `at_once`: so many questions go
    through it together where many are asked.
    """

    ours: ClassVar[bool] = True
    at_once: ClassVar[int] = 64

    def __init__(
        self,
        config: FusionConfig,
        *,
        fused_width: int,
        counts: int = 0,
        classifier: nn.Module | None = None,
    ) -> None:
        """`counts`: so many of the fused vector's numbers, its last, say how many there are."""
        super().__init__()
        self.config = config
        self.fused_width = fused_width
        self.classifier: nn.Module = classifier or AnswerClassifier(
            fused_width, config.hidden, len(config.answers), counts=counts
        )

    def attention(self, *, heads: int = 1) -> Attention:
        """A new attention of this fusion's mechanism."""
        if self.config.attention is None:
            raise ValueError(f"strategy {self.config.strategy!r} has no attention mechanism")
        size = {"units": self.config.units} if self.config.attention == "additive" else {}
        build = ATTENTION[self.config.attention].build
        module: Attention = build(self.config.width, heads=heads, **size)
        return module

    @property
    def looking_heads(self) -> tuple[int, int]:
        """Layers in which words look at regions, and attention heads in each; those of
        `FusionOutput.cross_weights`, and the ones that can be switched off."""
        return (0, 0)

    @abstractmethod
    def forward(
        self,
        image: ImageEncoding,
        text: TextEncoding,
        present: Presence,
        *,
        steering: Steering = OWN,
    ) -> FusionOutput:
        """Fuse N images with B questions; see the module's docstring for the order."""


class AnswerClassifier(nn.Module):
    """Low-rank bilinear pooling of the fused vector with itself (Kim et al. 2017), a residual
    layer, then answers.

    Products let it see that two things it reads are equal, which sums learn far more slowly; the
    layer behind them lets it see which equality was asked for ("the same colour?", "another
    shape?"). The last `counts` numbers keep their scale: a normalised count is none.
    """

    def __init__(self, width: int, hidden: int, answers: int, *, counts: int = 0) -> None:
        super().__init__()
        self.counts = counts
        self.norm = nn.LayerNorm(width - counts)
        self.left = nn.Linear(width, hidden)
        self.right = nn.Linear(width, hidden)
        self.mix = nn.Sequential(
            nn.LayerNorm(hidden), nn.Linear(hidden, 2 * hidden), nn.GELU(),
            nn.Linear(2 * hidden, hidden),
        )  # fmt: skip
        self.answers = nn.Linear(hidden, answers)

    def forward(self, fused: Float[Tensor, "B E"]) -> Float[Tensor, "B A"]:
        vector, counts = fused.split([fused.shape[1] - self.counts, self.counts], dim=1)
        fused = torch.cat([self.norm(vector), counts], dim=1)
        products = self.left(fused) * self.right(fused)
        logits: Tensor = self.answers(products + self.mix(products))
        return logits


def attend_per_image(
    attention: Attention,
    queries: Float[Tensor, "B Q D"],
    regions: Float[Tensor, "N P D"],
    mask: Bool[Tensor, "B P"],
    change: Change | None = None,
) -> tuple[Float[Tensor, "B Q D"], Float[Tensor, "B K Q P"], Attended]:
    """Attention of each question's queries over its own image's regions: output, weights, and the
    attention as it was computed, all queries about an image in a row."""
    B, Q, D = queries.shape
    N, P, _ = regions.shape
    rows = mask.unsqueeze(1).expand(B, Q, P).reshape(N, -1, P)
    attended = attention(queries.reshape(N, -1, D), regions, rows, change)
    weights = attended.weights.view(N, -1, B // N, Q, P).transpose(1, 2).flatten(0, 1)
    return attended.output.reshape(B, Q, D), weights, attended


def step(into: str, over: str, attended: Attended) -> AttentionStep:
    """An attention as a step of a fusion."""
    return AttentionStep(into=into, over=over, weights=attended.weights, attended=attended)


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Weighted:
    """Attention over the modality vectors: the fused vector and the weights it was made with."""

    fused: Float[Tensor, "B D"]
    weights: Float[Tensor, "B M"]
    attended: Attended


class ModalityAttention(nn.Module):
    """Weighs the image vector against the text vector: z = sum_m alpha_m y_m.

    Additive and dot-product attention are queried by the sum of the vectors that are present.
    With self-attention each present vector queries both; z is the mean of the results, so the
    weight of a modality is the mean over those queries.
    """

    def __init__(self, attention: Attention, *, self_queries: bool) -> None:
        super().__init__()
        self.attention = attention
        self.self_queries = self_queries

    def forward(
        self,
        vectors: Float[Tensor, "B M D"],
        present: Bool[Tensor, "B M"],
        change: Change | None = None,
    ) -> Weighted:
        vectors = masked(vectors, present)
        if not self.self_queries:
            query = vectors.sum(1, keepdim=True)
            attended: Attended = self.attention(query, vectors, present.unsqueeze(1), change)
            return Weighted(
                fused=masked(attended.output[:, 0], present.any(1)),
                weights=attended.weights[:, 0, 0],
                attended=attended,
            )
        attended = self.attention(vectors, vectors, present.unsqueeze(1), change)
        share = present / present.sum(1, keepdim=True).clamp(min=1)  # (B, M)
        return Weighted(
            fused=torch.einsum("bq,bqd->bd", share.to(attended.output.dtype), attended.output),
            weights=torch.einsum("bq,bqm->bm", share, attended.weights[:, 0]),
            attended=attended,
        )


def as_grid(weights: Float[Tensor, "*S P"], image: ImageEncoding) -> Float[Tensor, "*S H W"]:
    """Flat region weights back on the image's grid."""
    return weights.unflatten(-1, image.regions.shape[1:3])
