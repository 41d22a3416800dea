"""Measures what is shipped and writes metrics.json: every fusion, mask, set and question family.

    python -m fusion.training evaluate

Also how well the attention points (unique referent, attribute questions), calibration, and the
best predictors without the image and without the question. Fixed seeds, never trained on.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from fusion.data.shapes.vocabulary import FAMILIES
from fusion.models.masking import Presence
from fusion.models.model import FUSIONS
from fusion.models.store import load_backbone, load_fusion, write_atomically
from fusion.models.strategies.base import Fusion
from fusion.models.tokenizer import QuestionTokenizer
from fusion.outputs import FusionOutput
from fusion.training.exam import ON_OBJECT, SETS, Sheet, exam_sheets
from fusion.training.priors import measure_priors
from fusion.training.statistics import expected_calibration_error, share

MASKS = {
    "both": (True, True),
    "image": (True, False),
    "text": (False, True),
    "none": (False, False),
}
COMMAND = "python -m fusion.training evaluate"


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Marks:
    """One fusion's answers to a set under one mask."""

    right: np.ndarray
    confidence: np.ndarray
    hits: np.ndarray  # attention's arg-max on the object; one per pointing question
    mass: np.ndarray  # share of the attention on the object
    uniform: np.ndarray  # the same share if attention were even


def evaluate(assets: Path) -> dict[str, Any]:
    """Measure everything under `assets` and write the metrics files there."""
    backbone = load_backbone(assets / "backbone")
    tokenizer = QuestionTokenizer.load(
        assets / "backbone" / "tokenizer.json", max_tokens=backbone.config.max_tokens
    )
    sets = {
        name: exam_sheets(exam, backbone, tokenizer)
        for name, exam in tqdm(SETS.items(), desc="sets")
    }
    names = [p.name for p in sorted((assets / "fusions").iterdir()) if p.is_dir()]
    order = [s if a is None else f"{s}-{a}" for s, a in FUSIONS]
    names.sort(key=lambda n: order.index(n) if n in order else len(order))
    fusions = {
        name: measure(load_fusion(assets / "fusions" / name), sets)
        for name in tqdm(names, desc="fusions")
    }
    metrics = {
        "created_with": COMMAND,
        "sets": {
            name: {
                "scenes": sum(len(s.image.regions) for s in sheets),
                "questions": sum(len(s.questions) for s in sheets),
            }
            for name, sheets in sets.items()
        },
        "fusions": fusions,
        "priors": measure_priors([q for sheet in sets["test"] for q in sheet.questions]),
        "on_object": f"a region is on the object when the object covers {ON_OBJECT:.0%} of it",
    }
    write_summaries(assets, metrics)
    _write(assets / "metrics.json", metrics)
    return metrics


def write_summaries(assets: Path, metrics: dict[str, Any]) -> None:
    """The share of right answers of each fusion, beside its weights."""
    for name, entry in metrics["fusions"].items():
        whole = entry["accuracy"]["test"]["both"]["all"]
        summary = {"accuracy": whole["correct"] / whole["count"], **whole}
        summary |= {"parameters": entry["parameters"], "created_with": COMMAND}
        _write(assets / "fusions" / name / "metrics.json", summary)


def _write(path: Path, metrics: dict[str, Any]) -> None:
    write_atomically(path, json.dumps(metrics, indent=1) + "\n")


@torch.inference_mode()
def measure(fusion: Fusion, sets: dict[str, list[Sheet]]) -> dict[str, Any]:
    """One fusion's entry in metrics.json."""
    accuracy: dict[str, dict[str, dict[str, Any]]] = {}
    pointing, calibration = None, 0.0
    for name, sheets in sets.items():
        families = np.array([q.family for s in sheets for q in s.questions])
        accuracy[name] = {}
        for mask, keep in MASKS.items():
            marks = mark(fusion, sheets, keep)
            accuracy[name][mask] = {"all": share(marks.right)} | {
                f: share(marks.right[families == f]) for f in FAMILIES if (families == f).any()
            }
            if name == "test" and mask == "both":
                calibration = expected_calibration_error(marks.confidence, marks.right)
                pointing = _pointing(marks)
    return {
        "accuracy": accuracy,
        "parameters": sum(p.numel() for p in fusion.parameters()),
        "ece": round(calibration, 4),
        "pointing": pointing,
    }


def _pointing(marks: Marks) -> dict[str, Any] | None:
    if not len(marks.hits):
        return None
    return {
        "argmax": share(marks.hits),
        "mass": round(float(marks.mass.mean()), 4),
        "uniform": round(float(marks.uniform.mean()), 4),
        "count": len(marks.hits),
    }


def mark(fusion: Fusion, sheets: list[Sheet], keep: tuple[bool, bool]) -> Marks:
    """Run a fusion over a set."""
    columns: dict[str, list[np.ndarray]] = {name: [] for name in Marks.__slots__}
    for sheet in sheets:
        output = run(fusion, sheet, keep)
        answers = fusion.config.answers
        truth = torch.tensor([answers.index(q.answer) for q in sheet.questions])
        best = output.logits.softmax(-1).max(-1)
        columns["right"].append((best.indices == truth).numpy())
        columns["confidence"].append(best.values.numpy())
        for name, values in zip(("hits", "mass", "uniform"), _pointed(output, sheet), strict=True):
            columns[name].append(values.numpy())
    return Marks(**{name: np.concatenate(parts) for name, parts in columns.items()})


def run(fusion: Fusion, sheet: Sheet, keep: tuple[bool, bool]) -> FusionOutput:
    """All questions of a sheet through a fusion under one mask."""
    N, H, W, _ = sheet.image.regions.shape
    present = Presence(
        keep=torch.tensor([keep]).expand(len(sheet.questions), 2),
        region_mask=torch.ones(N, H * W, dtype=torch.bool),
        token_mask=sheet.text.mask,
    )
    output: FusionOutput = fusion(sheet.image, sheet.text, present)
    return output


def _pointed(output: FusionOutput, sheet: Sheet) -> tuple[Tensor, Tensor, Tensor]:
    """For each pointing question: arg-max on the object, mass on it, its share of the regions."""
    asked = sheet.on_object.flatten(1).any(1)
    weights = output.region_weights
    if weights is None or not bool(weights.any()):
        nothing = torch.zeros(0)
        return nothing.bool(), nothing, nothing
    weights, on_object = weights[asked].flatten(1), sheet.on_object[asked].flatten(1)
    hits = on_object.gather(1, weights.argmax(1, keepdim=True))[:, 0]
    return hits, (weights * on_object).sum(1), on_object.float().mean(1)
