"""Chinese words for the slots of the templates: nouns, colours, sizes, relations, places."""

from __future__ import annotations

from collections.abc import Callable

from fusion.data.shapes.families.form import Description, Fact, Rng, pick

NOUNS = {
    "circle": ("圆形",) * 4 + ("圆",) * 3 + ("圆圈",) * 2 + ("圆球",),
    "square": ("正方形",) * 4 + ("方块",) * 3 + ("方形",),
    "rectangle": ("长方形",) * 4 + ("矩形",) * 3,
    "triangle": ("三角形",) * 5 + ("三角",),
    "pentagon": ("五边形",),
    "star": ("星形",) * 3 + ("五角星",) * 4 + ("星星",) * 4,
    "heart": ("心形",) * 4 + ("爱心",) * 3,
    "cross": ("十字形",) * 3 + ("十字",) * 3 + ("加号",) * 2,
}
# As the answer to "is it a ...": names of shapes, not of things.
SHAPE_NAMES = {
    "circle": ("圆形", "圆形", "圆", "圆的"), "square": ("正方形", "正方形", "方块"),
    "rectangle": ("长方形", "长方形", "矩形"), "triangle": ("三角形",), "pentagon": ("五边形",),
    "star": ("星形", "五角星", "星星"), "heart": ("心形", "爱心"),
    "cross": ("十字形", "十字", "加号"),
}  # fmt: skip
STARS = ("五角星", "星星", "爱心")  # what 颗 counts
COLOURS = {
    "red": ("红色",) * 4 + ("红",), "green": ("绿色",) * 4 + ("绿",),
    "blue": ("蓝色",) * 4 + ("蓝",), "yellow": ("黄色",) * 4 + ("黄",),
    "orange": ("橙色",) * 3 + ("橘色", "橙"), "purple": ("紫色",) * 4 + ("紫",),
    "pink": ("粉色",) * 3 + ("粉红色",) * 2, "brown": ("棕色",) * 3 + ("褐色", "咖啡色"),
    "black": ("黑色",) * 4 + ("黑",), "white": ("白色",) * 4 + ("白",),
    "gray": ("灰色",) * 4 + ("灰",), "teal": ("青色",) * 3 + ("蓝绿色", "青"),
}  # fmt: skip
LONG_COLOURS = {c: tuple(w for w in words if w[-1] == "色") for c, words in COLOURS.items()}
SIZES = {"large": "大", "small": "小"}
SIZE_WORDS = {
    "large": ("大", "大", "大", "大个", "大号"),
    "small": ("小", "小", "小", "小个", "小号"),
}
THINGS = ("物体", "物体", "东西", "东西", "图形", "图形")
THINGS_NOT_SHAPES = ("物体", "物体", "东西", "东西", "图形")
BESIDE = {
    "left": ("左边", "左边", "左侧", "左面", "左方"),
    "right": ("右边", "右边", "右侧", "右面", "右方"),
    "above": ("上方", "上面", "上边", "上面"),
    "below": ("下方", "下面", "下边", "下面"),
}
EXTREMES = {
    "leftmost": ("最左边", "最左边", "最左侧", "最靠左", "最左"),
    "rightmost": ("最右边", "最右边", "最右侧", "最靠右", "最右"),
    "topmost": ("最上面", "最上方", "最上边", "最靠上", "最高处"),
    "bottommost": ("最下面", "最下方", "最下边", "最靠下", "最底下"),
    "largest": ("最大", "最大", "个头最大", "尺寸最大"),
    "smallest": ("最小", "最小", "个头最小", "尺寸最小"),
}
# After a subject: 哪个物体在最左边, 哪个物体最大.
EXTREME_PREDICATES = {
    "leftmost": ("在最左边", "最靠左", "在最左侧"),
    "rightmost": ("在最右边", "最靠右", "在最右侧"),
    "topmost": ("在最上面", "最靠上", "在最上方"),
    "bottommost": ("在最下面", "最靠下", "在最下方"),
    "largest": ("最大", "个头最大"),
    "smallest": ("最小", "个头最小"),
}
PLACES = {
    "left": ("左边", "左侧", "左面"), "right": ("右边", "右侧", "右面"),
    "top": ("上方", "上面", "上边", "顶部"), "bottom": ("下方", "下面", "下边", "底部"),
    "centre": ("中间", "中央", "正中间", "中心"),
    "top-left": ("左上角", "左上方"), "top-right": ("右上角", "右上方"),
    "bottom-left": ("左下角", "左下方"), "bottom-right": ("右下角", "右下方"),
}  # fmt: skip
ATTRIBUTE_WORDS = {"colour": ("颜色",), "shape": ("形状",), "size": ("大小", "大小", "尺寸")}
THAT = 0.12  # how often a definite noun gets 那个


