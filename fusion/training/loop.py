"""The loop all stages share: epochs, learning rate, progress bar, validation, checkpoint, resume.

AdamW with a linear warm-up and a cosine to zero; bfloat16 where the machine has it; gradients
clipped. Every epoch starts from a seed of its own, so a run that was interrupted and resumed is the
same run.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor, nn
from tqdm import tqdm

from fusion.training.checkpoint import load_checkpoint, save_checkpoint
from fusion.training.recipe import StageConfig

WARM_UP = 0.05


@runtime_checkable
class Stage(Protocol):
    """What a stage brings: its model, its batches and their loss, its validation."""

    config: StageConfig
    steps: int  # optimiser steps per epoch

    @property
    def model(self) -> nn.Module: ...

    def batches(self, epoch: int) -> Iterable[Any]: ...

    def losses(self, batch: Any) -> Iterable[Tensor]:
        """Losses to back-propagate one after the other within one optimiser step."""
        ...

    def validate(self) -> dict[str, Any]: ...


def rate_at(step: int, total: int) -> float:
    """Share of the top learning rate: warm-up, then half a cosine."""
    warm = max(1, round(WARM_UP * total))
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, total - warm)))


def adamw(model: nn.Module, *, rate: float, decay: float) -> torch.optim.AdamW:
    """The optimiser of everything that learns; only matrices decay."""
    decayed = [p for p in model.parameters() if p.requires_grad and p.ndim > 1]
    plain = [p for p in model.parameters() if p.requires_grad and p.ndim <= 1]
    return torch.optim.AdamW(
        [{"params": decayed, "weight_decay": decay}, {"params": plain, "weight_decay": 0.0}],
        lr=rate,
        betas=(0.9, 0.98),
    )


def run_stage(stage: Stage, folder: Path, *, seed: int, device: torch.device) -> None:
    """Train a stage to its end, from its last checkpoint if there is one."""
    config, model = stage.config, stage.model.to(device)
    optimizer = adamw(model, rate=config.rate, decay=config.decay)
    state = load_checkpoint(folder, model, optimizer) or {"epoch": 0, "history": []}
    total = config.epochs * stage.steps
    for epoch in range(state["epoch"], config.epochs):
        torch.manual_seed(seed * 1_000_003 + epoch)
        model.train()
        started, running = time.monotonic(), 0.0
        bar = tqdm(
            stage.batches(epoch),
            total=stage.steps,
            desc=f"{config.name} {epoch + 1}",
            mininterval=2.0,
        )
        for index, batch in enumerate(bar):
            for group in optimizer.param_groups:
                group["lr"] = config.rate * rate_at(epoch * stage.steps + index, total)
            optimizer.zero_grad(set_to_none=True)
            loss = 0.0
            for part in stage.losses(batch):
                part.backward()
                loss += float(part.detach())
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            running += (loss - running) / min(index + 1, 100)
            bar.set_postfix(loss=f"{running:.3f}")
        model.eval()
        entry = {
            "epoch": epoch + 1,
            "train_loss": round(running, 4),
            "seconds": round(time.monotonic() - started, 1),
            **stage.validate(),
        }
        print(_line(config.name, entry), flush=True)
        state = {"epoch": epoch + 1, "history": [*state["history"], entry]}
        save_checkpoint(folder, model, optimizer, state)
    load_checkpoint(folder, model)
    model.eval()


def _line(name: str, entry: dict[str, Any]) -> str:
    """One epoch as text: train loss, validation loss, accuracy, then the rest."""
    parts = []
    for key, value in entry.items():
        if isinstance(value, dict):
            value = " ".join(f"{k} {v:.3f}" for k, v in value.items())
            parts.append(f"\n    {key}: {value}")
        else:
            parts.append(f"{key} {value}")
    return f"[{name}] " + "  ".join(parts)
