"""Mistakes in words: the engine's sentences, which are English, and the page's own."""

from __future__ import annotations

ERROR, WARNING = "Error", "Warning"
UNKNOWN_FIGURE = "unknown figure {got!r}; known: {known}"
UNKNOWN_CHOICE = "unknown {what} {got!r}; known: {known}"
SET, MASK = "set of questions", "mask"
STOP = "."  # what ends a sentence
NO_CHOICE = "Choose one of the {count}."
NO_SPOT = "A spot is x and y, as fractions of the picture."
NO_ORDER = "Every word must have its place."


def sentence(text: str) -> str:
    """A sentence of the engine's, with the names of its values in braces."""
    return text
