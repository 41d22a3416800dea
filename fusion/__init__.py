"""Duet's computing: `Engine` answers questions about images and shows every weight it used.

`Engine.load()` reads the shipped weights, `engine.ask(image, "what colour is the star?")` answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fusion.outputs import (
    Attribution,
    BackboneInfo,
    Comparison,
    Doubt,
    Explanation,
    FusionInfo,
    Keypoints,
    Masking,
    SceneQuestion,
    SceneView,
    Steered,
)

if TYPE_CHECKING:
    from fusion.engine import Engine

__all__ = [
    "Attribution",
    "BackboneInfo",
    "Comparison",
    "Doubt",
    "Engine",
    "Explanation",
    "FusionInfo",
    "Keypoints",
    "Masking",
    "SceneQuestion",
    "SceneView",
    "Steered",
]


def __getattr__(name: str) -> Any:
    """Import the engine, and with it the models, only when it is asked for."""
    if name != "Engine":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from fusion.engine import Engine

    return Engine
