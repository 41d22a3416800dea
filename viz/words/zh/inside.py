"""The words of the Look inside page; what it shares with the Ask page is in `page`."""

from __future__ import annotations

from viz.words.common import percent

TAB = "看内部"
QUESTION = "一个问题，一步一步看"
ASK = "提问"

VIEW = {
    "fusion": "融合方式",
    "loading": "正在跟随问题穿过模型……",
    "diagram": "从左边的图片和问题，到右边的答案。",
    "picture": "图片，{rows} × {columns} 个区域",
    "pictureHelp": "图片的区域：用方向键移动，按回车键打开数值，按 Delete 键隐藏或重新显示。",
    "question": "问题",
    "round": "第 {round} 轮之后",
    "roundRegions": "混合后的区域",
    "vectors": "两个向量",
    "fused": "融合向量（{count}）",
    "answers": "答案",
    "image": "图像",
    "text": "问题",
    "switchImage": "图像",
    "switchText": "问题",
    "on": "开",
    "off": "关",
    "hidden": "已隐藏",
    "hide": "隐藏{name}",
    "show": "重新显示{name}",
    "hideNone": "按一个词元或区域可以隐藏它",
    "showImage": "重新显示图像",
    "showQuestion": "重新显示问题",
    "restore": "显示全部已隐藏的部分",
    "wordOn": "{word}；按回车键打开数值，按 Delete 键隐藏",
    "wordOff": "{word}，已隐藏；按 Delete 键重新显示",
    "noWeights": "没有权重",
    "steps": "按先后顺序排列的各个步骤。按一个步骤可以打开它。",
    "head": "注意力头",
    "mean": "平均",
    "temperature": "温度",
    "temperatureReset": "1（实际使用）",
    "region": "第 {row} 行第 {column} 列",
    "summary": "整个问题",
    "joint": "联合概要",
    "bothVectors": "两个向量之和",
    "looking": "{name}：{parts}。",
    "toVector": "占{vector}向量的 {share}",
    "toQuery": "占“{query}”所吸收的 {share}",
    "takes": "吸收 {parts}",
    "fromKey": "来自 {key} 的 {share}",
    "more": "另有 {count} 个",
    "nothing": "没有权重",
    "hint": "指向一个区域或词元就能跟踪它；按下它，可以在下面看数值或隐藏它。",
    "drawn": "这里画出了这一步 {share} 的权重，即最宽的 {count} 条连线。",
    "matrix": "权重：每行是一个查询，每列是一个键。按一个格子。",
    "query": "查询",
    "entropy": "熵",
    "bits": "{value} 比特，最多 {most} 比特",
    "most": "最多落在",
    "peak": "× 均匀值",
    "uniform": "1× = {share}",
    "rows": "所有行",
    "cell": "从 {key} 到 {query}",
    "cellHead": "第 {head} 个注意力头，共 {heads} 个",
    "strongest": "第 {head} 个注意力头（共 {heads} 个），它给这个格子的权重最大",
    "softmaxRow": "它所在的 softmax 行，从大到小",
    "columns": ["键 j", "e", "e / T", "exp", "α"],
    "sum": "全部 {count} 个之和",
    "absent": "已隐藏，因此退出了 softmax",
    "values": "{label}：{low} 到 {high} 之间的数",
    "numbers": "全部数值",
    "table": "这一步的全部权重，以表格显示",
    "source": "来源",
    "answerColumns": ["答案", "得分", "exp", "概率"],
    "scale": "× 均匀值",
    "sign": "蓝色低于 0，红色高于 0；±{most} 处颜色最深",
    "served": "温度为 1 时",
}

