"""How people type: spelling, capitals, punctuation, politeness, slips of the finger."""

from __future__ import annotations

from functools import cache

from fusion.data.shapes.families.form import Rng, pick
from fusion.data.shapes.phrasing import english, english_words

TYPO = 0.06
AMERICAN = 0.5
OPENINGS = ("hey, ", "ok, ", "so ", "so, ", "now, ")
SETTINGS = ("in this picture, ", "in the image, ", "in the picture, ", "in this image, ")
REQUESTS = ("please", "could", "can", "tell", "count", "name", "give", "say", "look", "check",
            "find", "state", "locate", "i")  # fmt: skip
ASKING = ("请", "告诉", "帮", "说", "数", "看看", "你", "我", "能", "可以", "找")
QUESTION_WORDS = (
    "什么",
    "啥",
    "哪",
    "几",
    "多少",
    "吗",
    "有没有",
    "是不是",
    "是否",
    "还是",
    "何处",
)


@cache
def known_words() -> frozenset[str]:
    """Every word of the English wordings; no slip may turn one of them into another."""
    text: list[str] = [*english.MACROS.values()]
    for split in english.ENGLISH.values():
        text += [*split.train, *split.held_out]
    for table in (english_words.NOUNS, english_words.COLOUR_WORDS, english_words.SIZE_WORDS,
                  english_words.BESIDE, english_words.EXTREME_BEFORE,
                  english_words.EXTREME_AFTER, english_words.PLACE_WORDS):  # fmt: skip
        for words in table.values():
            text += [" ".join(w) if isinstance(w, tuple) else w for w in words]
    for noun in english_words.THINGS:
        text += noun
    letters = "".join(c if c.isalpha() else " " for c in " ".join(text))
    spellings = letters.replace("colour", "color") + " " + letters.replace("centre", "center")
    return frozenset(f"{letters} {spellings} gray grey hole shaped".split())


def slip(word: str, rng: Rng) -> str:
    """The word with two letters swapped, one dropped or one doubled; its first letter stays.

    A slip that would read as another word of the wordings is not made.
    """
    i = 1 + int(rng.random() * (len(word) - 2))
    kind = rng.random()
    if kind < 0.4:
        slipped = word[:i] + word[i + 1] + word[i] + word[i + 2 :]
    elif kind < 0.75:
        slipped = word[:i] + word[i + 1 :]
    else:
        slipped = word[:i] + word[i] + word[i:]
    return word if slipped in known_words() else slipped


def with_slip(text: str, rng: Rng) -> str:
    """The text with a slip in one of its words of four letters or more."""
    words = text.split(" ")
    places = [i for i, w in enumerate(words) if len(w) > 3 and w.isalpha()]
    if not places:
        return text
    i = pick(rng, places)
    words[i] = slip(words[i], rng)
    return " ".join(words)


def typed_english(text: str, rng: Rng, *, typos: bool) -> str:
    """Lower-case text as somebody might type it."""
    if rng.random() < AMERICAN:
        text = text.replace("colour", "color").replace("centre", "center").replace("grey", "gray")
    if typos and rng.random() < TYPO:
        text = with_slip(text, rng)
    draw = rng.random()
    first = text.partition(" ")[0]
    if draw < 0.03:
        text = pick(rng, OPENINGS) + text
    elif draw < 0.06 and "picture" not in text and "image" not in text and first not in REQUESTS:
        text = pick(rng, SETTINGS) + text
    elif draw < 0.09 and "please" not in text and "," not in text:
        text = text.removesuffix("?") + (" please?" if text[-1] == "?" else " please")
    if text[-1] == "?":
        if rng.random() < 0.38:
            text = text[:-1]
    elif rng.random() < 0.25:
        text += "?" if first in ("could", "can") else "." if rng.random() < 0.8 else "!"
    case = rng.random()
    if case < 0.5:
        return text
    if case < 0.985:
        text = text[0].upper() + text[1:]
        if case < 0.95:
            text = ". ".join(s[:1].upper() + s[1:] for s in text.split(". "))
            text = "? ".join(s[:1].upper() + s[1:] for s in text.split("? "))
        return text.replace(" i ", " I ").replace(" i'", " I'")
    return text.upper()


def typed_chinese(text: str, rng: Rng) -> str:
    """Text as somebody might type it: 请问 before it, full-width, half-width or no marks."""
    text = text.replace("的的", "的")
    draw = rng.random()
    polite = draw < 0.08 and not text.startswith(ASKING)
    if polite and any(word in text for word in QUESTION_WORDS):
        text = ("请问" if draw < 0.05 else "请问，" if draw < 0.065 else "请问一下，") + text
    marks = rng.random()
    if marks < 0.25:
        text = text.replace("，", ",").replace("？", "?")
    if text[-1] in "？?":
        if rng.random() < 0.38:
            text = text[:-1]
    elif rng.random() < 0.2:
        text += "." if marks < 0.25 else "。"
    return text
