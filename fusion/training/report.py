"""Prints what the evaluation found, as plain tables."""

from __future__ import annotations

from typing import Any


def percent(cell: dict[str, Any]) -> str:
    """A share with its 95 % interval: ``97.1 (96.5-97.6)``."""
    low, high = cell["interval"]
    return f"{100 * cell['correct'] / cell['count']:5.1f} ({100 * low:.1f}-{100 * high:.1f})"


def print_report(metrics: dict[str, Any]) -> None:
    """Accuracy per fusion and set, per mask, per family of the best; pointing; calibration."""
    fusions, sets = metrics["fusions"], list(metrics["sets"])
    print(f"\n{'fusion':26}" + "".join(f"{s:>20}" for s in sets))
    for name, entry in fusions.items():
        cells = (percent(entry["accuracy"][s]["both"]["all"]) for s in sets)
        print(f"{name:26}" + "".join(f"{c:>20}" for c in cells))
    print(f"\n{'hidden (test)':26}" + "".join(f"{m:>20}" for m in ("image", "question", "both")))
    for name, entry in fusions.items():
        test = entry["accuracy"]["test"]
        cells = (percent(test[m]["all"]) for m in ("text", "image", "none"))
        print(f"{name:26}" + "".join(f"{c:>20}" for c in cells))
    print(f"\npriors: {metrics['priors']}\n")
    for name, entry in fusions.items():
        points = entry["pointing"]
        where = (
            f"arg-max {percent(points['argmax'])}  mass {100 * points['mass']:.1f} "
            f"(even: {100 * points['uniform']:.1f})"
            if points
            else "no map"
        )
        print(f"{name:26} pointing {where}  ECE {100 * entry['ece']:.1f}")
    print("\nby family (test, both)")
    for name, entry in fusions.items():
        both = entry["accuracy"]["test"]["both"]
        shares = (f"{f} {100 * c['correct'] / c['count']:.1f}" for f, c in both.items())
        print(f"{name:26} " + "  ".join(shares))
