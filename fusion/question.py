"""What a user typed as a question: cleaned, checked, and in which language it is."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from fusion.errors import InputError, said

LANGUAGES = ("en", "zh")
LONGEST = 300
UNKNOWN_PIECE = "[UNK]"
ASK = said(
    "Ask something about the picture in English or Chinese, such as: how many stars are there?"
)


def clean_question(text: object) -> str:
    """One line of text without control characters; raises ValueError with a plain sentence.

    >>> clean_question("  what   colour is it? ")
    'what colour is it?'
    """
    if not isinstance(text, str):
        raise InputError(
            "The question must be text, but it is of type {kind}.", kind=type(text).__name__
        )
    if len(text) > LONGEST:
        raise InputError(
            "The question is too long: it has {got} characters; at most {most} are allowed.",
            got=len(text),
            most=LONGEST,
        )
    # C* = control, format, surrogate, private: nothing that can be read
    seen = "".join(" " if unicodedata.category(c)[0] == "C" else c for c in text)
    question = " ".join(seen.split())
    if not question:
        raise InputError("The question is empty. {hint}", hint=ASK)
    _check_letters(question)
    return question


def _check_letters(question: str) -> None:
    letters = [c for c in unicodedata.normalize("NFKC", question) if is_letter(c)]
    if not letters:
        raise InputError(
            "The question has no words in it, only {got!r}. {hint}", got=question[:20], hint=ASK
        )
    foreign = [c for c in letters if not (is_chinese(c) or is_latin(c))]
    if foreign:
        script = unicodedata.name(foreign[0], "unknown").split()[0].capitalize()
        raise InputError(
            "The question is in a script that the model was never taught ({script}: {got!r}). "
            "Please ask in English or Chinese.",
            script=script,
            got="".join(foreign[:8]),
        )


def is_letter(character: str) -> bool:
    return unicodedata.category(character) in ("Lu", "Ll", "Lt", "Lo")


def is_latin(character: str) -> bool:
    return unicodedata.name(character, "").startswith("LATIN ")


def is_chinese(character: str) -> bool:
    return unicodedata.name(character, "").startswith("CJK ")


def language_of(question: str) -> str:
    """The language, zh when there is any Chinese character, else en.

    >>> language_of("星形是什么颜色？"), language_of("what colour is it?")
    ('zh', 'en')
    """
    return "zh" if any(is_chinese(c) for c in question) else "en"


def unknown_share(pieces: Sequence[str]) -> float:
    """Share of the words that the model never met: unknown, or only spelt out in bits.

    >>> unknown_share(["what", "colour", "s", "##t", "##e", "##r"])
    0.3333333333333333
    """
    words: list[list[str]] = []
    for piece in pieces:
        if piece.startswith("##") and words:
            words[-1].append(piece[2:])
        elif any(is_letter(c) for c in piece):  # [UNK] has letters too
            words.append([piece])
    strange = sum(w == [UNKNOWN_PIECE] or _spelt_out(w) for w in words)
    return strange / len(words) if words else 1.0


def _spelt_out(word: Sequence[str]) -> bool:
    """A typo leaves long pieces; a word of another language falls into bits of two letters."""
    return len(word) > 1 and sum(map(len, word)) / len(word) <= 2.5
