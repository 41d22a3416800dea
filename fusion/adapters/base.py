"""What another pretrained model must provide to answer behind the engine's contract.

The engine passes a question in two steps, and so must an adapter:

1. **Encode**, each modality on its own, once. A `Backbone` of an image encoder, normalised pixels
   (N, 3, h, w) to regions (N, H, W, D), and a text encoder, ids and mask (B, S) with [CLS] and
   [SEP] to tokens (B, T, D) without them. Where the model mixes the modalities from its first layer
   on, the encoders are its embeddings. A `Sight` turns a picture into its pixels; the H x W regions
   must cover exactly the picture, row by row, and what `erase` marks must be filled before
   anything is interpolated.
2. **Fuse**. A `Fusion` takes the encodings and a `Presence`: `keep`, `drop_tokens` and the erased
   regions as masks. What is absent is multiplied by 0 and leaves every softmax. It returns a
   `FusionOutput`: logits over the answers; weights of the modalities, regions and tokens that are
   exactly what was multiplied, or None where there is no such attention; `cross_weights`
   (B, L, K, T, H, W) or None; and, for gradient x attention and rollout, every attention as a step
   whose weights are part of the gradient's graph. Nothing is hooked and nothing is kept.

From these everything else comes: the four passes, the measured shares and every explainer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

from fusion.config import FusionConfig
from fusion.inputs import Inputs
from fusion.models.strategies.base import Fusion


@dataclass(frozen=True, kw_only=True, slots=True)
class Published:
    """Where weights are published: a repository of the Hugging Face hub at a revision, whose commit
    begins with `commit`. `files` is all that is fetched; `megabytes` are those of the weights, None
    where they are not known."""

    repository: str
    revision: str
    commit: str
    files: tuple[str, ...]
    megabytes: int | None = None


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Pretrained:
    """A model that was read. `answers` are the names of each answer by its id and language."""

    inputs: Inputs
    fusion: Fusion
    answers: Mapping[str, Mapping[str, str]]


class Adapter(Protocol):
    """Reads one architecture. `fusion` is the strategy that it follows, by our name."""

    published: ClassVar[Published]
    fusion: ClassVar[str]

    @staticmethod
    def read(folder: Path) -> Pretrained:
        """A model from what `save_pretrained` wrote, weights as safetensors; raises ValueError
        saying what is missing, damaged or of another kind."""


@dataclass(frozen=True, kw_only=True)
class AdapterConfig(FusionConfig):
    """The configuration of a fusion that was pretrained elsewhere, and never saw a modality hidden;
    the page knows it by the name of the strategy that it follows."""

    masked_training: bool = False

    @property
    def name(self) -> str:
        return f"{self.strategy}-{self.attention}"
