"""What an explainer is about: one image, one question, one fusion and one answer.

It can be asked again in two ways. `without` hides parts as the page's brush and word chips do:
their pixels are filled before the image is encoded *and* they leave every softmax (and the tally),
and a hidden word is seen by no other word. Leaving regions out of the fusion alone would be far
cheaper and would hide nothing: a convolution has told each region about its neighbours. `logits` is
the other way, differentiable, from given encodings on; nothing is ever written to the models.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from fusion.inputs import Inputs, Read, Seen
from fusion.models.strategies.base import Fusion
from fusion.outputs import FusionOutput, TextEncoding
from fusion.passes import BOTH, pass_through, repeated

AT_ONCE = 12  # images that are encoded together
Watch = Callable[[str, float], None]  # which modality is asked about, and what share is done


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Subject:
    """`answer` is the column of the explained answer, `erase` what the user erased already (it is
    gone in `seen`), `keep` the modalities that are not hidden, `content` a digest of the image.

    `known` are the probabilities of all answers, by what was hidden: they stay when the same is
    asked about another answer. `watch` is told how far a long question is, and may raise to end it.
    """

    model: Fusion
    inputs: Inputs
    image: Any
    erase: Any
    seen: Seen
    read: Read
    keep: frozenset[str]
    answer: int
    content: bytes
    known: dict[tuple[str, bytes], Float[Tensor, " A"]] = field(default_factory=dict)
    watch: Watch | None = None

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of regions."""
        return self.seen.encoding.regions.shape[1], self.seen.encoding.regions.shape[2]

    def present(self, modality: str) -> Bool[Tensor, ...]:
        """Which regions (H, W) or tokens (T,) are there to be taken away."""
        if modality == "image":
            return self.seen.region_mask[0].view(self.grid) & ("image" in self.keep)
        return self.read.encoding.mask[0] & ("text" in self.keep)

    @classmethod
    @torch.no_grad()
    def of(
        cls,
        model: Fusion,
        inputs: Inputs,
        image: Any,
        question: object,
        *,
        keep: frozenset[str] = BOTH,
        drop_tokens: Any = (),
        erase: Any = None,
    ) -> Subject:
        """The subject whose answer is the best one; raises ValueError as asking does."""
        read, seen = inputs.read(question, drop_tokens), inputs.see(image, erase)
        output = pass_through(model, seen.encoding, read.encoding, seen.region_mask, [keep])
        return cls(
            model=model,
            inputs=inputs,
            image=image,
            erase=erase,
            seen=seen,
            read=read,
            keep=keep,
            answer=int(output.logits[0].argmax()),
            content=inputs.digest(image),
        )

    @property
    def probability(self) -> float:
        """The answer's probability with nothing more hidden."""
        return float(self._answers(self.seen, self.read.encoding, [self.keep])[0, self.answer])

    # ---------------------------------------------------------------- asked with parts hidden

    @torch.no_grad()
    def without(self, modality: str, gone: Bool[Tensor, "N ..."]) -> Float[Tensor, " N"]:
        """The answer's probability with each of N sets of regions or tokens hidden besides what is
        hidden already; equal sets are asked once, and those that are known never. In float64."""
        gone = gone & self.present(modality)
        sets, which = torch.unique(gone.flatten(1), dim=0, return_inverse=True)
        names = [(modality, row.tobytes()) for row in sets.numpy()]
        new = [i for i, name in enumerate(names) if name not in self.known]
        self._ask(modality, sets[new].view(-1, *gone.shape[1:]), [names[i] for i in new])
        return torch.stack([self.known[name][self.answer] for name in names])[which]

    def _ask(
        self, modality: str, sets: Bool[Tensor, "N ..."], names: list[tuple[str, bytes]]
    ) -> None:
        """Learn the answers with each of the sets hidden; `watch` may end it, and loses nothing."""
        ask = self._without_regions if modality == "image" else self._without_tokens
        done = 0
        for part in ask(sets) if names else ():
            self.known.update(zip(names[done:], part, strict=False))
            done += len(part)
            if self.watch is not None:
                self.watch(modality, done / len(names))

    def _without_regions(self, gone: Bool[Tensor, "N H W"]) -> Iterator[Float[Tensor, "n A"]]:
        at_once = min(AT_ONCE, self.model.at_once)
        for part in self.inputs.see_without(self.image, self.erase, gone, at_once=at_once):
            yield self._answers(part, self.read.encoding, [self.keep] * len(part.region_mask))

    def _without_tokens(self, gone: Bool[Tensor, "N T"]) -> Iterator[Float[Tensor, "n A"]]:
        for some in gone.split(self.model.at_once):
            text = self.inputs.read_without(self.read, some)
            yield self._answers(self.seen, text, [self.keep] * len(some))

    @torch.no_grad()
    def cases(self) -> dict[str, float]:
        """The four passes none, text, image and both, of what is not hidden anyway."""
        keeps = [frozenset(), frozenset({"text"}), frozenset({"image"}), BOTH]
        found = self._answers(self.seen, self.read.encoding, [k & self.keep for k in keeps])
        found = found[:, self.answer]
        return dict(zip(("none", "text", "image", "both"), found.tolist(), strict=True))

    @torch.no_grad()
    def _answers(
        self, seen: Seen, text: TextEncoding, keeps: list[frozenset[str]]
    ) -> Float[Tensor, "N A"]:
        """The probabilities of all answers."""
        output = pass_through(self.model, seen.encoding, text, seen.region_mask, keeps)
        return torch.softmax(output.logits.double(), dim=-1)

    # ---------------------------------------------------------------- asked from encodings on

    @property
    def encodings(self) -> tuple[Float[Tensor, "1 H W D"], Float[Tensor, "1 T D"]]:
        """Copies of the regions and the tokens that a gradient can be taken to."""
        both = (self.seen.encoding.regions, self.read.encoding.tokens)
        regions, tokens = (x.detach().clone().requires_grad_() for x in both)
        return regions, tokens

    def output(
        self, regions: Float[Tensor, "B H W D"], tokens: Float[Tensor, "B T D"]
    ) -> FusionOutput:
        """All that the fusion computes from such encodings, with the masks as they are."""
        B = len(regions)
        encoding = self.seen.encoding
        image = replace(encoding, regions=regions, pooled=encoding.pooled.expand(B, -1))
        text = replace(repeated(self.read.encoding, B), tokens=tokens)
        mask = self.seen.region_mask.expand(B, -1)
        return pass_through(self.model, image, text, mask, [self.keep] * B)

    def logits(
        self, regions: Float[Tensor, "B H W D"], tokens: Float[Tensor, "B T D"]
    ) -> Float[Tensor, " B"]:
        """The answer's score before the softmax over answers."""
        return self.output(regions, tokens).logits[:, self.answer]

    def probabilities(
        self, regions: Float[Tensor, "B H W D"], tokens: Float[Tensor, "B T D"]
    ) -> Float[Tensor, " B"]:
        """The answer's probability."""
        return torch.softmax(self.output(regions, tokens).logits, dim=-1)[:, self.answer]

    # ---------------------------------------------------------------- chance

    def generator(self, purpose: str) -> torch.Generator:
        """Random numbers that depend on the image, the question and what they are for, and on
        nothing else: the same input gets the same numbers, and every fusion and method too."""
        content = self.content + f"{self.read.question}/{purpose}".encode()
        seed = int.from_bytes(blake2b(content, digest_size=7).digest(), "big")
        return torch.Generator().manual_seed(seed)
