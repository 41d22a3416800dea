"""What every explainer says of itself and gives back, and the check before one is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from fusion.config import FusionConfig
from fusion.errors import InputError, said
from fusion.explain import EXPLAINERS
from fusion.explain.subject import Subject
from fusion.outputs import MODALITIES, ExplainerInfo

#: what a map costs, cheapest first; "pass" is one of the fusion, with the encoding where parts of
#: the input are hidden
COSTS = ("one pass", "four passes", "one gradient", "tens of gradients", "tens of passes",
         "hundreds of passes")  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Found:
    """Values and their standard errors by modality: "image" (H, W), "text" (T,); `modalities` in
    the order of MODALITIES."""

    values: Mapping[str, Tensor] = field(default_factory=dict)
    errors: Mapping[str, Tensor] = field(default_factory=dict)
    modalities: Float[Tensor, " M"] | None = None


@runtime_checkable
class Explainer(Protocol):
    """A method that gives every part a number.

    `yields`: of "image", "text", "modalities". `unit`: "share" (at least 0, sums to 1) or
    "probability" (what a part adds to the answer's). `signed`: below 0 speaks against the answer.
    `specific`: another answer gets another map. `sampled`: its values have errors. `cost`: one of
    COSTS.
    """

    yields: ClassVar[frozenset[str]]
    unit: ClassVar[str]
    signed: ClassVar[bool]
    specific: ClassVar[bool]
    sampled: ClassVar[bool]
    cost: ClassVar[str]

    def supports(self, config: FusionConfig) -> bool:
        """Whether the method has a meaning for such a fusion."""

    def __call__(self, subject: Subject, wanted: frozenset[str]) -> Found:
        """Values for the modalities that are wanted; 0 for what is not present."""


class OfEverything:
    """Supports every fusion, and says how much each part adds to the answer's probability."""

    yields: ClassVar[frozenset[str]] = frozenset(MODALITIES)
    unit: ClassVar[str] = "probability"
    signed: ClassVar[bool] = True
    specific: ClassVar[bool] = True
    sampled: ClassVar[bool] = False

    def supports(self, config: FusionConfig) -> bool:
        return True


class OfAttention:
    """Supports fusions with attention, and shares 1 out over the parts."""

    yields: ClassVar[frozenset[str]] = frozenset({*MODALITIES, "modalities"})
    unit: ClassVar[str] = "share"
    signed: ClassVar[bool] = False
    specific: ClassVar[bool] = False
    sampled: ClassVar[bool] = False

    def supports(self, config: FusionConfig) -> bool:
        return config.attention is not None


def shares(values: Tensor) -> Tensor:
    """Values of at least 0, divided by their sum; all 0 where there are none.

    >>> shares(torch.tensor([1.0, 3.0])).tolist(), shares(torch.zeros(2)).tolist()
    ([0.25, 0.75], [0.0, 0.0])
    """
    total = values.sum()
    return values / total if total > 0 else torch.zeros_like(values)


def apply(
    method: str, subject: Subject, modality: str | None, fusions: Mapping[str, FusionConfig]
) -> Found:
    """Ask an explainer for one modality, or for all that it yields; raises ValueError with the
    methods or the fusions that would do."""
    explainer: Explainer = EXPLAINERS[method].build()
    name = subject.model.config.name
    if not explainer.supports(subject.model.config):
        able = [n for n, config in fusions.items() if explainer.supports(config)]
        raise InputError(
            "The explainer {method!r} does not support the fusion {fusion!r}, which has no "
            "attention; it supports {able}.",
            method=method,
            fusion=name,
            able=", ".join(able) or said("none of the loaded fusions"),
        )
    return explainer(subject, wanted_of(method, modality))


def wanted_of(method: str, modality: str | None) -> frozenset[str]:
    """What to ask a method for; raises ValueError when it does not yield the modality."""
    yields: frozenset[str] = EXPLAINERS[method].build.yields
    if modality is None:
        return yields
    if modality not in MODALITIES:
        raise InputError(
            "unknown modality {got!r}; allowed: {known}", got=modality, known=", ".join(MODALITIES)
        )
    if modality not in yields:
        able = [n for n in EXPLAINERS if modality in EXPLAINERS[n].build.yields]
        raise InputError(
            "The explainer {method!r} gives no map of the {modality}; these do: {able}.",
            method=method,
            modality=modality,
            able=", ".join(able),
        )
    return frozenset({modality})


def explainer_info(method: str, fusions: Mapping[str, FusionConfig]) -> ExplainerInfo:
    """What the registry knows of an explainer, with those of `fusions` that it supports."""
    entry = EXPLAINERS[method]
    explainer: Explainer = entry.build()
    return ExplainerInfo(
        name=method,
        label=entry.label,
        summary=entry.summary,
        source=entry.source,
        yields=tuple(y for y in (*MODALITIES, "modalities") if y in explainer.yields),
        unit=explainer.unit,
        signed=explainer.signed,
        specific=explainer.specific,
        sampled=explainer.sampled,
        cost=explainer.cost,
        fusions=tuple(name for name, config in fusions.items() if explainer.supports(config)),
    )
