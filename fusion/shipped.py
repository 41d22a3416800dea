"""A model family on disk, loaded and checked: one backbone, its fusions, its answers' names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fusion.backbones import FOLDER, Backbones
from fusion.inputs import Inputs
from fusion.measured import load_measured
from fusion.models.attention import ATTENTION
from fusion.models.folding import fold_batch_norms
from fusion.models.model import FUSIONS
from fusion.models.novelty import Novelty
from fusion.models.store import load_answers, load_backbone, load_fusion, load_metrics
from fusion.models.strategies import STRATEGIES
from fusion.models.strategies.base import Fusion
from fusion.models.tokenizer import QuestionTokenizer
from fusion.outputs import MAIN, FusionInfo, Measured
from fusion.question import LANGUAGES
from fusion.trust import Trust, load_trust

if TYPE_CHECKING:
    from fusion.adapters.hub import HubModel

ASSETS = Path(__file__).resolve().parent.parent / "assets"
DEFAULT = "hybrid-additive"
COMPARED = tuple(s if a is None else f"{s}-{a}" for s, a in FUSIONS)

Names = Mapping[str, Mapping[str, str]]  # an answer's id, a language, the answer's name in it


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Family:
    """What an engine serves; `accuracies` are those on test scenes, where they were measured, and
    `measured` and `trust` what the evaluations wrote down, None before they have run. `backbones`
    are the families that are only compared, read when they are asked for, and `hub` a pretrained
    model from elsewhere, if one is served."""

    inputs: Inputs
    fusions: Mapping[str, Fusion]
    answers: Names
    accuracies: Mapping[str, float | None]
    measured: Measured | None
    backbone: str
    backbones: Backbones[Family]
    trust: Trust | None = None
    hub: HubModel | None = None


def load_family(root: Path) -> Family:
    """Read backbone/ and fusions/; raises ValueError naming what is missing, damaged or wrong."""
    family = _load(root, MAIN)
    compared = Backbones(root / FOLDER, partial(_load_compared, family))
    return replace(family, backbones=compared)


def _load_compared(main: Family, root: Path) -> Family:
    """A backbone that is compared: it gives the answers of the main one, and leaves it to the main
    one to say which images are unlike. It remembers few inputs."""
    family = _load(root, root.name, judge=main.inputs, images=8, questions=32)
    if set(family.answers) != set(main.answers):
        raise ValueError("its answers are not those of the main model")
    return family


def _load(root: Path, backbone: str, **inputs: Any) -> Family:
    answers = load_answers(root / "backbone")
    for answer_id, names in answers.items():
        if absent := [language for language in LANGUAGES if language not in names]:
            raise ValueError(f"answers.json has no name for {answer_id} in {', '.join(absent)}")
    encoders = _load_inputs(root / "backbone", **inputs)
    folders = _fusion_folders(root / "fusions")
    fusions = {name: load_fusion(folder) for name, folder in folders.items()}
    for name, fusion in fusions.items():
        if fusion.config.name != name:
            raise ValueError(f"the folder {name} holds the fusion {fusion.config.name}")
        _check_fit(name, fusion, encoders.backbone.config.width, answers)
    return Family(
        inputs=encoders,
        fusions=fusions,
        answers=answers,
        accuracies={name: load_metrics(f).get("accuracy") for name, f in folders.items()},
        measured=load_measured(root),
        backbone=backbone,
        backbones=Backbones(None, load_family),
        trust=load_trust(root),
    )


def with_fusion(family: Family, name: str, fusion: Fusion) -> Family:
    """A family with one more fusion, of which no accuracy is known."""
    if name in family.fusions:
        raise ValueError(f"there is a fusion {name!r} already")
    _check_fit(name, fusion, family.inputs.backbone.config.width, family.answers)
    return replace(
        family,
        fusions={**family.fusions, name: fusion},
        accuracies={**family.accuracies, name: None},
    )


def describe(name: str, family: Family) -> FusionInfo:
    """What a person should know of one fusion of a family."""
    fusion = family.fusions[name]
    entries = [STRATEGIES[fusion.config.strategy]]
    if fusion.config.attention is not None:
        entries.append(ATTENTION[fusion.config.attention])
    label, summary = " · ".join(e.label for e in entries), " ".join(e.summary for e in entries)
    if not fusion.config.masked_training:
        label += " · trained without masking"
        summary += " It never saw a hidden modality in training."
    return FusionInfo(
        name=name,
        label=label,
        summary=summary,
        accuracy=family.accuracies[name],
        parameters=sum(p.numel() for p in fusion.parameters()),
        in_comparison=name in COMPARED,
    )


def _load_inputs(folder: Path, **kept: Any) -> Inputs:
    backbone = load_backbone(folder)
    fold_batch_norms(backbone.image_encoder)
    config = backbone.config
    tokenizer = QuestionTokenizer.load(folder / "tokenizer.json", max_tokens=config.max_tokens)
    if len(tokenizer) > config.vocabulary:
        raise ValueError(
            f"the tokenizer knows {len(tokenizer)} word pieces, but the text encoder has room for "
            f"{config.vocabulary}"
        )
    novelty = folder / "novelty.safetensors"
    detector = Novelty.load(novelty) if novelty.exists() else None
    return Inputs(backbone, tokenizer, detector, **kept)


def _fusion_folders(root: Path) -> dict[str, Path]:
    """The folders of fusions: those that are compared in their order, then the others."""
    found = {f.name: f for f in sorted(root.glob("*")) if (f / "config.json").exists()}
    if not found:
        raise ValueError(f"there is no fusion: no folder in {root.name} has a config.json")
    return {name: found[name] for name in (*COMPARED, *found) if name in found}


def _check_fit(name: str, fusion: Fusion, width: int, answers: Names) -> None:
    """Raise ValueError unless a fusion fits the backbone and the answers."""
    if fusion.config.encoding_width != width:
        raise ValueError(
            f"the fusion {name} wants encodings of width {fusion.config.encoding_width}, but the "
            f"backbone's have {width}"
        )
    if set(fusion.config.answers) != set(answers):
        raise ValueError(f"the answers of the fusion {name} are not those of answers.json")
