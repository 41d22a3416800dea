"""Shapley values (Shapley 1953) of the two modalities, exact, from the four passes.

phi_image = 1/2 [v(I) - v(none)] + 1/2 [v(IT) - v(T)], phi_text likewise
"""

from __future__ import annotations

from typing import ClassVar

import torch

from fusion.explain import EXPLAINERS
from fusion.explain.base import Found, OfEverything
from fusion.explain.subject import Subject


@EXPLAINERS.register(
    "modality-shapley",
    label="Shares of image and question",
    summary="Hides the image, the question and both, and shares out what the answer's probability "
    "gained.",
    source="Shapley 1953",
)
class ModalityShapley(OfEverything):
    """How much of the answer's probability is owed to the image, and how much to the question."""

    yields: ClassVar[frozenset[str]] = frozenset({"modalities"})
    cost: ClassVar[str] = "four passes"

    def __call__(self, subject: Subject, wanted: frozenset[str]) -> Found:
        """The two values; they sum to v(both) - v(none)."""
        v = subject.cases()
        image = (v["image"] - v["none"]) / 2 + (v["both"] - v["text"]) / 2
        text = (v["text"] - v["none"]) / 2 + (v["both"] - v["image"]) / 2
        return Found(modalities=torch.tensor([image, text]))
