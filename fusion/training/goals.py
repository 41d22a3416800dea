"""The numbers that Duet set itself, each beside what was measured; a miss is printed as a miss."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Metrics = dict[str, Any]

REACHED = {True: "yes", False: "no"}
UNMASKED = "-unmasked"
POINTS = 0.02
SHARES = (
    ("test", "accuracy on test scenes", 0.97),
    ("phrasing-en", "accuracy on held-out phrasings, English", 0.93),
    ("phrasing-zh", "accuracy on held-out phrasings, Chinese", 0.90),
    ("looks", "accuracy on held-out looks", 0.92),
)
WEAKEST, ARGMAX, MASS = 0.92, 0.92, 0.60
FASTER = (
    ("engine", "masking", "the four passes beside the yardstick", 0.5),
    ("engine", "compare", "all ten fusions beside the yardstick", 1.0),
)
START, MEDIAN, P95, LOAD_P95, MEMORY, FLAT = 2.0, 250, 500, 3000, 1200, 1.05


def best_fusion(metrics: Metrics) -> str:
    """The fusion that is right most often on the test scenes, of those trained with masking."""
    compared = [name for name in metrics["fusions"] if not name.endswith(UNMASKED)]
    return max(compared, key=lambda name: _accuracy(metrics, name, "test"))


def goals(metrics: Metrics, measured: Metrics) -> list[list[str]]:
    """Rows of what, goal, measured and reached, for all that the two files have measured."""
    rows = [*_accuracies(metrics), *_pointing(metrics), *_hidden(metrics), *_speeds(measured)]
    return [[what, goal, found, REACHED[bool(reached)]] for what, goal, found, reached in rows]


Row = tuple[str, str, str, bool]


def _accuracies(metrics: Metrics) -> Iterator[Row]:
    best = best_fusion(metrics)
    for name, what, least in SHARES:
        if name in metrics["sets"]:
            share = _accuracy(metrics, best, name)
            yield f"{what}, `{best}`", f"≥ {100 * least:.0f} %", _percent(share), share >= least
    families = metrics["fusions"][best]["accuracy"]["test"]["both"]
    shares = {f: m["correct"] / m["count"] for f, m in families.items() if f != "all"}
    weakest = min(shares, key=lambda family: shares[family])
    found = f"{_percent(shares[weakest])} ({weakest})"
    yield (
        "… its weakest question family",
        f"≥ {100 * WEAKEST:.0f} %",
        found,
        shares[weakest] >= WEAKEST,
    )


def _pointing(metrics: Metrics) -> Iterator[Row]:
    found = metrics["fusions"][best_fusion(metrics)]["pointing"]
    if found is None:
        return
    share = found["argmax"]["correct"] / found["argmax"]["count"]
    yield (
        "… highest attention on the object",
        f"≥ {100 * ARGMAX:.0f} %",
        _percent(share),
        share >= ARGMAX,
    )
    mass = found["mass"]
    yield "… attention on the object", f"≥ {100 * MASS:.0f} %", _percent(mass), mass >= MASS


def _hidden(metrics: Metrics) -> Iterator[Row]:
    best, priors = best_fusion(metrics), metrics["priors"]
    for mask, words, prior in (("text", "image", "image_free"), ("image", "question", "text_free")):
        share, free = _accuracy(metrics, best, "test", mask), priors[prior]["accuracy"]
        found = f"{_percent(share)} against {_percent(free)}"
        goal = f"within 2 points of the best {words}-free predictor"
        yield f"… its accuracy with the {words} hidden", goal, found, share >= free - POINTS


def _speeds(measured: Metrics) -> Iterator[Row]:
    for part, name, what, most in FASTER:
        if part in measured:
            ratio = measured[part]["actions"][name]["ratio"]
            yield what, f"≤ {most:g}×", f"{ratio:.2f}×", ratio <= most
    if "browser" in measured:
        median, p95 = measured["browser"]["median_ms"], measured["browser"]["p95_ms"]
        reached = median <= MEDIAN and p95 <= P95
        goal = f"p50 ≤ {MEDIAN} ms, p95 ≤ {P95} ms"
        yield "click to all panels drawn", goal, f"{median:.0f} ms, {p95:.0f} ms", reached
    if "start" in measured:
        ratio = measured["start"]["page"]["ratio"]
        yield "start beside the bare imports", f"≤ {START:g}×", f"{ratio:.2f}×", ratio <= START
    yield from _served(measured)


def _served(measured: Metrics) -> Iterator[Row]:
    if "memory" in measured:
        found = measured["memory"]
        flat = found["end_mb"] <= FLAT * found["half_mb"]
        what = f"memory after {found['questions']} questions"
        reached = found["end_mb"] <= MEMORY and flat
        values = f"{found['end_mb']:,} MB (half-way {found['half_mb']:,} MB)"
        yield what, f"≤ {MEMORY:,} MB, flat", values, reached
    if "load" in measured:
        crowds = measured["load"]
        found = (
            min(crowds, key=lambda crowd: crowd["people"]) if isinstance(crowds, list) else crowds
        )
        wrong = found["errors"] + found["wrong_results"]
        what = f"{found['people']} people at once for {found['seconds']:.0f} s"
        values = f"{wrong} errors or mix-ups, p95 {found['p95_ms'] / 1000:.1f} s"
        reached = not wrong and found["p95_ms"] <= LOAD_P95
        yield what, "no error or mix-up, p95 ≤ 3 s", values, reached


def _accuracy(metrics: Metrics, fusion: str, name: str, mask: str = "both") -> float:
    measured = metrics["fusions"][fusion]["accuracy"][name][mask]["all"]
    return float(measured["correct"] / measured["count"])


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
