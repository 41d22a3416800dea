"""The words of the Results page; a set or mask without a name here keeps its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from viz.words.zh import engine

TAB = "结果"
INTRO = (
    "每个模型答对的比例，在训练从未见过的场景上测得。每个数都附有 95 % 置信区间；按表头可以排序。"
)
NOT_MEASURED = "还没有任何测量结果。请运行 `python -m fusion.training evaluate`，再重新启动 Duet。"
LOADING = "正在绘制图表……"
FAILED = "图表没能取得；请重新打开这一页。"
PNG, CSV = "PNG", "CSV"
TABLE = "图表背后的数值"

KINDS = {"fusion": "融合方式", "backbone": "骨干网络"}
PLURALS = {"fusion": "融合方式", "backbone": "骨干网络"}
SETS = {
    "test": "测试场景",
    "phrasing-en": "未见过的英文说法",
    "phrasing-zh": "未见过的中文说法",
    "looks": "未见过的画风",
}
MASKS = {
    "both": "图像 + 问题",
    "image": "只有图像",
    "text": "只有问题",
    "none": "都没有",
}
CHOICES = {"questions": "所问的题集", "mask": "模型看到"}
FAMILIES_TITLE = "{kinds}：按问题类型"
MASKS_TITLE = "{kinds}：隐藏一部分时"
MASKING_TITLE = "遮蔽训练带来什么"
SETS_TITLE = "{kinds}：新场景、新说法、新画风"
COST_TITLE = "正确率与规模"
TIME_TITLE = "正确率与用时"
WITH_MASKING, WITHOUT_MASKING, GAIN = "有遮蔽训练", "无遮蔽训练", "差值"
SAW, PARAMETERS, RIGHT = "它看到", "参数个数", "正确率"
AXES = {"right": "正确率（%）", "bar": "正确率（%），横线为 95 % 置信区间"}
MILLIONS, TIME = "参数个数（百万）", "每个问题的毫秒数"


def name_of(names: Mapping[str, str], name: str) -> str:
    """The name on the page; its own where the page has none."""
    return names.get(name, name)


def family(name: str) -> str:
    """What a family of questions is called."""
    return engine.family(name)


def asked(questions: str, size: tuple[int, int]) -> str:
    """How many questions of which set.

    >>> asked("looks", (600, 3600))
    '600 个场景的 3,600 个问题（未见过的画风）'
    """
    return f"{size[0]:,} 个场景的 {size[1]:,} 个问题（{name_of(SETS, questions)}）"


def obtained(command: str, sizes: Sequence[str]) -> str:
    """How a figure was obtained."""
    return (
        f"由 `{command}` 得到：{'；'.join(sizes)}；种子固定，从未用于训练；"
        "95 % 置信区间用 Wilson 方法。"
    )


def timed(command: str, machine: str) -> str:
    return f"用时由 `{command}` 在 {machine} 上测得。"


def share(value: float) -> str:
    """A share as a percentage with one decimal."""
    return f"{100 * value:.1f} %"


def interval(low: float, high: float) -> str:
    return f"{100 * low:.1f} – {100 * high:.1f}"


def counted(correct: int, count: int) -> str:
    return f"{correct:,} / {count:,}"


def points(value: float) -> str:
    return f"{100 * value:+.1f}"


def span(what: str, best: tuple[str, float], worst: tuple[str, float]) -> str:
    """What a figure shows, for who cannot see it."""
    return (
        f"{what}。最高：{best[0]}，{share(best[1])}。最低：{worst[0]}，{share(worst[1])}。"
        "下面的表格有全部数值。"
    )


HEAT = "正确率热图，行为问题类型，列为模型"
DOTS = "正确率散点及 95 % 置信区间，表格的每一行对应一条线"
SCATTER = "正确率随{unit}的分布，每个模型一个标记"


def most_gained(case: str, gain: float) -> str:
    return f"遮蔽训练影响最大的情形是“{case}”：{points(gain)} 个百分点。"


def twins(pairs: Sequence[tuple[str, str]]) -> str:
    """Which models are compared."""
    return "；".join(f"{one} 对比 {other}" for one, other in pairs) + "。"
