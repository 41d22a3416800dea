"""Words that may stand in each other's place, for minimal pairs: one word of a question is another.

Only words that the questions use, so that the model knows them all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from fusion.data.shapes.phrasing.chinese_words import ATTRIBUTE_WORDS as CHINESE_ATTRIBUTES
from fusion.data.shapes.phrasing.english_words import NOUNS
from fusion.data.shapes.vocabulary import CHINESE as NAMES
from fusion.data.shapes.vocabulary import COLOURS, SHAPES

Groups = Sequence[Sequence[str]]

ENGLISH: Groups = (
    COLOURS,
    [NOUNS[shape][0][0] for shape in SHAPES],
    [NOUNS[shape][0][1] for shape in SHAPES],
    ("small", "large"), ("big", "little"), ("tiny", "huge"),
    ("left", "right"), ("above", "below"), ("over", "under"), ("top", "bottom"),
    ("leftmost", "rightmost", "topmost", "bottommost", "largest", "smallest"),
    ("highest", "lowest"), ("biggest", "tiniest"), ("higher", "lower"), ("upper", "lower"),
    ("more", "fewer"), ("and", "or"), ("same", "different"),
    ("colour", "shape", "size"), ("color", "shape", "size"),
)  # fmt: skip
CHINESE: Groups = (
    [NAMES[colour] for colour in COLOURS],
    [NAMES[shape] for shape in SHAPES],
    ("最左边", "最右边", "最上面", "最下面"), ("最大", "最小"),
    ("左上角", "右上角", "左下角", "右下角"), ("左边", "右边"), ("左侧", "右侧"),
    ("上方", "下方"), ("上面", "下面"), ("更多", "更少"), ("多", "少"), ("大", "小"),
    [words[0] for words in CHINESE_ATTRIBUTES.values()],
)  # fmt: skip
# Other words for the first of a group's, or their other spellings: same offers.
ALSO = {"grey": "gray", "disc": "circle", "box": "square", "bar": "rectangle"}
WORD = re.compile(r"\w+|\W+")


def _offers(groups: Groups) -> dict[str, tuple[str, ...]]:
    """For each word the others of its groups; a word of several groups has them all."""
    found: dict[str, tuple[str, ...]] = {}
    for group in groups:
        for word in group:
            others = tuple(w for w in group if w != word and w not in found.get(word, ()))
            found[word] = found.get(word, ()) + others
    return found


OFFERS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "en": _offers(ENGLISH),
    "zh": _offers(CHINESE),
}


def pieces(question: str, language: str) -> list[tuple[str, tuple[str, ...]]]:
    """The question in pieces that join to it again, each with what may stand in its place.

    >>> pieces("Left of it", "en")
    [('Left', ('right',)), (' ', ()), ('of', ()), (' ', ()), ('it', ())]
    >>> pieces("左边有什么", "zh")
    [('左边', ('右边',)), ('有', ()), ('什', ()), ('么', ())]
    """
    offers = OFFERS[language]
    if language == "zh":
        return [(word, offers.get(word, ())) for word in _chinese(question, offers)]
    words = WORD.findall(question)
    return [(word, offers.get(ALSO.get(word.lower(), word.lower()), ())) for word in words]


def _chinese(question: str, known: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Cut into the longest known words, and single characters between them."""
    longest = sorted(known, key=len, reverse=True)
    found, at = [], 0
    while at < len(question):
        word = next((w for w in longest if question.startswith(w, at)), question[at])
        found.append(word)
        at += len(word)
    return found
