"""The words of the Explain page; the explainers' own words come from their registry."""

from __future__ import annotations

from collections.abc import Sequence

from viz.words.common import percent

TAB = "Explain"
ANSWER = "Explain this answer"
STOP, GO_ON = "Stop", "Go on"
TEST = "Put it to the test"
INTRO = (
    "Several ways to say what an answer came from, on one scale: 1× is what every region, or every "
    "word, would have if all had the same. None of them is the truth: put them to the test below."
)
ASKED = "{question} · {fusion} · {state}"
PICTURE = "The picture that is asked about"
WAITING = "waits for its turn …"
NEXT = "comes next …"
WORKING = {"image": "image: {share} of its passes", "text": "question: {share} of its passes"}
STOPPED = "Stopped. What it has asked so far is kept: “Go on” asks the rest."
UNSUPPORTED = "Not for this fusion: it has no attention that could be shown."
NO_MAP = {
    "image": "No map: the image is hidden.",
    "text": "No words: the question is hidden.",
}
NOTHING = "It found nothing that speaks for the answer here, so that the map is empty."
FOR, WEIGHT = "what speaks for it", "its weight"
SIGNED = ("for and against", "Has values above 0, for the answer, and below 0, against it.")
UNSIGNED = ("unsigned", "Has no values below 0: it cannot say what speaks against the answer.")
SPECIFIC = ("this answer", "Another answer would get another map.")
UNSPECIFIC = ("any answer", "Every answer has the same map.")
SAMPLED = ("drawn, with errors", "Its values are estimates; ± is their standard error.")
MODALITIES = {"image": "image", "text": "question"}
FOR_SCALE = "× even: what has no sign"
SIGNED_SCALE = "× even: against ← → for"
TABLE = "Numbers"
TOKEN, VALUE, TIMES, ERROR, REGIONS = "word piece", "value", "× even", "± error", "regions, × even"
BARS = "Values with one standard error to each side"
PNG, CSV = "PNG", "CSV"
FILES = (PNG, "SVG", CSV, "JSON")
SAVE_CURVES = "Save these curves:"
DRAWING = "drawing the curves …"
PROBABILITY = "probability of the answer"

DOUBT = "Does the map say anything about the answer?"
DOUBT_HINT = (
    "Press “{test}” below a map: the parts that it calls important are taken away, step by step, "
    "and the answer's probability is watched. Chance is the measure: a map that does no better "
    "than orders drawn at random knows nothing about the answer."
)
DOUBTING = "{label} is being put to the test: {what}"
CURVES = {
    ("image", "deletion"): "Taken away from the image",
    ("image", "insertion"): "Shown of the image",
    ("text", "deletion"): "Taken away from the question",
    ("text", "insertion"): "Shown of the question",
}
AXES = {"deletion": "share taken away", "insertion": "share shown"}
ORDERS = {
    "most": "most important first",
    "least": "least important first",
    "random": "random orders: mean, lowest and highest",
}
AREAS = "Area under each curve, 0 to 100"
AREA_HEADINGS = ("curve", "most important first", "least important first", "random: mean (range)")
POINTS = "Every point of the curves"
POINT_HEADINGS = ("share", "most", "least", "random, lowest", "random, mean", "random, highest")
POINTING = "Does it point at the thing?"
POINTING_HEADINGS = ("object", "highest region on it", "share of what speaks for", "if even")
YES, NO = "yes", "no"
ASKED_ABOUT = "asked about"
NO_TRUTH = (
    "Where the thing is, only made scenes know: make one on the Ask page to see whether a map "
    "points at it."
)
NO_IMAGE_MAP = "There is no map of the image to be held against the truth."
OUTLINES = "The picture with its {count} objects outlined and numbered"


def asked(question: str, fusion: str, state: str) -> str:
    return ASKED.format(question=question, fusion=fusion, state=state)


def figure_title(question: str, method: str, answer: str) -> str:
    """What a saved figure of curves is headed with.

    >>> figure_title("is it red?", "Occlusion", "yes")
    'is it red? · Occlusion: yes'
    """
    return f"{question} · {method}: {answer}"


def answer(text: str, share: float) -> str:
    return f"{text} {percent(share)}"


def working(modality: str, share: float) -> str:
    return WORKING[modality].format(share=percent(share))


def took(milliseconds: float) -> str:
    """How long a method took.

    >>> took(12.34), took(1234.5)
    ('12 ms', '1.2 s')
    """
    return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"