# What goes into what, as a step is called and told
ROUND = "第 {round} 轮："
TITLES = {
    ("tokens", "regions"): "词元 ← 区域",
    ("tokens", "tokens"): "词元 ← 词元",
    ("regions", "regions"): "区域 ← 区域",
    ("joined", "joined"): "区域和词元 ← 全部",
    ("image", "regions"): "图像向量 ← 区域",
    ("text", "tokens"): "问题向量 ← 词元",
    ("answer", "joined"): "两部分 ← 全部",
    ("answer", "modalities"): "权衡图像与问题",
}
ANSWER_TITLE = "融合向量 → 答案"
ABOUTS = {
    ("tokens", "regions"): "每个词元去看各个区域，把看到的加到自己身上。",
    ("tokens", "tokens"): "词元之间互相交流看到的内容。",
    ("regions", "regions"): "在词元去看之前，每个区域先看其他区域。",
    ("joined", "joined"): "区域和词元排成一个序列，每一个都看整个序列。",
    ("image", "regions"): "问题询问每个区域；加权和就是图像向量。",
    ("text", "tokens"): "问题询问自己的词元；加权和就是问题向量。",
    ("answer", "joined"): (
        "一个 softmax 分摊到所有区域和词元上。落在区域上的部分是图像的权重，其余是问题的权重。"
    ),
    ("answer", "modalities"): "两个向量在一个只有两项的 softmax 中竞争。",
}
ANSWER_ABOUTS = {
    "concat": "没有注意力：两个池化后的向量并排，经过一层网络。",
    "feature": "融合向量由读出的加权和与提出询问的概要组成。",
    "modality": "融合向量是两个向量的加权和，再经过一层网络。",
    "hybrid": ("融合向量由加权和、旁边的两个向量，以及最后的计数器结果组成；计数器不是注意力。"),
}
ANSWER_FORMULA = "得分 = classifier(fused)     概率_a = exp(得分_a) / Σ_b exp(得分_b)"
SOFTMAX = "α_ij = exp(e_ij / T) / Σ_k exp(e_ik / T)     z_i = Σ_j α_ij v_j"
FORMULAS = {
    "additive": "e_ij = vᵀ tanh(W x_i + U y_j + b)",
    "dot": "e_ij = q_i · k_j / √{units}     v_j = k_j",
    "self": "e_ij = q_i · k_j / √{units}",
}
# The rows of numbers behind one cell
LINES = {
    "additive": ("W x_i", "U y_j + b", "和的 tanh", "v", "v × tanh"),
    "dot": ("q_i", "k_j", "q_i × k_j"),
    "self": ("q_i", "k_j", "q_i × k_j"),
}
VALUE, CONTEXT = "v_j（值）", "z_i = Σ α v"
FUSED = "融合向量"

NO_STEPS = "这种融合方式没有注意力：没有可以跟随的连线，只有两个池化后的向量。"
NOTHING_SHOWN = "没有给模型看任何东西，所以没有注意力。"


def score_sum(mechanism: str, units: int, total: float) -> str:
    """How a score comes of the last row of numbers.

    >>> score_sum("additive", 8, 1.25), score_sum("dot", 32, -2.0)
    ('e_ij = 和 = 1.2500', 'e_ij = 和 / √32 = −2.0000')
    """
    divided = "" if mechanism == "additive" else f" / √{units}"
    return f"e_ij = 和{divided} = {number(total)}"


def number(value: float, digits: int = 4) -> str:
    """A number with a proper minus."""
    return f"{value:.{digits}f}".replace("-", "−")


def title(into: str, over: str, round_: int, rounds: int) -> str:
    """What a step is called.

    >>> title("tokens", "regions", 2, 3), title("image", "regions", 1, 1)
    ('第 2 轮：词元 ← 区域', '图像向量 ← 区域')
    """
    prefix = ROUND.format(round=round_) if rounds > 1 else ""
    return prefix + TITLES[into, over]


def told(answer: str, share: float, image: float | None) -> str:
    """The way in a sentence."""
    weights = (
        "" if image is None else f"图像占权重的 {percent(image)}，问题占 {percent(1 - image)}。"
    )
    return f"{weights}答案是“{answer}”，概率 {percent(share)}。"


def strongest(word: str, share: float) -> str:
    return f"词元中“{word}”的权重最大：{percent(share)}。"


def heated(temperature: float, before: str, was: float, now: str, share: float) -> str:
    """What a temperature did to the answer; the answer at temperature 1 comes first.

    >>> heated(2.0, "红色", 0.97, "蓝色", 0.5).replace(chr(160), " ")
    '温度 2.00（实际使用 1）：红色 97 % → 蓝色 50 %。更热：每个 softmax 更平。'
    """
    if temperature == 1:
        return "温度 1：与提问页显示的完全相同。"
    sense = "更热：每个 softmax 更平。" if temperature > 1 else "更冷：每个 softmax 更尖。"
    change = f"{before} {percent(was)} → {now} {percent(share)}"
    return f"温度 {temperature:.2f}（实际使用 1）：{change}。{sense}"
