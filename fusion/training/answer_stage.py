"""Training fusions on answers: frozen image encodings, several questions per image, masks.

Cross-entropy over the answer vocabulary. Which parts of the input are hidden is drawn per question
(modalities, tokens) and per image (regions); see MaskRates. Several fusions can be trained side by
side on the same batches; the text encoder is trained with them or stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool
from torch import Tensor, nn
from torch.nn import functional as F

from fusion.data.shapes.vocabulary import FAMILIES
from fusion.images import normalise
from fusion.models.masking import Presence
from fusion.models.model import Backbone
from fusion.models.strategies.base import Fusion
from fusion.outputs import ImageEncoding
from fusion.training.bank import Shelf
from fusion.training.image_stage import shelf_batches
from fusion.training.recipe import MaskRates, StageConfig
from fusion.training.shards import NO_ANSWER, Shard, ShardQueue

HALVES = 2  # short and long questions of the same images go apart, to pad less
SMOOTHING = 0.02  # label smoothing; keeps the probabilities from running to 1


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class EncodedShelf:
    """Regions (n, H, W, D) in half precision for all scenes of one grid shape, and where their
    rows start in a shard."""

    regions: Tensor
    offset: int

    def __len__(self) -> int:
        return len(self.regions)


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class AnswerBatch:
    """N encoded images with Q questions each."""

    regions: Tensor
    questions: Shard


@torch.no_grad()
def encode_bank(backbone: Backbone, bank: list[Shelf], device: torch.device) -> list[EncodedShelf]:
    """Every scene's regions, computed once."""
    encoder = backbone.image_encoder.to(device).eval()
    shelves, offset = [], 0
    for shelf in bank:
        parts = []
        for start in range(0, len(shelf), 128):
            pixels = torch.from_numpy(shelf.pixels[start : start + 128]).to(device)
            with torch.autocast(device.type, torch.bfloat16):
                regions = encoder(normalise(pixels)).regions
            parts.append(regions.half())
        shelves.append(EncodedShelf(regions=torch.cat(parts), offset=offset))
        offset += len(shelf)
    return shelves


