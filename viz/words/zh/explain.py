"""The words of the Explain page; the explainers' own words come from their registry."""

from __future__ import annotations

from collections.abc import Sequence

from viz.words.common import percent

TAB = "归因"
ANSWER = "要解释的答案"
STOP, GO_ON = "停止", "继续"
TEST = "检验它"
INTRO = (
    "有多种方法说明一个答案从何而来，这里用同一个标度显示：1× 表示所有区域（或所有词元）一样多时"
    "各自应有的值。没有哪一种就是真相：请在下面检验它们。"
)
ASKED = "{question} · {fusion} · {state}"
PICTURE = "所问的图片"
WAITING = "等待轮到它……"
NEXT = "下一个就是它……"
WORKING = {"image": "图像：已完成 {share}", "text": "问题：已完成 {share}"}
STOPPED = "已停止。已经问过的都保留着：按“继续”完成其余部分。"
UNSUPPORTED = "不适用于这种融合方式：它没有可以显示的注意力。"
NO_MAP = {
    "image": "没有热图：图像已隐藏。",
    "text": "没有词元：问题已隐藏。",
}
NOTHING = "它在这里没有找到支持这个答案的东西，所以热图是空的。"
FOR, WEIGHT = "支持它的部分", "它的权重"
SIGNED = ("有正有负", "有大于 0 的值（支持答案），也有小于 0 的值（反对答案）。")
UNSIGNED = ("无符号", "没有小于 0 的值：它说不出什么在反对这个答案。")
SPECIFIC = ("针对此答案", "换一个答案，热图就不同。")
UNSPECIFIC = ("与答案无关", "每个答案的热图都一样。")
SAMPLED = ("抽样，有误差", "数值是估计值；± 是标准误差。")
MODALITIES = {"image": "图像", "text": "问题"}
FOR_SCALE = "× 均值：无符号"
SIGNED_SCALE = "× 均值：反对 ← → 支持"
TABLE = "数值"
TOKEN, VALUE, TIMES, ERROR, REGIONS = "词元", "值", "× 均值", "± 误差", "区域，× 均值"
BARS = "各项的值，两侧各标出一个标准误差"
PNG, CSV = "PNG", "CSV"
FILES = (PNG, "SVG", CSV, "JSON")

DOUBT = "热图真的说明了答案吗？"
DOUBT_HINT = (
    "按热图下方的“{test}”：按它所说的重要程度逐步去掉各部分，同时观察答案的概率。"
    "参照标准是随机：如果一张热图不比随机顺序更好，它就对答案一无所知。"
)
DOUBTING = "正在检验{label}：{what}"
SAVE_CURVES = "保存这些曲线："
DRAWING = "正在绘制曲线……"
PROBABILITY = "答案的概率"
CURVES = {
    ("image", "deletion"): "逐步去掉图像",
    ("image", "insertion"): "逐步显示图像",
    ("text", "deletion"): "逐步去掉问题",
    ("text", "insertion"): "逐步显示问题",
}
AXES = {"deletion": "去掉的比例", "insertion": "显示的比例"}
ORDERS = {
    "most": "最重要的在先",
    "least": "最不重要的在先",
    "random": "随机顺序：均值、最低与最高",
}
AREAS = "各曲线下的面积，0 到 100"
AREA_HEADINGS = ("曲线", "最重要的在先", "最不重要的在先", "随机：均值（范围）")
POINTS = "曲线上的每个点"
POINT_HEADINGS = ("比例", "最重要", "最不重要", "随机，最低", "随机，均值", "随机，最高")
POINTING = "它指向那个东西吗？"
POINTING_HEADINGS = ("物体", "最高的区域在其上", "支持部分中所占比例", "均匀分布时")
YES, NO = "是", "否"
ASKED_ABOUT = "所问的物体"
NO_TRUTH = "只有生成的场景知道东西在哪里：在“提问”页生成一个，就能看到热图是否指向它。"
NO_IMAGE_MAP = "没有可以与真相对照的图像热图。"
OUTLINES = "图片，其中 {count} 个物体勾出轮廓并编号"


def asked(question: str, fusion: str, state: str) -> str:
    return ASKED.format(question=question, fusion=fusion, state=state)


def answer(text: str, share: float) -> str:
    return f"{text} {percent(share)}"


def working(modality: str, share: float) -> str:
    return WORKING[modality].format(share=percent(share))


def took(milliseconds: float) -> str:
    """How long a method took.

    >>> took(12.34), took(1234.5)
    ('12 毫秒', '1.2 秒')
    """
    return f"{milliseconds:.0f} 毫秒" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} 秒"


def times(value: float) -> str:
    """A value on the common scale.

    >>> times(2.04), times(-0.32), times(-0.01)
    ('2.0×', '−0.3×', '0.0×')
    """
    text = f"{abs(value):.1f}×"
    return f"−{text}" if value < 0 and text != "0.0×" else text


