"""The engine: all that the page and a program see of the models.

An image is encoded once and kept, by its content; questions, fusions and masks about it cost
only the fusion. Nothing is written to the models, so any number of threads may ask.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from fusion import as_numpy
from fusion.adapters.hub import HubModel
from fusion.errors import InputError, said
from fusion.examination import Examination
from fusion.followed import followed
from fusion.inputs import checked_erase, milliseconds_since
from fusion.inside import Inside
from fusion.models.attention import tempered
from fusion.models.strategies.base import Fusion as Fusion
from fusion.outputs import (
    MAIN,
    Attribution,
    Comparison,
    Doubt,
    Explanation,
    Masking,
    Steered,
)
from fusion.passes import BOTH, KEPT, checked_keep, fuse, what_each_did
from fusion.served import Served
from fusion.shipped import ASSETS, COMPARED, load_family
from fusion.steer import Asked
from fusion.trust import Trust as Trust
from fusion.trust import Trusted as Trusted


class Engine(Served):
    """Answers questions about images with the fusions of one backbone, or with another backbone.

    `image` is everywhere a PIL image, a path or an array, `question` a str in English or Chinese,
    `keep` the modalities that are not hidden, `drop_tokens` numbers of `Explanation.tokens`, and
    `erase` a 2-D bool array of any size, True = erased, stretched over the image. `fusion` is a
    name of `fusions`, `default_fusion` when none is given; `backbone` the name of one of
    `backbones` or that of the `hub` model, each of which has one fusion, or the main one, which has
    all of them, unless given.
    Wrong input raises ValueError with a sentence for the user. Same input, same output, in any
    thread.
    """

    @classmethod
    def load(
        cls, path: Path | None = None, *, hub_model: str | None = None, threads: int = 2
    ) -> Engine:
        """Load the backbone and every fusion under `path` (the shipped weights unless given).

        `hub_model` is a folder or an id of the Hugging Face hub: a pretrained model to be served
        beside them as the backbone `hub.name`, fetched and read when it is first asked.

        torch uses at most `threads` threads from then on. Raises ValueError when anything is
        missing, damaged or does not fit together.
        """
        torch.set_num_threads(max(1, min(threads, torch.get_num_threads())))
        hub = None if hub_model is None else HubModel(hub_model)
        return cls(replace(load_family(ASSETS if path is None else Path(path)), hub=hub))

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
        temperature: float | int = 1.0,
        backbone: str = MAIN,
    ) -> Inside:
        """The whole way to one answer, with every number on it. All attention scores are divided by
        `temperature`, above 0, before the softmax; at 1 the answers are exactly those of `ask`."""
        chosen, start = self._with(backbone), time.perf_counter()
        kept, heat = checked_keep(keep), float(temperature)
        model = tempered(chosen._ours(fusion, said("followed step by step")), heat)
        read, seen = chosen._encoded(image, question, drop_tokens, erase)
        output = fuse(model, seen, read, [kept])
        found = chosen._explained(model, seen, read, [kept], output, start)[0]
        return followed(found, output, model, seen=seen, read=read, temperature=heat)

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
        named = None if answer is None else chosen._answer_id(answer, read.language)
        explained = chosen._explain_all(model, seen, read, list(KEPT.values()), start)
        cases = dict(zip(KEPT, explained, strict=True))
        answer_id = named or cases["both"].answer_ids[0]
        return what_each_did(cases, answer_id, chosen._names[answer_id][read.language])

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
            raise InputError(
                "There is no backbone to compare. {reasons}", reasons=" ".join(failed.values())
            )
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
        question: Any,
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
        kept, model = checked_keep(keep), chosen._ours(fusion, said("steered"))
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
