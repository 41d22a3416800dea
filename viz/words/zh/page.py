"""The words that all pages share, and those of the Ask and About pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from viz.words.common import flowing, percent, points

NAME = "Duet"
TAGLINE = "看模型如何融合图像与问题"
TAB_ASK, TAB_ABOUT = "提问", "关于"
THEME_SWITCH = "浅色或深色"
LANGUAGE_SWITCH = "语言"

# What Gradio itself writes in English, whatever the language; what ends in a space goes on
GRADIO = {
    "Error": "错误",
    "Warning": "提醒",
    "Reset to default value": "恢复默认值",
    "number input for ": "数值输入：",
    "range slider for ": "滑块：",
}

QUESTION = "你的问题"
QUESTION_HINT = "就这张图提问，中文或 English 均可"
ASK = "提问"
FUSION = "融合方式"
TRY = "关于这个场景的问题"
TRY_NONE = "这是你自己的图片：在上面输入任何关于它的问题。"

NEW_SCENE, UPLOAD = "新场景", "上传"
PICTURE = {
    "draw": "画图",
    "webcam": "摄像头",
    "hint": "也可以粘贴或拖入图片",
    "drawTitle": "画一张图",
    "webcamTitle": "拍一张照片",
    "use": "用这张图",
    "clear": "清空",
    "cancel": "取消",
    "brush": "画笔",
    "paper": "画纸，可用鼠标、触控笔或手指",
    "noWebcam": "没有摄像头",
}
INKS = {
    "#111111": "黑色",
    "#d62728": "红色",
    "#ff7f0e": "橙色",
    "#f2c80f": "黄色",
    "#2ca02c": "绿色",
    "#1a9e96": "青色",
    "#1f5fd0": "蓝色",
    "#8e44ad": "紫色",
    "#f48fb1": "粉色",
    "#7b4a2d": "棕色",
    "#888888": "灰色",
    "#ffffff": "白色",
}

ANSWER = "答案"
RIGHT, WRONG = "正确", "错误"
DECIDED = "由谁决定？"
WHAT_IF = "如果少看一些呢？"

IMAGE, QUESTION_SIDE = "图像", "问题"
CASE_NAMES = {
    "both": "图像 + 问题",
    "image": "只有图像",
    "text": "只有问题",
    "none": "都没有",
}
CASE_HEADINGS = ("它看到", "答案", "概率")
CHANGE = "变化"
HINT_BEFORE = "拨动开关、点一个词，或擦去图的一部分：前后对比会并排显示在这里。"
BEFORE, AFTER = "之前", "现在"

STAGE = {
    "map": "热图",
    "opacity": "不透明度",
    "scale": "× 均匀值",
    "erase": "擦除",
    "restore": "恢复",
    "image": "图像",
    "question": "问题",
    "on": "开",
    "off": "关",
    "imageHidden": "图像已隐藏",
    "numbers": "数值",
    "photo": "图片",
    "words": "问题的词元。按一个词元可以关闭或打开它。",
    "hint": "把光标移到图片或词元上。点一个词元可以关闭它。",
    "eraseHint": "涂掉不想让模型看到的部分；也可以用方向键和空格键。",
    "region": "第 {row} 行第 {column} 列：{times} 倍均匀值（占权重的 {share}）",
    "regionPlain": "第 {row} 行第 {column} 列：这里没有可以显示的权重",
    "looks": "看向这里的词元：{words}",
    "token": "“{word}”看向这里；各层各头的平均值",
    "tokenPlain": "“{word}”占词元权重的 {share}",
    "tokenOnly": "“{word}”",
    "tokenOff": "“{word}”已关闭",
    "chip": "{word}，{share}",
    "keypoints": "关键点",
    "row": "行",
    "stop": "。",
}

NOT_HERE = "这张图片闲置太久，已经不在了。请重新提供，或生成一个新场景。"
BUG = "Duet 内部出了问题，与你的问题无关。错误已记录。"
MALFORMED = "发来的内容不是所要求的类型；接口列表里写着每个参数的类型。"
MISSING_ARGUMENT = "缺少参数 {name}；接口列表里写着需要哪些参数。"
UNKNOWN_ARGUMENT = "没有参数 {name!r}；接口列表里写着需要哪些参数。"
NO_ENDPOINT = "没有接口 {name!r}；/gradio_api/info 列出了所有接口。"
NO_CALL = "没有这个编号的调用，或者它的结果已经被取走。"
NO_FILE = "发来的内容里没有文件。"
NOT_UPLOADED = "只能使用已经上传的文件；请先上传。"
BUSY = "等待回答的人太多，暂时无法再接收。请一分钟后再试。"
TOO_LARGE = "一次最多接收 {most} 百万字节，这次的内容超过了上限。"
UNREADABLE = "发来的内容无法读取，或者 Duet 内部出了问题。错误已记录。"
NO_ROOM = "这里没有空间存放发来的内容。请稍后再试。"
BAD_CHANGE = "无法识别对图片或问题的这个改动：{got!r}。"

ABOUT = flowing(f"""
## 这是什么
{NAME} 把一张图片和一个问题交给一个小模型，显示它的答案、每个模态得到多少权重、它在图中何处和
哪些词元上投入了注意力，以及隐藏某一部分之后会有什么变化。

