"""Every word of the Learn page but the lessons' own, which stand in their files."""

from __future__ import annotations

TAB = "Learn"
INTRO = (
    "Eight short lessons with the live model: predict what it does, then see what it did. "
    "Your score stays in this browser."
)
PAGE = {
    "score": "Score {points} of {most}",
    "again": "Start over",
    "failed": "This lesson could not be loaded. Choose it again.",
    "loading": "The model is being asked …",
    "spot": "Your spot is marked. Arrow keys move it.",
    "place": "{n}. {word}",
    "nav": "Lessons",
    "done": "{title}, done: {points}",
}
QUESTION = "Question"
PICTURE = "The scene"
SPOT = "The scene. Click where you think it looks; or press arrow keys."
PREDICT, REVEAL, NEXT, TRY = "Predict", "Reveal", "Next lesson", "Try it on the Ask tab"
LEAD = "{what}."  # what stands before a sentence, saying what it is
ORDER_HINT = "Press the words one after the other; press one again to take it back."
POINT = "The point"
NUMBERS = "Numbers, × uniform"
UNKNOWN = "There is no lesson {got!r}; known: {known}."


def verdict(score: float) -> str:
    """What a prediction was worth, in words.

    >>> verdict(1.0), verdict(0.0), verdict(0.5)
    ('You predicted it.', 'It was something else.', 'Partly: half a point.')
    """
    if score >= 1:
        return "You predicted it."
    if score <= 0:
        return "It was something else."
    return "Partly: half a point." if score == 0.5 else f"Partly: {score:.2f} of a point."