class AnswerStage:
    """Fusions, and the text encoder if the configuration says so, on questions and answers."""

    def __init__(
        self,
        config: StageConfig,
        backbone: Backbone,
        fusions: dict[str, Fusion],
        *,
        encoded: list[EncodedShelf],
        queue: ShardQueue,
        encoded_validation: list[EncodedShelf],
        validation: dict[str, Shard],
        masks: MaskRates,
        seed: int,
        device: torch.device,
    ) -> None:
        kinds = {f.config.masked_training for f in fusions.values()}
        if len(kinds) != 1:
            raise ValueError("a stage trains its fusions all with masking or all without")
        self.config, self.seed, self.device = config, seed, device
        self.fusions, self.masks = fusions, masks if kinds.pop() else None
        self.text_encoder = backbone.text_encoder.to(device)
        self.model = nn.ModuleDict(dict(fusions))
        if config.train_text:
            self.model["text_encoder"] = self.text_encoder
        self.encoded, self.queue = encoded, queue
        self.encoded_validation, self.validation = encoded_validation, validation
        self.steps = len(shelf_batches(encoded, config.batch, np.random.default_rng(0)))

    def batches(self, epoch: int) -> Iterator[AnswerBatch]:
        self.text_encoder.train(self.config.train_text)
        shard = self.queue.get(self.config.first_shard + epoch, count=self.config.questions)
        rng = np.random.default_rng((self.seed, epoch))
        for shelf, index in shelf_batches(self.encoded, self.config.batch, rng):
            yield answer_batch(shelf, index, shard, self.device)

    def losses(self, batch: AnswerBatch) -> Iterable[Tensor]:
        regions = batch.regions.float()
        image = ImageEncoding(regions=regions, pooled=regions.mean((1, 2)))
        for part in np.array_split(np.arange(self.config.questions), HALVES):
            questions = Shard(
                **{n: getattr(batch.questions, n)[:, part] for n in Shard.__slots__}
            )
            yield self._loss(image, questions) / HALVES

    def _loss(self, image: ImageEncoding, questions: Shard) -> Tensor:
        ids, answers = self._tensors(questions)
        words = ids != 0
        if self.masks is not None:
            words = words & dropped_tokens(ids, self.masks)
        with torch.autocast(self.device.type, torch.bfloat16):
            with torch.set_grad_enabled(self.config.train_text):
                text = self.text_encoder(ids, words)
            present = self._presence(image, text.mask)
            total = torch.zeros((), device=self.device)
            for fusion in self.fusions.values():
                logits = fusion(image, text, present).logits.float()
                total = total + F.cross_entropy(
                    logits, answers, ignore_index=NO_ANSWER, label_smoothing=SMOOTHING
                )
        return total

    def _tensors(self, questions: Shard) -> tuple[Tensor, Tensor]:
        ids = questions.ids.reshape(-1, questions.ids.shape[-1])
        ids = ids[:, : max(3, int((ids != 0).sum(1).max()))]
        return (
            torch.from_numpy(ids.astype(np.int64)).to(self.device),
            torch.from_numpy(questions.answers.reshape(-1).astype(np.int64)).to(self.device),
        )

    def _presence(self, image: ImageEncoding, token_mask: Bool[Tensor, "B T"]) -> Presence:
        N, H, W, _ = image.regions.shape
        B = token_mask.shape[0]
        keep = torch.ones(B, 2, dtype=torch.bool, device=self.device)
        regions = torch.ones(N, H * W, dtype=torch.bool, device=self.device)
        if self.masks is not None:
            keep = drawn_keep(B, self.masks, self.device)
            regions = drawn_regions(N, H * W, self.masks, self.device)
        return Presence(keep=keep, region_mask=regions, token_mask=token_mask)

    @torch.no_grad()
    def validate(self) -> dict[str, object]:
        """Validation loss and accuracy per fusion and validation set, accuracy per family of
        the last fusion on the first set, and its accuracy with the image hidden."""
        self.text_encoder.eval()
        found: dict[str, object] = {}
        for name, shard in self.validation.items():
            right, losses = self._answers_right(shard, keep=(True, True))
            known = shard.answers.reshape(-1) != NO_ANSWER
            found[f"accuracy {name}"] = {k: float(r[known].mean()) for k, r in right.items()}
            if name == next(iter(self.validation)):
                found["validation loss"] = losses
                families = shard.families.reshape(-1)
                best = max(right, key=lambda k: right[k][known].mean())
                found[f"{best} by family"] = {
                    family: float(right[best][known & (families == k)].mean())
                    for k, family in enumerate(FAMILIES)
                }
                blind, _ = self._answers_right(shard, keep=(False, True))
                found["image hidden"] = {k: float(r[known].mean()) for k, r in blind.items()}
        return found

    def _answers_right(
        self, shard: Shard, *, keep: tuple[bool, bool]
    ) -> tuple[dict[str, np.ndarray], dict[str, float]]:
        right: dict[str, list[np.ndarray]] = {name: [] for name in self.fusions}
        losses: dict[str, list[float]] = {name: [] for name in self.fusions}
        for shelf in self.encoded_validation:
            for start in range(0, len(shelf), 64):
                index = np.arange(start, min(start + 64, len(shelf)))
                batch = answer_batch(shelf, index, shard, self.device)
                ids, answers = self._tensors(batch.questions)
                regions = batch.regions.float()
                image = ImageEncoding(regions=regions, pooled=regions.mean((1, 2)))
                with torch.autocast(self.device.type, torch.bfloat16):
                    text = self.text_encoder(ids, ids != 0)
                    present = Presence(
                        keep=torch.tensor([keep], device=self.device).expand(len(ids), 2),
                        region_mask=torch.ones(
                            regions.shape[0],
                            regions.shape[1] * regions.shape[2],
                            dtype=torch.bool,
                            device=self.device,
                        ),
                        token_mask=text.mask,
                    )
                    for name, fusion in self.fusions.items():
                        logits = fusion(image, text, present).logits.float()
                        right[name].append((logits.argmax(-1) == answers).cpu().numpy())
                        loss = F.cross_entropy(logits, answers, ignore_index=NO_ANSWER)
                        losses[name].append(float(loss))
        return (
            {name: np.concatenate(r) for name, r in right.items()},
            {name: float(np.mean(x)) for name, x in losses.items()},
        )


def answer_batch(
    shelf: EncodedShelf, index: np.ndarray, shard: Shard, device: torch.device
) -> AnswerBatch:
    """Some scenes of a shelf with their questions."""
    regions = shelf.regions[torch.from_numpy(index).to(shelf.regions.device)].to(device)
    return AnswerBatch(regions=regions, questions=shard.rows(index + shelf.offset))


def drawn_keep(batch: int, rates: MaskRates, device: torch.device) -> Bool[Tensor, "B M"]:
    """Which modalities each question keeps."""
    draw = torch.rand(batch, device=device)
    both = draw < rates.both
    image = both | ((draw >= rates.both) & (draw < rates.both + rates.image))
    text = both | (draw > 1 - rates.text)
    return torch.stack([~image, ~text], dim=1)


def drawn_regions(
    images: int, regions: int, rates: MaskRates, device: torch.device
) -> Bool[Tensor, "N P"]:
    """Some images lose a random share of up to half their regions."""
    lost = torch.rand(images, 1, device=device) * 0.5
    chosen = torch.rand(images, 1, device=device) < rates.regions
    return ~(chosen & (torch.rand(images, regions, device=device) < lost))


def dropped_tokens(ids: Tensor, rates: MaskRates) -> Bool[Tensor, "B S"]:
    """Some questions lose a fifth of their tokens; [CLS] stays. True = kept."""
    chosen = torch.rand(len(ids), 1, device=ids.device) < rates.tokens
    kept = ~(chosen & (torch.rand(ids.shape, device=ids.device) < 0.2))
    kept[:, 0] = True
    return kept