class ChineseWords:
    """Fills the slots of one question."""

    __slots__ = ("fact", "rng", "first", "second", "complex", "attribute", "noun")

    def __init__(self, fact: Fact, rng: Rng, complex_phrase: str | None) -> None:
        form = fact.form
        self.fact, self.rng, self.complex = fact, rng, complex_phrase
        self.first = Description(form.shape1, form.colour1, form.size1)
        self.second = Description(form.shape2, form.colour2, form.size2)
        self.attribute = ""
        about_shape = form.asks == "shape" or form.attribute == "shape"
        # The noun for any object, the same throughout a question.
        self.noun = pick(rng, THINGS_NOT_SHAPES if about_shape else THINGS)

    def parts(self, said: Description) -> tuple[str, str]:
        """Modifiers with their particles, and the noun."""
        rng = self.rng
        noun = pick(rng, NOUNS[said.shape]) if said.shape is not None else self.noun
        named = said.shape is not None
        colour = said.colour
        if said.size is None:
            if colour is None:
                return "", noun
            return self.coloured(colour, named), noun
        size = pick(rng, SIZE_WORDS[said.size])
        if colour is None:
            if len(size) == 1 and named and rng.random() < 0.5:
                return size, noun
            return f"{size}的", noun
        long = pick(rng, LONG_COLOURS[colour])
        draw = rng.random()
        if draw < 0.45:
            return f"{size}的{long}{'的' if rng.random() < 0.2 else ''}", noun
        if draw < 0.85 or len(size) > 1:
            return f"{long}的{size}{'的' if len(size) > 1 else ''}", noun
        return f"{long}{size}", noun

    def coloured(self, colour: str, named: bool) -> str:
        """红色, 红色的, or 红 before a named shape."""
        rng = self.rng
        word = pick(rng, COLOURS[colour])
        if word[-1] != "色":
            return word if named and rng.random() < 0.5 else f"{word}色的"
        return f"{word}的" if rng.random() < 0.6 else word

    def phrase(self, said: Description) -> str:
        """红色的五角星, as subject or object."""
        modifiers, noun = self.parts(said)
        return modifiers + noun

    def definite(self, said: Description) -> str:
        """The same for one known object, sometimes with 那个."""
        modifiers, noun = self.parts(said)
        draw = self.rng.random()
        bare = said.shape is None and modifiers and said is self.first
        if bare and not self.fact.form.relation and draw < 0.25:
            return f"{modifiers.removesuffix('的')}的那个"
        if draw > 1 - THAT:
            return f"那个{modifiers}{noun}"
        return modifiers + noun

    def counted(self, said: Description) -> str:
        """With its measure word."""
        modifiers, noun = self.parts(said)
        star = noun in STARS and self.rng.random() < 0.4
        return f"{'颗' if star else '个'}{modifiers}{noun}"

    def predicate(self, said: Description) -> str:
        """What follows 是: 红色的, 大的, 圆形, 红色五角星."""
        rng = self.rng
        if said.shape is None:
            if said.colour is None:
                return f"{pick(rng, SIZE_WORDS[said.size or ''])}的"
            if said.size is None:
                word = pick(rng, COLOURS[said.colour])
                return word if word[-1] == "色" and rng.random() < 0.4 else f"{word}的"
            return f"{pick(rng, SIZE_WORDS[said.size])}的{pick(rng, LONG_COLOURS[said.colour])}的"
        if said.colour is None and said.size is None:
            return pick(rng, SHAPE_NAMES[said.shape])
        return self.phrase(said)

    def asked(self) -> str:
        """The attribute in question, the same word throughout a question."""
        if not self.attribute:
            self.attribute = pick(self.rng, ATTRIBUTE_WORDS[self.fact.form.attribute or ""])
        return self.attribute

    def fill(self, slot: str) -> str:
        """The words of one slot."""
        return SLOTS[slot](self)


SLOTS: dict[str, Callable[[ChineseWords], str]] = {
    "a": lambda w: w.complex or w.definite(w.first),
    "as": lambda w: w.phrase(w.first),
    "mas": lambda w: w.counted(w.first),
    "n": lambda w: w.phrase(w.first),
    "b": lambda w: w.definite(w.second),
    "bs": lambda w: w.phrase(w.second),
    "pa": lambda w: w.predicate(w.first),
    "pb": lambda w: w.predicate(w.second),
    "v": lambda w: w.predicate(w.second),
    "vc": lambda w: pick(w.rng, LONG_COLOURS[w.second.colour or ""]),
    "vs": lambda w: SIZES[w.second.size or ""],
    "av": lambda w: pick(w.rng, LONG_COLOURS[w.first.colour or ""]),
    "bv": lambda w: pick(w.rng, LONG_COLOURS[w.second.colour or ""]),
    "h": lambda w: pick(w.rng, NOUNS[w.first.shape or ""]),
    "thing": lambda w: w.noun,
    "rel": lambda w: pick(w.rng, BESIDE[w.fact.form.relation or ""]),
    "ext": lambda w: pick(w.rng, EXTREMES[w.fact.form.extreme or ""]),
    "most": lambda w: pick(w.rng, EXTREME_PREDICATES[w.fact.form.extreme or ""]),
    "place": lambda w: pick(w.rng, PLACES[w.fact.form.relation or ""]),
    "attr": lambda w: w.asked(),
    "odd": lambda w: w.asked(),
}
