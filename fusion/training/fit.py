"""Runs a recipe: scenes, image warm-up, text warm-up, fusions; then writes what Duet ships."""

from __future__ import annotations

import os
from pathlib import Path

import torch

from fusion.models.model import Backbone
from fusion.training.bank import Shelf, load_bank, make_bank
from fusion.training.image_stage import ImageStage
from fusion.training.loop import Stage, run_stage
from fusion.training.recipe import Recipe, StageConfig


class Run:
    """One training run in a folder of its own; every part of it can be resumed."""

    def __init__(self, recipe: Recipe, folder: Path, *, device: torch.device) -> None:
        self.recipe, self.folder, self.device = recipe, folder, device
        torch.manual_seed(recipe.seed)
        self.backbone = Backbone(recipe.backbone)
        self._banks: dict[str, list[Shelf]] = {}

    def bank(self, name: str) -> list[Shelf]:
        """The training or the validation scenes, drawn on first use."""
        if name not in self._banks:
            first, count = {
                "bank": (self.recipe.first_scene, self.recipe.scenes),
                "bank-val": (self.recipe.first_validation_scene, self.recipe.validation_scenes),
            }[name]
            make_bank(
                self.folder / name,
                first_seed=first,
                scenes=count,
                regions=self.recipe.backbone.regions,
                looks="train",
                workers=os.cpu_count() or 1,
            )
            self._banks[name] = load_bank(self.folder / name)
        return self._banks[name]

    def stage(self, config: StageConfig) -> Stage:
        """The stage of a configuration, on this run's backbone."""
        return ImageStage(
            config,
            self.backbone.image_encoder,
            self.recipe.backbone.width,
            bank=self.bank("bank"),
            validation=self.bank("bank-val"),
            seed=self.recipe.seed,
            device=self.device,
        )

    def fit(self) -> None:
        """All stages in order; one that is finished is only loaded."""
        for config in self.recipe.stages:
            stage = self.stage(config)
            run_stage(
                stage, self.folder / config.name, seed=self.recipe.seed, device=self.device
            )
