"""Measure, write a JSON file, print a table: `python -m fusion.bench --out assets/bench.json`.

Measure on a machine that does nothing else. With `--only`, what the file has of the other parts is
kept.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from fusion.bench.against import SLOWER, slower
from fusion.bench.browser import measure_browser
from fusion.bench.changes import measure_changes
from fusion.bench.clients import measure_load, measure_memory
from fusion.bench.computer import processor
from fusion.bench.engine_times import measure_engine
from fusion.bench.forms import measure_forms
from fusion.bench.report import changes, forms, machine, report
from fusion.bench.server import served
from fusion.bench.soak import measure_soak
from fusion.bench.start import measure_start
from fusion.engine import ASSETS, Engine

PARTS = ("engine", "start", "memory", "browser", "load", "forms", "changes", "soak")
ASKED_FOR = ("load", "forms", "changes", "soak")  # measured only when they are named
SOAK_SECONDS = 300.0


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the chosen parts; `arguments` are those of the command line unless given."""
    chosen = _parser().parse_args(arguments)
    named = {"load": chosen.load, "soak": chosen.soak is not None}
    parts = chosen.only or [p for p in PARTS if p not in ASKED_FOR or named.get(p)]
    recorded = json.loads(chosen.against.read_text()) if chosen.against else None
    measured = {**_earlier(chosen.out), **describe()}
    measured |= measure(parts, chosen)
    if chosen.out:
        chosen.out.write_text(json.dumps(measured, indent=2) + "\n")
    print(f"{machine(measured)}\n\n{report(measured)}")
    if "forms" in measured:
        print(f"\n{forms(measured)}")
    if "changes" in measured:
        print(f"\n{changes(measured)}")
    if recorded is not None and (found := list(slower(measured, recorded))):
        raise SystemExit("slower: " + "; ".join(found))


def measure(parts: Sequence[str], chosen: argparse.Namespace) -> dict[str, Any]:
    """Each part by its name. Only one part runs at a time, so that none disturbs another."""
    engine = Engine.load(chosen.assets) if chosen.assets else Engine.load()
    measured: dict[str, Any] = {}
    if "engine" in parts:
        measured["engine"] = measure_engine(engine, repeats=chosen.repeats)
    if "start" in parts:
        measured["start"] = measure_start(runs=chosen.runs, assets=chosen.assets)
    if "memory" in parts:
        with served(chosen.assets) as server:
            measured["memory"] = measure_memory(engine, server, questions=chosen.questions)
    if "forms" in parts:
        measured["forms"] = measure_forms(repeats=chosen.repeats, assets=chosen.assets or ASSETS)
    if "changes" in parts:
        measured["changes"] = measure_changes(
            repeats=chosen.repeats, assets=chosen.assets or ASSETS
        )
    if {"browser", "load"} & set(parts):
        with served(chosen.assets) as server:
            if "browser" in parts:
                measured["browser"] = measure_browser(server, questions=chosen.presses)
            if "load" in parts:
                measured["load"] = [
                    measure_load(engine, server, count=count, seconds=chosen.seconds)
                    for count in chosen.people
                ]
    if "soak" in parts:
        measured["soak"] = measure_soak(
            engine, assets=chosen.assets, seconds=chosen.soak or SOAK_SECONDS, seed=chosen.seed
        )
    return measured


def describe() -> dict[str, Any]:
    """How the file came about."""
    return {
        "created_with": "python -m fusion.bench",
        "machine": {
            "cpus": os.cpu_count(),
            "processor": processor(),
            "python": platform.python_version(),
            "torch": torch.__version__,
        },
    }


def _earlier(out: Path | None) -> dict[str, Any]:
    return dict(json.loads(out.read_text())) if out and out.exists() else {}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m fusion.bench", description=__doc__)
    parser.add_argument("--out", type=Path, help="the JSON file to write")
    parser.add_argument("--assets", type=Path, help="folder of the weights")
    parser.add_argument("--only", nargs="+", choices=PARTS, help="measure these parts only")
    parser.add_argument("--load", action="store_true", help="also many people at once")
    parser.add_argument(
        "--against",
        type=Path,
        help=f"an earlier file: fail where the engine's ratio is over {SLOWER} times that one",
    )
    parser.add_argument("--repeats", type=int, default=50, help="of each engine action")
    parser.add_argument("--runs", type=int, default=5, help="starts of the page")
    parser.add_argument("--questions", type=int, default=200, help="for the memory")
    parser.add_argument("--presses", type=int, default=60, help="of the button, in the browser")
    parser.add_argument(
        "--people", type=int, nargs="+", default=[20, 50], help="who ask at once, one after another"
    )
    parser.add_argument("--seconds", type=float, default=60.0, help="for which they ask")
    parser.add_argument("--soak", type=float, help="also seconds of everything, in any order")
    parser.add_argument("--seed", type=int, default=0, help="of that order")
    return parser


if __name__ == "__main__":
    main()
