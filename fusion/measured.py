"""Reads what the commands measured, metrics.json and bench.json, into typed results.

Nothing here knows which fusions, backbones, sets, masks or question families there are: the files
say. The backbones stand in a metrics.json of their own, or under `backbones` in the other one,
with entries like those of `fusions` that also hold their times and their size.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fusion.backbones import FOLDER
from fusion.models.store import load_metrics, read_json
from fusion.outputs import Measured, MeasuredModel, Share

KINDS = {"fusion": "fusions", "backbone": "backbones"}  # a kind, and its key in metrics.json
UNMASKED = "-unmasked"

JSON = Mapping[str, Any]


def load_measured(root: Path) -> Measured | None:
    """What lies in a folder like assets/; None where the evaluation has not run.

    Raises ValueError naming the file that is damaged, and in it what is missing or wrong.
    """
    others = load_metrics(root / FOLDER)
    metrics = others | load_metrics(root)
    if not metrics:
        return None
    bench = read_json(root / "bench.json") if (root / "bench.json").exists() else {}
    try:
        if others:
            key = KINDS["backbone"]
            metrics |= {"backbones": {n: _timed(e, others) for n, e in others[key].items()}}
        return measured(metrics, bench)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(
            f"metrics.json or bench.json does not hold what `python -m fusion.training evaluate` "
            f"and `python -m fusion.bench` write: {type(error).__name__} {error}"
        ) from error


def _timed(entry: JSON, metrics: JSON) -> JSON:
    """A backbone's entry with how it was timed, which is the same for all of them."""
    return {"timed": (metrics["created_with"], metrics["machine"]), **entry}


def measured(metrics: JSON, bench: JSON) -> Measured:
    """The two files' contents as one result; `bench` may be empty."""
    machine = bench.get("machine")
    processor = None if machine is None else f"{machine['processor']}, {machine['cpus']} CPUs"
    bench_timed = (bench.get("created_with", ""), processor or "")
    return Measured(
        command=metrics["created_with"],
        bench_command=bench.get("created_with"),
        machine=processor,
        sets={n: (size["scenes"], size["questions"]) for n, size in metrics["sets"].items()},
        models=tuple(
            _model(
                kind,
                name,
                {"timed": bench_timed, **entry},
                metrics[key],
                bench.get("engine", {}).get(key, {}),
            )
            for kind, key in KINDS.items()
            for name, entry in metrics.get(key, {}).items()
        ),
    )


def _model(kind: str, name: str, entry: JSON, others: JSON, times: JSON) -> MeasuredModel:
    command, machine = entry["timed"]
    twin, took = name.removesuffix(UNMASKED), entry.get("milliseconds", {})
    benched = float(times[name]["median_ms"]) if name in times else None
    return MeasuredModel(
        name=name,
        kind=kind,
        parameters=int(entry["parameters"]),
        milliseconds=float(took["new"]["median_ms"]) if took else benched,
        known_milliseconds=float(took["known"]["median_ms"]) if took else None,
        timed=(command, machine),
        bytes=entry.get("bytes"),
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
