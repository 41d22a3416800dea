"""The words of the Results page; a set or mask without a name here keeps its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

TAB = "Results"
INTRO = (
    "How often each model is right, measured on scenes that no training saw. Every number comes "
    "with its 95 % interval; press a table's heading to sort by it."
)
NOT_MEASURED = (
    "Nothing has been measured yet. Run `python -m fusion.training evaluate` and start Duet again."
)
LOADING = "The figures are being drawn …"
FAILED = "The figures could not be fetched; open this tab again."
PNG, CSV = "PNG", "CSV"
TABLE = "The numbers behind it"

KINDS = {"fusion": "fusion", "backbone": "backbone"}
PLURALS = {"fusion": "Fusions", "backbone": "Backbones"}
SETS = {
    "test": "test scenes",
    "phrasing-en": "held-out phrasings, English",
    "phrasing-zh": "held-out phrasings, Chinese",
    "looks": "held-out looks",
}
MASKS = {
    "both": "image + question",
    "image": "only the image",
    "text": "only the question",
    "none": "neither",
}
CHOICES = {"questions": "Asked on", "mask": "The model saw"}
FAMILIES_TITLE = "{kinds} by question family"
MASKS_TITLE = "{kinds} when something is hidden"
MASKING_TITLE = "What training with masking buys"
SETS_TITLE = "{kinds} on new scenes, new phrasings, new looks"
COST_TITLE = "Accuracy against size"
TIME_TITLE = "Accuracy against time"
WITH_MASKING, WITHOUT_MASKING, GAIN = "trained with masking", "without masking", "difference"
SAW, PARAMETERS, RIGHT = "it saw", "parameters", "right answers"
AXES = {"right": "right answers, %", "bar": "right answers, % (bar: 95 % interval)"}
MILLIONS, TIME = "million parameters", "milliseconds per question"


def name_of(names: Mapping[str, str], name: str) -> str:
    """The name on the page; its own where the page has none."""
    return names.get(name, name)


def family(name: str) -> str:
    """What a family of questions is called: by its key, as in the tables of the README."""
    return name


def asked(questions: str, size: tuple[int, int]) -> str:
    """How many questions of which set.

    >>> asked("looks", (600, 3600))
    '3,600 questions on 600 scenes (held-out looks)'
    """
    return f"{size[1]:,} questions on {size[0]:,} scenes ({name_of(SETS, questions)})"


def obtained(command: str, sizes: Sequence[str]) -> str:
    """How a figure was obtained."""
    return (
        f"Obtained with `{command}`: {'; '.join(sizes)}; fixed seeds, never trained on; "
        "95 % intervals by Wilson."
    )


def timed(command: str, machine: str) -> str:
    return f" Times with `{command}` on {machine}."


def share(value: float) -> str:
    """A share as a percentage with one decimal.

    >>> share(0.4694)
    '46.9 %'
    """
    return f"{100 * value:.1f} %"


def interval(low: float, high: float) -> str:
    return f"{100 * low:.1f} – {100 * high:.1f}"


def counted(correct: int, count: int) -> str:
    return f"{correct:,} of {count:,}"


def points(value: float) -> str:
    return f"{100 * value:+.1f}"


def span(what: str, best: tuple[str, float], worst: tuple[str, float]) -> str:
    """What a figure shows, for who cannot see it."""
    return (
        f"{what}. Highest: {best[0]}, {share(best[1])}. Lowest: {worst[0]}, {share(worst[1])}. "
        "The table below has every number."
    )


HEAT = "Heat map of right answers, question families down, models across"
DOTS = "Dots with 95 % intervals of right answers, one line per row of the table"
SCATTER = "Right answers over {unit}, one mark per model"


def most_gained(case: str, gain: float) -> str:
    return f" Training with masking changes most with {case}: {points(gain)} points."


def twins(pairs: Sequence[tuple[str, str]]) -> str:
    """Which models are compared."""
    return "; ".join(f"{one} against {other}" for one, other in pairs) + ". "
