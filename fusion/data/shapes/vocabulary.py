"""The words of the shapes dataset: attributes, question families, and the answers' identities.

An answer has one language-free id ("colour.red", "yes", "count.3") and a name in each language.
"""

from __future__ import annotations

LANGUAGES = ("en", "zh")
SHAPES = ("circle", "square", "rectangle", "triangle", "pentagon", "star", "heart", "cross")
COLOURS = (
    "red", "green", "blue", "yellow", "orange", "purple",
    "pink", "brown", "black", "white", "gray", "teal",
)  # fmt: skip
SIZES = ("small", "large")
PLACES = (
    "left", "right", "top", "bottom", "centre",
    "top-left", "top-right", "bottom-left", "bottom-right",
)  # fmt: skip
MAX_OBJECTS = 10
FAMILIES = (
    "colour", "shape", "size", "place", "count", "exist", "verify",
    "compare", "same", "relation", "superlative", "logic", "background", "odd",
)  # fmt: skip

ANSWERS = (
    *(f"colour.{c}" for c in COLOURS),
    *(f"shape.{s}" for s in SHAPES),
    *(f"size.{s}" for s in SIZES),
    *(f"place.{p}" for p in PLACES),
    "yes",
    "no",
    *(f"count.{n}" for n in range(MAX_OBJECTS + 1)),
)

CHINESE = {
    "circle": "圆形", "square": "正方形", "rectangle": "长方形", "triangle": "三角形",
    "pentagon": "五边形", "star": "星形", "heart": "心形", "cross": "十字形",
    "red": "红色", "green": "绿色", "blue": "蓝色", "yellow": "黄色", "orange": "橙色",
    "purple": "紫色", "pink": "粉色", "brown": "棕色", "black": "黑色", "white": "白色",
    "gray": "灰色", "teal": "青色", "small": "小", "large": "大", "left": "左边",
    "right": "右边", "top": "上方", "bottom": "下方", "centre": "中间", "top-left": "左上角",
    "top-right": "右上角", "bottom-left": "左下角", "bottom-right": "右下角",
    "yes": "是", "no": "否",
}  # fmt: skip


def answer_name(answer_id: str, language: str) -> str:
    """The answer in words.

    >>> answer_name("place.top-left", "en"), answer_name("colour.red", "zh")
    ('top left', '红色')
    """
    word = answer_id.rpartition(".")[2]
    if language == "zh":
        return CHINESE.get(word, word)
    return word.replace("-", " ")
