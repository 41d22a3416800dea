"""The engine: all that the page and a program see of the models.

An image is encoded once and kept, by its content; questions, fusions and masks about it cost
only the fusion. Nothing is written to the models, so any number of threads may ask.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from fusion import as_numpy
from fusion.data import DATASETS, SCENES
from fusion.explain import EXPLAINERS, faithfulness
from fusion.explain.base import apply, explainer_info
from fusion.explain.subject import Subject
from fusion.images import coverage
from fusion.inputs import Read, Seen, checked_erase
from fusion.models.strategies.base import Fusion
from fusion.notices import notice_about
from fusion.outputs import (
    MODALITIES,
    Attribution,
    Comparison,
    Doubt,
    ExplainerInfo,
    Explanation,
    FusionInfo,
    FusionOutput,
    Masking,
    Measured,
    SceneView,
)
from fusion.passes import BOTH, pass_through
from fusion.shipped import ASSETS, COMPARED, DEFAULT, Family, describe, load_family

KEPT: dict[str, frozenset[str]] = {
    "none": frozenset(),
    "text": frozenset({"text"}),
    "image": frozenset({"image"}),
    "both": BOTH,
}


class Engine:
    """Answers questions about images with the fusions of one backbone.

    `image` is everywhere a PIL image, a path or an array, `question` a str in English or Chinese,
    `keep` the modalities that are not hidden, `drop_tokens` numbers of `Explanation.tokens`, and
    `erase` a 2-D bool array of any size, True = erased, stretched over the image. Wrong input
    raises ValueError with a sentence for the user. Same input, same output, in any thread.
    """

    default_fusion = DEFAULT

    def __init__(self, family: Family) -> None:
        self._inputs = family.inputs
        self._fusions = family.fusions
        self._names = family.answers
        self._measured = family.measured
        self._infos = tuple(describe(name, family) for name in family.fusions)
        self._dataset = DATASETS[SCENES].build()

    @classmethod
    def load(cls, path: Path | None = None, *, threads: int = 2) -> Engine:
        """Load the backbone and every fusion under `path` (the shipped weights unless given).

        torch uses at most `threads` threads from then on. Raises ValueError when anything is
        missing, damaged or does not fit together.
        """
        torch.set_num_threads(max(1, min(threads, torch.get_num_threads())))
        return cls(load_family(ASSETS if path is None else Path(path)))

    # ---------------------------------------------------------------- what is there

    @property
    def fusions(self) -> tuple[FusionInfo, ...]:
        """The loaded fusions in the order of registration, those outside comparisons last."""
        return self._infos

    @property
    def explainers(self) -> tuple[ExplainerInfo, ...]:
        """The explainers in the order of the menu, each with the loaded fusions it supports."""
        configs = {name: fusion.config for name, fusion in self._fusions.items()}
        return tuple(explainer_info(name, configs) for name in EXPLAINERS)

    @property
    def measured(self) -> Measured | None:
        """What the evaluation measured of all that is shipped; None before it has run."""
        return self._measured

    def picture(self, image: Any) -> Image.Image:
        """The image as the engine sees it: RGB, upright, on white; ValueError when it cannot be."""
        return self._inputs.picture(image)

    def scene(self, seed: int) -> SceneView:
        """A made scene with its questions and the truth; the same seed gives the same scene."""
        if not isinstance(seed, int) or seed < 0:
            raise ValueError(f"The seed must be a whole number from 0 up, got {seed!r}.")
        view: SceneView = self._dataset.scene(seed)
        return view

    def answer_name(self, answer_id: str, language: str) -> str:
        """The name of an answer in a language."""
        return self._names[answer_id][language]

    # ---------------------------------------------------------------- what can be asked

    def ask(
        self,
        image: Any,
        question: str,
        *,
        fusion: str = DEFAULT,
        keep: Iterable[str] = BOTH,
        drop_tokens: Iterable[int] = (),
        erase: Any = None,
    ) -> Explanation:
        """Answer one question, with every weight that was used."""
        start = time.perf_counter()
        kept, model = _checked_keep(keep), self._fusion(fusion)
        read, seen = self._inputs.read(question, drop_tokens), self._inputs.see(image, erase)
        return self._explain_all(model, seen, read, [kept], start)[0]

    def masking(
        self,
        image: Any,
        question: str,
        *,
        fusion: str = DEFAULT,
        drop_tokens: Iterable[int] = (),
        erase: Any = None,
        answer: str | None = None,
    ) -> Masking:
        """The four passes none / text / image / both in one batch, and the measured share.

        `answer` is the explained answer, by id or by name; the best of `both` unless given.
        """
        start, model = time.perf_counter(), self._fusion(fusion)
        read, seen = self._inputs.read(question, drop_tokens), self._inputs.see(image, erase)
        chosen = None if answer is None else self._answer_id(answer, read.language)
        explained = self._explain_all(model, seen, read, list(KEPT.values()), start)
        cases = dict(zip(KEPT, explained, strict=True))
        return self._masking(cases, chosen or cases["both"].answer_ids[0])

    def compare(
        self,
        image: Any,
        question: str,
        *,
        keep: Iterable[str] = BOTH,
        drop_tokens: Iterable[int] = (),
        erase: Any = None,
    ) -> Comparison:
        """The same question through every fusion, one encoding; each has its own milliseconds."""
        start, kept = time.perf_counter(), _checked_keep(keep)
        read, seen = self._inputs.read(question, drop_tokens), self._inputs.see(image, erase)
        explanations = {
            name: self._explain_all(model, seen, read, [kept], time.perf_counter())[0]
            for name, model in self._fusions.items()
            if name in COMPARED
        }
        return Comparison(explanations=explanations, milliseconds=_milliseconds(start))

    def explain(
        self,
        image: Any,
        question: str,
        *,
        method: str = "occlusion",
        fusion: str = DEFAULT,
        answer: str | None = None,
        modality: str | None = None,
        keep: Iterable[str] = BOTH,
        drop_tokens: Iterable[int] = (),
        erase: Any = None,
    ) -> Attribution:
        """What each region and each token does for one answer, as one of `explainers` sees it.

        `answer` is an id or a name, the best answer unless given. `modality` asks for "image" or
        "text" alone, where the other would cost time. Maps cover exactly the image. Raises
        ValueError where the method does not support the fusion or has no such map.
        """
        start = time.perf_counter()
        subject = self._subject(image, question, fusion, answer, keep, drop_tokens, erase)
        return self._attribution(method, subject, modality, start)

    def doubt(
        self,
        image: Any,
        question: str,
        *,
        method: str = "occlusion",
        fusion: str = DEFAULT,
        answer: str | None = None,
        modality: str | None = None,
        keep: Iterable[str] = BOTH,
        drop_tokens: Iterable[int] = (),
        erase: Any = None,
        truth: Any = None,
    ) -> Doubt:
        """The same, put to the test: curves of the answer's probability as parts are taken away.

        `truth` is a 2-D bool array of any size, stretched over the image: True on the thing the
        question is about, such as one of `SceneView.masks`. There are no curves for a modality
        that is hidden, or that the method has no map of.
        """
        start, marked = time.perf_counter(), checked_erase(truth, name="truth")
        subject = self._subject(image, question, fusion, answer, keep, drop_tokens, erase)
        found = self._attribution(method, subject, modality, start)
        parts = {"image": found.image, "text": found.text}
        maps = {m: torch.from_numpy(c.values) for m, c in parts.items() if c is not None}
        curves = {m: faithfulness.curves(subject, m, {method: x}) for m, x in maps.items()}
        pointing = None
        if marked is not None and marked.any() and "image" in maps:
            covered = torch.from_numpy(coverage(marked, *subject.grid))
            pointing = faithfulness.pointing(subject, maps["image"], covered)
        return Doubt(
            attribution=found,
            curves={
                m: as_numpy.faithfulness(m, method, c) for m, c in curves.items() if c is not None
            },
            pointing=pointing,
            milliseconds=_milliseconds(start),
        )

    # ---------------------------------------------------------------- how

    def _subject(
        self,
        image: Any,
        question: str,
        fusion: str,
        answer: str | None,
        keep: Iterable[str],
        drop_tokens: Iterable[int],
        erase: Any,
    ) -> Subject:
        kept, model = _checked_keep(keep), self._fusion(fusion)
        subject = Subject.of(
            model, self._inputs, image, question, keep=kept, drop_tokens=drop_tokens, erase=erase
        )
        if answer is None:
            return subject
        chosen = self._answer_id(answer, subject.read.language)
        return replace(subject, answer=model.config.answers.index(chosen))

    def _attribution(
        self, method: str, subject: Subject, modality: str | None, start: float
    ) -> Attribution:
        found = apply(method, subject, modality, {n: f.config for n, f in self._fusions.items()})
        kind, answer_id = EXPLAINERS[method].build, subject.model.config.answers[subject.answer]
        split = found.modalities
        return Attribution(
            method=method,
            fusion=subject.model.config.name,
            answer_id=answer_id,
            answer=self._names[answer_id][subject.read.language],
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
            milliseconds=_milliseconds(start),
        )

    def _fusion(self, name: str) -> Fusion:
        if name not in self._fusions:
            raise ValueError(f"unknown fusion {name!r}; known: {', '.join(self._fusions)}")
        return self._fusions[name]

    def _answer_id(self, answer: str, language: str) -> str:
        """The id of an answer given by its id or by its name in any language."""
        if answer in self._names:
            return answer
        wanted = str(answer).strip().casefold()
        for known, names in self._names.items():
            if wanted in (name.casefold() for name in names.values()):
                return known
        listed = ", ".join(names[language] for names in self._names.values())
        raise ValueError(f"unknown answer {answer!r}; known: {listed}")

    def _explain_all(
        self, model: Fusion, seen: Seen, read: Read, keeps: Sequence[frozenset[str]], start: float
    ) -> list[Explanation]:
        """One pass of a fusion, with one row for each way of hiding modalities."""
        output = fuse(model, seen, read, keeps)
        probabilities = torch.softmax(output.logits.double(), dim=-1).numpy()
        took = _milliseconds(start)
        return [
            self._explanation(model, seen, read, keep, output, row, probabilities[row], took)
            for row, keep in enumerate(keeps)
        ]

    def _explanation(
        self,
        model: Fusion,
        seen: Seen,
        read: Read,
        keep: frozenset[str],
        output: FusionOutput,
        row: int,
        probabilities: np.ndarray,
        milliseconds: float,
    ) -> Explanation:
        ids = model.config.answers
        order = np.argsort(-probabilities, kind="stable").tolist()
        image = "image" in keep and bool(seen.region_mask.any())
        text = "text" in keep and bool(read.encoding.mask.any())
        modality = as_numpy.distribution(output.modality_weights, row)
        tokens = as_numpy.distribution(output.token_weights, row) if text else None
        return Explanation(
            question=read.question,
            language=read.language,
            fusion=model.config.name,
            keep=keep,
            answers=[(self._names[ids[i]][read.language], float(probabilities[i])) for i in order],
            answer_ids=[ids[i] for i in order],
            tokens=list(read.pieces),
            dropped_tokens=read.dropped,
            modality_weights=None
            if modality is None
            else dict(zip(MODALITIES, modality.tolist(), strict=True)),
            image_attention=as_numpy.distribution(output.region_weights, row) if image else None,
            token_attention=None
            if tokens is None
            else list(zip(read.pieces, tokens.tolist(), strict=True)),
            cross_attention=as_numpy.cross(output, read, row) if image and text else None,
            notice=notice_about(
                image=seen.unlike and image, question=read.strange, language=read.language
            ),
            milliseconds=milliseconds,
            counts=as_numpy.counts(output, row) if image and text else None,
        )

    def _masking(self, cases: dict[str, Explanation], answer_id: str) -> Masking:
        v = {case: explanation.probability_of(answer_id) for case, explanation in cases.items()}
        none, text, image, both = (v[case] for case in KEPT)
        return Masking(
            answer_id=answer_id,
            answer=self._names[answer_id][cases["both"].language],
            cases=cases,
            values=v,
            shapley={
                "image": (image - none) / 2 + (both - text) / 2,
                "text": (text - none) / 2 + (both - image) / 2,
            },
            interaction=both - image - text + none,
        )


@torch.no_grad()
def fuse(model: Fusion, seen: Seen, read: Read, keeps: Sequence[frozenset[str]]) -> FusionOutput:
    """One question about one image through a fusion, once for each set of kept modalities."""
    return pass_through(model, seen.encoding, read.encoding, seen.region_mask, keeps)


def _milliseconds(start: float) -> float:
    return (time.perf_counter() - start) * 1000


def _checked_keep(keep: Any) -> frozenset[str]:
    kept = frozenset([keep] if isinstance(keep, str) else keep)
    if unknown := sorted(map(str, kept - BOTH)):
        raise ValueError(
            f"keep names {', '.join(unknown)}; allowed are {' and '.join(MODALITIES)}, "
            "both of them or none"
        )
    return kept