def times(value: float) -> str:
    """A value on the common scale.

    >>> times(2.04), times(-0.32), times(-0.01)
    ('2.0×', '−0.3×', '0.0×')
    """
    text = f"{abs(value):.1f}×"
    return f"−{text}" if value < 0 and text != "0.0×" else text


def amount(unit: str, value: float) -> str:
    """A value in its own unit: a share, or a part of the answer's probability in points.

    >>> amount("share", 0.62).replace(chr(160), " "), amount("probability", -0.051)
    ('62 %', '−5.1')
    """
    if unit == "share":
        return percent(value)
    return f"{100 * value:+.1f}".replace("-", "−")


def error(unit: str, value: float) -> str:
    return f"± {100 * value:.1f}"


def split(unit: str, image: float, text: float) -> str:
    """What a method says of the two modalities.

    >>> split("probability", 0.46, 0.5)
    'image +46.0, question +50.0 points of the probability'
    >>> split("share", 0.46, 0.54).replace(chr(160), " ")
    'image 46 %, question 54 %'
    """
    said = f"image {amount(unit, image)}, question {amount(unit, text)}"
    return said if unit == "share" else f"{said} points of the probability"


def described(
    what: str, of: str, places: Sequence[tuple[str, float]], peak: float, where: str
) -> str:
    """A map in a sentence; `of` is what its values are.

    >>> described("Occlusion", FOR, [("the top left", 0.6)], 5, "row 1").replace(chr(160), " ")
    'Occlusion: 60 % of what speaks for it is in the top left; highest 5.0× at row 1.'
    """
    (first, share), *others = places
    named = ", ".join(
        [
            f"{percent(share)} of {of} is in {first}",
            *(f"{percent(share)} {place}" for place, share in others),
        ]
    )
    return f"{what}: {named}; highest {times(peak)} at {where}."


def map_name(method: str, answer: str, *, specific: bool) -> str:
    """A map that is the same for every answer is not that of an answer."""
    return f"{method} for {answer}" if specific else method


def against(value: float, where: str) -> str:
    return f" Most against it: {times(value)} at {where}."


def region(row: int, column: int) -> str:
    return f"row {row + 1}, column {column + 1}"


def total(value: float, modality: str) -> str:
    return f"{MODALITIES[modality]}: {amount('probability', value)} points of the probability"


def verdict(modality: str, answer: str, most: float, random: tuple[float, float, float]) -> str:
    """What the deletion curve says; `random` are the mean, lowest and highest area of chance.

    >>> verdict("image", "red", 30.0, (55.0, 41.0, 70.0))
    'Image: without what it calls most important, red goes faster than in every random order \
(area 30.0 against 41.0 to 70.0).'
    """
    mean, lowest, highest = random
    what = {"image": "Image", "text": "Question"}[modality]
    told = f"(area {most:.1f} against {lowest:.1f} to {highest:.1f})"
    if most < lowest:
        said = f"{answer} goes faster than in every random order"
    elif most > highest:
        said = f"{answer} stays longer than in every random order: worse than chance"
    else:
        side = "a little faster" if most < mean else "no faster"
        said = f"{answer} goes {side} than in random order: not to be told from chance"
    return f"{what}: without what it calls most important, {said} {told}."


def curve(title: str, areas: Sequence[tuple[str, float]]) -> str:
    """A chart in a sentence."""
    return f"{title}. Areas: " + ", ".join(f"{ORDERS[o]} {value:.1f}" for o, value in areas) + "."


def object_name(number: int, place: str) -> str:
    return f"{number}, {place}"


TRUST = "Which explanation deserves trust on which fusion"
TRUST_MISSING = (
    "The explainers have not been measured on these weights yet. "
    "`python -m fusion.training evaluate --explainers` does it, and this section shows the table."
)
TRUST_TABLES = {
    "image": "Regions taken away: area of random orders minus area of its order",
    "text": "Words taken away: area of random orders minus area of its order",
    "pointing": "Highest region on the object, for questions about an attribute of one object",
}
FUSION = "fusion"


def trust(command: str, scenes: int, orders: int) -> str:
    return (
        f"Obtained with `{command}` on {scenes:,} test scenes, one question each: what an "
        "explainer calls most important is taken away first, and the area under the answer's "
        f"probability is compared with that of {orders} random orders. Above 0 it says something "
        "about the answer; at 0 it is as good as chance. ± is half of the 95 % interval. Occlusion "
        "and Shapley values are themselves found by hiding parts, so this test is theirs; pointing "
        "at the right object is another one."
    )


def gain(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")


def by_chance(correct: int, count: int, even: float) -> str:
    return f"{correct} of {count}; by chance {percent(even)}"
