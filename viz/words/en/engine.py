"""What the engine says in words, which are English: the names and summaries of its registries."""

from __future__ import annotations

from fusion.notices import in_language

FAMILIES = {
    "colour": "colour",
    "shape": "shape",
    "size": "size",
    "place": "place",
    "count": "count",
    "exist": "is there one",
    "verify": "is it so",
    "compare": "more or fewer",
    "same": "same or different",
    "relation": "left of, next to …",
    "superlative": "leftmost, largest …",
    "logic": "and, or, not",
    "background": "background",
    "odd": "odd one out",
    "all": "all",
}


def family(name: str) -> str:
    """What a family of questions is called; one of other data keeps its name."""
    return FAMILIES.get(name, name)


def said(text: str) -> str:
    """A label or a summary of the engine's."""
    return text


def thing(name: str) -> str:
    """An object by what the engine calls it, such as "large red star"."""
    return name


def notice(text: str | None) -> str:
    """What the engine warns of, "" where it does not."""
    return in_language(text, "en") if text else ""
