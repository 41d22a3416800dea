"""From what models and explainers computed to what the engine returns: torch becomes numpy here."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from fusion.explain.base import Found
from fusion.explain.faithfulness import Curves
from fusion.explain.subject import Subject
from fusion.inputs import Read, Seen
from fusion.models.steering import Steering
from fusion.models.tally import NAMES
from fusion.outputs import (
    MODALITIES,
    Credit,
    Explanation,
    Faithfulness,
    FusionOutput,
    Reading,
    Steered,
)


def credit(modality: str, unit: str, found: Found, subject: Subject) -> Credit | None:
    """What an explainer found of one modality, in numpy."""
    if modality not in found.values:
        return None
    error = found.errors.get(modality)
    return Credit(
        unit=unit,
        values=found.values[modality].float().numpy(),
        present=subject.present(modality).numpy(),
        error=None if error is None else error.float().numpy(),
    )


def faithfulness(modality: str, method: str, curves: Curves) -> Faithfulness:
    return Faithfulness(
        modality=modality,
        removed=curves.removed.numpy(),
        most=curves.most[method].float().numpy(),
        least=curves.least[method].float().numpy(),
        random=curves.random.float().numpy(),
    )


def distribution(weights: Tensor | None, row: int) -> np.ndarray | None:
    """One row of weights as float32 that sum to 1; None when there are none or all are 0."""
    if weights is None:
        return None
    values = weights[row].double().numpy()
    total = values.sum()
    return (values / total).astype(np.float32) if total > 0 else None


def cross(output: FusionOutput, read: Read, row: int) -> np.ndarray | None:
    """Cross-attention (L, K, T, H, W); a dropped token looks at nothing."""
    if output.cross_weights is None:
        return None
    mask = read.encoding.mask[0, :, None, None]
    return (output.cross_weights[row] * mask).float().numpy()


def reading(output: FusionOutput, read: Read, seen: Seen, row: int) -> Reading | None:
    """The row that is answered from, in every layer and head, cut into what it lies on."""
    if output.read_weights is None:
        return None
    grid, tokens = seen.encoding.regions.shape[1:3], len(read.pieces)
    weights = output.read_weights[row].float().numpy()
    image, text, special = np.split(weights, np.cumsum([grid[0] * grid[1], tokens]), axis=-1)
    return Reading(
        image=image.reshape(*image.shape[:2], *grid), text=text.copy(), special=special.sum(-1)
    )


def counts(output: FusionOutput, row: int) -> dict[str, float] | None:
    """What the tally counted, by the names of its channels."""
    if output.counts is None:
        return None
    return dict(zip(NAMES, output.counts[row].tolist(), strict=True))


def steered(
    before: Explanation, after: Explanation, steering: Steering, seen: Seen, heads: tuple[int, int]
) -> Steered:
    """Before and after, with what was put in the place of the fusion's own weights."""
    regions, tokens, modalities = steering.regions, steering.tokens, steering.modalities
    grid = seen.encoding.regions.shape[1:3]
    return Steered(
        before=before,
        after=after,
        region_weights=None if regions is None else regions.view(grid).numpy(),
        token_weights=None if tokens is None else tokens.numpy(),
        modality_weights=None
        if modalities is None
        else dict(zip(MODALITIES, modalities.tolist(), strict=True)),
        heads_off=steering.heads_off,
        strength=steering.strength,
        heads=heads,
    )
