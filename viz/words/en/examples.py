"""The words of the gallery of examples."""

from __future__ import annotations

ALT = "the scene"
PANEL = {
    "open": "Examples",
    "title": "Scenes with a question",
    "close": "Close",
    "loading": "The scenes are being drawn …",
    "failed": "The examples cannot be drawn now. Try again.",
}
UNKNOWN = "There is no example {got}; there are {count}, counted from 0."
