"""The words about a pretrained model from the hub and about the sample photographs."""

from __future__ import annotations

from viz.words.common import percent

STOP = "停止"
LAYER, HEAD, MEAN = "层", "注意力头", "全部平均"
STOPPED = "已停止。已经取得的部分会保留；再次选择它可以继续。"
READY = "{label} 已载入。"
PROGRESS = "已取得多少"
PROGRESS_ANSWER = "正在回答"
ANSWERING = "{label} 正在回答：四次计算，每次都经过它的所有层……"
NOT_YET = "{label} 尚未载入。请在“提问”页的“骨干网络”中选择它；程序请先调用 /load_model。"
NO_HUB = "这里没有提供预训练模型；启动 Duet 时请加上 --hub-model。"
COMPARE = (
    "{label} 在“提问”页和“归因”页回答。它不在这些模型之中，它们是用相同的场景训练的，答案也相同。"
)
EXPLAIN = "{label}（原始注意力：[CLS] 的注意力，各层各头的平均值）"
INSIDE = (
    "无法一步一步跟随 {label}：它只给出注意力权重，不给出权重的来历。“提问”页按层和注意力头"
    "显示权重，“归因”页显示由此得出的结果；要用这一页，请在“提问”页选择主模型。"
)
STEER = (
    "无法动手改变 {label} 的注意力；只有 Duet 自己的融合模型能换上别的权重。请在“提问”页选择"
    "主模型，或在那里隐藏词元和图片的一部分，这对每个模型都有效。"
)
HELP = (
    "它在训练中从未见过被隐藏的东西。它的答案来自一个固定的英文列表；训练时每个答案各有一个得分，"
    "这里使它们的和为 100\u00a0%。"
)
FACTS = "{label} · 预训练，来自 {where}"
PHOTO_TITLES = {
    "chelsea": "小猫 Chelsea",
    "coffee": "一杯咖啡",
    "astronaut": "宇航员 Eileen Collins",
    "rocket": "火箭升空",
}
PHOTOS = "照片"
PHOTOS_FROM = "来自 scikit-image"


def progress(label: str, phase: str, done: int, total: int) -> str:
    """How far loading is, in a sentence.

    >>> progress("ViLT", "fetching", 47_000_000, 470_000_000)
    '正在取得 ViLT：470 MB 中的 47 MB。'
    """
    if phase == "fetching" and total:
        return f"正在取得 {label}：{total / 1e6:.0f} MB 中的 {done / 1e6:.0f} MB。"
    begun = {"looking": "正在寻找", "fetching": "正在取得"}.get(phase, "正在读取")
    return f"{begun} {label}……"


def offered(label: str, megabytes: int | None, ready: bool) -> str:
    """What the menu calls it, with what choosing it would fetch.

    >>> offered("ViLT", 470, False)
    'ViLT（需下载一次，470 MB）'
    """
    return f"{label}（需下载一次，{megabytes} MB）" if megabytes and not ready else label


def read_from(special: float, layers: str, heads: str) -> str:
    """Which tensor the weights are, and what was left out of it; see `which_layer`."""
    return (
        f"这是 [CLS] 的权重，模型由它作答：{layers}，{heads}。其中 {percent(special)} 落在特殊词元"
        "上，已略去；其余部分的和调整为 100\u00a0%。"
    )


def which_layer(number: int | None, count: int) -> str:
    """One layer, counted from 1 as the menu does, or the mean of them.

    >>> which_layer(None, 12), which_layer(0, 12)
    ('全部 12 层的平均', '第 1 层')
    """
    return f"全部 {count} 层的平均" if number is None else f"第 {number + 1} 层"


def which_head(number: int | None, count: int) -> str:
    """One attention head, or the mean of them."""
    heads = f"全部 {count} 个注意力头的平均"
    return heads if number is None else f"第 {number + 1} 个注意力头"
