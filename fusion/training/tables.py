"""The README's tables, made from what the commands measured; nobody writes a number by hand.

`metrics.json` comes from `python -m fusion.training evaluate`, `bench.json` from
`python -m fusion.bench`; the tables of strategies and mechanisms come from their registries.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fusion.bench import report
from fusion.explain import EXPLAINERS
from fusion.explain.base import explainer_info
from fusion.markdown import replace_between, table
from fusion.models.attention import ATTENTION
from fusion.models.strategies import STRATEGIES
from fusion.registry import Registry
from fusion.training.explainer_tables import explainer_tables
from fusion.training.goals import best_fusion, goals
from fusion.training.tables_in_chinese import in_chinese

Metrics = dict[str, Any]
Sections = dict[str, Callable[[Path], str]]

SETS = {
    "test": "test scenes",
    "phrasing-en": "held-out phrasings, English",
    "phrasing-zh": "held-out phrasings, Chinese",
    "looks": "held-out looks",
}
MASKS = {
    "both": "nothing hidden",
    "image": "image only",
    "text": "question only",
    "none": "neither",
}
NOT_MEASURED = "Not measured yet: run `{}`."
FORMS = (
    "What the backbone costs in other forms, to encode a new image and a question, and what "
    "`{}` answers right from what they give:"
)
CHANGES = "What was changed for speed, and what it gave: the same work both ways, medians:"
EVALUATE, BENCH = "python -m fusion.training evaluate", "python -m fusion.bench"
EVALUATE_BACKBONES = "python -m fusion.training evaluate --backbones"
MEGABYTE = 1_000_000
NOVELTY = "python -m fusion.training novelty"


def update(readme: Path, assets: Path) -> None:
    """Write every generated section of a README anew, from the files under `assets`; the sections
    of one that is named `….zh.md` are in Chinese."""
    sections = CHINESE if readme.name.endswith(".zh.md") else SECTIONS
    text = updated(readme.read_text(encoding="utf-8"), assets, sections)
    readme.write_text(text, encoding="utf-8")


def updated(text: str, assets: Path, sections: Sections | None = None) -> str:
    """A README's text with every one of its generated sections made anew."""
    for name, section in (sections or SECTIONS).items():
        text = replace_between(text, name, section(assets))
    return text


def render(assets: Path) -> str:
    """The results: goals and what was reached, accuracies, where the attention points."""
    metrics = read(assets / "metrics.json")
    if not metrics:
        return NOT_MEASURED.format(EVALUATE)
    parts = (
        _sizes(metrics),
        table(
            ("what", "goal", "measured", "reached"),
            goals(metrics, read(assets / "bench.json")),
            texts=2,
        ),
        "Share of right answers, with the 95 % interval on the test scenes:",
        accuracy_table(metrics),
        "The same on the test scenes when something is hidden; calibration error (ECE); size:",
        hidden_table(metrics),
        _priors(metrics),
        f"Share of right answers by question family, `{best_fusion(metrics)}`:",
        family_table(metrics, best_fusion(metrics)),
        "Where the attention points, for questions about an attribute of one object:",
        pointing_table(metrics),
    )
    return "\n\n".join(parts)


def rendered_in_chinese(assets: Path) -> str:
    """The same in Chinese."""
    return in_chinese(render(assets))


def read(path: Path) -> Metrics:
    """A JSON file; empty when it is not there."""
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def percent(share: float) -> str:
    """A share as a percentage with one decimal.

    >>> percent(0.9731)
    '97.3 %'
    """
    return f"{100 * share:.1f} %"


# ------------------------------------------------------------------ accuracy


def accuracy_table(metrics: Metrics) -> str:
    """One row per fusion, one column per set of questions."""
    heading = ["fusion"]
    for name in metrics["sets"]:
        heading += [SETS.get(name, name), *(["95 % interval"] if name == "test" else [])]
    return table(heading, [_accuracy_row(metrics, name) for name in metrics["fusions"]])


