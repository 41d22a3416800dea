"""Every word of the Learn page but the lessons' own, which stand in their files."""

from __future__ import annotations

TAB = "学习"
INTRO = (
    "八节短课，用的都是真实运行的模型：先预测它会怎么做，再看它做了什么。得分只保存在这个浏览器里。"
)
PAGE = {
    "score": "得分 {points}，满分 {most}",
    "again": "重新开始",
    "failed": "这节课没能载入，请再选一次。",
    "loading": "正在询问模型……",
    "spot": "位置已标出，可用方向键移动。",
    "place": "{n}. {word}",
    "nav": "课程",
    "done": "{title}，已完成：{points}",
}
QUESTION = "问题"
PICTURE = "场景"
SPOT = "场景。点一下你认为它看的地方；也可以用方向键。"
PREDICT, REVEAL, NEXT, TRY = "预测", "揭晓", "下一课", "在“提问”页试试"
LEAD = "{what}："  # what stands before a sentence, saying what it is
ORDER_HINT = "依次按下各个词元；再按一次可以撤回。"
POINT = "要点"
NUMBERS = "数值，× 均匀值"
UNKNOWN = "没有名为 {got!r} 的课；有的是：{known}。"


def verdict(score: float) -> str:
    """What a prediction was worth, in words.

    >>> verdict(1.0), verdict(0.0), verdict(0.5)
    ('你预测对了。', '实际并非如此。', '部分正确：得半分。')
    """
    if score >= 1:
        return "你预测对了。"
    if score <= 0:
        return "实际并非如此。"
    return "部分正确：得半分。" if score == 0.5 else f"部分正确：得 {score:.2f} 分。"
