"""Frozen configurations, JSON in and out; an unknown key is an error that names the known ones."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from fusion.errors import InputError

C = TypeVar("C", bound="Config")


@dataclass(frozen=True, kw_only=True)
class Config:
    """Base: any frozen dataclass of plain values."""

    @classmethod
    def from_dict(cls: type[C], values: dict[str, Any]) -> C:
        known = {f.name: f for f in dataclasses.fields(cls)}
        if unknown := sorted(set(values) - set(known)):
            raise InputError(
                "{kind} has no {unknown}; known: {known}",
                kind=cls.__name__,
                unknown=", ".join(unknown),
                known=", ".join(known),
            )
        return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})

    @classmethod
    def load(cls: type[C], path: Path) -> C:
        try:
            return cls.from_dict(json.loads(path.read_text()))
        except (OSError, json.JSONDecodeError, TypeError) as error:
            raise ValueError(f"cannot read the configuration {path.name}: {error}") from error

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(self.to_dict(), indent=2) + "\n")


@dataclass(frozen=True, kw_only=True)
class BackboneConfig(Config):
    """An image encoder and a text encoder that agree on the width of what they return."""

    image_encoder: str = "resnet"
    text_encoder: str = "bert"
    width: int = 128
    # image encoder: channels and residual blocks of each stage, region size in pixels
    widths: tuple[int, ...] = (32, 64, 160)
    blocks: tuple[int, ...] = (1, 2, 3)
    block: str = "basic"  # or bottleneck, that of ResNet-50
    regions: int = 144
    square: bool = False  # squeeze every image to a square, as the reference document does
    image_pooling: str = "mean"  # or max
    # text encoder
    vocabulary: int = 1500
    text_width: int = 128
    text_layers: int = 3
    text_heads: int = 4
    text_hidden: int = 384
    max_tokens: int = 40
    text_pooling: str = "mean"  # or max; cls and pooler of BERT, last of GPT


@dataclass(frozen=True, kw_only=True)
class FusionConfig(Config):
    """One fusion: a strategy with an attention mechanism and its classifier."""

    strategy: str = "hybrid"
    attention: str | None = "additive"
    encoding_width: int = 128
    width: int = 128
    heads: int = 4
    layers: int = 3
    units: int = 32  # of additive attention's scoring network
    hidden: int = 256
    answers: tuple[str, ...] = ()
    masked_training: bool = True

    @property
    def name(self) -> str:
        kind = self.strategy if self.attention is None else f"{self.strategy}-{self.attention}"
        return kind if self.masked_training else f"{kind}-unmasked"
