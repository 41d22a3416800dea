"""The words of the Compare page; what it shares with the Ask page is in `page`."""

from __future__ import annotations

from collections.abc import Sequence

from viz.words.common import BACKBONES, FUSIONS, percent

TAB = "比较"
QUESTION = "一个问题，同时问所有模型"
COMPARE = "比较"
ROWS = "每行是"
MOST_GROUPS = 3

# What a column shows, its heading, what stands small below that, and the hint
COLUMNS = (
    ("label", "融合方式", "", "按名称可以把它的热图固定在表格旁边。"),
    ("answer", "答案", "", "概率最高的答案；≠ 表示与多数不同。"),
    ("share", "概率", "答案的", "这个答案的概率。"),
    ("place", "热图", "叠加在图上", "注意力，标度见表格旁边。"),
    ("weight", "注意力权重", "图像 · 问题", "每个模态所乘的权重。"),
    ("measured", "实测贡献", "图像 · 问题", "隐藏各方对完整答案的影响。"),
    ("milliseconds", "用时", "一次前向", "刚刚测得，图片与问题都已编码。"),
    ("accuracy", "正确率", "测试场景", "事先测得的答对比例。"),
    ("parameters", "规模", "参数个数", "不含所有模型共用的骨干网络。"),
)

# What stands otherwise where the rows are backbones
BACKBONE_COLUMNS = {
    "label": ("label", "骨干网络", "", "按名称可以把它的热图固定在表格旁边。"),
    "milliseconds": (
        "milliseconds",
        "用时",
        "含编码",
        "一个问题：编码图片和问题（各不相同），再加一次前向。",
    ),
    "parameters": ("parameters", "规模", "参数个数", "两个编码器加融合模块。"),
}
COUNTED = {FUSIONS: "种融合方式", BACKBONES: "种骨干网络"}


def columns(kind: str) -> list[list[str]]:
    """The columns of a kind of rows, each with its heading, what stands below, and its hint.

    >>> [columns(kind)[0][1] for kind in (FUSIONS, BACKBONES)]
    ['融合方式', '骨干网络']
    """
    others = BACKBONE_COLUMNS if kind == BACKBONES else {}
    return [list(others.get(column[0], column)) for column in COLUMNS]


def kinds(fusions: int, compared: int) -> list[tuple[str, str]]:
    """What the rows may be, with how many there are.

    >>> kinds(10, 7)
    [('10 种融合方式', 'fusions'), ('7 种骨干网络', 'backbones')]
    """
    found = [(f"{fusions} {COUNTED[FUSIONS]}", FUSIONS)]
    return found + ([(f"{compared} {COUNTED[BACKBONES]}", BACKBONES)] if compared else [])


VIEW = {
    "loading": "正在逐一提问……",
    "table": "全部答案。按表头可以排序。",
    "here": "提问页所用",
    "differs": "与多数不同",
    "right": "正确",
    "wrong": "错误",
    "before": "图像与问题都在时",
    "now": "现在",
    "scale": "× 均匀值",
    "image": "图像",
    "question": "问题",
    "on": "开",
    "off": "关",
    "imageHidden": "图像已隐藏",
    "noMap": "没有热图",
    "hidden": "已隐藏",
    "try": "关于这个场景的问题",
    "colon": "：",
    "measured": "实测贡献",
}

NO_WEIGHT = "无：没有注意力"
NO_WEIGHT_HIDDEN = "无：全部隐藏"
NO_WEIGHT_LEFT = "无：没有可以权衡的"
NO_EFFECT = "没有作用"
NOT_MEASURED = "–"

HIDDEN = {
    "both": "",
    "image": "隐藏问题时，",
    "text": "隐藏图像时，",
    "none": "什么都不给看时，",
}


def sides(image: float) -> str:
    """A share of the image and the rest, the question's, in full.

    >>> sides(0.71).replace(chr(160), " ")
    '图像 71 %，问题 29 %'
    """
    return f"图像 {percent(image)}，问题 {percent(1 - image)}"


def sides_short(image: float) -> str:
    """The same below a bar."""
    return f"{percent(image)} · {percent(1 - image)}"


def agree(case: str, kind: str, groups: Sequence[tuple[str, int]]) -> str:
    """How many of `kind` give which answer; `groups` are answers with counts, largest first.

    >>> agree("both", "fusions", [("红色", 7), ("蓝色", 2), ("否", 1)])
    '10 种融合方式中有 7 种答“红色”；2 种答“蓝色”，1 种答“否”。'
    >>> agree("text", "fusions", [("是", 3)])
    '隐藏图像时，3 种融合方式全都答“是”。'
    """
    total, (answer, most) = sum(count for _, count in groups), groups[0]
    counted = f"{total} {COUNTED[kind]}"
    if most == total:
        text = f"{counted}全都答“{answer}”"
    elif most == groups[1][1]:
        text = f"{counted}中没有多数答案：{_listed(groups)}"
    else:
        text = f"{counted}中有 {most} 种答“{answer}”；{_listed(groups[1:])}"
    return f"{HIDDEN[case]}{text}。"


def _listed(groups: Sequence[tuple[str, int]]) -> str:
    named = [f"{n} 种答“{text}”" for text, n in groups[:MOST_GROUPS]]
    others = sum(n for _, n in groups[MOST_GROUPS:])
    return "，".join([*named, *([f"{others} 种答别的"] if others else [])])


def right(answer: str, count: int, total: int) -> str:
    """How many are right, where the truth is known.

    >>> right("红色", 7, 10), right("红色", 0, 3)
    ('正确答案是“红色”：答对 7 种。', '正确答案是“红色”：全都答错。')
    """
    if count == total:
        return "全都答对。"
    said = f"答对 {count} 种" if count else "全都答错"
    return f"正确答案是“{answer}”：{said}。"


def changed(count: int, total: int) -> str:
    """How many answers a mask changed."""
    return f"{total} 个答案中有 {count} 个变了。" if count else "没有答案改变。"


def as_asked(state: str) -> str:
    return f"与提问页相同：{state}。"


def inside(share: float) -> str:
    return f"{percent(share)} 在其上"


def peak(times: float) -> str:
    return f"最高 {times:.1f}×"


def accuracy(share: float | None) -> str:
    return NOT_MEASURED if share is None else f"{100 * share:.1f}\u00a0%"


def size(parameters: int) -> str:
    """Parameters, short.

    >>> size(538252).replace(chr(160), " "), size(23_456_000).replace(chr(160), " ")
    ('53.8 万', '2,345.6 万')
    """
    return f"{parameters / 10_000:,.1f}\u00a0万"


def milliseconds(value: float) -> str:
    return f"{value:.1f}\u00a0毫秒"
