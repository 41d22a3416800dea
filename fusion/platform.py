"""Makes ``import torchvision`` work beside a torch that its binary was not built for.

torchvision's wheels are linked against CUDA; with a CPU-only torch their compiled operators do
not load, and the import then fails because the schemas of `nms` and `qnms` are missing. Declaring
the two schemas is enough: Duet calls neither operator. Does nothing where the operators exist.
"""

from __future__ import annotations

import torch

_SCHEMAS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}


def prepare_torchvision() -> None:
    """Import torchvision, declaring its two missing operator schemas first if it needs them."""
    try:
        import torchvision
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
        import sys

        for name in [m for m in sys.modules if m.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        for name, schema in _SCHEMAS.items():
            if not hasattr(torch.ops.torchvision, name):
                _LIBRARY.define(schema)
        import torchvision  # noqa: F401


_LIBRARY = torch.library.Library("torchvision", "FRAGMENT")
