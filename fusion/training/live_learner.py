"""A fusion that learns from encoded scenes, with random numbers of its own."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

import numpy as np
import torch
from jaxtyping import Bool, Int
from torch import Tensor, nn
from torch.nn import functional as F

from fusion.config import FusionConfig
from fusion.models.masking import Presence
from fusion.models.model import build_fusion
from fusion.models.strategies.base import Fusion
from fusion.training.live_scenes import EncodedScenes
from fusion.training.loop import adamw
from fusion.training.masks import drawn_keep, drawn_regions, dropped_tokens
from fusion.training.recipe import MaskRates

RATE, DECAY, SMOOTHING = 1e-3, 0.02, 0.02
AT_ONCE = 16  # scenes
SEED = 0
CPU = torch.device("cpu")

_BUILDING = Lock()  # new layers draw from torch's own generator, which is the whole process's


def fresh_fusion(config: FusionConfig) -> Fusion:
    """A fusion with new weights, the same every time; nobody else's random numbers change."""
    with _BUILDING, torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        return build_fusion(config)


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """Questions that were answered: how many, how many right, and the sum of their losses."""

    count: int = 0
    right: int = 0
    loss: float = 0.0

    def __add__(self, other: Score) -> Score:
        return Score(
            count=self.count + other.count,
            right=self.right + other.right,
            loss=self.loss + other.loss,
        )


class Learner:
    """A new fusion, its optimiser and its masks; gradients are on only within a call."""

    def __init__(self, config: FusionConfig, masks: MaskRates) -> None:
        self.fusion, self.masks = fresh_fusion(config), masks
        self.random = torch.Generator().manual_seed(SEED)
        self.optimizer = adamw(self.fusion, rate=RATE, decay=DECAY)

    def order(self, scenes: int) -> Int[Tensor, " N"]:
        """All scenes in random order."""
        return torch.randperm(scenes, generator=self.random)

    @torch.enable_grad()
    def learn(self, data: EncodedScenes, scenes: Int[Tensor, " n"], rate: float) -> None:
        """One optimiser step on some scenes, at `rate` of the top learning rate."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate * RATE
        self.optimizer.zero_grad(set_to_none=True)
        halves = data.halves()
        image, region_mask = data.images(scenes)
        n, P = region_mask.shape
        lost = drawn_regions(n, P, self.masks, CPU, self.random)
        for columns in halves:
            text, answers = data.texts(scenes, columns)
            present = Presence(
                keep=drawn_keep(len(answers), self.masks, CPU, self.random),
                region_mask=region_mask & lost,
                token_mask=text.mask
                & dropped_tokens(text.mask.long(), share=self.masks.tokens, generator=self.random),
            )
            logits = self.fusion(image, text, present).logits
            loss = F.cross_entropy(logits, answers, label_smoothing=SMOOTHING)
            (loss / len(halves)).backward()
        nn.utils.clip_grad_norm_(self.fusion.parameters(), 1.0)
        self.optimizer.step()

    @torch.no_grad()
    def answer(
        self, data: EncodedScenes, *, first: int | None = None, image_hidden: bool = False
    ) -> tuple[Score, Bool[np.ndarray, "n Q"]]:
        """The questions about the first so many scenes, or about all, answered with all that is
        not hidden, and which of them right."""
        right, score = np.zeros(data.answers[:first].shape, bool), Score()
        for scenes in torch.arange(len(right)).split(AT_ONCE):
            image, region_mask = data.images(scenes)
            for columns in data.halves():
                text, answers = data.texts(scenes, columns)
                keep = torch.tensor([[not image_hidden, True]]).expand(len(answers), 2)
                present = Presence(keep=keep, region_mask=region_mask, token_mask=text.mask)
                logits = self.fusion(image, text, present).logits
                hits = (logits.argmax(-1) == answers).view(len(scenes), -1)
                right[scenes.numpy(), columns] = hits.numpy()
                score += _score(logits, answers)
        return score, right


def _score(logits: Tensor, answers: Tensor) -> Score:
    return Score(
        count=len(answers),
        right=int((logits.argmax(-1) == answers).sum()),
        loss=float(F.cross_entropy(logits, answers, reduction="sum")),
    )
