"""The tables of README.zh.md: those of the README, word for word in Chinese.

What has no Chinese here raises ValueError, so that no English is left standing; code in backquotes
and numbers stay as they are.
"""

from __future__ import annotations

import re

from fusion.markdown import table

WORDS = {
    # headings
    "what": "项目",
    "goal": "目标",
    "measured": "实测",
    "reached": "达到",
    "fusion": "融合方式",
    "test scenes": "测试场景",
    "95 % interval": "95 % 置信区间",
    "held-out phrasings, English": "未见过的英文说法",
    "held-out phrasings, Chinese": "未见过的中文说法",
    "held-out looks": "未见过的画风",
    "nothing hidden": "什么都不隐藏",
    "image only": "只有图像",
    "question only": "只有问题",
    "neither": "都没有",
    "ECE": "ECE",
    "parameters": "参数个数",
    "family": "问题类型",
    "best without the image": "不看图像的最好猜测",
    "test questions": "测试问题数",
    "highest region on the object": "最高的区域落在物体上",
    "attention on the object": "物体上的注意力",
    "the same if it looked everywhere alike": "若处处同样注意",
    "questions": "问题数",
    # cells
    "yes": "是",
    "no": "否",
    "… its weakest question family": "……最弱的问题类型",
    "… highest attention on the object": "……最高的注意力落在物体上",
    "… attention on the object": "……物体上的注意力",
    "… its accuracy with the image hidden": "……隐藏图像时的正确率",
    "… its accuracy with the question hidden": "……隐藏问题时的正确率",
    "the four passes beside the yardstick": "四次前向与标尺之比",
    "all ten fusions beside the yardstick": "全部十种融合方式与标尺之比",
    "click to all panels drawn": "从点击到全部画完",
    "start beside the bare imports": "启动与单纯导入之比",
    "no error or mix-up, p95 ≤ 3 s": "没有错误和串号，p95 ≤ 3 秒",
    "colour": "颜色",
    "shape": "形状",
    "size": "大小",
    "place": "位置",
    "count": "计数",
    "exist": "存在",
    "verify": "核实",
    "compare": "比较数量",
    "same": "相同与否",
    "relation": "空间关系",
    "superlative": "最高级",
    "logic": "逻辑",
    "background": "背景颜色",
    "odd": "与众不同",
    "image": "图像",
    "question": "问题",
}
PATTERNS = (
    (r"accuracy on (.+), (`[^`]+`)", r"正确率，{1}，\2"),
    (
        r"within 2 points of the best (\w+)-free predictor",
        r"与不看{1}的最好猜测相差不超过 2 个百分点",
    ),
    (r"memory after (\d+) questions", r"\1 个问题之后的内存"),
    (r"≤ ([\d,]+) MB, flat", r"≤ \1 MB，不增长"),
    (r"([\d,]+) MB \(half-way ([\d,]+) MB\)", r"\1 MB（中途 \2 MB）"),
    (r"(\d+) people at once for (\d+) s", r"\1 人同时使用 \2 秒"),
    (r"(\d+) errors or mix-ups, p95 ([\d.]+) s", r"\1 次错误或串号，p95 \2 秒"),
    (r"([\d.]+ %) against ([\d.]+ %)", r"\1，对照 \2"),
    (r"([\d.]+ %) \((\w+)\)", r"\1（{2}）"),
)
SENTENCES = (
    (
        r"Measured on scenes that no training saw: (.+)\.",
        lambda found: (
            f"在训练从未见过的场景上测得：{'；'.join(map(_size, found[1].split('; ')))}。"
        ),
    ),
    (
        r"Share of right answers, with the 95 % interval on the test scenes:",
        "答对的比例，测试场景附 95 % 置信区间：",
    ),
    (
        r"The same on the test scenes when something is hidden; .+",
        "同上，在测试场景上隐藏一部分时；校准误差（ECE）；规模：",
    ),
    (
        (
            r"The best predictor that never sees the image "
            r"\(majority answer of the exact meaning\) is right in ([\d.]+ %) of the test "
            r"questions, the best that never sees the question \(always 'yes'\) in ([\d.]+ %)\."
        ),
        (
            r"不看图像的最好猜测（同一含义最常见的答案）答对测试问题的 \1，"
            r"不看问题的最好猜测（总是回答“是”）答对 \2。"
        ),
    ),
    (r"Share of right answers by question family, (`[^`]+`):", r"\1 各类问题答对的比例："),
    (
        r"Where the attention points, for questions about an attribute of one object:",
        "询问单个物体的属性时，注意力指向哪里：",
    ),
)
AS_IT_IS = re.compile(r"`[^`]+`|[\d.,:%×≤≥–p\s]|(?<=\d )ms|(?<=\d )MB")


def in_chinese(markdown: str) -> str:
    """Generated paragraphs and tables in Chinese; ValueError names what has no Chinese."""
    return "\n\n".join(map(_block, markdown.split("\n\n")))


def _block(block: str) -> str:
    if not block.startswith("|"):
        return _sentence(block)
    heading, rule, *rows = (
        [c.strip() for c in line.strip("|").split("|")] for line in block.split("\n")
    )
    texts = sum(not mark.endswith(":") for mark in rule)
    return table(
        [_word(c) for c in heading], [[_word(c) for c in row] for row in rows], texts=texts
    )


def _sentence(text: str) -> str:
    for pattern, chinese in SENTENCES:
        found = re.fullmatch(pattern, text)
        if found:
            return chinese(found) if callable(chinese) else found.expand(chinese)
    raise ValueError(f"no Chinese for {text!r}")


def _word(cell: str) -> str:
    if cell in WORDS:
        return WORDS[cell]
    for pattern, chinese in PATTERNS:
        found = re.fullmatch(pattern, cell)
        if found:
            return _filled(found, chinese)
    if AS_IT_IS.sub("", cell):
        raise ValueError(f"no Chinese for {cell!r}")
    return cell


def _filled(found: re.Match[str], chinese: str) -> str:
    r"""`{1}` stands for the first group's Chinese, `\1` for the group itself."""
    return found.expand(re.sub(r"\{(\d)\}", lambda at: _word(found[int(at[1])]), chinese))


def _size(text: str) -> str:
    """How many questions of which set.

    >>> _size("held-out looks 3,600 questions on 600 scenes")
    '未见过的画风 600 个场景的 3,600 个问题'
    """
    found = re.fullmatch(r"(.+) ([\d,]+) questions on ([\d,]+) scenes", text)
    if not found:
        raise ValueError(f"no Chinese for {text!r}")
    return f"{_word(found[1])} {found[3]} 个场景的 {found[2]} 个问题"
