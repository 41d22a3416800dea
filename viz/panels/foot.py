"""The last line of a saved figure: what was asked of what, and the versions of both. Pure."""

from __future__ import annotations

from fusion.outputs import Version
from viz.panels.visit import Visit
from viz.words import page as words
from viz.words import share as said


def foot_line(visit: Visit, fusion: str, backbone: str, version: Version) -> str:
    """Picture, fusion, backbone, what is hidden, and the versions of model and data."""
    shown = visit.shown
    return said.FOOT.format(
        picture=visit.called,
        fusion=fusion,
        backbone=backbone,
        shown=words.state(shown.image, shown.question, len(shown.dropped), bool(shown.erased)),
        model=version.model,
        data=version.data,
        name=words.NAME,
    )
