"""Training fusions on answers: frozen image encodings, several questions per image, masks.

Cross-entropy over the answer vocabulary; with `steps`, also over what is found out on the way
(fusion.data.shapes.steps), by linear read-outs of the fused vector that are thrown away. No
attention is ever told where to look. Which parts of the input are hidden is drawn per question
(modalities, tokens) and per image (regions); see MaskRates. Several fusions can be trained side by
side on the same batches; the text encoder is trained with them or stays as it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import cast

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from fusion.data.shapes.steps import STEPS, UNKNOWN
from fusion.data.shapes.vocabulary import FAMILIES
from fusion.images import normalise
from fusion.models.image_encoders.base import ImageEncoder
from fusion.models.masking import Presence
from fusion.models.model import Backbone
from fusion.models.store import save_tensors
from fusion.models.strategies.base import Fusion
from fusion.outputs import ImageEncoding
from fusion.training.bank import Shelf
from fusion.training.image_stage import shelf_batches
from fusion.training.masks import drawn_keep, drawn_regions, dropped_tokens
from fusion.training.nonsense import Nonsense
from fusion.training.precision import autocast
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


class StepHeads(nn.Module):
    """Linear read-outs of the fused vector, one per step on the way to the answer."""

    def __init__(self, fusion: Fusion) -> None:
        super().__init__()
        self.read = nn.Linear(fusion.fused_width, sum(STEPS.values()))

    def loss(self, fused: Float[Tensor, "B D"], steps: Int[Tensor, "B F"]) -> Tensor:
        """Cross-entropy over all steps that a question has, summed, per question."""
        logits = self.read(fused).float().split(list(STEPS.values()), dim=1)
        losses = [
            F.cross_entropy(x, steps[:, k], ignore_index=UNKNOWN, reduction="sum")
            for k, x in enumerate(logits)
        ]
        return torch.stack(losses).sum() / len(steps)


@torch.no_grad()
def encode_bank(
    backbone: Backbone,
    bank: list[Shelf],
    *,
    cache: Path,
    device: torch.device,
    described: Mapping[int, np.ndarray] = MappingProxyType({}),
) -> list[EncodedShelf]:
    """Every scene's regions, computed once and kept in a file named after the weights; from what
    is already `described` of a shelf (see fusion.training.described), by its id."""
    encoder = backbone.image_encoder.to(device).eval()
    file = cache.with_name(f"{cache.name}-{digest(encoder)}.safetensors")
    if not file.exists():
        encoded = {
            str(k): _encoded(encoder, shelf, described.get(id(shelf)), device)
            for k, shelf in enumerate(bank)
        }
        save_tensors(encoded, file)
    regions = load_file(file)
    starts = np.cumsum([0, *map(len, bank)])
    return [EncodedShelf(regions=regions[str(k)], offset=int(starts[k])) for k in range(len(bank))]


def _encoded(
    encoder: ImageEncoder, shelf: Shelf, described: np.ndarray | None, device: torch.device
) -> Tensor:
    parts = []
    source = shelf.pixels if described is None else described
    for start in range(0, len(shelf), 64):
        values = torch.from_numpy(np.array(source[start : start + 64])).to(device)
        with autocast(device):
            if described is None:
                encoding = encoder(normalise(values))
            else:
                encoding = encoder.encode_described(values.float())
        parts.append(encoding.regions.half().cpu())
    return torch.cat(parts)


def digest(module: nn.Module) -> str:
    """A short name for a model's weights."""
    total = hashlib.sha256()
    for tensor in module.state_dict().values():
        total.update(tensor.cpu().contiguous().numpy().tobytes())
    return total.hexdigest()[:12]


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
        self.image_encoder = backbone.image_encoder
        self.text_encoder = backbone.text_encoder.to(device)
        self.vocabulary = backbone.config.vocabulary
        self.longest = backbone.config.max_tokens + 2
        self.model = nn.ModuleDict(dict(fusions))
        self.heads = nn.ModuleDict({n: StepHeads(f) for n, f in fusions.items()})
        if config.steps:
            self.model["steps"] = self.heads
        if config.train_text:
            self.model["text_encoder"] = self.text_encoder
        self.encoded, self.queue = some_scenes(encoded, config.scenes), queue
        self.encoded_validation, self.validation = encoded_validation, validation
        self.steps = len(shelf_batches(self.encoded, config.batch, np.random.default_rng(0)))

    def batches(self, epoch: int) -> Iterator[AnswerBatch]:
        self.text_encoder.train(self.config.train_text)
        shard = self.queue.get(self.config.first_shard + epoch, count=self.config.questions)
        rng = np.random.default_rng((self.seed, epoch))
        self.rng, self.nonsense = rng, Nonsense(shard.ids, vocabulary=self.vocabulary)
        for shelf, index in shelf_batches(self.encoded, self.config.batch, rng):
            yield answer_batch(shelf, index, shard, self.device)

    def losses(self, batch: AnswerBatch) -> Iterable[Tensor]:
        regions = batch.regions.float()
        image = self.image_encoder.encoding(regions)
        for part in np.array_split(np.arange(self.config.questions), HALVES):
            questions = Shard(**{n: getattr(batch.questions, n)[:, part] for n in Shard.__slots__})
            yield self._loss(image, questions) / HALVES

    def _loss(self, image: ImageEncoding, questions: Shard) -> Tensor:
        ids, answers = self._tensors(questions)
        if self.config.nonsense:
            noisy = self.nonsense.insert(
                ids.cpu().numpy(), self.rng, share=self.config.nonsense, longest=self.longest
            )
            ids = torch.from_numpy(noisy).to(self.device)
        words = ids != 0
        if self.masks is not None:
            words = words & dropped_tokens(ids, share=self.masks.tokens)
        with autocast(self.device):
            with torch.set_grad_enabled(self.config.train_text):
                text = self.text_encoder(ids, words)
            present = self._presence(image, text.mask)
            steps = self._steps(questions, present)
            total = torch.zeros((), device=self.device)
            for name, fusion in self.fusions.items():
                output = fusion(image, text, present)
                total = total + F.cross_entropy(
                    output.logits.float(),
                    answers,
                    ignore_index=NO_ANSWER,
                    label_smoothing=SMOOTHING,
                )
                if self.config.steps:
                    heads = cast(StepHeads, self.heads[name])
                    total = total + self.config.steps * heads.loss(output.fused, steps)
        return total

    def _tensors(self, questions: Shard) -> tuple[Tensor, Tensor]:
        return (
            questions.word_pieces().to(self.device),
            torch.from_numpy(questions.answers.reshape(-1).astype(np.int64)).to(self.device),
        )

    def _steps(self, questions: Shard, present: Presence) -> Tensor:
        """Unknown where a modality is hidden: there is nothing to find out."""
        steps = torch.from_numpy(questions.steps.reshape(-1, len(STEPS)).astype(np.int64))
        whole = present.keep.all(1, keepdim=True)
        return steps.to(self.device).masked_fill(~whole, UNKNOWN)

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
                    if (known & (families == k)).any()
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
                image = self.image_encoder.encoding(regions)
                with autocast(self.device):
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


def some_scenes(encoded: list[EncodedShelf], scenes: int | None) -> list[EncodedShelf]:
    """About so many scenes, the same share of every shelf; all of them for None."""
    share = 1.0 if scenes is None else min(1.0, scenes / sum(map(len, encoded)))
    return [
        EncodedShelf(
            regions=shelf.regions[: max(1, round(share * len(shelf)))], offset=shelf.offset
        )
        for shelf in encoded
    ]


def answer_batch(
    shelf: EncodedShelf, index: np.ndarray, shard: Shard, device: torch.device
) -> AnswerBatch:
    """Some scenes of a shelf with their questions."""
    regions = shelf.regions[torch.from_numpy(index).to(shelf.regions.device)].to(device)
    return AnswerBatch(regions=regions, questions=shard.rows(index + shelf.offset))
