"""Every word of the state link, the class mode and the saved figure and numbers."""

from __future__ import annotations

from viz.words.common import flowing
from viz.words.zh import page as words

SHARE = {
    "group": "分享这个页面所显示的内容",
    "copy": "复制链接",
    "copied": "已复制：打开这个链接就会看到一模一样的内容。",
    "byHand": "浏览器不允许页面复制。请从这里复制链接：",
    "save": "保存",
    "saving": "正在生成文件……",
    "saved": "已保存为 {name}。",
    "failed": "文件没能生成。",
    "cancel": "取消",
    "cancelled": "已取消，没有生成文件。",
}
SAVE_AS = {
    "png": "PNG：图像格式的图",
    "svg": "SVG：供印刷的图，放大不失真",
    "json": "JSON：全部数值",
    "csv": "CSV：全部数值，供电子表格使用",
}

NO_LINK_PICTURE = "你自己的图片没有链接：链接里只有生成场景的编号。可以改为保存图或数值。"
NO_LINK_FUSION = "你训练的融合模型没有链接：它只为你保留，而且只保留一段时间。"
NO_LINK_LENGTH = "擦除的部分太多，放不进链接里。可以改为保存图。"

NO_FONT = "这里画不出这张图：这台机器没有 {missing!r} 的字体。JSON 和 CSV 仍然有全部数值。"
ASKING = "正在询问模型……"
VERSIONS = "正在查看模型和数据的版本……"
DRAWING = "正在绘图……"
WRITING = "正在写文件……"
NOT_OFFERED = "这个页面是为一堂课打开的，只接受所提供的问题。请按问题框下面的一个问题。"
BAD_FREE = "free 必须是 0 或 1，但得到的是 {got!r}"
UNKNOWN_KIND = "没有 {got!r} 这种文件；有的是：{known}。"
FILE = "duet-{picture}-{fusion}.{kind}"
FIGURE = {
    "answers": "答案，概率",
    "words": "词元上的权重",
    "weight": "注意力权重",
    "share": "实测贡献",
    "image": "图像",
    "text": "问题",
    "cases": "它看到以下内容时“{answer}”的概率……",
    "scale": "× 均匀值",
    "no_map": "对区域没有注意力",
    "no_words": "对词元没有注意力",
    "none": "无",
}
FOOT = (
    "{picture} · 融合方式 {fusion} · 骨干网络 {backbone} · {shown} · 模型 {model} · 数据 {data} · "
    "{name}"
)

# ------------------------------------------------------------------ what a link may hold

BAD_SCENE = "scene 必须是 0 到 {most} 的整数，但得到的是 {got!r}"
BAD_HIDE = "hide 只能列出 image 和 question，但得到的是 {got!r}"
BAD_OFF = "off 必须列出词元的编号，例如 0,3，但得到的是 {got!r}"
BAD_ERASED = (
    "erased 必须列出由四个整数组成的方框，即 左.上.右.下，以图片的 192 分之一为单位，"
    "但得到的是 {got!r}"
)
BAD_TAB = "没有名为 {got!r} 的页；有的是：{known}"
BAD_QUESTIONS = "questions 最多列出 {most} 个问题，用 | 隔开"


def bad_link(reasons: str) -> str:
    """What is said when a link cannot be followed."""
    return f"无法打开这个链接：{reasons}页面保持刚打开时的样子。"


def bad_class(reasons: str) -> str:
    """What is said when a class mode cannot be followed."""
    return f"这个链接设置了不存在的内容：{reasons}这一部分已略去。"


# ------------------------------------------------------------------ About

ABOUT = flowing(f"""
## 用于教学
“{words.TAB_ASK}”页的“复制链接”给出一个地址，打开后看到的与你眼前的完全一样：场景、问题、融合方式和
骨干网络，以及隐藏、关闭或擦除的部分。加上 `&tab=compare` 就会打开另一页。你自己的图片不能放进链接。

另有两个参数可以为一堂课定制页面：`tabs=ask,compare` 只显示这两页；
`questions=星形是什么颜色？|红色的有几个？` 对每个场景都在问题框下面提供这些问题，
代替场景自己的问题。仍然可以写别的问题；加上 `free=0` 就不能写了，
问题框只显示所问的问题。各页的名称是：{{tabs}}。

在“复制链接”旁边，可以把图保存为 PNG 和 SVG，把全部数值保存为 JSON 和 CSV，并附有模型和数据的版本：
只要任何一个权重或生成器画出的内容有变化，版本就会改变。`assets/duet.ipynb` 在笔记本里做同样的事。
""")
