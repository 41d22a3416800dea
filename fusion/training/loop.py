"""The loop all stages share: epochs, learning rate, progress bar, validation, checkpoint, resume.

AdamW with a linear warm-up and a cosine to zero; bfloat16 where the machine has it; gradients
clipped. Every epoch starts from a seed of its own, so a run that was interrupted and resumed is the
same run. The processes of a team all run it; the first prints and writes.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor, nn
from tqdm import tqdm

from fusion.training.checkpoint import load_checkpoint, save_checkpoint
from fusion.training.recipe import StageConfig
from fusion.training.team import Team

WARM_UP = 0.05
APART = 500_009  # between the seeds of two processes


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


def adamw(
    model: nn.Module, *, rate: float, decay: float, rate_of: Callable[[str], float] | None = None
) -> torch.optim.AdamW:
    """The optimiser of everything that learns, each parameter under its top rate (`rate` of its
    group, by the parameter's name where `rate_of` is given); only matrices decay."""
    learned = [
        (rate if rate_of is None else rate_of(n), p)
        for n, p in model.named_parameters()
        if p.requires_grad
    ]
    groups = [
        {
            "params": [p for own, p in learned if own == top and (p.ndim > 1) == matrix],
            "rate": top,
            "weight_decay": decay if matrix else 0.0,
        }
        for top in dict.fromkeys(top for top, _ in learned)
        for matrix in (True, False)
    ]
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98))


def run_stage(
    stage: Stage, folder: Path, *, seed: int, device: torch.device, team: Team | None = None
) -> None:
    """Train a stage to its end, from its last checkpoint if there is one; with a team, each of its
    processes has its share of every batch (see `fusion.training.team`)."""
    team = team or Team(device)
    config, model = stage.config, stage.model.to(device)
    optimizer = adamw(model, rate=config.rate, decay=config.decay, rate_of=config.rate_of)
    state = load_checkpoint(folder, model, optimizer) or {"epoch": 0, "history": []}
    if state["epoch"] and team.first:
        print(
            f"[{config.name}] goes on after epoch {state['epoch']} of {config.epochs}", flush=True
        )
    total = config.epochs * stage.steps
    for epoch in range(state["epoch"], config.epochs):
        torch.manual_seed(seed * 1_000_003 + epoch + APART * team.rank)
        model.train()
        started, running = time.monotonic(), 0.0
        batches = stage.batches(epoch)
        bar = None
        if team.first:
            name = f"{config.name} {epoch + 1}"
            bar = tqdm(batches, total=stage.steps, desc=name, mininterval=2.0)
        for index, batch in enumerate(batches if bar is None else bar):
            for group in optimizer.param_groups:
                group["lr"] = group["rate"] * rate_at(epoch * stage.steps + index, total)
            optimizer.zero_grad(set_to_none=True)
            loss = 0.0
            for part in stage.losses(batch):
                part.backward()
                loss += float(part.detach())
            loss = team.total(loss)
            team.sum_gradients(model)
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            running += (loss - running) / min(index + 1, 100)
            if bar is not None:
                bar.set_postfix(loss=f"{running:.3f}")
        team.average_buffers(model)
        model.eval()
        entry = {
            "epoch": epoch + 1,
            "train_loss": round(running, 4),
            "seconds": round(time.monotonic() - started, 1),
            **stage.validate(),
        }
        state = {"epoch": epoch + 1, "history": [*state["history"], entry]}
        if team.first:
            print(_line(config.name, entry), flush=True)
            save_checkpoint(folder, model, optimizer, state)
        team.wait()
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