- **注意力权重**是模型真正相乘的数。热图的标度是固定的：1× 表示模型对各处一视同仁时每个区域应得
  的份额。
- **实测贡献**是隐藏图片或问题之后答案概率的变化：对四种情形计算出的、每一方的 Shapley 值。
  **交互作用**是必须两者同时存在才有的那一部分。
- **计数**：softmax 不会数数，所以混合融合还有一个“计数器”，把图中符合问题的部分加起来。训练时告诉过
  它什么算符合，而注意力从来没有得到过这样的提示。热图不显示计数器，它数到的结果列在“数值”里。
- **被隐藏**的部分会乘以 0，并退出每一个 softmax，所以剩余部分的权重之和仍然是 1。

## 请记住
- 打开页面时所用的融合方式，在每一类问题上十题能答对九题以上，其他融合方式则不然。“结果”页列出了
  各自的把握有多大。
- **注意力不是解释**：它说明权重去了哪里，而不是答案为什么如此。注意力权重与实测贡献不一致时，
  请相信实测。
- 模型是用生成的**图形场景**训练的，只从固定的词表中选答案。照片也会得到答案，旁边附有警告：
  不要相信它。
- 它懂英文和简体中文，而且只懂训练中出现过的那几类问题。

## 会保存什么
不保存任何关于你的信息。你提供的图片最多在临时文件夹里存放一小时，你最近一次的结果在内存里保留同样长的时间；
两者都有上限，最早的最先删除。没有账号，不记录图片和问题，也不会把任何内容发送到别的主机。

