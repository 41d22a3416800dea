"""The gallery of examples: which scenes, which questions, and its words."""

from __future__ import annotations

#: seed of a scene, and one of the questions that it brings along, so that its answer is known
EXAMPLES = (
    (564, "comparing teal shapes and blue shapes, are there fewer teal shapes?"),
    (12, "the object located beneath the large object has what color"),
    (31, "find the topmost thing. what is it?"),
    (58, "whats the odd shape out?"),
    (73, "How many things are yellow?"),
    (47, "Which colour is the image behind the things?"),
    (564, "只出现一次的形状是什么？"),
    (73, "看看那个方块和星形的颜色是不是不同"),
)
ALT = "the scene"
PANEL = {
    "open": "Examples",
    "title": "Scenes with a question",
    "close": "Close",
    "loading": "The scenes are being drawn …",
    "failed": "The examples cannot be drawn now. Try again.",
}
UNKNOWN = "There is no example {got}; there are {count}, counted from 0."
