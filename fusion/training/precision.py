"""bfloat16 autocast where the machine computes in it, float32 elsewhere.

A CPU without bfloat16 instructions emulates them: a convolution then takes over ten times as long
as in float32, so the type is chosen by what the processor can do and not by the recipe.
"""

from __future__ import annotations

import torch


def autocast(device: torch.device) -> torch.autocast:
    """The context in which training computes; it changes nothing where bfloat16 is emulated."""
    return torch.autocast(device.type, torch.bfloat16, enabled=computes_bfloat16(device))


def computes_bfloat16(device: torch.device) -> bool:
    """Whether a device multiplies bfloat16 numbers in hardware."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device.type == "cpu" and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
