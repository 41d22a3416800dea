"""One answer under examination: its maps and its curves, each computed once and kept.

The engine makes one for whoever asks several methods about the same answer. What one method asked
of the model no other asks again, and nothing is asked again for another answer. Long work can be
watched, and ends when nobody watches any more.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import torch

from fusion import as_numpy
from fusion.background import Background
from fusion.config import FusionConfig
from fusion.explain import EXPLAINERS, faithfulness
from fusion.explain.base import apply, explainer_info
from fusion.explain.subject import Subject, Watch
from fusion.images import coverage
from fusion.inputs import checked_erase, milliseconds_since
from fusion.outputs import MODALITIES, Attribution, Doubt, ExplainerInfo, Pointing

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Step(Generic[T]):
    """How far long work is: which modality is asked about, what share of that is done, and at the
    end what was found."""

    modality: str = MODALITIES[0]
    share: float = 0.0
    found: T | None = None


class Examination:
    """What the explainers say of one answer, and what becomes of it when it is put to the test."""

    def __init__(
        self,
        subject: Subject,
        *,
        names: Mapping[str, Mapping[str, str]],
        fusions: Mapping[str, FusionConfig],
        backbone: str,
    ) -> None:
        self._subject, self._names = subject, names
        self._fusions, self._backbone = fusions, backbone
        self._found: dict[tuple[str, str | None], Attribution] = {}

    @property
    def answer_id(self) -> str:
        """The answer that is explained."""
        return self._subject.model.config.answers[self._subject.answer]

    def of(self, answer_id: str) -> Examination:
        """The same of another answer; what was asked of the model stays known."""
        answer = self._subject.model.config.answers.index(answer_id)
        return Examination(
            replace(self._subject, answer=answer),
            names=self._names,
            fusions=self._fusions,
            backbone=self._backbone,
        )

    @property
    def explainers(self) -> tuple[tuple[ExplainerInfo, bool], ...]:
        """Every explainer in the order of the menu, and whether it supports this fusion."""
        config = self._subject.model.config
        return tuple(
            (explainer_info(name, self._fusions), EXPLAINERS[name].build().supports(config))
            for name in EXPLAINERS
        )

    def known(self, method: str) -> Attribution | None:
        """What a method found, if it was asked before."""
        return self._found.get((method, None))

    def explain(
        self, method: str, modality: str | None = None, *, watch: Watch | None = None
    ) -> Attribution:
        """The maps of a method, of both modalities or of one; see `Engine.explain`."""
        if (method, modality) not in self._found:
            self._found[method, modality] = self._explain(method, modality, watch)
        return self._found[method, modality]

    def doubt(
        self,
        method: str,
        modality: str | None = None,
        *,
        truth: Any = None,
        watch: Watch | None = None,
    ) -> Doubt:
        """The maps put to the test; see `Engine.doubt`."""
        start, marked = time.perf_counter(), checked_erase(truth, name="truth")
        found = self.explain(method, modality, watch=watch)
        subject = replace(self._subject, watch=watch)
        parts = {"image": found.image, "text": found.text}
        maps = {m: torch.from_numpy(c.values) for m, c in parts.items() if c is not None}
        curves = {m: faithfulness.curves(subject, m, {method: x}) for m, x in maps.items()}
        return Doubt(
            attribution=found,
            curves={
                m: as_numpy.faithfulness(m, method, c) for m, c in curves.items() if c is not None
            },
            pointing=None if marked is None else self.pointing(found, marked),
            milliseconds=milliseconds_since(start),
        )

    def pointing(self, found: Attribution, truth: Any) -> Pointing | None:
        """The map of the image against the truth; None where there is no map, or no truth."""
        marked = checked_erase(truth, name="truth")
        if marked is None or not marked.any() or found.image is None:
            return None
        covered = torch.from_numpy(coverage(marked, *self._subject.grid))
        values = torch.from_numpy(found.image.values)
        return faithfulness.pointing(self._subject, values, covered)

    def explaining(self, method: str) -> Iterator[Step[Attribution]]:
        """`explain`, watched: how far it is, then what it found."""
        return watched(lambda watch: self.explain(method, watch=watch))

    def doubting(self, method: str) -> Iterator[Step[Doubt]]:
        """`doubt`, watched."""
        return watched(lambda watch: self.doubt(method, watch=watch))

    def _explain(self, method: str, modality: str | None, watch: Watch | None) -> Attribution:
        start, subject = time.perf_counter(), replace(self._subject, watch=watch)
        found = apply(method, subject, modality, self._fusions)
        kind, split = EXPLAINERS[method].build, found.modalities
        return Attribution(
            method=method,
            fusion=subject.model.config.name,
            answer_id=self.answer_id,
            answer=self._names[self.answer_id][subject.read.language],
            probability=subject.probability,
            signed=kind.signed,
            specific=kind.specific,
            unit=kind.unit,
            tokens=list(subject.read.pieces),
            image=as_numpy.credit("image", kind.unit, found, subject),
            text=as_numpy.credit("text", kind.unit, found, subject),
            modalities=None
            if split is None
            else dict(zip(MODALITIES, split.tolist(), strict=True)),
            milliseconds=milliseconds_since(start),
            backbone=self._backbone,
        )


class _LeftError(Exception):
    """Nobody watches any more."""


def watched(work: Callable[[Watch], T]) -> Iterator[Step[T]]:
    """Do work beside the answers and say how far it is; who stops iterating ends it."""

    def steps(left: Callable[[], bool]) -> Iterator[Step[T]]:
        def watch(modality: str, share: float) -> None:
            if left():
                raise _LeftError
            background.tell(Step(modality=modality, share=share))

        yield Step(share=1.0, found=work(watch))

    background: Background[Step[T]] = Background(steps)
    return iter(background)
