"""The processes that share a training run: one, or those that `accelerate launch` started.

A batch belongs to the whole team. Each process computes the loss of its own share, divided by what
the whole batch weighs, and the gradients are summed: so any number of processes takes the same
steps, but for rounding, for dropout, which every process draws on its own, and for batch
normalisation, which knows its process's images only (the averages it keeps are those of all).
"""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn

LAUNCHED = ("ACCELERATE_MIXED_PRECISION", "WORLD_SIZE")  # set by accelerate, by torchrun
ONE_PROCESS = (
    "note: accelerate started one process, for with --cpu it leaves the others to MPI; give "
    "--multi_gpu instead of --cpu, also on a machine without a GPU"
)


class Team:
    """One process of `size`, number `rank`; the first one (rank 0) prints and writes files."""

    def __init__(
        self, device: torch.device, *, rank: int = 0, size: int = 1, state: Any = None
    ) -> None:
        """`state` is accelerate's PartialState, None for a process that stands alone."""
        self.device, self.rank, self.size = device, rank, size
        self._state = state

    @classmethod
    def join(cls) -> Team:
        """The team that this process was started for; alone when nobody launched it."""
        cpu = os.environ.get("ACCELERATE_USE_CPU", "").lower() in ("1", "true", "yes")
        cpu = cpu or not torch.cuda.is_available()
        if not any(name in os.environ for name in LAUNCHED):
            return cls(torch.device("cpu" if cpu else "cuda"))
        from accelerate import PartialState

        state = PartialState(cpu=cpu)
        if state.num_processes == 1 and "MASTER_PORT" in os.environ:
            print(ONE_PROCESS, flush=True)
        return cls(state.device, rank=state.process_index, size=state.num_processes, state=state)

    @property
    def first(self) -> bool:
        """Whether this process prints and writes files."""
        return self.rank == 0

    def in_turn(self) -> AbstractContextManager[Any]:
        """A context that the first process goes through before the others, so that what it writes
        is there for them."""
        if self.size == 1:
            return nullcontext()
        turn: AbstractContextManager[Any] = self._state.main_process_first()
        return turn

    def wait(self) -> None:
        """Go on when every process has come here."""
        if self.size > 1:
            self._state.wait_for_everyone()

    def sum(self, tensor: Tensor) -> Tensor:
        """The sum of every process's tensor; the tensor itself for one process."""
        if self.size == 1:
            return tensor
        from accelerate.utils import reduce

        total: Tensor = reduce(tensor, reduction="sum")
        return total

    def total(self, number: float) -> float:
        """The sum of every process's number."""
        if self.size == 1:
            return number
        kind = torch.float32 if self.device.type == "mps" else torch.float64
        return float(self.sum(torch.tensor(number, dtype=kind, device=self.device)))

    def sum_gradients(self, model: nn.Module) -> None:
        """Replace every gradient by the sum of all processes' ones, in one exchange."""
        if self.size == 1:
            return
        learned = [p for p in model.parameters() if p.requires_grad]
        own = [torch.zeros_like(p) if p.grad is None else p.grad for p in learned]
        summed = self.sum(torch.cat([gradient.flatten() for gradient in own]))
        for p, part in zip(learned, summed.split([p.numel() for p in learned]), strict=True):
            p.grad = part.view(p.shape)

    def average_buffers(self, model: nn.Module) -> None:
        """Give every process the mean of the running averages of batch normalisation."""
        if self.size == 1:
            return
        for buffer in model.buffers():
            if buffer.is_floating_point():
                buffer.copy_(self.sum(buffer) / self.size)
