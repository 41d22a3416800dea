"""What was measured, as a table in words; pure, so that the README's table is the same one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from fusion.markdown import table

Measured = dict[str, Any]

HEADING = ("what", "median", "p95", "relative to the yardstick", "goal")
GOAL_PEOPLE = 20
SOAKED = {
    "memory_mb": "memory, MB",
    "threads": "threads",
    "open_files": "open files",
    "passing_files": "files that pass through",
    "passing_mb": "their size, MB",
}
ENGINE = {
    "ask": ("engine: one question, new image", ""),
    "ask_again": ("engine: another question, same image", ""),
    "masking": ("engine: the four passes, new image", "≤ 0.5×"),
    "compare": ("engine: all ten fusions, new image", "≤ 1×"),
}


def report(measured: Measured) -> str:
    """One line per quantity; parts that were not measured are left out."""
    parts: tuple[tuple[str, Callable[[Measured], Iterator[list[str]]]], ...] = (
        ("engine", _engine),
        ("start", _start),
        ("browser", _browser),
        ("load", _load),
        ("memory", _memory),
        ("soak", _soak),
    )
    rows = [row for name, lines in parts if name in measured for row in lines(measured[name])]
    return table(HEADING, rows)


def forms(measured: Measured) -> str:
    """The backbone's forms, one line each; the one that is served is marked."""
    part = measured["forms"]
    return table(
        ("form of the backbone", "what it is", "median", "p95", "first answer", "right"),
        [
            [
                f"`{name}`" + (" (served)" if name == part["served"] else ""),
                form["what"].removesuffix("."),
                _ms(form, "median"),
                _ms(form, "p95"),
                f"{form['first_s']:.1f} s",
                f"{100 * form['accuracy']['correct'] / form['accuracy']['count']:.1f} %",
            ]
            for name, form in part["forms"].items()
        ],
    )


def changes(measured: Measured) -> str:
    """What each change for speed gave, one line each."""
    return table(
        ("what was changed", "before", "after", "times as fast"),
        [
            [
                change["what"],
                _ms(change["before"], "median"),
                _ms(change["after"], "median"),
                f"{change['before']['median_ms'] / change['after']['median_ms']:.2f}",
            ]
            for change in measured["changes"]["changes"].values()
        ],
    )


def machine(measured: Measured) -> str:
    """Where it was measured, in a sentence."""
    on = measured["machine"]
    return f"Measured on {on['cpus']} cores of {on['processor']}, torch {on['torch']}, float32."


def _engine(part: Measured) -> Iterator[list[str]]:
    basis = part["yardstick"]
    yield [f"yardstick: {basis['what']}", _ms(basis, "median"), _ms(basis, "p95"), "1×", ""]
    for name, (words, goal) in ENGINE.items():
        action = part["actions"][name]
        yield [words, _ms(action, "median"), _ms(action, "p95"), _ratio(action), goal]


def _start(part: Measured) -> Iterator[list[str]]:
    basis, page = part["imports"], part["page"]
    yield [f"yardstick: `{basis['what']}`", _s(basis, "median"), _s(basis, "p95"), "1×", ""]
    yield [
        "process start to page served",
        _s(page, "median"),
        _s(page, "p95"),
        _ratio(page),
        "≤ 2×",
    ]


def _browser(part: Measured) -> Iterator[list[str]]:
    words = "browser: click to all panels drawn"
    yield [words, _ms(part, "median"), _ms(part, "p95"), "", "p50 ≤ 250 ms, p95 ≤ 500 ms"]


def _load(part: Measured | list[Measured]) -> Iterator[list[str]]:
    for crowd in part if isinstance(part, list) else [part]:
        words = (
            f"{crowd['people']} people for {crowd['seconds']:.0f} s: {crowd['count']} answers, "
            f"{crowd['errors']} errors, {crowd['wrong_results']} results of somebody else"
        )
        if "p99_ms" in crowd:
            words += (
                f"; p99 {_ms(crowd, 'p99')}; memory {crowd['before_mb']:,} → "
                f"{crowd['after_mb']:,} MB"
            )
        goal = "no error, p95 ≤ 3 s" if crowd["people"] <= GOAL_PEOPLE else "no error"
        yield [words, _ms(crowd, "median"), _ms(crowd, "p95"), "", goal]


def _soak(part: Measured) -> Iterator[list[str]]:
    words = (
        f"anything in any order for {part['seconds']:.0f} s: {part['actions']} actions, "
        f"{part['refused']} of them refused in words, {part['failures']} failures"
    )
    yield [words, "", "", "", "no failure"]
    for name, unit in SOAKED.items():
        values = [sample[name] for sample in part["samples"]]
        quarters = [values[k * len(values) // 4 : (k + 1) * len(values) // 4] for k in range(4)]
        ranges = " / ".join(f"{min(q):,} – {max(q):,}" for q in quarters if q)
        yield [f"… {unit}: in each quarter of the time", ranges, "", "", "flat"]


def _memory(part: Measured) -> Iterator[list[str]]:
    words = f"memory: at the start, after {part['questions'] // 2}, after {part['questions']}"
    values = " / ".join(f"{part[name]:,}" for name in ("start_mb", "half_mb", "end_mb"))
    yield [f"{words} questions", f"{values} MB", "", "", "≤ 1,200 MB, flat"]


def _ms(part: Measured, which: str) -> str:
    return f"{part[f'{which}_ms']:.1f} ms"


def _s(part: Measured, which: str) -> str:
    return f"{part[f'{which}_s']:.2f} s"


def _ratio(part: Measured) -> str:
    return f"{part['ratio']:.2f}×"
