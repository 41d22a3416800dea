"""Templates: a small notation for wordings, parsed once and rendered often.

(what|which) colour is {a}?    a choice, and a slot that the language's words fill
<in>                           a choice with a name, shared by templates
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fusion.data.shapes.families.form import Rng

SPECIAL = "(|){}<>"


@dataclass(frozen=True, slots=True)
class Split:
    """The templates of one kind of wording, those of training and those kept from it."""

    train: tuple[str, ...]
    held_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """One parsed template; `slots` are the names it uses.

    A node is a literal (str), a slot (its name in a one-tuple) or a choice (a list of nodes).
    """

    id: str
    held_out: bool
    nodes: tuple[object, ...]
    slots: frozenset[str]


def parse(text: str, macros: dict[str, str]) -> tuple[tuple[object, ...], frozenset[str]]:
    """The nodes of a template and the names of its slots; ValueError when it is malformed.

    >>> parse("(a|) {b}", {})[0]
    ([('a',), ()], ' ', ('b',))
    """
    for name, choice in macros.items():
        text = text.replace(f"<{name}>", choice)
    slots: set[str] = set()

    def sequence(at: int, inside: bool) -> tuple[tuple[object, ...], int]:
        nodes: list[object] = []
        while at < len(text):
            mark = text[at]
            if mark == "{":
                end = text.index("}", at)
                nodes.append((text[at + 1 : end],))
                slots.add(text[at + 1 : end])
                at = end + 1
            elif mark == "(":
                options = []
                while text[at] in "(|":
                    option, at = sequence(at + 1, True)
                    options.append(option)
                nodes.append(options)
                at += 1
            elif mark in "|)" and inside:
                return tuple(nodes), at
            elif mark in SPECIAL:
                raise ValueError(f"{mark!r} at {at} of {text!r} has no partner or no macro")
            else:
                end = at
                while end < len(text) and text[end] not in SPECIAL:
                    end += 1
                nodes.append(text[at:end])
                at = end
        if inside:
            raise ValueError(f"unclosed choice in {text!r}")
        return tuple(nodes), at

    return sequence(0, False)[0], frozenset(slots)


def compile_all(
    language: str, splits: dict[str, Split], macros: dict[str, str]
) -> dict[str, tuple[tuple[Template, ...], tuple[Template, ...]]]:
    """Per kind, the parsed templates of training and those held out."""
    return {
        kind: (
            tuple(
                Template(f"{language}.{kind}.{i}", False, *parse(text, macros))
                for i, text in enumerate(split.train)
            ),
            tuple(
                Template(f"{language}.{kind}.held-out.{i}", True, *parse(text, macros))
                for i, text in enumerate(split.held_out)
            ),
        )
        for kind, split in splits.items()
    }


def render(nodes: tuple[object, ...], fill: Callable[[str], str], rng: Rng) -> str:
    """One wording of a template; choices are drawn from rng, slots come from `fill`."""
    parts = []
    for node in nodes:
        if isinstance(node, str):
            parts.append(node)
        elif isinstance(node, tuple):
            parts.append(fill(node[0]))
        else:
            assert isinstance(node, list)
            parts.append(render(node[int(rng.random() * len(node))], fill, rng))
    return "".join(parts)
