"""One model on pixels and word pieces, trained end to end: the encoders and one fusion.

The loss is cross-entropy against what each answer earns, divided by its sum: with one right answer
that is plain cross-entropy, with the ten answers of VQA v2 each gets its share. Modalities, regions
and tokens are hidden at random as in every training of ours (`fusion.training.masks`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor, nn

from fusion.data.files.record import ImageGroup, grouped
from fusion.data.files.stream import Shown, stream
from fusion.images import normalise
from fusion.models.masking import Presence
from fusion.models.model import Backbone
from fusion.models.strategies.base import Fusion
from fusion.models.tokenizer import QuestionTokenizer
from fusion.outputs import ImageEncoding
from fusion.question import clean_question
from fusion.training.masks import drawn_keep, drawn_regions, dropped_tokens
from fusion.training.own.data import OwnData, in_batches, rarity_weights, shuffled_batches
from fusion.training.precision import autocast
from fusion.training.recipe import MaskRates, StageConfig
from fusion.training.team import Team


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class OwnBatch:
    """A process's share of a batch: n images and b questions, `image` is the image of each.

    `earned` is what each answer earns, 0..1; `weight` the sum of the targets' weights over the
    whole batch, of every process.
    """

    pixels: UInt8[Tensor, "n h w 3"]
    image: Int[Tensor, " b"]
    ids: Int[Tensor, "b S"]
    words: Bool[Tensor, "b S"]
    keep: Bool[Tensor, "b M"]
    regions: Bool[Tensor, "n P"]
    earned: Float[Tensor, "b A"]
    weight: float


class OwnModel(nn.Module):
    """Backbone and fusion; the layers of a frozen encoder stay as they are, in evaluation mode."""

    def __init__(self, backbone: Backbone, fusion: Fusion, *, freeze: Sequence[str] = ()) -> None:
        super().__init__()
        self.backbone, self.fusion = backbone, fusion
        self.freeze = tuple(freeze)
        for layer in self._frozen():
            layer.requires_grad_(False)

    def trunk(self, part: str) -> dict[str, nn.Module]:
        """The encoder's own layers of a modality by their full names."""
        encoder: Any = self.backbone.get_submodule(f"{part}_encoder")
        return {f"backbone.{part}_encoder.{n}.": layer for n, layer in encoder.trunk().items()}

    def _frozen(self) -> list[nn.Module]:
        return [layer for part in self.freeze for layer in self.trunk(part).values()]

    def train(self, mode: bool = True) -> OwnModel:
        """Training mode for what is trained."""
        super().train(mode)
        for layer in self._frozen():
            layer.eval()
        return self

    def forward(self, batch: OwnBatch) -> Float[Tensor, "b A"]:
        """Answer logits; every image is encoded once."""
        seen = self.backbone.encode_image(normalise(batch.pixels))
        text = self.backbone.encode_text(batch.ids, batch.words)
        present = Presence(
            keep=batch.keep, region_mask=batch.regions[batch.image], token_mask=text.mask
        )
        logits: Tensor = self.fusion(_for_each(seen, batch.image), text, present).logits
        return logits


def _for_each(seen: ImageEncoding, image: Int[Tensor, " b"]) -> ImageEncoding:
    """The image's encoding for each question."""
    return replace(seen, regions=seen.regions[image], pooled=seen.pooled[image])


