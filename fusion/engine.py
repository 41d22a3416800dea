"""The engine: all that the page and a program see of the models.

An image is encoded once and kept, by its content; questions, fusions and masks about it cost
only the fusion. Nothing is written to the models, so any number of threads may ask.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from fusion import as_numpy
from fusion.data import DATASETS, SCENES
from fusion.examination import Examination
from fusion.explain import EXPLAINERS
from fusion.explain.base import explainer_info
from fusion.explain.subject import Subject
from fusion.followed import followed
from fusion.inputs import Inputs, Read, Seen, checked_erase, milliseconds_since
from fusion.inside import Inside
from fusion.models.attention import tempered
from fusion.models.steering import OWN, Steering
from fusion.models.strategies.base import Fusion
from fusion.notices import notice_about
from fusion.outputs import (
    MAIN,
    MODALITIES,
    Attribution,
    BackboneInfo,
    Comparison,
    Doubt,
    ExplainerInfo,
    Explanation,
    FusionInfo,
    FusionOutput,
    Keypoints,
    Masking,
    Measured,
    SceneView,
    Steered,
    Version,
)
from fusion.passes import BOTH, KEPT, checked_keep, fuse, what_each_did
from fusion.question import clean_question, language_of
from fusion.shipped import ASSETS, COMPARED, DEFAULT, Family, describe, load_family, with_fusion
from fusion.steer import Asked
from fusion.trust import Trust as Trust
from fusion.trust import Trusted as Trusted
from fusion.version import data_version, model_version


class Engine:
    """Answers questions about images with the fusions of one backbone, or with another backbone.

    `image` is everywhere a PIL image, a path or an array, `question` a str in English or Chinese,
    `keep` the modalities that are not hidden, `drop_tokens` numbers of `Explanation.tokens`, and
    `erase` a 2-D bool array of any size, True = erased, stretched over the image. `fusion` is a
    name of `fusions`, `default_fusion` when none is given; `backbone` the name of one of
    `backbones`, each of which has one fusion, or the main one, which has all of them, unless given.
    Wrong input raises ValueError with a sentence for the user. Same input, same output, in any
    thread.
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

    @classmethod
    def load(cls, path: Path | None = None, *, threads: int = 2) -> Engine:
        """Load the backbone and every fusion under `path` (the shipped weights unless given).

        torch uses at most `threads` threads from then on. Raises ValueError when anything is
        missing, damaged or does not fit together.
        """
        torch.set_num_threads(max(1, min(threads, torch.get_num_threads())))
        return cls(load_family(ASSETS if path is None else Path(path)))

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

    def with_fusion(self, name: str, fusion: Fusion) -> Engine:
        """An engine that also answers with `fusion`, as `name`; this one stays as it is, and both
        share their encodings. ValueError when the fusion does not fit."""
        return Engine(with_fusion(self._family, name, fusion))

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

    # ---------------------------------------------------------------- what can be asked

    def ask(
        self,
        image: Any,
        question: str,
        *,
        fusion: str | None = None,
        keep: Iterable[str] = BOTH,
        drop_tokens: Iterable[int] = (),
        erase: Any = None,
        backbone: str = MAIN,
    ) -> Explanation:
        """Answer one question, with every weight that was used."""
        chosen, start = self._with(backbone), time.perf_counter()
        kept, model = checked_keep(keep), chosen._fusion(fusion)
        read, seen = chosen._encoded(image, question, drop_tokens, erase)
        return chosen._explain_all(model, seen, read, [kept], start)[0]

    def inside(
        self,
        image: Any,
        question: str,
        *,
        fusion: str | None = None,
        keep: Iterable[str] = BOTH,
        drop_tokens: Iterable[int] = (),
        erase: Any = None,
        temperature: float = 1.0,
        backbone: str = MAIN,
    ) -> Inside:
        """The whole way to one answer, with every number on it. All attention scores are divided by
        `temperature`, above 0, before the softmax; at 1 the answers are exactly those of `ask`."""
        chosen, start = self._with(backbone), time.perf_counter()
        kept, model = checked_keep(keep), tempered(chosen._fusion(fusion), temperature)
        read, seen = chosen._encoded(image, question, drop_tokens, erase)
        output = fuse(model, seen, read, [kept])
        found = chosen._explained(model, seen, read, [kept], output, start)[0]
        return followed(found, output, model, seen=seen, read=read, temperature=temperature)

    def masking(
        self,
        image: Any,
        question: str,
        *,
        fusion: str | None = None,
        drop_tokens: Iterable[int] = (),
        erase: Any = None,
        answer: str | None = None,
        backbone: str = MAIN,
    ) -> Masking:
        """The four passes none / text / image / both in one batch, and the measured share.

        `answer` is the explained answer, by id or by name; the best of `both` unless given.
        """
        chosen, start = self._with(backbone), time.perf_counter()
        model = chosen._fusion(fusion)
        read, seen = chosen._encoded(image, question, drop_tokens, erase)
        named = None if answer is None else self._answer_id(answer, read.language)
        explained = chosen._explain_all(model, seen, read, list(KEPT.values()), start)
        cases = dict(zip(KEPT, explained, strict=True))
        answer_id = named or cases["both"].answer_ids[0]
        return what_each_did(cases, answer_id, self._names[answer_id][read.language])

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
        start, kept = time.perf_counter(), checked_keep(keep)
        read, seen = self._encoded(image, question, drop_tokens, erase)
        explanations = {
            name: self._explain_all(model, seen, read, [kept], time.perf_counter())[0]
            for name, model in self._fusions.items()
            if name in COMPARED
        }
        return Comparison(explanations=explanations, milliseconds=milliseconds_since(start))

    def compare_backbones(
        self,
        image: Any,
        question: str,
        *,
        keep: Iterable[str] = BOTH,
        drop_tokens: Iterable[int] = (),
        erase: Any = None,
    ) -> Comparison:
        """The same question through every backbone that is compared, each with its one fusion.

        Each encodes on its own, so its milliseconds are those of both encodings and of the pass,
        reading its weights left out. One that cannot be used is in `failed`; ValueError when none
        can be.
        """
        start, kept = time.perf_counter(), checked_keep(keep)
        explanations: dict[str, Explanation] = {}
        failed: dict[str, str] = {}
        self._inputs.see(image)  # says whether the image is unlike, once for all
        for name in self._backbones.names:
            try:
                other = self._with(name)
            except ValueError as error:
                failed[name] = str(error)
                continue
            explanations[name] = other._ask_whole(image, question, kept, drop_tokens, erase)
        if not explanations:
            found = " ".join(failed.values()) or "None is there."
            raise ValueError(f"There is no backbone to compare. {found}")
        return Comparison(
            explanations=explanations, milliseconds=milliseconds_since(start), failed=failed
        )

    def explain(
        self,
        image: Any,
        question: str,
        *,
        method: str = "occlusion",
        fusion: str | None = None,
        answer: str | None = None,
        modality: str | None = None,
        keep: Iterable[str] = BOTH,
        drop_tokens: Iterable[int] = (),
        erase: Any = None,
        backbone: str = MAIN,
    ) -> Attribution:
        """What each region and each token does for one answer, as one of `explainers` sees it.

        `answer` is an id or a name, the best answer unless given. `modality` asks for "image" or
        "text" alone, where the other would cost time. Maps cover exactly the image. Raises
        ValueError where the method does not support the fusion or has no such map.
        """
        start = time.perf_counter()
        given: Any = {"keep": keep, "drop_tokens": drop_tokens, "erase": erase}
        examined = self.examine(
            image, question, fusion=fusion, answer=answer, backbone=backbone, **given
        )
        found = examined.explain(method, modality)
        return replace(found, milliseconds=milliseconds_since(start))

    def doubt(
        self,
        image: Any,
        question: str,
        *,
        method: str = "occlusion",
        fusion: str | None = None,
        answer: str | None = None,
        modality: str | None = None,
        keep: Iterable[str] = BOTH,
        drop_tokens: Iterable[int] = (),
        erase: Any = None,
        truth: Any = None,
        backbone: str = MAIN,
    ) -> Doubt:
        """The same, put to the test: curves of the answer's probability as parts are taken away.

        `truth` is a 2-D bool array of any size, stretched over the image: True on the thing the
        question is about, such as one of `SceneView.masks`. There are no curves for a modality
        that is hidden, or that the method has no map of.
        """
        start = time.perf_counter()
        checked_erase(truth, name="truth")
        given: Any = {"keep": keep, "drop_tokens": drop_tokens, "erase": erase}
        examined = self.examine(
            image, question, fusion=fusion, answer=answer, backbone=backbone, **given
        )
        found = examined.doubt(method, modality, truth=truth)
        return replace(found, milliseconds=milliseconds_since(start))

    def examine(
        self,
        image: Any,
        question: str,
        *,
        fusion: str | None = None,
        answer: str | None = None,
        keep: Iterable[str] = BOTH,
        drop_tokens: Iterable[int] = (),
        erase: Any = None,
        backbone: str = MAIN,
    ) -> Examination:
        """One answer for several methods to `explain` and to `doubt`: what one of them asked of
        the model no other asks again, and long work can be watched."""
        chosen = self._with(backbone)
        return Examination(
            chosen._subject(image, question, fusion, answer, keep, drop_tokens, erase),
            names=chosen._names,
            fusions={name: model.config for name, model in chosen._fusions.items()},
            backbone=chosen._backbone,
        )

    def steer(
        self,
        image: Any,
        question: str,
        *,
        fusion: str | None = None,
        keep: Iterable[str] = BOTH,
        drop_tokens: Iterable[int] = (),
        erase: Any = None,
        backbone: str = MAIN,
        region_weights: Any = None,
        token_weights: Sequence[float] | None = None,
        modality_weights: Mapping[str, float] | None = None,
        heads_off: Iterable[tuple[int, int]] = (),
        strength: float = 1.0,
    ) -> Steered:
        """Answer as `ask` does, and again with the attention changed by hand.

        `region_weights` is a 2-D array of numbers from 0 on, of any size, stretched over the image:
        where the words and the answer shall look instead. `token_weights` has a number for each of
        `Explanation.tokens`, `modality_weights` one for "image" and one for "text"; all are made to
        sum to 1. With a `strength` below 1 regions and tokens keep that much less of what is given,
        and the rest of their own. `heads_off` are pairs of layer and attention head, numbered as in
        `Explanation.cross_attention`. `fusion.models.steering` says exactly what is replaced.
        """
        chosen, start = self._with(backbone), time.perf_counter()
        kept, model = checked_keep(keep), chosen._fusion(fusion)
        read, seen = chosen._encoded(image, question, drop_tokens, erase)
        steering = Asked(model=model, seen=seen, read=read, keep=kept).steering(
            region_weights=region_weights,
            token_weights=token_weights,
            modality_weights=modality_weights,
            heads_off=heads_off,
            strength=strength,
        )
        before = chosen._explain_all(model, seen, read, [kept], start)[0]
        start = time.perf_counter()
        after = chosen._explain_all(model, seen, read, [kept], start, steering)[0]
        return as_numpy.steered(before, after, steering, seen, model.looking_heads)

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

    def _with(self, backbone: str) -> Engine:
        """The engine of a backbone; reads its weights on first use."""
        return self if backbone == self._backbone else Engine(self._backbones.get(backbone))

    def _encoded(
        self, image: Any, question: Any, drop_tokens: Any, erase: Any
    ) -> tuple[Read, Seen]:
        """Both modalities checked and encoded, each on its own."""
        return self._inputs.read(question, drop_tokens), self._inputs.see(image, erase)

    def _fusion(self, name: str | None) -> Fusion:
        if name is None:
            return self._fusions[self.default_fusion]
        if name not in self._fusions:
            only = "" if self._backbone == MAIN else f"the backbone {self._backbone} has "
            known = ", ".join(self._fusions)
            raise ValueError(f"unknown fusion {name!r}; {only or 'known: '}{known}")
        return self._fusions[name]

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
        raise ValueError(f"unknown answer {answer!r}; known: {listed}")

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
                image=seen.unlike and image, question=read.strange, language=read.language
            ),
            milliseconds=milliseconds,
            counts=as_numpy.counts(output, row) if image and text else None,
            backbone=self._backbone,
        )


def _checked_seed(seed: int) -> int:
    if not isinstance(seed, int) or seed < 0:
        raise ValueError(f"The seed must be a whole number from 0 up, got {seed!r}.")
    return seed
