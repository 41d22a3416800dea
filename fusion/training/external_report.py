"""The command that measures on a data set on disk: reads it, measures, writes and prints."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fusion.data import DATASETS
from fusion.data.files.record import FilesDataset
from fusion.markdown import table
from fusion.models.store import write_atomically
from fusion.shipped import load_family
from fusion.training.evaluate import COMMAND
from fusion.training.external import measure_files

WORKERS = 2
LABELS = {"both": "both", "image": "image only", "text": "text only", "none": "none"}


def evaluate_files(
    data: str,
    *,
    questions: Path | None,
    annotations: Path | None = None,
    images: Path | None = None,
    fusion: Sequence[str] | None = None,
    limit: int | None = None,
    workers: int | None = None,
    out: Path | None = None,
    assets: Path,
) -> str:
    """Measure the models under `assets` on the data set `data` of DATASETS; the report as text,
    and as JSON in `out`. Raises ValueError for mistakes in the data and the options."""
    if questions is None:
        raise ValueError("--questions must name the question file or the CSV file")
    if out is not None and not out.resolve().parent.is_dir():
        raise ValueError(f"--out: the folder of {out.name} is not there")
    dataset: FilesDataset = DATASETS[data].build(questions, annotations=annotations, images=images)
    measured = measure_files(
        load_family(assets),
        dataset,
        fusions=fusion or (),
        limit=limit,
        workers=WORKERS if workers is None else workers,
    )
    files = [path.name for path in (questions, annotations) if path is not None]
    report = {"created_with": f"{COMMAND} --data {data}", "data": data, "files": files} | measured
    if out is not None:
        write_atomically(out, json.dumps(report, indent=1) + "\n")
    return render(report)


def render(report: dict[str, Any]) -> str:
    """The report as lines of text and a table."""
    label, files = DATASETS[report["data"]].label, ", ".join(report["files"])
    rows = [
        (name, *(_cell(entry["masks"][mask]["all"]) for mask in LABELS))
        for name, entry in report["fusions"].items()
    ]
    return "\n".join(
        (
            f"{label}: {report['questions']} questions about {report['images']} images ({files})",
            f"wrong because the answer is outside the vocabulary: {report['outside']}",
            f"wrong because the model does not take the question: {report['refused']}",
            f"best that the vocabulary can reach: {report['best']:.1%}",
            f"images unlike those the model was made for: {report['unlike']}",
            f"accuracy ({report['accuracy']}) with its 95 % interval, in per cent:",
            "",
            table(("fusion", *LABELS.values()), rows),
        )
    )


def _cell(found: dict[str, Any]) -> str:
    mean = found["mean"] if "mean" in found else found["correct"] / found["count"]
    low, high = found["interval"]
    return f"{100 * mean:.1f} [{100 * low:.1f}, {100 * high:.1f}]"
