"""English words for the slots of the templates: nouns, adjectives, relations, places.

Nouns and articles agree; a generic noun is never "shape" when the shape is asked for.
"""

from __future__ import annotations

from collections.abc import Callable

from fusion.data.shapes.families.form import ANYTHING, DIRECTIONS, Description, Fact, Rng, pick

Noun = tuple[str, str]  # singular, plural


def _nouns(*words: str) -> tuple[Noun, ...]:
    return tuple((w, w + ("es" if w.endswith(("x", "ss", "us")) else "s")) for w in words)


NOUNS: dict[str, tuple[Noun, ...]] = {
    "circle": _nouns(*["circle"] * 9, *["round thing"] * 2, "disc", "ball", "dot", "round shape",
                     "round object", "round one"),
    "square": _nouns(*["square"] * 12, "box", "box", "square shape", "square thing"),
    "rectangle": _nouns(*["rectangle"] * 11, "oblong", "bar", "rectangular shape",
                        "rectangular thing"),
    "triangle": _nouns(*["triangle"] * 12, "triangular shape", "triangular thing"),
    "pentagon": _nouns(*["pentagon"] * 12, "five-sided shape", "five-sided thing"),
    "star": _nouns(*["star"] * 12, "star shape"),
    "heart": _nouns(*["heart"] * 12, "heart shape"),
    "cross": _nouns(*["cross"] * 10, "plus", "plus sign", "plus sign", "plus shape"),
}  # fmt: skip
COLOUR_WORDS = {
    "gray": ("grey",),
    "purple": ("purple",) * 4 + ("violet",),
    "teal": ("teal",) * 3 + ("cyan", "turquoise"),
}
SIZE_WORDS = {
    "large": ("large",) * 4 + ("big",) * 4 + ("huge",),
    "small": ("small",) * 6 + ("little",) * 2 + ("tiny",),
}
THINGS = _nouns(*["object"] * 4, *["thing"] * 4, *["shape"] * 2, "item", "figure")
THINGS_NOT_SHAPES = _nouns(*["object"] * 4, *["thing"] * 4, "item", "figure")
ONE: Noun = ("one", "ones")
PREDICATES = {
    "circle": ("circle", "circle", "round"), "square": ("square",),
    "rectangle": ("rectangle",), "triangle": ("triangle", "triangle", "triangular"),
    "pentagon": ("pentagon",), "star": ("star",), "heart": ("heart",), "cross": ("cross",),
}  # fmt: skip
ADJECTIVES = ("round", "triangular")
BESIDE = {
    "left": ("left of", "to the left of", "to the left of", "on the left of",
             "on the left side of", "left from"),
    "right": ("right of", "to the right of", "to the right of", "on the right of",
              "on the right side of", "right from"),
    "above": ("above", "above", "above", "over", "higher than", "higher up than"),
    "below": ("below", "below", "under", "underneath", "beneath", "lower than",
              "further down than"),
}  # fmt: skip
NEAR = ("nearest to", "nearest to", "closest to", "closest to", "next to", "next to", "nearest",
        "most near to", "right beside", "beside")  # fmt: skip
