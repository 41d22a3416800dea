"""How long Duet takes to start, beside a process that only imports what it stands on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from tqdm import trange

from fusion.bench.server import ROOT, served
from fusion.bench.timing import MILLISECONDS, milliseconds, summary

IMPORTS = "import gradio, torch, transformers"


def measure_start(*, runs: int, assets: Path | None = None) -> dict[str, Any]:
    """Both processes in turn, `runs` times after one of each that only warms the disk."""
    imports, page = [], []
    for _ in trange(runs + 1, desc="start", leave=False):
        imports.append(imports_seconds())
        with served(assets) as server:
            page.append(server.start_seconds)
    basis, measured = summary(imports[1:], unit="s"), summary(page[1:], unit="s")
    measured["ratio"] = round(measured["median_s"] / basis["median_s"], 3)
    return {"imports": {"what": IMPORTS, **basis}, "page": measured}


def imports_seconds() -> float:
    """Start to end of a Python process that does the imports and nothing else."""
    command = [sys.executable, "-c", IMPORTS]
    return (
        milliseconds(lambda: subprocess.run(command, cwd=ROOT, check=True, capture_output=True))
        / MILLISECONDS
    )