这个页面上的一切都可以由程序调用，用 `gradio_client`、curl 或 MCP 均可；
这里是[全部接口的列表](gradio_api/info)。
""")


# ------------------------------------------------------------------ answers and fusions


def truth(answer: str, share: float) -> str:
    return f"正确答案是{answer}，概率为 {percent(share)}"


def fusion_facts(accuracy: float | None, parameters: int) -> str:
    right = "尚未测量正确率" if accuracy is None else f"测试场景正确率 {100 * accuracy:.1f}\u00a0%"
    return f"{right} · {parameters / 10_000:,.1f} 万个参数"


# ------------------------------------------------------------------ maps

PLACES = {
    ("top", "left"): "左上",
    ("top", "centre"): "上方中间",
    ("top", "right"): "右上",
    ("middle", "left"): "左侧",
    ("middle", "centre"): "正中",
    ("middle", "right"): "右侧",
    ("bottom", "left"): "左下",
    ("bottom", "centre"): "下方中间",
    ("bottom", "right"): "右下",
}


def map_description(places: list[tuple[tuple[str, str], float]], peak: float, count: int) -> str:
    parts = [f"{PLACES[place]}占权重的 {percent(share)}" for place, share in places]
    strongest = f"{count} 个区域中最强的一个是均匀值的 {peak:.1f} 倍"
    return f"图像上的注意力：{'，'.join(parts)}；{strongest}。"


NO_MAP_HIDDEN = "图像已隐藏，因此没有注意力落在图像上。"
NO_MAP_FUSION = "这种融合方式对区域没有注意力，因此没有热图可以显示。"
NO_WORDS_HIDDEN = "问题已隐藏，因此没有注意力落在词元上。"
NO_WORDS_FUSION = "这种融合方式对词元没有注意力，因此没有词元权重可以显示。"
NO_CROSS = "这种融合方式没有从词元到区域的注意力。"
NO_ATTENTION = "这种融合方式没有注意力：既没有热图，也没有词元权重。"
ALL_ERASED = "整张图都被擦除了，因此没有注意力落在图像上。"
ALL_WORDS_OFF = "所有词元都关闭了，因此没有注意力落在词元上。"


def inside(share: float) -> str:
    return f"{percent(share)} 的注意力落在勾出轮廓的物体上"


def inside_many(share: float, count: int) -> str:
    return f"{percent(share)} 的注意力落在勾出轮廓的 {count} 个物体上"


# ------------------------------------------------------------------ who decided

ATTENTION_WEIGHT = "注意力权重"
MEASURED_SHARE = "实测贡献"
NO_WEIGHT = "无：这种融合方式没有模态上的注意力"
NO_WEIGHT_HIDDEN = "无：没有给模型看任何东西"
NO_EFFECT = "没有可以分摊的作用"


def measured_numbers(image: float, text: float, interaction: float) -> str:
    return (
        f"图像 {points(image)}，问题 {points(text)} 个百分点；"
        f"交互作用 {points(interaction)}（两者缺一不可的部分）"
    )


AGREEMENT_NO_WEIGHT = "没有可供比较的注意力权重；实测贡献是隐藏各个模态对答案的影响。"
AGREEMENT_NO_EFFECT = "什么都不给看，答案的概率也差不多：无论权重怎么说，这个答案主要出于习惯。"


def agreement(weight: float, share: float) -> str:
    return f"两者一致：图像占权重的 {percent(weight)}，占实测作用的 {percent(share)}。"


def disagreement(weight: float, share: float) -> str:
    return (
        f"两者不一致：图像得到 {percent(weight)} 的权重，却占实测作用的 {percent(share)}。"
        "给了多少权重，不等于起了多少作用。"
    )


def agreement_hidden(names: str) -> str:
    return f"{names}已隐藏，所以全部权重都归剩下的一方；实测贡献仍然比较全部四种情形。"


AGREEMENT_BOTH_HIDDEN = (
    "没有给模型看任何东西：这是它蒙着眼睛会给出的答案。实测贡献仍然比较全部四种情形。"
)


def negative(name: str) -> str:
    return f"{name}反而降低了这个答案的概率。"


# ------------------------------------------------------------------ before and after


def state(image: bool, question: bool, words_off: int, erased: bool) -> str:
    """What the model was shown, in a few words."""
    if not image and not question:
        return "什么都没有给"
    parts = [CASE_NAMES["both"]] if image and question else []
    if not image:
        parts.append("图像已隐藏")
    if not question:
        parts.append("问题已隐藏")
    hidden = partly(words_off if question else 0, erased and image)
    return "，".join([*parts, hidden] if hidden else parts)


def partly(words_off: int, erased: bool) -> str:
    """What is hidden of what is shown."""
    parts = [f"关闭 {words_off} 个词元"] if words_off else []
    return "，".join([*parts, "部分已擦除"] if erased else parts)


def weights(image: float, text: float) -> str:
    return f"图像 {percent(image)} · 问题 {percent(text)}"


def tally(counts: Mapping[str, float]) -> str:
    """What the fusion counted; no map shows it."""
    found = "，".join(f"{what} {counts[name]:.1f} 个" for name, what in TALLIED.items())
    return f"热图之外的计数：{found}。"


TALLIED = {
    "first": "符合所提到的第一类的",
    "second": "符合第二类的（没有第二类时为全部）",
    "both": "两类都符合的",
    "beside": "第一类中大致位于第二类所述一侧的",
}


def scene(seed: int) -> str:
    return f"场景 {seed}"


def took(milliseconds: float) -> str:
    return f"{milliseconds:.1f} 毫秒"


OWN_PICTURE = "你的图片"


def listed(names: Iterable[str]) -> str:
    """Several names in a row."""
    return "，".join(names)


def joined(sentences: Iterable[str]) -> str:
    """Several sentences, one after the other; empty ones are left out."""
    return "".join(sentence for sentence in sentences if sentence)


def named(what: str, text: str) -> str:
    """A text, and before it what it is about."""
    return f"{what}：{text}"
