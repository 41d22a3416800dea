"""Reads what the commands measured, metrics.json and bench.json, into typed results.

Nothing here knows which fusions, backbones, sets, masks or question families there are: the files
say. `backbones` in metrics.json, with entries like those of `fusions`, is read where it exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fusion.models.store import load_metrics, read_json
from fusion.outputs import Measured, MeasuredModel, Share

KINDS = {"fusion": "fusions", "backbone": "backbones"}  # a kind, and its key in metrics.json
UNMASKED = "-unmasked"

JSON = Mapping[str, Any]


def load_measured(root: Path) -> Measured | None:
    """What lies in a folder like assets/; None where the evaluation has not run.

    Raises ValueError naming the file that is damaged, and in it what is missing or wrong.
    """
    metrics = load_metrics(root)
    if not metrics:
        return None
    bench = read_json(root / "bench.json") if (root / "bench.json").exists() else {}
    try:
        return measured(metrics, bench)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(
            f"metrics.json or bench.json does not hold what `python -m fusion.training evaluate` "
            f"and `python -m fusion.bench` write: {type(error).__name__} {error}"
        ) from error


def measured(metrics: JSON, bench: JSON) -> Measured:
    """The two files' contents as one result; `bench` may be empty."""
    machine = bench.get("machine")
    return Measured(
        command=metrics["created_with"],
        bench_command=bench.get("created_with"),
        machine=None if machine is None else f"{machine['processor']}, {machine['cpus']} CPUs",
        sets={n: (size["scenes"], size["questions"]) for n, size in metrics["sets"].items()},
        models=tuple(
            _model(kind, name, entry, metrics[key], bench.get("engine", {}).get(key, {}))
            for kind, key in KINDS.items()
            for name, entry in metrics.get(key, {}).items()
        ),
    )


def _model(kind: str, name: str, entry: JSON, others: JSON, times: JSON) -> MeasuredModel:
    twin = name.removesuffix(UNMASKED)
    return MeasuredModel(
        name=name,
        kind=kind,
        parameters=int(entry["parameters"]),
        milliseconds=float(times[name]["median_ms"]) if name in times else None,
        masked_twin=twin if twin != name and twin in others else None,
        accuracy={
            questions: {
                mask: {family: _share(found) for family, found in families.items()}
                for mask, families in masks.items()
            }
            for questions, masks in entry["accuracy"].items()
        },
    )


def _share(found: JSON) -> Share:
    low, high = found["interval"]
    return Share(correct=found["correct"], count=found["count"], low=low, high=high)
