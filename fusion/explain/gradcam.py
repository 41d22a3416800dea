"""Grad-CAM (Selvaraju et al. 2017), by captum, on the encodings that the fusion reads.

    a_d = mean over parts of dy/dx_pd        value of a part = (sum_d a_d x_pd)+

y is the answer's score before the softmax, x_p the vector of a region or of a token. captum sets a
hook; here it is set on an empty layer that is made for this one call, never on a served model.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import torch
from torch import Tensor, nn

from fusion.explain import EXPLAINERS
from fusion.explain.base import Found, OfEverything, shares
from fusion.explain.subject import Subject

Score = Callable[[Tensor], Tensor]


@EXPLAINERS.register(
    "grad-cam",
    label="Grad-CAM",
    summary="Finds the features that raise the answer's score on average, and shows where they "
    "are strong.",
    source="Selvaraju et al. 2017; captum",
)
class GradCam(OfEverything):
    """Features that speak for the answer on average, and where they are."""

    unit: ClassVar[str] = "share"
    signed: ClassVar[bool] = False
    cost: ClassVar[str] = "one gradient"

    def __call__(self, subject: Subject, wanted: frozenset[str]) -> Found:
        """Shares that sum to 1, or are all 0 where no feature speaks for the answer."""
        regions, tokens = subject.encodings
        score: dict[str, Score] = {
            "image": lambda x: subject.logits(x, tokens.detach()),
            "text": lambda x: subject.logits(regions.detach(), x),
        }
        encoded = {"image": regions, "text": tokens}
        with torch.enable_grad():
            maps = {m: cam(encoded[m].detach(), score[m]) for m in sorted(wanted)}
        return Found(values={m: shares(x * subject.present(m)) for m, x in maps.items()})


class Marked(nn.Module):
    """A score of vectors with a layer before it that does nothing, for a hook to be set on."""

    def __init__(self, score: Score) -> None:
        super().__init__()
        self.layer = nn.Identity()
        self.score = score

    def forward(self, x: Tensor) -> Tensor:
        """`x` has its channels first, as captum wants them."""
        return self.score(self.layer(x).movedim(1, -1))


def cam(vectors: Tensor, score: Score) -> Tensor:
    """The class activation map (*S) of vectors (1, *S, D) under a score."""
    from captum.attr import LayerGradCam

    marked = Marked(score)
    found: Tensor = LayerGradCam(marked, marked.layer).attribute(
        vectors.movedim(-1, 1).contiguous(), relu_attributions=True
    )
    return found.detach()[0, 0]
