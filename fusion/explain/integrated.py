"""Integrated gradients (Sundararajan, Taly and Yan 2017), by captum, on the encodings.

    value of a part = sum_d x_pd * integral from 0 to 1 of dv/dx_pd (t x) dt

v is the answer's probability, x the vectors of all regions and tokens; the path starts where all of
them are 0, which is what masking multiplies by, but here they stay in every softmax. The values of
all parts together are v(x) - v(0), up to the error of the quadrature.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from fusion.explain import EXPLAINERS
from fusion.explain.base import Found, OfEverything
from fusion.explain.subject import Subject
from fusion.outputs import MODALITIES

STEPS = 32  # of a Gauss-Legendre quadrature


@EXPLAINERS.register(
    "integrated-gradients",
    label="Integrated gradients",
    summary="Fades image and question in from nothing and adds up, for every part, how much it "
    "moved the answer's probability on the way.",
    source="Sundararajan, Taly, Yan 2017; captum",
)
class IntegratedGradients(OfEverything):
    """Gradients added up along the way from nothing to the whole input."""

    yields: ClassVar[frozenset[str]] = frozenset({*MODALITIES, "modalities"})
    cost: ClassVar[str] = "tens of gradients"

    def __init__(self, *, steps: int = STEPS) -> None:
        self.steps = steps

    def __call__(self, subject: Subject, wanted: frozenset[str]) -> Found:
        """What each part adds; `modalities` are the sums over regions and over tokens."""
        from captum.attr import IntegratedGradients as Captum

        inputs = tuple(x.detach() for x in subject.encodings)
        at_once, done = subject.model.at_once, 0

        def probabilities(regions: Tensor, tokens: Tensor) -> Tensor:
            nonlocal done
            found = subject.probabilities(regions, tokens)
            done += len(regions)
            if subject.watch is not None:
                subject.watch("image", min(1.0, done / self.steps))
            return found

        with torch.enable_grad():
            found: tuple[Tensor, ...] = Captum(probabilities).attribute(
                inputs,
                n_steps=self.steps,
                method="gausslegendre",
                internal_batch_size=at_once if at_once < self.steps else None,
            )
        parts = [x.detach()[0].sum(-1).float() for x in found]
        values = dict(zip(MODALITIES, parts, strict=True))
        return Found(
            values={m: x * subject.present(m) for m, x in values.items() if m in wanted},
            modalities=torch.stack([part.sum() for part in parts]),
        )
