"""What explainers find and how it is put to the test, as the engine returns it; `fusion.outputs`
has these too. Numpy and plain Python, checked on construction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

UNITS = ("share", "probability")
ORDERS = ("most", "least", "random")
SLACK = 1e-3


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Credit:
    """What each part of one modality did for the answer: a map (H, W), or a row of tokens (T,).

    `values` are 0 where nothing is `present`. In units of "share" they are at least 0 and sum to
    1 (all 0 where the method found nothing); in "probability" they are what a part adds to the
    answer's probability. `error` is the standard error of each value, None when nothing is drawn.
    """

    unit: str
    values: Float[np.ndarray, "H W"] | Float[np.ndarray, " T"]
    present: Bool[np.ndarray, "H W"] | Bool[np.ndarray, " T"]
    error: Float[np.ndarray, "H W"] | Float[np.ndarray, " T"] | None = None

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise ValueError(f"unknown unit {self.unit!r}; known: {', '.join(UNITS)}")
        for name, array in (("present", self.present), ("error", self.error)):
            if array is not None and array.shape != self.values.shape:
                raise ValueError(f"{name} is {array.shape}, the values are {self.values.shape}")
        if not np.isfinite(self.values).all() or self.values[~self.present].any():
            raise ValueError("credits must be finite, and 0 for what is not present")
        if self.error is not None and not (self.error >= 0).all():
            raise ValueError("errors must be finite and non-negative")
        total = float(self.values.sum())
        if self.unit == "share" and ((self.values < 0).any() or min(abs(total - 1), total) > SLACK):
            raise ValueError(f"shares must be non-negative and sum to 1, or all be 0; got {total}")

    @property
    def times_even(self) -> Float[np.ndarray, "*S"]:
        """The scale that all methods share: 1 is what every part would have if all had the same,
        |values| counted; the sign is kept. It says where, and nothing of how much in all."""
        total = np.abs(self.values).sum()
        scaled: np.ndarray = self.values * (self.present.sum() / total if total > 0 else 0.0)
        return scaled.astype(np.float32)


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Attribution:
    """What one explainer says each part did for one answer.

    `image`, `text` and `modalities` are None where the method yields no such thing or was not
    asked for it. `probability` is the answer's with nothing taken away that was there; `tokens`
    are the question's word pieces, in the order of `text`. `signed`: below 0 speaks against the
    answer. `specific`: another answer would get another map. `modalities` has the unit of `unit`.
    """

    method: str
    fusion: str
    answer_id: str
    answer: str
    probability: float
    signed: bool
    specific: bool
    unit: str
    tokens: list[str]
    image: Credit | None
    text: Credit | None
    modalities: dict[str, float] | None
    milliseconds: float
    backbone: str

    def __post_init__(self) -> None:
        if self.text is not None and len(self.text.values) != len(self.tokens):
            raise ValueError(f"{len(self.text.values)} token credits for tokens {self.tokens}")
        parts = [c for c in (self.image, self.text) if c is not None]
        if not self.signed and any((c.values < 0).any() for c in parts):
            raise ValueError(f"{self.method} is not signed, but has values below 0")
        if any(c.unit != self.unit for c in parts):
            raise ValueError(f"credits must be in {self.unit}")


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Faithfulness:
    """Curves of one modality: the answer's probability as parts are taken away in some order.

    `removed` (S + 1,) are shares of the parts from 0 to 1; `most` and `least` take the part with
    the highest or the lowest value first, `random` (O, S + 1) are O orders drawn by chance. These
    are deletion curves. Insertion with the most important part first shows the same sets of parts
    as deletion with the least important first, read from the other end, so it is not asked again:
    see `insertion`.
    """

    modality: str
    removed: Float[np.ndarray, " S"]
    most: Float[np.ndarray, " S"]
    least: Float[np.ndarray, " S"]
    random: Float[np.ndarray, "O S"]

    def __post_init__(self) -> None:
        if len({self.removed.shape, self.most.shape, self.least.shape, self.random.shape[1:]}) > 1:
            raise ValueError("all curves must have as many points as `removed`")
        curves = np.vstack([self.most, self.least, self.random])
        if not ((curves >= 0) & (curves <= 1)).all():
            raise ValueError("curves must be probabilities")
        if self.removed[0] != 0 or self.removed[-1] != 1 or (np.diff(self.removed) <= 0).any():
            raise ValueError("`removed` must rise from 0 to 1")

    @property
    def band(self) -> tuple[Float[np.ndarray, " S"], Float[np.ndarray, " S"]]:
        """The lowest and the highest of the random orders at every point."""
        return self.random.min(0), self.random.max(0)

    def insertion(self, order: str) -> tuple[np.ndarray, np.ndarray]:
        """The share that is shown, rising, and the probability; `order` names what comes first:
        "most", "least", or "random" (a row per order)."""
        opposite = {"most": self.least, "least": self.most, "random": self.random}
        if order not in opposite:
            raise ValueError(f"unknown order {order!r}; known: {', '.join(ORDERS)}")
        return 1 - self.removed[::-1], opposite[order][..., ::-1]

    @property
    def areas(self) -> dict[str, float]:
        """Areas under the deletion curves, 0..100, both ends included; `random` is their mean."""
        return {
            "most": area(self.removed, self.most),
            "least": area(self.removed, self.least),
            "random": float(np.mean([area(self.removed, curve) for curve in self.random])),
        }


def area(share: np.ndarray, curve: np.ndarray) -> float:
    """Area under a curve of probabilities over shares 0..1, by trapezoids, times 100.

    >>> round(area(np.array([0.0, 0.5, 1.0]), np.array([1.0, 0.5, 0.5])), 6)
    62.5
    """
    return float(100 * np.sum(np.diff(share) * (curve[1:] + curve[:-1]) / 2))


@dataclass(frozen=True, kw_only=True, slots=True)
class Pointing:
    """A map against the truth: whether its highest region lies on the thing the question is about,
    the share of what speaks for the answer that lies there, and that share if it were even."""

    hit: bool
    mass: float
    even: float


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Doubt:
    """An attribution put to the test: curves by modality, and pointing where the truth is known."""

    attribution: Attribution
    curves: Mapping[str, Faithfulness]
    pointing: Pointing | None
    milliseconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class ExplainerInfo:
    """What a person should know of one explainer.

    `yields` names "image", "text" and "modalities"; `cost` is one of `fusion.explain.base.COSTS`;
    `fusions` are the loaded fusions that it supports. For the rest see `Attribution`.
    """

    name: str
    label: str
    summary: str
    source: str
    yields: tuple[str, ...]
    unit: str
    signed: bool
    specific: bool
    sampled: bool
    cost: str
    fusions: tuple[str, ...]
