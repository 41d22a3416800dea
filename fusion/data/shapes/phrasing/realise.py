"""From a fact to a sentence: a template of its kind, its words, and how carelessly it is typed.

Composite kinds ask for the colour or shape of something that takes a phrase of its own to name
("the leftmost star"); a wording is then held out when its question or its phrase is.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from fusion.data.shapes.families.form import Fact, Rng, pick
from fusion.data.shapes.phrasing import chinese, english
from fusion.data.shapes.phrasing.chinese_words import ChineseWords
from fusion.data.shapes.phrasing.english_words import EnglishWords
from fusion.data.shapes.phrasing.template import Template, compile_all, render
from fusion.data.shapes.phrasing.typing_habits import typed_chinese, typed_english

# Composite kinds: the kind of the question, and of the phrase that names its object.
COMPOSITE = {
    "relation.colour": ("colour", "np.beside"),
    "relation.shape": ("shape", "np.beside"),
    "nearest.colour": ("colour", "np.nearest"),
    "nearest.shape": ("shape", "np.nearest"),
    "superlative.colour": ("colour", "np.extreme"),
    "superlative.shape": ("shape", "np.extreme"),
    "odd.colour-of-odd-shape": ("colour", "np.odd"),
    "odd.shape-of-odd-colour": ("shape", "np.odd"),
}
WORDS = {"en": EnglishWords, "zh": ChineseWords}
SHELL_HELD_OUT = 0.5  # of held-out composites, how often the question is; else the phrase


class Wording(NamedTuple):
    """A worded question."""

    text: str
    phrasing: str
    held_out: bool


@cache
def templates(language: str) -> dict[str, tuple[tuple[Template, ...], tuple[Template, ...]]]:
    """Per kind, the templates of training and those held out; composites have none of their own."""
    module, splits = {
        "en": (english, english.ENGLISH),
        "zh": (chinese, chinese.CHINESE),
    }[language]
    return compile_all(language, splits, module.MACROS)


@cache
def shells(language: str, kind: str) -> tuple[tuple[Template, ...], tuple[Template, ...]]:
    """The templates of a kind that also take a longer phrase for `{a}`."""
    train, held_out = templates(language)[kind]
    return (
        tuple(t for t in train if "a0" not in t.slots),
        tuple(t for t in held_out if "a0" not in t.slots),
    )


def realise(fact: Fact, language: str, rng: Rng, *, held_out: bool) -> Wording:
    """One wording of a fact."""
    if fact.kind in COMPOSITE:
        kind, inner_kind = COMPOSITE[fact.kind]
        shell_held_out = held_out and rng.random() < SHELL_HELD_OUT
        shell = pick(rng, shells(language, kind)[shell_held_out])
        inner = pick(rng, templates(language)[inner_kind][held_out and not shell_held_out])
        phrase = render(inner.nodes, WORDS[language](fact, rng, None).fill, rng)
        words = WORDS[language](fact, rng, phrase)
        phrasing = f"{shell.id}+{inner.id}"
    else:
        shell = pick(rng, templates(language)[fact.kind][held_out])
        words = WORDS[language](fact, rng, None)
        phrasing = shell.id
    text = render(shell.nodes, words.fill, rng)
    if language == "zh":
        return Wording(typed_chinese(text, rng), phrasing, held_out)
    return Wording(typed_english(text, rng, typos=not held_out), phrasing, held_out)
