"""The words of the Train page; what it shares with the other pages is in `viz.words`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from viz.words import percent

TAB = "Train"
INTRO = (
    "Train a fusion yourself, from fresh weights, and watch it learn. Image and text encoder stay "
    "as they are; the scenes are new to all that is shipped."
)
FUSION, FAMILIES = "Fusion", "Questions about"
FUSION_HINT = "Dot-product learns fastest; modality-level needs longer than this page permits."
SLIDERS = {
    "scenes": ("Scenes", "{questions} questions about each"),
    "epochs": ("Epochs", "how often each question is learned from"),
    "mask_rate": ("Mask rate", "share of questions that lose a modality"),
}
START, STOP, LEAVE, ASK = "Train", "Stop", "Leave the line", "Ask this model"
NUMBERS = "Numbers behind the curves"
CHOICES = {
    "superlative": "leftmost, largest …",
    "logic": "and, or, not",
    "odd": "odd one out",
    "same": "same or different",
    "compare": "more or fewer",
    "exist": "is there one",
    "verify": "is it so",
    "relation": "left of, next to …",
}  # families that are named otherwise than by their key

PHASES = {
    "draw": "drawing scenes",
    "images": "encoding images",
    "questions": "encoding questions",
    "train": "learning",
    "validate": "validating",
}
IDLE = "Choose, then press Train."
WAITING = "Waiting in line: one training runs at a time. It starts by itself."
STARTING = "Starting …"
FAILED = "It did not work out. Change the choice and train again."
ENDINGS = {
    "finished": "Finished",
    "stopped": "Stopped",
    "time": "Out of time",
}
SPENT = "Where the time went"
WATCH = (
    "Two things to watch. Does the blue line rise above the dotted one? Then it learns to look. "
    "Does the orange one stay near it? Then it guesses sensibly when it cannot see."
)
NOTHING = "Nothing was learned yet, so there is no model to ask."
EMPTY = "No point yet"
NO_MODEL = "There is no model of yours to ask. Train one first."
GONE = (
    "This trained model is no longer kept: only the last {most} are. Choose another fusion, or "
    "train again."
)

LOSS, ACCURACY = "Loss", "Right answers, %"
EPOCHS = "epochs"
SERIES = {
    "train": "learning questions, partly hidden",
    "validation": "new questions",
    "blind": "new questions, image hidden",
    "prior": "best guess without looking",
}
COLUMNS = (
    "Epoch",
    "Loss, learning",
    "Loss, new",
    "Right, learning",
    "Right, new",
    "Right, image hidden",
)
YOURS = "yours"


def limits(most: Mapping[str, float], seconds: float, kept: int) -> str:
    """What a server permits, in one sentence each."""
    return (
        f"At most {most['scenes']:.0f} scenes, {most['epochs']:.0f} epochs and {seconds:.0f} "
        "seconds; then it ends with what it has learned. One training at a time, everybody else "
        f"waits in line. The last {kept} trained models are kept, each for who trained it."
    )


def seconds(value: float) -> str:
    """A duration; the space does not break.

    >>> seconds(0.32).replace(chr(160), " "), seconds(41.7).replace(chr(160), " ")
    ('0.3 s', '42 s')
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


ENOUGH, MUCH = 0.05, 0.25  # differences of shares that are worth a sentence


def verdict(seen: float, blind: float, prior: float, *, over: bool) -> str:
    """What the two accuracies say, and, when it is over, what follows.

    >>> print(verdict(0.92, 0.27, 0.26, over=True).replace(chr(160), " "))
    Right on 92 % of new questions, on 27 % with the image hidden; the best guess without looking \
is right on 26 %. It has learned to look.
    """
    numbers = (
        f"Right on {percent(seen)} of new questions, on {percent(blind)} with the image hidden; "
        f"the best guess without looking is right on {percent(prior)}."
    )
    if not over:
        return numbers
    if seen < prior + ENOUGH:
        return f"{numbers} It has not learned to look: more epochs, more scenes, another fusion?"
    if seen < prior + MUCH:
        return f"{numbers} It begins to look: more epochs or more scenes would help."
    if blind < prior - ENOUGH:
        return (
            f"{numbers} It has learned to look, but is lost with nothing to see: training with a "
            "higher mask rate teaches it to guess."
        )
    return f"{numbers} It has learned to look."


def of_asked(count: int) -> str:
    return f"of {count}"


def description(name: str, values: Sequence[str]) -> str:
    """A chart in words, for who cannot see it."""
    return f"{name} over {EPOCHS}. {'. '.join(values)}. The table below has every number."


def course(name: str, first: str, last: str) -> str:
    return f"{name}: from {first} to {last}"


def own(label: str) -> str:
    """The name of a visitor's own fusion in the menu."""
    return f"Yours: {label}"


def own_facts(accuracy: float, count: int, parameters: int) -> str:
    return (
        f"{percent(accuracy)} right on {count} new questions of its kinds · "
        f"{parameters / 1000:,.0f} thousand parameters"
    )


def own_summary(scenes: int, epoch: float, families: Sequence[str]) -> str:
    named = ", ".join(CHOICES.get(family, family) for family in families)
    return (
        f"Trained on this page: {scenes} scenes, {epoch:.3g} epochs, questions about {named}. "
        "It was never asked anything else."
    )


def shown_name(fusion: str) -> str:
    """A fusion's name as the page shows it; a visitor's own has a secret part.

    >>> shown_name("hybrid-dot"), shown_name("yours-1f3a")
    ('hybrid-dot', 'yours')
    """
    return YOURS if fusion.startswith(f"{YOURS}-") else fusion
