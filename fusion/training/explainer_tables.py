"""The README's tables about explainers, from explainers.json; raw attention may lose in them."""

from __future__ import annotations

from collections import Counter
from typing import Any

from fusion.explain import EXPLAINERS
from fusion.markdown import table

Measured = dict[str, Any]

SUBJECTS = {"image": "the image", "text": "the words"}
RAW = "raw-attention"
INTRODUCTION = (
    "Every explainer on {scenes:,} test scenes, one question each. Parts are taken away in steps, "
    "what the explainer calls most important first, and the area under the probability of the "
    "fusion's answer (0 to 100) is compared with that of {orders} random orders. The number is how "
    "much lower it is, with the half width of its 95 % interval; at 0 the explanation is as good "
    "as chance, and the highest in each row is bold. Occlusion and Shapley values are themselves "
    "found by hiding parts, so this test is theirs; whether a map points at the right object, "
    "below, is another one."
)


def explainer_tables(measured: Measured) -> str:
    """What was measured, a table for each modality, what became of raw attention, pointing."""
    parts = [INTRODUCTION.format(**measured)]
    for modality, what in SUBJECTS.items():
        parts += [
            f"Taken away from {what}:",
            gains(measured, modality),
            f"{verdict(measured, modality)} {verdict_on_raw_attention(measured, modality)}",
        ]
    pointed = hits(measured)
    if pointed:
        parts += [
            "How often the highest region lies on the object, for questions about an attribute:",
            pointed,
        ]
    return "\n\n".join(parts)


def gains(measured: Measured, modality: str) -> str:
    """One row per fusion, one column per explainer: random order minus the explainer's order."""
    methods = methods_of(measured, modality)
    rows = []
    for name, fusion in measured["fusions"].items():
        found = fusion[modality]["methods"]
        best = best_of(fusion, modality)
        cells = [_gain(found.get(m), bold=m == best) for m in methods]
        rows.append([f"`{name}`", *cells, f"{fusion[modality]['random']['mean']:.1f}"])
    return table(["fusion", *(_label(m) for m in methods), "area, random order"], rows)


def hits(measured: Measured) -> str:
    """One row per fusion, one column per explainer; empty where no truth was known."""
    methods = methods_of(measured, "image")
    rows = []
    for name, fusion in measured["fusions"].items():
        if (pointing := fusion["pointing"]) is None:
            continue
        found = pointing["methods"]
        shares = [found[m]["hit"] if m in found else None for m in methods]
        count = next(s["count"] for s in shares if s is not None)
        cells = ["–" if s is None else f"{100 * s['correct'] / s['count']:.0f} %" for s in shares]
        rows.append([f"`{name}`", *cells, f"{100 * pointing['even']['mean']:.1f} %", f"{count:,}"])
    if not rows:
        return ""
    return table(["fusion", *(_label(m) for m in methods), "by chance", "questions"], rows)


def verdict(measured: Measured, modality: str) -> str:
    """Which explainers are best, on how many fusions, and which do not beat chance, in words."""
    fusions = [fusion[modality]["methods"] for fusion in measured["fusions"].values()]
    best = Counter(best_of(fusion, modality) for fusion in measured["fusions"].values())
    lost = Counter(
        method
        for found in fusions
        for method, gain in found.items()
        if not _beats_chance(gain["deletion"])
    )
    told = f"The best is {_counted(best)}, of {len(fusions)} fusions."
    return f"{told} Not above chance: {_counted(lost)}." if lost else told


def _counted(methods: Counter[str]) -> str:
    """Methods with the number of fusions, the most frequent first."""
    return ", ".join(f"{_label(method)} on {count}" for method, count in methods.most_common())


def verdict_on_raw_attention(measured: Measured, modality: str) -> str:
    """On how many fusions raw attention is best, beaten, or no better than chance, in words."""
    fusions = [f for f in measured["fusions"].values() if RAW in f[modality]["methods"]]
    best = sum(best_of(f, modality) == RAW for f in fusions)
    chance = sum(not _beats_chance(f[modality]["methods"][RAW]["deletion"]) for f in fusions)
    return (
        f"Raw attention is the best of these on {best} of {len(fusions)} fusions, and on {chance} "
        "its interval does not lie above chance."
    )


def best_of(fusion: Measured, modality: str) -> str:
    """The explainer whose order takes the answer away fastest."""
    found = fusion[modality]["methods"]
    return str(max(found, key=lambda method: found[method]["deletion"]["mean"]))


def methods_of(measured: Measured, modality: str) -> list[str]:
    """Every explainer that was measured on any fusion, in the order of the menu."""
    seen = {m for fusion in measured["fusions"].values() for m in fusion[modality]["methods"]}
    return [m for m in EXPLAINERS if m in seen]


def _beats_chance(gain: Measured) -> bool:
    return gain["interval"] is not None and gain["interval"][0] > 0


def _gain(found: Measured | None, *, bold: bool) -> str:
    if found is None:
        return "–"
    gain = found["deletion"]
    text = f"{gain['mean']:.1f}"
    if gain["interval"] is not None:
        text += f" ± {(gain['interval'][1] - gain['interval'][0]) / 2:.1f}"
    return f"**{text}**" if bold else text


def _label(method: str) -> str:
    return f"`{method}`"
