"""The words of the Steer page; what it shares with the Ask page is in `viz.words`."""

from __future__ import annotations

from collections.abc import Sequence

from viz.words.common import ATTENTION, PICTURE, QUESTION, percent, points
from viz.words.en.page import PLACES

TAB = "Steer it"
MODES = (
    (ATTENTION, "Its attention"),
    (QUESTION, "The question"),
    (PICTURE, "The picture"),
)

VIEW = {
    "loading": "Asking …",
    "modes": "What to change",
    "paint": "Paint",
    "rub": "Rub out",
    "brush": "Brush",
    "undo": "Undo",
    "clear": "Clear",
    "truth": "On the object",
    "truthHint": "Paint the outlined thing that the question is about",
    "even": "Everywhere",
    "evenHint": "Paint all of it: every region gets the same weight",
    "strength": "Strength",
    "weights": "Image weight",
    "own": "Its own",
    "ownHint": "Give the weight back to the fusion",
    "wordWeights": "Word weights",
    "wordWeight": "Weight of “{word}”",
    "wordsOwn": "Their own",
    "wordsOwnHint": "Give the weights of the words back to the fusion",
    "readings": "How much each word weighs",
    "heads": "Attention heads",
    "layer": "Layer {layer}",
    "head": "head {head}",
    "headHint": "Press to switch it off or on: what it gives becomes 0",
    "reset": "Undo all",
    "board": "Where it shall look: {painted} of {count} regions are painted. "
    "Arrow keys move, space paints, Control Z undoes.",
    "cell": "row {row}, column {column}: {state}",
    "painted": "painted",
    "blank": "not painted",
    "words": "Words of the question. Press one that can be replaced.",
    "replace": "Instead of “{word}”:",
    "chooseWord": "Press an underlined word to replace it, or write another question below.",
    "noPairs": "None of these words has a counterpart here; write another question below.",
    "other": "Another question about the same picture",
    "ask": "Ask both",
    "try": "Questions about this scene",
    "back": "As it was",
    "objects": "Drag an object, or press Tab to reach one and move it with the arrow keys.",
    "noObjects": "This picture is your own, so nobody knows its objects, and none can be moved. "
    "Ask the same question of another picture, or make a new scene on the Ask page.",
    "otherScene": "Same question, another scene",
    "upload": "Same question, your picture",
    "uploadHint": "Choose a file, paste a picture, or drop one here",
    "object": "{name}; arrow keys move it",
    "before": "Before",
    "after": "After",
    "difference": "Difference",
    "answer": "Answer",
    "change": "Change",
    "scale": "× uniform",
    "less": "less",
    "more": "more",
    "numbers": "Numbers",
    "row": "row",
    "right": "right",
    "wrong": "wrong",
    "noMap": "no map",
    "weightLine": "Attention weight",
    "image": "Image",
    "colon": ": ",
    "questionSide": "question",
}

HINT = {
    ATTENTION: "Paint where it should look, move the weights, or switch a head off: "
    "does the answer follow?",
    QUESTION: "Replace one word: does it look elsewhere, and does the answer follow?",
    PICTURE: "Move an object, or ask the same of another picture: does its attention follow?",
}
NO_ATTENTION = (
    "This fusion has no attention, so there is none to steer. Choose another one on the Ask page, "
    "or change the question or the picture."
)
NO_PAINT = "The image is hidden on the Ask page, so no attention over it can be moved."
NO_WEIGHT = "There are not two modality weights to move here."
NO_HEADS = "This fusion has a single attention, without heads that could be switched off."
WHAT_IS_REPLACED = (
    "Painted regions share the attention of every word and of the answer, in every layer and head; "
    "at half strength half of its own stays."
)
WHAT_WORDS_DO = (
    "Word weights are those by which the answer reads the question; they always sum to 100 %, so "
    "the other words make room."
)
COUNTING = (
    "Counting goes its own way (see About): painting moves where it looks, not what it counts."
)
BESIDE = (
    "A hybrid reads both modalities also beside this weighing, so a weight of 0 does not hide one."
)
WORDS_ON = "Here all words are on."

AS_IT_IS = "As it answers"
STEERED = "Steered"
THIS = "This picture"
OWN_PICTURE = "Your picture"
SAME_SCENE = "The scene as it was"
NO_DIFFERENCE = "One of them has no map, so there is no difference to show."
SAME_MAP = "Both maps are alike."
UNSURE = "After this move the question has no sure answer any more."


def grids_differ(before: Sequence[int], after: Sequence[int]) -> str:
    """Why two maps cannot be subtracted; rows and columns of both.

    >>> grids_differ((12, 12), (9, 16)).partition(". ")[0]
    'The pictures have different shapes: 12 × 12 and 9 × 16 regions, which cannot be subtracted'
    """
    one, other = (" × ".join(map(str, grid)) for grid in (before, after))
    return (
        f"The pictures have different shapes: {one} and {other} regions, which cannot be "
        "subtracted. Crop one to the shape of the other to see a difference."
    )


def moved(names: Sequence[str]) -> str:
    """What was moved.

    >>> moved(["large red star"]), moved(["large red star", "small blue heart"])
    ('The large red star moved', '2 objects moved')
    """
    return f"The {names[0]} moved" if len(names) == 1 else f"{len(names)} objects moved"


def scene(seed: int) -> str:
    return f"Another scene ({seed})"


def outcome(before: str, after: str, was: float, now: float, stays: float) -> str:
    """Whether the answer followed: the best answers and their probabilities; `stays` is what the
    first answer has afterwards.

    >>> outcome("red", "red", 0.97, 0.62, 0.62).replace(chr(160), " ")
    'The answer stays red: 97 % → 62 %.'
    >>> outcome("red", "blue", 0.97, 0.81, 0.04).replace(chr(160), " ")
    'The answer changes from red (97 %, now 4 %) to blue (81 %).'
    """
    if before == after:
        return f"The answer stays {before}: {percent(was)} → {percent(now)}."
    left = f"{percent(was)}, now {percent(stays)}"
    return f"The answer changes from {before} ({left}) to {after} ({percent(now)})."


def change(value: float) -> str:
    """A change of probability in points."""
    return points(value)


def difference(
    elsewhere: float, gained: tuple[tuple[str, str], float], lost: tuple[tuple[str, str], float]
) -> str:
    """How two maps differ: the share of weight that lies elsewhere, and the ninths of the picture
    that gained and lost most.

    >>> text = difference(0.4, (("top", "left"), 0.3), (("middle", "right"), -0.35))
    >>> text.replace(chr(160), " ").partition(": ")[2]
    'most went from the right (−35 points) to the top left (+30).'
    """
    return (
        f"{percent(elsewhere)} of the weight lies elsewhere: most went from {PLACES[lost[0]]} "
        f"({points(lost[1])} points) to {PLACES[gained[0]]} ({points(gained[1])})."
    )


def difference_map(text: str) -> str:
    return f"Attention after, less attention before. {text}"