def _accuracy_row(metrics: Metrics, fusion: str) -> list[str]:
    cells = [f"`{fusion}`"]
    for name in metrics["sets"]:
        measured = metrics["fusions"][fusion]["accuracy"][name]["both"]["all"]
        cells.append(_share(measured))
        if name == "test":
            low, high = measured["interval"]
            cells.append(f"{100 * low:.1f} – {100 * high:.1f} %")
    return cells


def hidden_table(metrics: Metrics) -> str:
    """One row per fusion, one column per case of the masking, on the test scenes."""
    rows = []
    for name, fusion in metrics["fusions"].items():
        cases = [_share(fusion["accuracy"]["test"][mask]["all"]) for mask in MASKS]
        rows.append([f"`{name}`", *cases, f"{fusion['ece']:.3f}", f"{fusion['parameters']:,}"])
    return table(["fusion", *MASKS.values(), "ECE", "parameters"], rows)


def family_table(metrics: Metrics, fusion: str) -> str:
    """One row per question family of one fusion, beside the best predictor without the image."""
    accuracy = metrics["fusions"][fusion]["accuracy"]
    priors = metrics["priors"]["image_free"].get("by_family", {})
    families = [family for family in accuracy["test"]["both"] if family != "all"]
    rows = [
        [
            family,
            *(_maybe_share(accuracy[name]["both"].get(family)) for name in metrics["sets"]),
            percent(priors[family]) if family in priors else "–",
            f"{accuracy['test']['both'][family]['count']:,}",
        ]
        for family in families
    ]
    sets = (SETS.get(name, name) for name in metrics["sets"])
    return table(["family", *sets, "best without the image", "test questions"], rows)


def pointing_table(metrics: Metrics) -> str:
    """One row per fusion that has a map over the image."""
    rows = [
        [
            f"`{name}`",
            _share(found["argmax"]),
            percent(found["mass"]),
            percent(found["uniform"]) if "uniform" in found else "–",
            f"{found['count']:,}",
        ]
        for name, fusion in metrics["fusions"].items()
        if (found := fusion["pointing"]) is not None
    ]
    heading = ("fusion", "highest region on the object", "attention on the object")
    return table([*heading, "the same if it looked everywhere alike", "questions"], rows)


def _share(measured: Metrics) -> str:
    return percent(measured["correct"] / measured["count"])


def _maybe_share(measured: Metrics | None) -> str:
    return _share(measured) if measured and measured["count"] else "–"


def _sizes(metrics: Metrics) -> str:
    sizes = [
        f"{SETS.get(name, name)} {size['questions']:,} questions on {size['scenes']:,} scenes"
        for name, size in metrics["sets"].items()
    ]
    return f"Measured on scenes that no training saw: {'; '.join(sizes)}."


def _priors(metrics: Metrics) -> str:
    free = metrics["priors"]
    return (
        f"The best predictor that never sees the image ({free['image_free']['predictor']}) is "
        f"right in {percent(free['image_free']['accuracy'])} of the test questions, the best that "
        f"never sees the question ({free['text_free']['predictor']}) in "
        f"{percent(free['text_free']['accuracy'])}."
    )


# ------------------------------------------------------------------ explainers


def explainers(assets: Path) -> str:
    """Which explanation deserves trust on which fusion; nothing before it was measured."""
    measured = read(assets / "explainers.json")
    return explainer_tables(measured) if measured else ""


# ------------------------------------------------------------------ backbones


def backbones(assets: Path) -> str:
    """The backbones: right answers, cost and size; and right answers by question family."""
    metrics = read(assets / "backbones" / "metrics.json")
    if not metrics:
        return NOT_MEASURED.format(EVALUATE_BACKBONES)
    times = (
        f"Times on {metrics['machine']}, one question at a time on one thread, encoding included: "
        "about a new image, and about one that was asked about before."
    )
    parts = (
        f"{_sizes(metrics)} {times}",
        backbone_table(metrics),
        "Share of right answers on the test scenes by question family:",
        backbone_family_table(metrics),
    )
    return "\n\n".join(parts)


