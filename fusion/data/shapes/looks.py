"""How scenes look: the named fills, backgrounds and degradations, and which are held out.

Every family of looks (outlined, hand-drawn, shaded, patterned, ...) is seen in training; the
held-out looks are other members of those families, and no training scene ever uses one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LOOKS = ("train", "held-out")
FILLS = (
    "flat", "outlined", "hollow", "sketch", "shaded", "shadowed", "stripes", "dots",
    "pen", "checks", "scribble", "glossy",
)  # fmt: skip
BACKGROUNDS = (
    "plain", "gradient", "noisy", "paper", "ruled", "strokes", "specks", "grid", "radial",
)  # fmt: skip
DEGRADATIONS = ("none", "jpeg", "blur", "noise", "exposure", "speckle", "vignette")
HELD_OUT_FILLS = ("checks", "scribble", "glossy")
HELD_OUT_BACKGROUNDS = ("grid", "radial")
HELD_OUT_DEGRADATIONS = ("speckle", "vignette")

# How often a training scene uses each look (the rest of the table is held out).
FILL_SHARES = {
    "flat": 0.22, "outlined": 0.14, "hollow": 0.10, "sketch": 0.12,
    "shaded": 0.12, "shadowed": 0.10, "stripes": 0.07, "dots": 0.07,
    "pen": 0.06,
}  # fmt: skip
BACKGROUND_SHARES = {
    "plain": 0.34, "gradient": 0.16, "noisy": 0.12, "paper": 0.14,
    "ruled": 0.06, "strokes": 0.09, "specks": 0.09,
}  # fmt: skip
DEGRADATION_SHARES = {
    "none": 0.40, "jpeg": 0.18, "blur": 0.13, "noise": 0.14, "exposure": 0.15,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """The look of one scene: a fill per object, one background, one degradation."""

    fills: tuple[str, ...]
    background: str
    degradation: str
    strength: float
    smooth: bool


def sample_look(rng: np.random.Generator, count: int, looks: str = "train") -> Look:
    """A look for `count` objects.

    "held-out" replaces one, two or all three of fills, background and degradation by held-out
    ones; at least one is always replaced.
    """
    if looks not in LOOKS:
        raise ValueError(f"unknown looks {looks!r}; allowed are {', '.join(LOOKS)}")
    fills = _fills(rng, count)
    background = _pick(rng, BACKGROUND_SHARES)
    degradation = _pick(rng, DEGRADATION_SHARES)
    if looks == "held-out":
        replaced = int(rng.integers(1, 8))  # bits: 1 fills, 2 background, 4 degradation
        if replaced & 1:
            fills = (_one_of(rng, HELD_OUT_FILLS),) * count
        if replaced & 2:
            background = _one_of(rng, HELD_OUT_BACKGROUNDS)
        if replaced & 4:
            degradation = _one_of(rng, HELD_OUT_DEGRADATIONS)
    return Look(
        fills=fills,
        background=background,
        degradation=degradation,
        strength=float(rng.random()),
        smooth=bool(rng.random() < 0.85),
    )


def _fills(rng: np.random.Generator, count: int) -> tuple[str, ...]:
    if rng.random() < 0.6:  # one style for the whole scene
        return (_pick(rng, FILL_SHARES),) * count
    return tuple(_pick(rng, FILL_SHARES) for _ in range(count))


def _pick(rng: np.random.Generator, shares: dict[str, float]) -> str:
    left = rng.random() * sum(shares.values())
    for name, share in shares.items():
        left -= share
        if left < 0:
            return name
    return next(iter(shares))


def _one_of(rng: np.random.Generator, names: tuple[str, ...]) -> str:
    return names[int(rng.integers(len(names)))]
