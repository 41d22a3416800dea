"""Answers made comparable, and what an answer earns when ten people gave theirs.

Both follow the evaluation of VQA (Antol et al. 2015; Goyal et al. 2017): punctuation, lower case,
number words, articles and contractions. Its own oddities are kept, so that numbers can be compared
with published ones: "none" is 0, and a comma between two digits takes all punctuation away
without leaving a space. One thing differs: here both sides are normalised always, which changes
nothing for the published annotations, whose answers are normalised already, apart from "none".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

PUNCTUATION = """;/[]"{}()=+\\_-><@`,?!"""
ARTICLES = frozenset(("a", "an", "the"))
NUMBERS = {
    word: str(n)
    for n, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    )
} | {"none": "0"}
FULL_MARKS = 3  # people who must have given an answer for it to earn everything
_DIGIT_COMMA = re.compile(r"\d,\d")
_FULL_STOP = re.compile(r"\.(?!\d)")


def _contractions() -> dict[str, str]:
    """What is written without its apostrophe, by what it is short for; what would be another word
    (its, were, shell, well, hell, ill, id, wed, shed, lets) stays as it is. Of the official list,
    a misprint and one form of dialect are left out."""
    nots = (
        "ai are ca could did does do had has have is might must need ought sha should was were wo "
        "would"
    )
    endings = {
        "s": "he how somebody someone that there what when where who why",
        "d": "he how it someone something there they where who you",
        "ll": "how it somebody someone something they what who why you",
        "re": "there they what why you",
        "ve": "could might must not should they we what where who would you",
    }
    found = {f"{w}nt": f"{w}n't" for w in nots.split()}
    found |= {f"{w}{e}": f"{w}'{e}" for e, of in endings.items() for w in of.split()}
    twice = {f"{w}n't've" for w in ("could", "had", "might", "should", "would")}
    who = "he it she somebody someone something there they we who you y'all"
    twice |= {f"{w}'d've" for w in who.split()}
    for whole in twice | {"y'all'll"}:  # one of the two apostrophes is missing
        head, middle, tail = whole.rpartition("'")
        found[head + tail] = whole
        first, _, last = head.rpartition("'")
        found[first + last + middle + tail] = whole
    found |= {"yall'll": "y'all'll", "yall'd've": "y'all'd've"}
    return found | {"maam": "ma'am", "oclock": "o'clock", "twas": "'twas", "yall": "y'all"}


CONTRACTIONS = _contractions()


def normalise_answer(text: str) -> str:
    """An answer as it is compared.

    >>> normalise_answer("The Dog."), normalise_answer("two"), normalise_answer("top-left")
    ('dog', '2', 'top left')
    >>> normalise_answer("dont know"), normalise_answer("3.5"), normalise_answer("1,000")
    ("don't know", '3.5', '1000')
    """
    plain = " ".join(_without_punctuation(text.strip()).lower().split())
    numbers = [NUMBERS.get(word, word) for word in plain.split()]
    return " ".join(CONTRACTIONS.get(word, word) for word in numbers if word not in ARTICLES)


def _without_punctuation(text: str) -> str:
    """A sign beside a space goes; one between letters becomes a space ("cat/dog")."""
    spaced = re.sub(r"[\n\t]", " ", text)
    joined = bool(_DIGIT_COMMA.search(spaced))
    plain = spaced
    for sign in PUNCTUATION:
        beside = f"{sign} " in spaced or f" {sign}" in spaced
        plain = plain.replace(sign, "" if joined or beside else " ")
    return _FULL_STOP.sub("", plain)


def leave_one_out(matches: int, people: int) -> float:
    """What an answer earns that `matches` of `people` gave: the mean, over the subsets without one
    person, of min(matches in the subset / 3, 1); 0..1.

    >>> [round(leave_one_out(n, 10), 2) for n in range(6)]
    [0.0, 0.3, 0.6, 0.9, 1.0, 1.0]
    """
    without_a_match = min((matches - 1) / FULL_MARKS, 1.0)
    without_another = min(matches / FULL_MARKS, 1.0)
    return (matches * without_a_match + (people - matches) * without_another) / people


def soft_scores(answers: Sequence[str]) -> dict[str, float]:
    """What each of the people's answers earns, normalised, best first.

    >>> soft_scores(["yes"] * 8 + ["no", "Yes."])
    {'yes': 1.0, 'no': 0.3}
    """
    counts = Counter(normalise_answer(answer) for answer in answers)
    return {a: leave_one_out(n, len(answers)) for a, n in counts.most_common()}
