"""Reads what `evaluate --explainers` measured, explainers.json, into a typed result: which
explanation deserves trust on which fusion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fusion.models.store import read_json
from fusion.outputs import MODALITIES, Share

FILE = "explainers.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Gain:
    """How far a method's order beats orders by chance: a difference of areas 0..100 over so many
    scenes; `half` is the half width of its 95 % interval, None where one scene says nothing of
    it."""

    mean: float
    half: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Trusted:
    """One method on one fusion and modality: by deletion, by insertion, and by pointing where the
    truth is known; `even` is what pointing by chance would hit."""

    fusion: str
    modality: str
    method: str
    deletion: Gain
    insertion: Gain
    hit: Share | None
    even: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Trust:
    """All that was measured, fusion by fusion; `scenes` is how many scenes were asked for."""

    command: str
    scenes: int
    orders: int
    rows: tuple[Trusted, ...]


def load_trust(root: Path) -> Trust | None:
    """What lies in a folder like assets/; None where the explainers were not measured. Raises
    ValueError when the file is damaged."""
    if not (root / FILE).exists():
        return None
    found = read_json(root / FILE)
    try:
        return Trust(
            command=found["created_with"],
            scenes=int(found["scenes"]),
            orders=int(found["orders"]),
            rows=tuple(_rows(found["fusions"])),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(
            f"{FILE} does not hold what `python -m fusion.training evaluate --explainers` writes: "
            f"{type(error).__name__} {error}"
        ) from error


def _rows(fusions: Mapping[str, Any]) -> Iterator[Trusted]:
    for fusion, measured in fusions.items():
        pointed = measured["pointing"]
        for modality in MODALITIES:
            for method, found in measured[modality]["methods"].items():
                seen = pointed if modality == "image" else None
                yield Trusted(
                    fusion=fusion,
                    modality=modality,
                    method=method,
                    deletion=_gain(found["deletion"]),
                    insertion=_gain(found["insertion"]),
                    hit=None if seen is None else _share(seen["methods"][method]["hit"]),
                    even=None if seen is None else float(seen["even"]["mean"]),
                )


def _gain(found: Mapping[str, Any]) -> Gain:
    interval = found["interval"]
    half = None if interval is None else (interval[1] - interval[0]) / 2
    return Gain(mean=float(found["mean"]), half=half)


def _share(found: Mapping[str, Any]) -> Share:
    low, high = found["interval"]
    return Share(correct=found["correct"], count=found["count"], low=low, high=high)
