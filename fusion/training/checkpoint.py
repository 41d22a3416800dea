"""Checkpoints of a stage: weights and optimiser moments as safetensors, the rest as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import nn

from fusion.models.store import save_tensors, write_atomically


def save_checkpoint(
    folder: Path, model: nn.Module, optimizer: torch.optim.Optimizer, state: dict[str, Any]
) -> None:
    """Write model, optimiser and state; the state file is written last and names the tensors
    file, so an interruption leaves the previous checkpoint whole."""
    tensors = {f"model.{n}": t for n, t in model.state_dict().items()}
    for index, moments in optimizer.state_dict()["state"].items():
        for name, value in moments.items():
            tensors[f"optimizer.{index}.{name}"] = torch.as_tensor(value)
    previous = folder / "state.json"
    old = json.loads(previous.read_text())["tensors"] if previous.exists() else None
    file = f"epoch-{state['epoch']}.safetensors"
    save_tensors(tensors, folder / file)
    write_atomically(previous, json.dumps({**state, "tensors": file}, indent=1))
    if old and old != file:
        (folder / old).unlink(missing_ok=True)


def load_checkpoint(
    folder: Path, model: nn.Module, optimizer: torch.optim.Optimizer | None = None
) -> dict[str, Any] | None:
    """Restore what `save_checkpoint` wrote and return the state, or None without one."""
    path = folder / "state.json"
    if not path.exists():
        return None
    state: dict[str, Any] = json.loads(path.read_text())
    tensors = load_file(folder / state["tensors"])
    model.load_state_dict(
        {n.removeprefix("model."): t for n, t in tensors.items() if n.startswith("model.")}
    )
    if optimizer is not None:
        moments: dict[int, dict[str, torch.Tensor]] = {}
        for name, tensor in tensors.items():
            if name.startswith("optimizer."):
                _, index, key = name.split(".")
                moments.setdefault(int(index), {})[key] = tensor
        groups = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict({"state": moments, "param_groups": groups})
    return state
