"""Batch normalisation folded into the convolution before it, for a model that no longer learns.

With its statistics fixed, a batch normalisation is one factor and one offset per channel, and so is
what the convolution's own weights can do: the maps are the same up to rounding, and one pass over
them is saved.
"""

from __future__ import annotations

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def fold_batch_norms(model: nn.Module) -> None:
    """Fold, in place, every 2-D batch normalisation that was registered right behind a convolution
    of the same parent, which is how torchvision's blocks call them; the model is in evaluation
    mode, or torch raises an AssertionError."""
    for parent in list(model.modules()):
        before: tuple[str, nn.Module] | None = None
        for name, child in list(parent.named_children()):
            if before is not None and isinstance(child, nn.BatchNorm2d):
                at, convolution = before
                if isinstance(convolution, nn.Conv2d):
                    setattr(parent, at, fuse_conv_bn_eval(convolution, child))
                    setattr(parent, name, nn.Identity().eval())
            before = name, child