def backbone_table(metrics: Metrics) -> str:
    """One row per backbone: right answers in each set of questions, cost and size."""
    rows = []
    for name, entry in metrics["backbones"].items():
        whole = [entry["accuracy"][questions]["both"]["all"] for questions in metrics["sets"]]
        low, high = whole[0]["interval"]
        took = [f"{entry['milliseconds'][kind]['median_ms']:.1f}" for kind in ("new", "known")]
        size = [f"{entry['parameters']:,}", f"{entry['bytes'] / MEGABYTE:.1f}"]
        interval = f"{100 * low:.1f} – {100 * high:.1f} %"
        shares = [_share(whole[0]), interval, *map(_share, whole[1:])]
        rows.append([f"`{name}`", *shares, *took, *size])
    first, *sets = (SETS.get(name, name) for name in metrics["sets"])
    costs = ["ms, new image", "ms, known image", "parameters", "MB"]
    return table(["backbone", first, "95 % interval", *sets, *costs], rows)


def backbone_family_table(metrics: Metrics) -> str:
    """One row per question family, one column per backbone, on the test scenes."""
    found = {name: e["accuracy"]["test"]["both"] for name, e in metrics["backbones"].items()}
    families = dict.fromkeys(family for shares in found.values() for family in shares)
    rows = [
        [family, *(_maybe_share(shares.get(family)) for shares in found.values())]
        for family in families
    ]
    return table(["family", *(f"`{name}`" for name in found)], rows)


# ------------------------------------------------------------------ speed, strategies


def novelty(assets: Path) -> str:
    """What share of which pictures gets the notice."""
    measured = read(assets / "novelty.json")
    return novelty_table(measured) if measured else NOT_MEASURED.format(NOVELTY)


def novelty_table(measured: Metrics) -> str:
    """One row per kind of picture, one column per description of an image; the chosen first."""
    flagged = measured["flagged"]
    names = sorted(flagged, key=lambda name: name != measured["chosen"])
    rows = [
        [kind, *(_share(flagged[name][kind]) for name in names), f"{found['count']:,}"]
        for kind, found in flagged[names[0]].items()
    ]
    shipped = [f"`{names[0]}` (shipped)", *(f"`{name}`" for name in names[1:])]
    return table(["pictures that get the notice", *shipped, "pictures"], rows)


def speed(assets: Path) -> str:
    """What `python -m fusion.bench` measured."""
    measured = read(assets / "bench.json")
    if not measured:
        return NOT_MEASURED.format(BENCH)
    parts = [report.machine(measured), report.report(measured)]
    if "forms" in measured:
        parts += [FORMS.format(measured["forms"]["fusion"]), report.forms(measured)]
    if "changes" in measured:
        parts += [CHANGES, report.changes(measured)]
    return "\n\n".join(parts)


def strategies(assets: Path) -> str:
    """What the registries know of the strategies and the attention mechanisms."""
    del assets  # the registries are code
    return f"{_described('strategy', STRATEGIES)}\n\n{_described('attention', ATTENTION)}"


def methods(assets: Path) -> str:
    """What the registry knows of the explainers."""
    del assets  # the registry is code
    infos = [explainer_info(name, {}) for name in EXPLAINERS]
    rows = [[f"`{i.name}`", i.label, i.summary, i.unit, i.cost, i.source] for i in infos]
    return table(["method", "label", "what it does", "unit", "cost", "source"], rows, texts=6)


def _described(kind: str, registry: Registry) -> str:
    entries = [registry[name] for name in registry]
    rows = [[f"`{e.name}`", e.label, e.summary, e.source] for e in entries]
    return table([kind, "label", "what it does", "source"], rows, texts=4)


SECTIONS: Sections = {
    "strategies": strategies,
    "methods": methods,
    "results": render,
    "explainers": explainers,
    "backbones": backbones,
    "novelty": novelty,
    "speed": speed,
}
CHINESE: Sections = {"results": rendered_in_chinese}  # the others are in the English one alone
