"""Warming the text encoder up: the pooled vector says what the question means.

Linear read-outs of the logical form: family, what is asked, both descriptions, relation. Questions
without images are cheap, so the encoder knows the wording before it meets a fusion. The read-outs
are thrown away afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fusion.config import BackboneConfig
from fusion.data.shapes.questions import FORM_FIELDS
from fusion.models.text_encoders.base import TextEncoder
from fusion.outputs import TextEncoding
from fusion.training.image_stage import distance
from fusion.training.masks import dropped_tokens
from fusion.training.nonsense import Nonsense
from fusion.training.precision import autocast
from fusion.training.recipe import StageConfig
from fusion.training.shards import NO_ANSWER, Shard, ShardQueue

POOL = 40  # batches whose questions are sorted by length together, to pad less


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class FormBatch:
    """Questions and their logical forms."""

    ids: Tensor
    forms: Tensor


class FormHeads(nn.Module):
    """Linear read-outs of the pooled question vector, one per field of the logical form."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.fields = nn.ModuleList(nn.Linear(width, len(v)) for v in FORM_FIELDS.values())

    def forward(self, pooled: Tensor) -> list[Tensor]:
        return [field(pooled) for field in self.fields]


class TextStage:
    """Logical forms on the text encoder, and what a `teacher` makes of the same words."""

    def __init__(
        self,
        config: StageConfig,
        encoder: TextEncoder,
        backbone: BackboneConfig,
        *,
        queue: ShardQueue,
        scenes: int,
        validation: dict[str, Shard],
        seed: int,
        device: torch.device,
        teacher: TextEncoder | None = None,
    ) -> None:
        self.config, self.seed, self.device, self.teacher = config, seed, device, teacher
        self.encoder, self.heads = encoder, FormHeads(backbone.width)
        self.model = nn.ModuleDict({"encoder": self.encoder, "heads": self.heads})
        self.vocabulary, self.longest = backbone.vocabulary, backbone.max_tokens + 2
        self.queue, self.validation = queue, validation
        self.steps = scenes * config.questions // config.batch

    def batches(self, epoch: int) -> Iterator[FormBatch]:
        shard = self.queue.get(self.config.first_shard + epoch, count=self.config.questions)
        rng = np.random.default_rng((self.seed, epoch))
        made = list(form_batches(shard, self.config.batch, rng))[: self.steps]
        nonsense = Nonsense(shard.ids, vocabulary=self.vocabulary)
        for index in rng.permutation(len(made)):
            ids = nonsense.insert(
                made[index].ids.numpy(), rng, share=self.config.nonsense, longest=self.longest
            )
            yield FormBatch(ids=torch.from_numpy(ids), forms=made[index].forms)

    def losses(self, batch: FormBatch) -> Iterable[Tensor]:
        ids = batch.ids.to(self.device)
        forms = batch.forms.to(self.device)
        words = (ids != 0) & dropped_tokens(ids, share=0.3)
        with autocast(self.device):
            encoding: TextEncoding = self.encoder(ids, words)
        logits = self.heads(encoding.pooled.float())
        loss = torch.stack([F.cross_entropy(x, forms[:, k]) for k, x in enumerate(logits)]).sum()
        if self.teacher is not None and self.config.imitate:
            with torch.no_grad(), autocast(self.device):
                wanted = self.teacher(ids, words).tokens.float()
            there = encoding.mask
            loss = loss + self.config.imitate * distance(
                encoding.tokens.float()[there], wanted[there]
            )
        yield loss

    @torch.no_grad()
    def validate(self) -> dict[str, dict[str, float]]:
        """Share of questions whose whole form is read right, per validation set."""
        return {
            "forms read right": {
                name: self._whole(shard) for name, shard in self.validation.items()
            }
        }

    def _whole(self, shard: Shard) -> float:
        right: list[float] = []
        for batch in form_batches(shard, 500, np.random.default_rng(0)):
            ids, forms = batch.ids.to(self.device), batch.forms.to(self.device)
            logits = self.heads(self.encoder(ids, ids != 0).pooled)
            guesses = torch.stack([x.argmax(-1) for x in logits], dim=1)
            right += (guesses == forms).all(1).float().tolist()
        return float(np.mean(right))


def form_batches(shard: Shard, size: int, rng: np.random.Generator) -> Iterator[FormBatch]:
    """Questions of a shard in random order, of similar length within a batch."""
    kept = np.flatnonzero(shard.answers.reshape(-1) != NO_ANSWER)
    ids = shard.ids.reshape(-1, shard.ids.shape[-1])
    forms = shard.forms.reshape(-1, shard.forms.shape[-1])
    lengths = (ids != 0).sum(1)
    order = rng.permutation(kept)
    for start in range(0, len(order), size * POOL):
        pool = order[start : start + size * POOL]
        pool = pool[np.argsort(lengths[pool], kind="stable")]
        for part in (pool[i : i + size] for i in range(0, len(pool), size)):
            longest = int(lengths[part].max())
            yield FormBatch(
                ids=torch.from_numpy(ids[part, :longest].astype(np.int64)),
                forms=torch.from_numpy(forms[part].astype(np.int64)),
            )
