"""From a fact to a sentence: a template of its kind, its words, and how carelessly it is typed.

Composite kinds ask for the colour or shape of something that takes a phrase of its own to name
("the leftmost star"); a wording is then held out when its question or its phrase is.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from fusion.data.shapes.families.form import Fact, Form, Rng, pick
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
# What a question for the shape of an otherwise undescribed object may be instead: "what is left
# of the star?"
DIRECT = {
    "relation.shape": "direct.beside",
    "nearest.shape": "direct.nearest",
    "superlative.shape": "direct.extreme",
}
DIRECTLY = 0.4
WORDS: dict[str, type[EnglishWords] | type[ChineseWords]] = {"en": EnglishWords, "zh": ChineseWords}
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


def _undescribed(form: Form) -> bool:
    return form.shape1 is None and form.colour1 is None and form.size1 is None


def realise(fact: Fact, language: str, rng: Rng, *, held_out: bool) -> Wording:
    """One wording of a fact."""
    if language not in WORDS:
        raise ValueError(f"no wordings in {language!r}; there are {', '.join(WORDS)}")
    kind = fact.kind
    if kind in DIRECT and _undescribed(fact.form) and rng.random() < DIRECTLY:
        kind = DIRECT[kind]
    if kind in COMPOSITE:
        outer_kind, inner_kind = COMPOSITE[kind]
        shell_held_out = held_out and rng.random() < SHELL_HELD_OUT
        shell = pick(rng, shells(language, outer_kind)[shell_held_out])
        inner = pick(rng, templates(language)[inner_kind][held_out and not shell_held_out])
        phrase = render(inner.nodes, WORDS[language](fact, rng, None).fill, rng)
        words = WORDS[language](fact, rng, phrase)
        phrasing = f"{shell.id}+{inner.id}"
    else:
        shell = pick(rng, templates(language)[kind][held_out])
        words = WORDS[language](fact, rng, None)
        phrasing = shell.id
    text = render(shell.nodes, words.fill, rng)
    if language == "zh":
        return Wording(typed_chinese(text, rng), phrasing, held_out)
    return Wording(typed_english(text, rng, typos=not held_out), phrasing, held_out)
