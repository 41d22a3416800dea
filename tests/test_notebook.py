"""The notebook runs from start to end, and saves what the page saves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from viz.panels.saving import KINDS

ROOT = Path(__file__).parents[1]
NOTEBOOK = json.loads((ROOT / "assets" / "duet.ipynb").read_text(encoding="utf-8"))


def code() -> list[str]:
    return ["".join(c["source"]) for c in NOTEBOOK["cells"] if c["cell_type"] == "code"]


def test_the_notebook_runs_in_a_fresh_process(tmp_path: Path) -> None:
    script = tmp_path / "cells.py"
    script.write_text("\n\n".join(code()), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    saved = {path.suffix[1:] for path in (tmp_path / "duet-files").iterdir()}
    assert saved == set(KINDS)


def test_nothing_in_the_notebook_can_go_stale() -> None:
    cells = [cell for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]
    assert [c["id"] for c in cells if c["outputs"] or c["execution_count"]] == []
    assert NOTEBOOK["nbformat"] == 4 and len({c["id"] for c in NOTEBOOK["cells"]}) == len(
        NOTEBOOK["cells"]
    )
