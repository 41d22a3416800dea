"""The words of the Train page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from viz.words.common import is_yours, percent
from viz.words.en.engine import family

GONE = (
    "This trained model is no longer kept: only the last {each} of each visitor and the last "
    "{most} of all are. Choose another fusion, or train again."
)


def shown_name(fusion: str) -> str:
    """A fusion's name as the page shows it; a visitor's own has a secret part.

    >>> shown_name("hybrid-dot"), shown_name("yours-1f3a")
    ('hybrid-dot', 'yours')
    """
    return "yours" if is_yours(fusion) else fusion


TAB = "Train"
INTRO = (
    "Train a fusion yourself, from fresh weights, and watch it learn. The shipped image and "
    "text encoders stay as they are; the scenes are new to every shipped model."
)
FUSION, FAMILIES = "Fusion", "Questions about"
FUSION_HINT = "each starts from fresh weights"
SCENES, SCENES_HINT = "Scenes", "{questions} questions about each"
EPOCHS, EPOCHS_HINT = "Epochs", "how often each question is learned from"
MASK_RATE = "Mask rate"
MASK_RATE_HINT = "share of the questions that lose image, words or both while learning"
START, STOP, LEAVE, ASK = "Train", "Stop", "Leave the line", "Ask this model"
NUMBERS = "Numbers behind the curves"
PHASES: Mapping[str, str] = {
    "draw": "drawing scenes",
    "images": "encoding images",
    "questions": "encoding questions",
    "train": "learning",
    "validate": "asking for the curve",
}
IDLE = "Choose, then press Train."
STARTING = "Starting …"
LEFT = "You left the line."
FAILED = "It did not work out. Change the choice and train again."
ENDINGS: Mapping[str, str] = {
    "finished": "Finished",
    "stopped": "Stopped",
    "time": "Out of time",
}
SPENT = "Where the time went"
NOTHING = "Nothing was learned yet, so there is no model to ask."
EMPTY = "No point yet"
NO_MODEL = "There is no model of yours to ask: none was trained, or it is no longer kept."
WATCH_TITLE = "What to watch"
WATCH = (
    (
        "Blue and dotted",
        (
            "The dotted line is the best guess without looking. What the blue line has above it "
            "was seen."
        ),
    ),
    (
        "Orange",
        (
            "With the image hidden, new questions stay near the dotted line: the words alone say "
            "no more, however long it trains."
        ),
    ),
    (
        "Dashed and solid",
        (
            "Where the dashed line of the questions it learns from runs above the solid one, it "
            "learns by heart. More scenes close the gap, more epochs widen it."
        ),
    ),
    ("Try", "Mask rate 0, then 0.3: what does the orange line do, and what the blue one?"),
)

LOSS, ACCURACY = "Loss", "Right answers, %"
AXIS = "epochs"
SERIES: Mapping[str, str] = {
    "validation": "new questions",
    "train": "questions it learns from",
    "validation-blind": "new questions, image hidden",
    "train-blind": "questions it learns from, image hidden",
    "prior": "best guess without looking",
}
COLUMNS = (
    "Epoch",
    "Loss, learned from",
    "Loss, new",
    "Right, learned from",
    "Right, learned from, image hidden",
    "Right, new",
    "Right, new, image hidden",
)


def limits(most: Mapping[str, float], seconds: float, kept: int, waiting: int) -> str:
    """What a server permits, in one sentence each."""
    return (
        "As it is set, most questions about colour, shape and size are learned in about a "
        "minute on one core; whether something is there takes longer. The Results tab says "
        f"what long training reaches. At most {most['scenes']:.0f} scenes, "
        f"{most['epochs']:.0f} epochs and {seconds:.0f} seconds; then it ends with what it has "
        "learned. One training at a time, up to "
        f"{waiting} wait in line. Your last {kept} models are kept while this page is open, "
        "for you alone. The same choices give the same model."
    )


def waiting(ahead: int, each: float) -> str:
    """Where somebody stands in the line.

    >>> print(waiting(2, 120).replace(chr(160), " "))
    Waiting: 2 trainings are before yours, at most 240 s. Yours starts by itself.
    """
    before = "1 training is" if ahead == 1 else f"{ahead} trainings are"
    return (
        f"Waiting: {before} before yours, at most {seconds(ahead * each)}. Yours starts by itself."
    )


def full(waiting: int) -> str:
    """The line is as long as it may be."""
    return f"{waiting} visitors wait in line already; try again in a few minutes."


def seconds(value: float) -> str:
    """A duration; the space does not break.

    >>> [seconds(s).replace(chr(160), " ") for s in (0.32, 41.7)]
    ['0.3 s', '42 s']
    """
    return f"{value:.1f}\u00a0s" if value < 10 else f"{value:.0f}\u00a0s"


def status(phase: str, epoch: float, epochs: int, left: float | None) -> str:
    """What is going on.

    >>> status("train", 2.5, 6, 31.0).replace(chr(160), " ")
    'Learning: epoch 3 of 6, about 31 s left'
    >>> status("draw", 0, 6, None)
    'Drawing scenes'
    """
    text = PHASES[phase].capitalize()
    if phase != "train":
        return text
    text = f"{text}: epoch {min(int(epoch) + 1, epochs)} of {epochs}"
    return text if left is None else f"{text}, about {seconds(left)} left"


def ended(ending: str, epoch: float, epochs: int, took: float) -> str:
    """How it ended.

    >>> ended("stopped", 2.4, 6, 31.0).replace(chr(160), " ")
    'Stopped after 2.4 of 6 epochs and 31 s.'
    """
    return f"{ENDINGS[ending]} after {epoch:.3g} of {epochs} epochs and {seconds(took)}."


def amount(scenes: int, questions: int, new_scenes: int, new_questions: int) -> str:
    """What is learned from, and what is asked.

    >>> amount(300, 4800, 64, 512)
    'Learns from 4,800 questions about 300 scenes; asked 512 new ones about 64 new scenes.'
    """
    return (
        f"Learns from {questions:,} questions about {scenes:,} scenes; asked "
        f"{new_questions:,} new ones about {new_scenes:,} new scenes."
    )


def numbers(seen: str, blind: str, prior: str) -> str:
    """The accuracies in one sentence."""
    return (
        f"Right on {seen} of new questions, on {blind} with the image hidden; "
        f"the best guess without looking is right on {prior}."
    )


BLIND = "It has not learned to look: more epochs, more scenes, another fusion?"
BEGINS = "It begins to look: more epochs or more scenes would help."
LOST = (
    "It has learned to look, but is lost with nothing to see: training with a higher mask "
    "rate teaches it to guess."
)
SEES = "It has learned to look."


def by_heart(known: str) -> str:
    """It is much better on the questions that it learned from."""
    return f"On those that it learned from it is right on {known}: some of that is by heart."


def of_asked(count: int, prior: str) -> str:
    """Behind the accuracy of a family."""
    return f"of {count}, guess {prior}"


def description(name: str, values: Sequence[str]) -> str:
    """A chart in words, for who cannot see it."""
    return f"{name} over epochs. {'. '.join(values)}. The table below has every number."


def course(name: str, first: str, last: str) -> str:
    """One line of a chart in words."""
    return f"{name}: from {first} to {last}"


def own(label: str, mask_rate: float, scenes: int) -> str:
    """The name of a visitor's own fusion in the menu."""
    return f"Yours: {label}, mask {mask_rate:.2g}, {scenes} scenes"


def own_facts(accuracy: float, count: int, parameters: int) -> str:
    """The line below the help of a visitor's own fusion."""
    return (
        f"{percent(accuracy)} right on {count} new questions of its kinds · "
        f"{parameters / 1000:,.0f} thousand parameters"
    )


def own_summary(scenes: int, epoch: float, families: Sequence[str]) -> str:
    """What a visitor's own fusion was trained on."""
    named = ", ".join(map(family, families))
    return (
        f"Trained on this page: {scenes} scenes, {epoch:.3g} epochs, questions about {named}. "
        "It was never asked anything else."
    )
