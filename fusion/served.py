"""What is loaded, and how a question passes through it: the ground that `Engine` stands on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import torch
from PIL import Image

from fusion import as_numpy
from fusion.data import DATASETS, SCENES
from fusion.errors import InputError, Sentence
from fusion.explain import EXPLAINERS
from fusion.explain.base import explainer_info
from fusion.explain.subject import Subject
from fusion.inputs import Inputs, Read, Seen, milliseconds_since
from fusion.models.steering import OWN, Steering
from fusion.models.strategies.base import Fusion
from fusion.notices import notice_about
from fusion.outputs import (
    MAIN,
    MODALITIES,
    BackboneInfo,
    ExplainerInfo,
    Explanation,
    Fetch,
    FusionInfo,
    FusionOutput,
    HubInfo,
    Keypoints,
    Measured,
    SceneView,
    Version,
)
from fusion.passes import checked_keep, fuse
from fusion.question import clean_question, language_of
from fusion.shipped import DEFAULT, Family, describe, with_fusion
from fusion.trust import Trust
from fusion.version import data_version, model_version

S = TypeVar("S", bound="Served")


class Served:
    """One backbone with its fusions, ready to answer, and the other backbones beside it.

    `Engine` says what its arguments are.
    """

    def __init__(self, family: Family) -> None:
        self._family = family
        self._backbone = family.backbone
        self._backbones = family.backbones
        self._inputs = family.inputs
        self._fusions = family.fusions
        self.default_fusion = DEFAULT if DEFAULT in self._fusions else next(iter(self._fusions))
        self._names = family.answers
        self._measured = family.measured

    # ---------------------------------------------------------------- what is there

    @cached_property
    def fusions(self) -> tuple[FusionInfo, ...]:
        """The loaded fusions in the order of registration, those outside comparisons last."""
        return tuple(describe(name, self._family) for name in self._fusions)

    @property
    def backbones(self) -> tuple[BackboneInfo, ...]:
        """The backbones that can be compared with the main one; their weights are read when one is
        asked. One whose files cannot be read is not among them."""
        return self._backbones.infos

    @property
    def hub(self) -> HubInfo | None:
        """The pretrained model that is served beside the shipped ones, if there is one: the
        backbone of its name."""
        return None if self._family.hub is None else self._family.hub.info

    def fetching(self, left: Callable[[], bool] = lambda: False) -> Iterator[Fetch]:
        """Fetch and read the pretrained model, watched; at once over where it is there. ValueError
        with one plain sentence where it cannot be. Who stops iterating waits no longer, nor when
        `left` becomes true."""
        return iter(()) if self._family.hub is None else self._family.hub.fetching(left)

    @property
    def explainers(self) -> tuple[ExplainerInfo, ...]:
        """The explainers in the order of the menu, each with the loaded fusions it supports."""
        configs = {name: fusion.config for name, fusion in self._fusions.items()}
        return tuple(explainer_info(name, configs) for name in EXPLAINERS)

    @property
    def measured(self) -> Measured | None:
        """What the evaluation measured of all that is shipped; None before it has run."""
        return self._measured

    @property
    def trust(self) -> Trust | None:
        """What became of every explainer on every fusion; None before that was measured."""
        return self._family.trust

    @property
    def inputs(self) -> Inputs:
        """The frozen backbone that encodes for all fusions, to train one more on what it gives."""
        return self._inputs

    @property
    def answers(self) -> tuple[str, ...]:
        """The ids of all answers, in the order of a fusion's logits."""
        return tuple(self._names)

    def with_fusion(self: S, name: str, fusion: Fusion) -> S:
        """An engine that also answers with `fusion`, as `name`; this one stays as it is, and both
        share their encodings. ValueError when the fusion does not fit."""
        return type(self)(with_fusion(self._family, name, fusion))

    def picture(self, image: Any) -> Image.Image:
        """The image as the engine sees it: RGB, upright, on white; ValueError when it cannot be."""
        return self._inputs.picture(image)

    def scene(self, seed: int, *, size: tuple[int, int] | None = None) -> SceneView:
        """A made scene with its questions and the truth; the same seed gives the same scene, on a
        canvas of one `size` (width, height)."""
        view: SceneView = self._dataset.scene(_checked_seed(seed), size)
        return view

    def moved_scene(self, seed: int, moves: Mapping[int, tuple[float, float]]) -> SceneView:
        """The scene of a seed drawn again with objects moved by (dx, dy), fractions of the canvas.

        Its questions are those of the scene that still have a sure answer, and say nothing of
        referents. ValueError where an object would leave the picture or lie over another.
        """
        view: SceneView = self._dataset.moved(_checked_seed(seed), moves)
        return view

    def exchangeable(self, question: str) -> list[tuple[str, tuple[str, ...]]]:
        """The question in pieces that join to it again, each with the words that may stand in its
        place in a minimal pair: left for right, a colour for a colour."""
        text = clean_question(question)
        found: list[tuple[str, tuple[str, ...]]] = self._dataset.exchangeable(
            text, language_of(text)
        )
        return found

    @cached_property
    def _dataset(self) -> Any:
        return DATASETS[SCENES].build()

    def version(self, *, fusion: str | None = None, backbone: str = MAIN) -> Version:
        """Which weights answer and which data is made, each a digest that changes with them."""
        chosen = self._with(backbone)
        parts = [(m, m.config) for m in (chosen._inputs.backbone, chosen._fusion(fusion))]
        pieces = chosen._inputs.tokenizer.vocabulary()
        return Version(model=model_version(parts, pieces), data=self._data_version)

    @cached_property
    def _data_version(self) -> str:
        return data_version(self.scene)

    def answer_name(self, answer_id: str, language: str) -> str:
        """The name of an answer in a language."""
        return self._names[answer_id][language]

    def keypoints(self, image: Any, *, backbone: str = "sift-bert", erase: Any = None) -> Keypoints:
        """The keypoints that a backbone describes the image by; ValueError where it has none."""
        return self._with(backbone)._inputs.keypoints(image, erase)

    def nearest_words(
        self, token: str, *, backbone: str = "resnet-word2vec", count: int = 8
    ) -> list[tuple[str, float]]:
        """The word pieces that a backbone's table has nearest to one of its own, best first, with
        the cosine, -1..1; none for a piece too rare to have a vector. ValueError where it has no
        such table, or no such word piece."""
        return self._with(backbone)._inputs.nearest_words(token, count=count)

    # ---------------------------------------------------------------- how

    def _subject(
        self,
        image: Any,
        question: Any,
        fusion: str | None,
        answer: str | None,
        keep: Any,
        drop_tokens: Any,
        erase: Any,
    ) -> Subject:
        """What is explained, checked as asking checks it."""
        kept, model = checked_keep(keep), self._fusion(fusion)
        subject = Subject.of(
            model, self._inputs, image, question, keep=kept, drop_tokens=drop_tokens, erase=erase
        )
        if answer is None:
            return subject
        chosen = self._answer_id(answer, subject.read.language)
        return replace(subject, answer=model.config.answers.index(chosen))

    def _with(self: S, backbone: str) -> S:
        """The engine of a backbone; reads its weights on first use."""
        hub = self._family.hub
        if hub is not None and backbone == hub.name:
            return type(self)(hub.family())
        return self if backbone == self._backbone else type(self)(self._backbones.get(backbone))

    def _encoded(
        self, image: Any, question: Any, drop_tokens: Any, erase: Any
    ) -> tuple[Read, Seen]:
        """Both modalities checked and encoded, each on its own."""
        return self._inputs.read(question, drop_tokens), self._inputs.see(image, erase)

    def _fusion(self, name: str | None) -> Fusion:
        if name is None:
            return self._fusions[self.default_fusion]
        if name not in self._fusions:
            known = ", ".join(self._fusions)
            if self._backbone == MAIN:
                raise InputError("unknown fusion {got!r}; known: {known}", got=name, known=known)
            raise InputError(
                "unknown fusion {got!r}; the backbone {backbone} has {known}",
                got=name,
                backbone=self._backbone,
                known=known,
            )
        return self._fusions[name]

    def _ours(self, name: str | None, what: Sentence) -> Fusion:
        """A fusion whose attention can be followed and steered."""
        model = self._fusion(name)
        if not model.ours:
            raise InputError(
                "Only Duet's own fusions can be {what}; {backbone} gives its attention weights and "
                "nothing of what they are made of.",
                what=what,
                backbone=self._backbone,
            )
        return model

    def _ask_whole(
        self, image: Any, question: str, keep: frozenset[str], drop_tokens: Any, erase: Any
    ) -> Explanation:
        """One answer whose milliseconds hold both encodings, also where these were kept."""
        read, seen = self._encoded(image, question, drop_tokens, erase)
        model, start = self._fusion(None), time.perf_counter()
        explained = self._explain_all(model, seen, read, [keep], start)[0]
        took = explained.milliseconds + seen.milliseconds + read.milliseconds
        return replace(explained, milliseconds=took)

    def _answer_id(self, answer: str, language: str) -> str:
        """The id of an answer given by its id or by its name in any language."""
        if answer in self._names:
            return answer
        wanted = str(answer).strip().casefold()
        for known, names in self._names.items():
            if wanted in (name.casefold() for name in names.values()):
                return known
        listed = ", ".join(names[language] for names in self._names.values())
        raise InputError("unknown answer {got!r}; known: {known}", got=answer, known=listed)

    def _explain_all(
        self,
        model: Fusion,
        seen: Seen,
        read: Read,
        keeps: Sequence[frozenset[str]],
        start: float,
        steering: Steering = OWN,
    ) -> list[Explanation]:
        """One pass of a fusion, with one row for each way of hiding modalities."""
        output = fuse(model, seen, read, keeps, steering)
        return self._explained(model, seen, read, keeps, output, start)

    def _explained(
        self,
        model: Fusion,
        seen: Seen,
        read: Read,
        keeps: Sequence[frozenset[str]],
        output: FusionOutput,
        start: float,
    ) -> list[Explanation]:
        """What each row of a pass says."""
        probabilities = torch.softmax(output.logits.double(), dim=-1).numpy()
        took = milliseconds_since(start)
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
                image=seen.unlike and image,
                question=read.strange,
                language=read.language,
                foreign=read.foreign,
            ),
            milliseconds=milliseconds,
            counts=as_numpy.counts(output, row) if image and text else None,
            backbone=self._backbone,
            reading=as_numpy.reading(output, read, seen, row) if image or text else None,
        )


def _checked_seed(seed: Any) -> int:
    if not isinstance(seed, int) or seed < 0:
        raise InputError("The seed must be a whole number from 0 up, got {got!r}.", got=seed)
    return seed
