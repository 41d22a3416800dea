"""The words of the Steer page; what it shares with the Ask page is in `page`."""

from __future__ import annotations

from collections.abc import Sequence

from viz.words.common import ATTENTION, PICTURE, QUESTION, percent, points
from viz.words.zh.page import PLACES

TAB = "动手干预"
MODES = (
    (ATTENTION, "它的注意力"),
    (QUESTION, "问题"),
    (PICTURE, "图片"),
)

VIEW = {
    "loading": "正在提问……",
    "modes": "要改什么",
    "paint": "涂画",
    "rub": "擦掉",
    "brush": "画笔",
    "undo": "撤销",
    "clear": "清空",
    "truth": "涂在物体上",
    "truthHint": "把问题所问的、勾出轮廓的东西涂上",
    "even": "处处相同",
    "evenHint": "全部涂上：每个区域得到相同的权重",
    "strength": "强度",
    "weights": "图像权重",
    "own": "原有权重",
    "ownHint": "把权重交还给融合模型",
    "wordWeights": "词元权重",
    "wordWeight": "“{word}”的权重",
    "wordsOwn": "原有权重",
    "wordsOwnHint": "把词元的权重交还给融合模型",
    "readings": "每个词元占多少权重",
    "upload": "同样的问题，你的图片",
    "uploadHint": "选择文件，或在这里粘贴、拖入图片",
    "heads": "注意力头",
    "layer": "第 {layer} 层",
    "head": "第 {head} 头",
    "headHint": "按下可关闭或打开：它的输出变为 0",
    "reset": "全部撤销",
    "board": "让它看哪里：{count} 个区域中涂了 {painted} 个。方向键移动，空格键涂画，"
    "Control Z 撤销。",
    "cell": "第 {row} 行第 {column} 列：{state}",
    "painted": "已涂",
    "blank": "未涂",
    "words": "问题的词。按一个可以替换的词。",
    "replace": "把“{word}”换成：",
    "chooseWord": "按一个带下划线的词来替换它，或在下面写另一个问题。",
    "noPairs": "这里的词都没有对应的替换词；请在下面写另一个问题。",
    "other": "关于同一张图的另一个问题",
    "ask": "两个都问",
    "try": "关于这个场景的问题",
    "back": "恢复原样",
    "objects": "拖动一个物体，或用 Tab 键选中它再用方向键移动。",
    "noObjects": "这是你自己的图片，没人知道其中的物体，所以都不能移动。"
    "可以对另一张图问同样的问题，或在“提问”页生成一个新场景。",
    "otherScene": "同样的问题，另一个场景",
    "object": "{name}；用方向键移动",
    "before": "之前",
    "after": "之后",
    "difference": "差异",
    "answer": "答案",
    "change": "变化",
    "scale": "× 均匀值",
    "less": "减少",
    "more": "增加",
    "numbers": "数值",
    "row": "行",
    "right": "正确",
    "wrong": "错误",
    "noMap": "没有热图",
    "weightLine": "注意力权重",
    "image": "图像",
    "colon": "：",
    "questionSide": "问题",
}

HINT = {
    ATTENTION: "涂出它应该看的地方，移动权重，或关掉一个注意力头：答案会跟着变吗？",
    QUESTION: "替换一个词：它会看向别处吗？答案会跟着变吗？",
    PICTURE: "移动一个物体，或对另一张图问同样的问题：注意力会跟着走吗？",
}
NO_ATTENTION = (
    "这种融合方式没有注意力，所以没有什么可以干预。请在“提问”页另选一种，或者改问题、改图片。"
)
NO_PAINT = "图像在“提问”页被隐藏了，所以图像上没有可以移动的注意力。"
NO_WEIGHT = "这里没有两个可以移动的模态权重。"
NO_HEADS = "这种融合方式只有一个注意力，没有可以关闭的注意力头。"
WHAT_IS_REPLACED = (
    "在每一层、每一个头中，每个词元和答案的注意力都改由涂过的区域分享；"
    "强度减半时保留一半原有的注意力。"
)
WHAT_WORDS_DO = "词元权重是答案读取问题时所用的权重；总和始终是 100 %，所以其他词元会相应让出。"
COUNTING = "计数另有途径（见“关于”页）：涂画改变的是它看哪里，而不是它数什么。"
BESIDE = "混合融合在这次权衡之外也读取两个模态，所以权重为 0 并不等于隐藏。"
WORDS_ON = "这里所有词元都是打开的。"

AS_IT_IS = "它自己的回答"
STEERED = "干预之后"
OWN_PICTURE = "你的图片"
THIS = "这张图片"
SAME_SCENE = "原来的场景"
NO_DIFFERENCE = "其中一张没有热图，所以没有差异可以显示。"
SAME_MAP = "两张热图相同。"
UNSURE = "这样移动之后，问题不再有确定的答案。"


def grids_differ(before: Sequence[int], after: Sequence[int]) -> str:
    """Why two maps cannot be subtracted; rows and columns of both.

    >>> grids_differ((12, 12), (9, 16)).partition("，")[0]
    '两张图的形状不同：12 × 12 与 9 × 16 个区域'
    """
    one, other = (" × ".join(map(str, grid)) for grid in (before, after))
    return (
        f"两张图的形状不同：{one} 与 {other} 个区域，无法相减。"
        "把其中一张裁成另一张的形状就能看到差异。"
    )


def moved(names: Sequence[str]) -> str:
    """What was moved.

    >>> moved(["大的红色星形"]), moved(["大的红色星形", "小的蓝色心形"])
    ('移动了大的红色星形', '移动了 2 个物体')
    """
    return f"移动了{names[0]}" if len(names) == 1 else f"移动了 {len(names)} 个物体"


def scene(seed: int) -> str:
    return f"另一个场景（{seed}）"


def outcome(before: str, after: str, was: float, now: float, stays: float) -> str:
    """Whether the answer followed: the best answers and their probabilities; `stays` is what the
    first answer has afterwards.

    >>> outcome("红色", "蓝色", 0.97, 0.81, 0.04).replace(chr(160), " ")
    '答案从“红色”（97 %，现为 4 %）变为“蓝色”（81 %）。'
    """
    if before == after:
        return f"答案仍是“{before}”：{percent(was)} → {percent(now)}。"
    left = f"{percent(was)}，现为 {percent(stays)}"
    return f"答案从“{before}”（{left}）变为“{after}”（{percent(now)}）。"


def change(value: float) -> str:
    """A change of probability in points."""
    return points(value)


def difference(
    elsewhere: float, gained: tuple[tuple[str, str], float], lost: tuple[tuple[str, str], float]
) -> str:
    """How two maps differ: the share of weight that lies elsewhere, and the ninths of the picture
    that gained and lost most."""
    return (
        f"{percent(elsewhere)} 的权重换了地方：主要从{PLACES[lost[0]]}"
        f"（{points(lost[1])} 个百分点）移到{PLACES[gained[0]]}（{points(gained[1])}）。"
    )


def difference_map(text: str) -> str:
    return f"之后的注意力减去之前的注意力。{text}"
