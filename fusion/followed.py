"""One pass of a fusion followed from end to end: what `Engine.inside` returns, made of what the
pass computed. Nothing is computed again but the softmax over the answers, which the engine does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
from torch import Tensor

from fusion import as_numpy
from fusion.inputs import Read, Seen
from fusion.inside import Inside, InsideStep
from fusion.models.strategies.base import Fusion
from fusion.outputs import MODALITIES, Attended, Explanation, FusionOutput


def followed(
    explanation: Explanation,
    output: FusionOutput,
    model: Fusion,
    *,
    seen: Seen,
    read: Read,
    temperature: float,
) -> Inside:
    """The way to an explained answer; `output` is the pass of one question that gave it."""
    steps = tuple(_steps(output, model.config.attention or ""))
    grid = seen.encoding.regions.shape[1:3]
    ids = model.config.answers
    order = [ids.index(answer) for answer in explanation.answer_ids]
    keep = explanation.keep
    return Inside(
        question=explanation.question,
        language=explanation.language,
        fusion=explanation.fusion,
        backbone=explanation.backbone,
        strategy=model.config.strategy,
        keep=keep,
        temperature=temperature,
        grid=(grid[0], grid[1]),
        regions_present=seen.region_mask[0].view(*grid).numpy() & ("image" in keep),
        tokens=list(read.pieces),
        tokens_present=read.encoding.mask[0].numpy() & ("text" in keep),
        steps=steps,
        vectors=_vectors(steps, grid[0] * grid[1]),
        modality_weights=explanation.modality_weights,
        counts=as_numpy.counts(output, 0),
        fused=_numpy(output.fused[0]),
        logits=_numpy(output.logits[0])[order],
        answers=explanation.answers,
        answer_ids=explanation.answer_ids,
        notice=explanation.notice,
        milliseconds=explanation.milliseconds,
    )


def _steps(output: FusionOutput, mechanism: str) -> Iterator[InsideStep]:
    """Every step with the numbers of its attention, counted by what goes into what."""
    counted: Counter[tuple[str, str]] = Counter()
    taken = [(step.into, step.over, step.attended) for step in output.steps]
    for into, over, attended in [*taken, ("answer", "modalities", output.weighing)]:
        if attended is None:
            continue
        counted[into, over] += 1
        yield _step(into, over, mechanism, counted[into, over], attended)


def _step(into: str, over: str, mechanism: str, round_: int, attended: Attended) -> InsideStep:
    _, _, Q, J = attended.weights.shape
    units = attended.unit_weights
    K, _, d = attended.values.shape[1:]
    return InsideStep(
        into=into,
        over=over,
        mechanism=mechanism,
        round=round_,
        queries=_numpy(attended.queries[0]),
        keys=_numpy(attended.keys[0]),
        values=_numpy(attended.values[0]),
        unit_weights=None if units is None else _numpy(units),
        scores=_numpy(attended.scores[0]),
        present=attended.present[0, 0].expand(Q, J).numpy().copy(),
        weights=_numpy(attended.weights[0]),
        context=_numpy(attended.context[0].view(Q, K, d).transpose(0, 1)),
        mass=_numpy(attended.mass[0].transpose(0, 1)),
        output=_numpy(attended.output[0]),
    )


def _vectors(steps: tuple[InsideStep, ...], regions: int) -> dict[str, np.ndarray] | None:
    """What is weighed, a hidden modality's being zero; or the two parts of the sum."""
    ends = {step.into: step for step in steps if step.into in MODALITIES}
    if ends:
        return {name: ends[name].output[0] * ends[name].present.any() for name in MODALITIES}
    if not steps:
        return None
    last = steps[-1]  # feature-level: z = sum over regions + sum over tokens
    weighed = last.weights[0, 0][:, None] * last.values[0]
    return {"image": weighed[:regions].sum(0), "text": weighed[regions:].sum(0)}


def _numpy(x: Tensor) -> np.ndarray:
    """A copy as float32, so that changing a result changes no other."""
    return x.detach().float().contiguous().numpy().copy()