def amount(unit: str, value: float) -> str:
    """A value in its own unit: a share, or a part of the answer's probability in points."""
    if unit == "share":
        return percent(value)
    return f"{100 * value:+.1f}".replace("-", "−")


def error(unit: str, value: float) -> str:
    return f"± {100 * value:.1f}"


def split(unit: str, image: float, text: float) -> str:
    """What a method says of the two modalities.

    >>> split("probability", 0.46, 0.5)
    '图像 +46.0，问题 +50.0 个概率百分点'
    """
    said = f"图像 {amount(unit, image)}，问题 {amount(unit, text)}"
    return said if unit == "share" else f"{said} 个概率百分点"


def described(
    what: str, of: str, places: Sequence[tuple[str, float]], peak: float, where: str
) -> str:
    """A map in a sentence; `of` is what its values are.

    >>> described("遮挡", FOR, [("左上", 0.6)], 5, "第 1 行").replace(chr(160), " ")
    '遮挡：支持它的部分有 60 % 在左上；最高 5.0×，在第 1 行。'
    """
    (first, share), *others = places
    named = "，".join(
        [
            f"{of}有 {percent(share)} 在{first}",
            *(f"{percent(share)} 在{place}" for place, share in others),
        ]
    )
    return f"{what}：{named}；最高 {times(peak)}，在{where}。"


def map_name(method: str, answer: str, *, specific: bool) -> str:
    """A map that is the same for every answer is not that of an answer."""
    return f"{method}（{answer}）" if specific else method


def figure_title(question: str, method: str, answer: str) -> str:
    """What a saved figure of curves is headed with."""
    return f"{question} · {method}：{answer}"


def against(value: float, where: str) -> str:
    return f"最反对的：{times(value)}，在{where}。"


def region(row: int, column: int) -> str:
    return f"第 {row + 1} 行第 {column + 1} 列"


def total(value: float, modality: str) -> str:
    return f"{MODALITIES[modality]}：{amount('probability', value)} 个概率百分点"


def verdict(modality: str, answer: str, most: float, random: tuple[float, float, float]) -> str:
    """What the deletion curve says; `random` are the mean, lowest and highest area of chance.

    >>> verdict("image", "红色", 30.0, (55.0, 41.0, 70.0))
    '图像：去掉它认为最重要的部分后，“红色”比任何随机顺序都消失得更快（面积 30.0，随机为 \
41.0 到 70.0）。'
    """
    mean, lowest, highest = random
    told = f"（面积 {most:.1f}，随机为 {lowest:.1f} 到 {highest:.1f}）"
    if most < lowest:
        said = f"“{answer}”比任何随机顺序都消失得更快"
    elif most > highest:
        said = f"“{answer}”比任何随机顺序都留存得更久：比随机还差"
    else:
        side = "略快" if most < mean else "并不更快"
        said = f"“{answer}”消失得比随机顺序{side}：与随机无法区分"
    return f"{MODALITIES[modality]}：去掉它认为最重要的部分后，{said}{told}。"


def curve(title: str, areas: Sequence[tuple[str, float]]) -> str:
    """A chart in a sentence."""
    return f"{title}。面积：" + "，".join(f"{ORDERS[o]} {value:.1f}" for o, value in areas) + "。"


def object_name(number: int, place: str) -> str:
    return f"{number}，{place}"


TRUST = "在哪种融合方式上，哪种解释值得信任"
TRUST_MISSING = (
    "还没有在这些权重上测量过归因方法。"
    "运行 `python -m fusion.training evaluate --explainers` 之后，这里会显示表格。"
)
TRUST_TABLES = {
    "image": "去掉区域：随机顺序的面积减去它的顺序的面积",
    "text": "去掉词元：随机顺序的面积减去它的顺序的面积",
    "pointing": "最高的区域落在物体上的比例（询问单个物体属性的问题）",
}
FUSION = "融合方式"


def trust(command: str, scenes: int, orders: int) -> str:
    return (
        f"由 `{command}` 在 {scenes:,} 个测试场景上得到，每个场景一个问题：先去掉归因方法认为最重要"
        f"的部分，再把答案概率曲线下的面积与 {orders} 个随机顺序相比。大于 0 说明它对答案有所揭示；"
        "等于 0 则与随机无异。± 是 95 % 置信区间的一半。遮挡和 Shapley 值本身就是靠隐藏得到的，"
        "这项检验对它们有利；是否指在正确的物体上则是另一项。"
    )


def gain(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")


def by_chance(correct: int, count: int, even: float) -> str:
    return f"{count} 题中 {correct} 题；随机为 {percent(even)}"
