"""Recipes: everything a training run depends on, as JSON; the same recipe gives the same run."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fusion.config import BackboneConfig, Config, FusionConfig
from fusion.models.model import FUSIONS


@dataclass(frozen=True, kw_only=True)
class MaskRates(Config):
    """How often training hides what (shares of questions, of images, of tokens)."""

    image: float = 0.10
    text: float = 0.05
    both: float = 0.02
    regions: float = 0.10
    tokens: float = 0.08


@dataclass(frozen=True, kw_only=True)
class Focus(Config):
    """From shard `start` on, this share of each scene's questions is of these families: what is
    learned last is asked most."""

    families: tuple[str, ...] = ()
    start: int = 0
    share: float = 0.75


@dataclass(frozen=True, kw_only=True)
class StageConfig(Config):
    """One stage: `image` (dense truth), `text` (logical forms) or `answers` (the task)."""

    name: str
    kind: str
    epochs: int
    rate: float
    batch: int
    fusions: tuple[str, ...] = ()
    train_text: bool = False
    questions: int = 8
    scenes: int | None = None
    first_shard: int = 0
    decay: float = 0.02
    steps: float = 0.0  # weight of the loss on what is found out on the way to the answer
    nonsense: float = 0.0  # share of the questions that get words the model does not know
    imitate: float = 0.0  # weight of the distance to what the teacher's encoder gives
    rates: dict[str, float] = field(default_factory=dict)  # by how a parameter's name begins

    def rate_of(self, parameter: str) -> float:
        """The top learning rate of a parameter."""
        own = (rate for start, rate in self.rates.items() if parameter.startswith(start))
        return next(own, self.rate)


@dataclass(frozen=True, kw_only=True)
class Recipe(Config):
    """Seeds, sizes, stages. Fusion sizes that differ from FusionConfig's stand in `sizes`."""

    seed: int = 0
    first_scene: int = 1_000_000
    scenes: int = 32_000
    first_validation_scene: int = 900_000
    validation_scenes: int = 1_500
    backbone: BackboneConfig = field(default_factory=BackboneConfig)
    text_initial: str | None = None  # package with a pretrained BERT to start from
    masks: MaskRates = field(default_factory=MaskRates)
    focus: Focus = field(default_factory=Focus)
    sizes: dict[str, dict[str, int]] = field(default_factory=dict)
    stages: tuple[StageConfig, ...] = ()

    def __post_init__(self) -> None:
        if self.text_initial is not None and self.backbone.text_encoder != "bert":
            raise ValueError(
                f"text_initial starts a bert text encoder, got {self.backbone.text_encoder!r}"
            )

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Recipe:
        values = dict(values)
        if "backbone" in values:
            values["backbone"] = BackboneConfig.from_dict(values["backbone"])
        if "masks" in values:
            values["masks"] = MaskRates.from_dict(values["masks"])
        if "focus" in values:
            values["focus"] = Focus.from_dict(values["focus"])
        values["stages"] = tuple(StageConfig.from_dict(s) for s in values.get("stages", ()))
        return super().from_dict(values)

    @classmethod
    def load(cls, path: Path) -> Recipe:
        try:
            return cls.from_dict(json.loads(path.read_text()))
        except (OSError, json.JSONDecodeError, TypeError) as error:
            raise ValueError(f"cannot read the recipe {path}: {error}") from error

    def fusion_config(self, name: str, answers: tuple[str, ...]) -> FusionConfig:
        """The configuration of a fusion by name, e.g. `hybrid-additive-unmasked`."""
        plain = name.removesuffix("-unmasked")
        kinds = {s if a is None else f"{s}-{a}": (s, a) for s, a in FUSIONS}
        if plain not in kinds:
            raise ValueError(f"unknown fusion {name!r}; known: {', '.join(kinds)}")
        strategy, attention = kinds[plain]
        return FusionConfig(
            strategy=strategy,
            attention=attention,
            answers=answers,
            encoding_width=self.backbone.width,
            masked_training=plain == name,
            **self.sizes.get(plain, {}),
        )
