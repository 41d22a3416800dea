"""The words of the Compare page; what it shares with the Ask page is in `viz.words`."""

from __future__ import annotations

from collections.abc import Sequence

from viz.words.common import BACKBONES, FUSIONS, percent

TAB = "Compare"
QUESTION = "One question, all at once"
COMPARE = "Compare"
ROWS = "Rows"
MOST_GROUPS = 3

# What a column shows, its heading, what stands small below that, and the hint
COLUMNS = (
    ("label", "Fusion", "", "Press a name to keep its map beside the table."),
    (
        "answer",
        "Answer",
        "",
        "The most probable answer; ≠ marks one that the majority does not give.",
    ),
    ("share", "Probability", "of the answer", "How probable the answer is."),
    ("place", "Map", "over the picture", "Attention, on the scale beside the table."),
    ("weight", "Attention weight", "image · question", "What each modality was multiplied by."),
    ("measured", "Measured share", "image · question", "What hiding each does to the full answer."),
    ("milliseconds", "Time", "one pass", "Just now, with picture and question already encoded."),
    ("accuracy", "Accuracy", "test scenes", "Share of right answers, measured beforehand."),
    ("parameters", "Size", "parameters", "Without the backbone, which all of them share."),
)

# What stands otherwise where the rows are backbones
BACKBONE_COLUMNS = {
    "label": ("label", "Backbone", "", "Press a name to keep its map beside the table."),
    "milliseconds": (
        "milliseconds",
        "Time",
        "with encoding",
        "One question: encoding picture and question, which differs, and the pass.",
    ),
    "parameters": ("parameters", "Size", "parameters", "Both encoders and the fusion."),
}
COUNTED = {FUSIONS: "fusions", BACKBONES: "backbones"}


def columns(kind: str) -> list[list[str]]:
    """The columns of a kind of rows, each with its heading, what stands below, and its hint.

    >>> [columns(kind)[0][1] for kind in (FUSIONS, BACKBONES)]
    ['Fusion', 'Backbone']
    """
    others = BACKBONE_COLUMNS if kind == BACKBONES else {}
    return [list(others.get(column[0], column)) for column in COLUMNS]


def kinds(fusions: int, compared: int) -> list[tuple[str, str]]:
    """What the rows may be, with how many there are.

    >>> kinds(10, 7)
    [('10 fusions', 'fusions'), ('7 backbones', 'backbones')]
    >>> kinds(10, 0)
    [('10 fusions', 'fusions')]
    """
    found = [(f"{fusions} {COUNTED[FUSIONS]}", FUSIONS)]
    return found + ([(f"{compared} {COUNTED[BACKBONES]}", BACKBONES)] if compared else [])


VIEW = {
    "loading": "All of them are being asked …",
    "table": "All answers. Press a heading to sort by it.",
    "here": "on the Ask page",
    "differs": "differs from the majority",
    "right": "right",
    "wrong": "wrong",
    "before": "with image and question",
    "now": "now",
    "scale": "× uniform",
    "image": "Image",
    "question": "Question",
    "on": "on",
    "off": "off",
    "imageHidden": "Image hidden",
    "noMap": "no map",
    "hidden": "hidden",
    "try": "Questions about this scene",
    "colon": ": ",
    "measured": "Measured share",
}

NO_WEIGHT = "none: no attention"
NO_WEIGHT_HIDDEN = "none: all hidden"
NO_WEIGHT_LEFT = "none: nothing left to weigh"
NO_EFFECT = "no effect"
NOT_MEASURED = "–"

HIDDEN = {
    "both": "",
    "image": "With the question hidden, ",
    "text": "With the image hidden, ",
    "none": "With nothing shown, ",
}


def sides(image: float) -> str:
    """A share of the image and the rest, the question's, in full.

    >>> sides(0.71).replace(chr(160), " ")
    'image 71 %, question 29 %'
    """
    return f"image {percent(image)}, question {percent(1 - image)}"


def sides_short(image: float) -> str:
    """The same below a bar.

    >>> sides_short(0.71).replace(chr(160), " ")
    '71 % · 29 %'
    """
    return f"{percent(image)} · {percent(1 - image)}"


def agree(case: str, kind: str, groups: Sequence[tuple[str, int]]) -> str:
    """How many of `kind` give which answer; `groups` are answers with counts, largest first.

    >>> agree("both", "fusions", [("red", 7), ("blue", 2), ("no", 1)])
    '7 of 10 fusions agree on red; 2 answer blue, 1 answers no.'
    >>> agree("text", "fusions", [("yes", 3)])
    'With the image hidden, all 3 fusions agree on yes.'
    >>> agree("both", "fusions", [("red", 2), ("blue", 2)])
    'No majority among 4 fusions: 2 answer red, 2 answer blue.'
    """
    total, (answer, most) = sum(count for _, count in groups), groups[0]
    rows = f"{total} {COUNTED[kind]}"
    if most == total:
        text = f"all {rows} agree on {answer}"
    elif most == groups[1][1]:
        text = f"no majority among {rows}: {_listed(groups)}"
    else:
        text = f"{most} of {rows} agree on {answer}; {_listed(groups[1:])}"
    text = HIDDEN[case] + text + "."
    return text[0].upper() + text[1:]


def _listed(groups: Sequence[tuple[str, int]]) -> str:
    named = [f"{n} {'answers' if n == 1 else 'answer'} {text}" for text, n in groups[:MOST_GROUPS]]
    others = sum(n for _, n in groups[MOST_GROUPS:])
    return ", ".join([*named, *([f"{others} something else"] if others else [])])


def right(answer: str, count: int, total: int) -> str:
    """How many are right, where the truth is known.

    >>> right("red", 7, 10), right("red", 0, 3), right("red", 3, 3)
    ('The truth is red: 7 are right.', 'The truth is red: none is right.', 'All are right.')
    """
    if count == total:
        return "All are right."
    said = {0: "none is", 1: "1 is"}.get(count, f"{count} are")
    return f"The truth is {answer}: {said} right."


def changed(count: int, total: int) -> str:
    """How many answers a mask changed.

    >>> changed(1, 10), changed(0, 10)
    ('1 of 10 answers changed.', 'No answer changed.')
    """
    return f"{count} of {total} answers changed." if count else "No answer changed."


def as_asked(state: str) -> str:
    return f"As on the Ask page: {state}."


def inside(share: float) -> str:
    return f"{percent(share)} on it"


def peak(times: float) -> str:
    return f"up to {times:.1f}×"


def accuracy(share: float | None) -> str:
    return NOT_MEASURED if share is None else f"{100 * share:.1f}\u00a0%"


def size(parameters: int) -> str:
    """Parameters, short.

    >>> size(538252).replace(chr(160), " "), size(23_456_000).replace(chr(160), " ")
    ('538 k', '23.5 M')
    """
    thousand = parameters / 1000
    return f"{thousand:,.0f}\u00a0k" if thousand < 1000 else f"{thousand / 1000:.1f}\u00a0M"


def milliseconds(value: float) -> str:
    return f"{value:.1f}\u00a0ms"