EXTREME_BEFORE = {
    "leftmost": ("leftmost", "leftmost", "left-most", "furthest left", "far left"),
    "rightmost": ("rightmost", "rightmost", "right-most", "furthest right", "far right"),
    "topmost": ("topmost", "top-most", "highest", "uppermost", "top"),
    "bottommost": ("bottommost", "bottom-most", "lowest", "lowermost", "bottom"),
    "largest": ("largest", "largest", "biggest", "biggest", "very biggest"),
    "smallest": ("smallest", "smallest", "smallest", "tiniest", "littlest"),
}
EXTREME_NOUN = {
    "leftmost": ("leftmost", "left-most"),
    "rightmost": ("rightmost", "right-most"),
    "topmost": ("topmost", "highest", "uppermost"),
    "bottommost": ("bottommost", "lowest", "lowermost"),
    "largest": ("largest", "biggest"),
    "smallest": ("smallest", "smallest", "tiniest"),
}
EXTREME_AFTER = {
    "leftmost": ("furthest to the left", "farthest left", "furthest left", "most to the left",
                 "closest to the left edge"),
    "rightmost": ("furthest to the right", "farthest right", "furthest right",
                  "most to the right", "closest to the right edge"),
    "topmost": ("highest", "highest up", "at the very top", "closest to the top edge",
                "furthest up"),
    "bottommost": ("lowest", "at the very bottom", "lowest down", "closest to the bottom edge",
                   "furthest down"),
    "largest": ("largest", "the largest", "the biggest", "biggest"),
    "smallest": ("smallest", "the smallest", "the tiniest", "smallest"),
}  # fmt: skip
PLACE_WORDS = {
    "left": ("on the left", "on the left", "on the left side", "at the left", "in the left part"),
    "right": ("on the right", "on the right", "on the right side", "at the right",
              "in the right part"),
    "top": ("at the top", "at the top", "in the top part", "in the upper part", "near the top"),
    "bottom": ("at the bottom", "at the bottom", "in the bottom part", "in the lower part",
               "near the bottom"),
    "centre": ("in the centre", "in the middle", "at the centre", "in the middle"),
    "top-left": ("at the top left", "in the top left corner", "in the upper left corner",
                 "in the top left", "at the upper left"),
    "top-right": ("at the top right", "in the top right corner", "in the upper right corner",
                  "in the top right", "at the upper right"),
    "bottom-left": ("at the bottom left", "in the bottom left corner",
                    "in the lower left corner", "in the bottom left", "at the lower left"),
    "bottom-right": ("at the bottom right", "in the bottom right corner",
                     "in the lower right corner", "in the bottom right", "at the lower right"),
}  # fmt: skip
NO_ARTICLE = 0.04
THAT_IS = 0.04


def with_article(words: str) -> str:
    """Prefixes "a" or "an".

    >>> with_article("orange star"), with_article("one")
    ('an orange star', 'a one')
    """
    return f"{'an' if words[0] in 'aeio' and words[:3] != 'one' else 'a'} {words}"


def colour_word(rng: Rng, colour: str) -> str:
    """One of a colour's names."""
    words = COLOUR_WORDS.get(colour)
    return pick(rng, words) if words else colour