class OwnStage:
    """Batches, losses and validation of an `OwnModel` for `fusion.training.loop`."""

    def __init__(
        self,
        config: StageConfig,
        model: OwnModel,
        data: OwnData,
        *,
        tokenizer: QuestionTokenizer,
        masks: MaskRates,
        class_weights: bool,
        workers: int,
        seed: int,
        team: Team,
    ) -> None:
        self.config, self.model, self.data = config, model, data
        self.tokenizer, self.masks, self.workers = tokenizer, masks, workers
        self.seed, self.team = seed, team
        self.groups = grouped(data.training)
        self.steps = -(-len(data.training) // config.batch)
        self.weights = torch.ones(len(data.vocabulary))
        if class_weights:
            counts = torch.zeros(len(data.vocabulary), dtype=torch.float64)
            for start in range(0, len(data.training), 4096):
                some = data.vocabulary.targets(data.training[start : start + 4096])
                counts += shares(some.double()).sum(0)
            self.weights = rarity_weights(counts.float())

    def batches(self, epoch: int) -> Iterator[OwnBatch]:
        """This process's shares of an epoch's batches, masks drawn."""
        rng = np.random.default_rng((self.seed, epoch))
        plan = shuffled_batches(self.groups, self.config.batch, rng)
        for step, (groups, shown) in enumerate(self._shown(plan)):
            seed = int(np.random.default_rng((self.seed, epoch, step)).integers(2**62))
            yield self._batch(groups, shown, masks_seed=seed)

    def _shown(
        self, plan: Sequence[Sequence[ImageGroup]]
    ) -> Iterator[tuple[Sequence[ImageGroup], list[Shown]]]:
        """Each batch with the images of this process's share of it."""
        rank, size = self.team.rank, self.team.size
        backbone = self.model.backbone.config
        images = stream(
            [group for groups in plan for group in groups[rank::size]],
            regions=backbone.regions,
            square=backbone.square,
            workers=self.workers,
        )
        for groups in plan:
            yield groups, list(islice(images, len(groups[rank::size])))

    def _batch(
        self, groups: Sequence[ImageGroup], shown: Sequence[Shown], *, masks_seed: int | None
    ) -> OwnBatch:
        """A process's share. Words and masks are made for the whole batch first, so that they do
        not depend on how many processes there are; `masks_seed` None hides nothing."""
        records = [record for group in groups for record in group.records]
        owner = torch.tensor([n for n, group in enumerate(groups) for _ in group.records])
        tokens = self.tokenizer.encode([clean_question(record.question) for record in records])
        words, B, N = tokens.mask, len(records), len(groups)
        keep = torch.ones(B, 2, dtype=torch.bool)
        regions = torch.ones(N, self.model.backbone.config.regions, dtype=torch.bool)
        if masks_seed is not None:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(masks_seed)
                keep = drawn_keep(B, self.masks, owner.device)
                regions = drawn_regions(N, regions.shape[1], self.masks, owner.device)
                words = words & dropped_tokens(tokens.ids, share=self.masks.tokens)
        earned = self.data.vocabulary.targets(records)
        mine = owner % self.team.size == self.team.rank
        device, none = self.team.device, torch.zeros(0, 1, 1, 3, dtype=torch.uint8)
        return OwnBatch(
            pixels=torch.stack([s.pixels for s in shown]).to(device) if shown else none,
            image=(owner[mine] // self.team.size).to(device),
            ids=tokens.ids[mine].to(device),
            words=words[mine].to(device),
            keep=keep[mine].to(device),
            regions=regions[self.team.rank :: self.team.size].to(device),
            earned=earned[mine].to(device),
            weight=float((shares(earned) @ self.weights).sum()),
        )

    def losses(self, batch: OwnBatch) -> Iterable[Tensor]:
        """The share's part of the batch's mean loss; none when the share is empty."""
        if len(batch.ids):
            with autocast(self.team.device):
                logits = self.model(batch)
            weights = self.weights.to(logits.device)
            yield cross_entropy(logits, shares(batch.earned) * weights) / batch.weight

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Mean loss over the questions whose answer is in the vocabulary, and accuracy over all:
        the mean of what the best answer earns, which is the official accuracy for VQA v2."""
        loss = score = 0.0
        for groups, shown in self._shown(in_batches(self.data.validation, self.config.batch)):
            batch = self._batch(groups, shown, masks_seed=None)
            if len(batch.ids):
                with autocast(self.team.device):
                    logits = self.model(batch)
                loss += float(cross_entropy(logits, shares(batch.earned)))
                score += float(batch.earned.gather(1, logits.argmax(1, keepdim=True)).sum())
        known = set(self.data.vocabulary.answers)
        learned = sum(not known.isdisjoint(r.targets) for r in self.data.validation)
        asked = len(self.data.validation) + self.data.refused
        return {
            "validation loss": round(self.team.total(loss) / max(1, learned), 4),
            "accuracy": round(self.team.total(score) / asked, 4),
        }


def shares(earned: Float[Tensor, "b A"]) -> Float[Tensor, "b A"]:
    """What each answer earns divided by the sum of its row; a row of zeros stays one.

    >>> shares(torch.tensor([[1.0, 0.5, 0.5], [0.0, 0.0, 0.0]])).tolist()
    [[0.5, 0.25, 0.25], [0.0, 0.0, 0.0]]
    """
    return earned / earned.sum(1, keepdim=True).clamp(min=1e-6)


def cross_entropy(logits: Float[Tensor, "b A"], targets: Float[Tensor, "b A"]) -> Float[Tensor, ""]:
    """The sum over questions and answers of -target log p."""
    return -(targets * logits.float().log_softmax(-1)).sum()