class EnglishWords:
    """Fills the slots of one question."""

    __slots__ = ("fact", "rng", "things", "first", "second", "noun", "complex", "thing")

    def __init__(self, fact: Fact, rng: Rng, complex_phrase: str | None) -> None:
        form = fact.form
        self.fact, self.rng, self.complex = fact, rng, complex_phrase
        about_shape = form.asks == "shape" or form.attribute == "shape"
        self.things = THINGS_NOT_SHAPES if about_shape else THINGS
        self.first = Description(form.shape1, form.colour1, form.size1)
        self.second = Description(form.shape2, form.colour2, form.size2)
        self.noun: Noun | None = None
        self.thing = pick(rng, self.things)  # the same word throughout a question

    def phrase(self, said: Description, plural: bool, one: float) -> str:
        """Adjectives and a noun; `one` is how often "one" stands for an unnamed object."""
        rng = self.rng
        words = []
        if said.size is not None:
            words.append(pick(rng, SIZE_WORDS[said.size]))
        if said.colour is not None:
            words.append(colour_word(rng, said.colour))
        if said.shape is not None:
            noun = pick(rng, NOUNS[said.shape])
        else:
            noun = ONE if rng.random() < one else self.thing
        if words and said.shape is not None and rng.random() < THAT_IS:
            return f"{noun[plural]} that {'are' if plural else 'is'} {' and '.join(words)}"
        words.append(noun[plural])
        return " ".join(words)

    def definite(self, said: Description) -> str:
        """The large red star."""
        words = self.phrase(said, False, 0.3)
        bare = said.shape is not None and self.rng.random() < NO_ARTICLE
        return words if bare else f"the {words}"

    def predicate(self, said: Description, plural: bool) -> str:
        """What follows "is" or "are": red, large, round, a circle, circles, a red star."""
        rng = self.rng
        if said.shape is None:
            colour = colour_word(rng, said.colour) if said.colour else ""
            size = pick(rng, SIZE_WORDS[said.size]) if said.size else ""
            return f"{size} and {colour}" if size and colour else size or colour
        if said.colour is None and said.size is None:
            word = pick(rng, PREDICATES[said.shape])
            if word in ADJECTIVES:
                return word
            noun = pick(rng, NOUNS[said.shape][:12])
            return noun[1] if plural else with_article(noun[0])
        words = self.phrase(said, plural, 0.0)
        return words if plural else with_article(words)

    def shared_noun(self, plural: bool) -> str:
        """The noun that both operands of "a red or blue circle" share."""
        if self.noun is None:
            self.noun = pick(self.rng, NOUNS[self.first.shape or ""][:9])
        return self.noun[plural]

    def one(self, share: float) -> float:
        """How often the subject is a "one": never unmodified, nor ahead of a second operand."""
        alone = self.second == ANYTHING or self.fact.form.relation in DIRECTIONS
        return share if alone and self.first != ANYTHING else 0.0

    def fill(self, slot: str) -> str:
        """The words of one slot."""
        return SLOTS[slot](self)


SLOTS: dict[str, Callable[[EnglishWords], str]] = {
    "a": lambda w: w.complex or w.definite(w.first),
    "a0": lambda w: w.phrase(w.first, False, 0.2 if w.first != ANYTHING else 0.0),
    "an": lambda w: with_article(w.phrase(w.first, False, w.one(0.1))),
    "as": lambda w: w.phrase(w.first, True, w.one(0.15)),
    "n": lambda w: w.phrase(w.first, False, 0.3),
    "ns": lambda w: w.phrase(w.first, True, 0.1 if w.first != ANYTHING else 0.0),
    "b": lambda w: w.definite(w.second),
    "bn": lambda w: with_article(w.phrase(w.second, False, 0.1)),
    "bs": lambda w: w.phrase(w.second, True, 0.15),
    "pa": lambda w: w.predicate(w.first, True),
    "pb": lambda w: w.predicate(w.second, True),
    "qa": lambda w: w.predicate(w.first, False),
    "qb": lambda w: w.predicate(w.second, False),
    "v": lambda w: w.predicate(w.second, False),
    "av": lambda w: colour_word(w.rng, w.first.colour or ""),
    "bv": lambda w: colour_word(w.rng, w.second.colour or ""),
    "art_av": lambda w: with_article(colour_word(w.rng, w.first.colour or "")),
    "art_bv": lambda w: with_article(colour_word(w.rng, w.second.colour or "")),
    "h": lambda w: w.shared_noun(False),
    "hs": lambda w: w.shared_noun(True),
    "thing": lambda w: w.thing[0],
    "things": lambda w: w.thing[1],
    "rel": lambda w: pick(w.rng, BESIDE[w.fact.form.relation or ""]),
    "near": lambda w: pick(w.rng, NEAR),
    "ext": lambda w: pick(w.rng, EXTREME_BEFORE[w.fact.form.extreme or ""]),
    "exts": lambda w: pick(w.rng, EXTREME_NOUN[w.fact.form.extreme or ""]),
    "post": lambda w: pick(w.rng, EXTREME_AFTER[w.fact.form.extreme or ""]),
    "place": lambda w: pick(w.rng, PLACE_WORDS[w.fact.form.relation or ""]),
    "attr": lambda w: w.fact.form.attribute or "",
    "odd": lambda w: w.fact.form.attribute or "",
}
