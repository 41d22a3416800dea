"""What the engine says in words, which are English: the names and summaries of its registries."""

from __future__ import annotations

from fusion.notices import in_language
from viz.words.common import put_together

FAMILIES = {
    "colour": "颜色",
    "shape": "形状",
    "size": "大小",
    "place": "位置",
    "count": "计数",
    "exist": "有没有",
    "verify": "是不是",
    "compare": "多与少",
    "same": "相同或不同",
    "relation": "左边、旁边……",
    "superlative": "最左、最大……",
    "logic": "与、或、非",
    "background": "背景",
    "odd": "与众不同的",
    "all": "全部",
}
THINGS = {
    "large": "大的",
    "small": "小的",
    "red": "红色",
    "green": "绿色",
    "blue": "蓝色",
    "yellow": "黄色",
    "orange": "橙色",
    "purple": "紫色",
    "pink": "粉色",
    "brown": "棕色",
    "black": "黑色",
    "white": "白色",
    "gray": "灰色",
    "teal": "青色",
    "circle": "圆形",
    "square": "正方形",
    "rectangle": "长方形",
    "triangle": "三角形",
    "pentagon": "五边形",
    "star": "星形",
    "heart": "心形",
    "cross": "十字形",
}
# Strategies, attention mechanisms and what is said of a fusion besides
_FUSIONS = {
    "Concatenation": "拼接",
    "Feature-level": "特征级",
    "Modality-level": "模态级",
    "Hybrid": "混合",
    "additive": "加性注意力",
    "dot-product": "点积注意力",
    "self-attention": "自注意力",
    "trained without masking": "无遮蔽训练",
    "It never saw a hidden modality in training.": "训练时它从未见过被隐藏的模态。",
    "One vector for the image and one for the question, side by side; no attention, so nothing "
    "says where it looked.": "图像向量与问题向量直接相接，没有注意力，因此看不出它看了哪里。",
    "Early fusion: image regions and words join one sequence, and one attention is shared out "
    "over all of it.": "早期融合：图像区域和词元排成一个序列，共享一次注意力。",
    "Late fusion: the question picks what to read from the image, then the two resulting vectors "
    "are weighed against each other.": ("晚期融合：问题先决定读图像的哪里，再权衡得到的两个向量。"),
    "Each word looks at the image in several rounds, then the picture and the question are "
    "weighed against each other.": "每个词元分几轮去看图像，然后权衡图像与问题。",
    "A small network scores each pair: both vectors are added, squashed by tanh and weighed by a "
    "learned vector.": (
        "由一个小网络为每一对打分：两个向量相加，经过 tanh，再用一个学到的向量加权。"
    ),
    "A key scores high when it points the same way as the query; the key is also the value that "
    "is summed.": "键与查询方向越一致，得分越高；键同时也是被求和的值。",
    "Multi-head attention as in transformers: separate learned queries, keys and values, several "
    "heads side by side.": ("与 Transformer 相同的多头注意力：查询、键、值各自学习，多个头并列。"),
}
_ENCODERS = {
    "Counts in which directions brightness changes in and around each region; it is computed, not "
    "learned, and blind to colour.": (
        "统计每个区域内外亮度变化的方向；它是计算出来的，不是学到的，而且不辨颜色。"
    ),
    "Describes the surroundings of corners and blobs that are found again at any size and angle; "
    "it is computed, not learned, and blind to colour.": (
        "描述角点和斑点的周围，无论大小和角度都能重新找到；它是计算出来的，不是学到的，而且不辨颜色。"
    ),
    "Plain convolutions one after the other, without the shortcuts of a residual network.": (
        "一层接一层的普通卷积，没有残差网络的捷径连接。"
    ),
    "A residual network; each region is one cell of its feature map.": (
        "残差网络；每个区域是其特征图的一个格子。"
    ),
    "A bidirectional transformer over word pieces; each token knows its neighbours.": (
        "在词元上的双向 Transformer；每个词元都了解它的邻居。"
    ),
    "A transformer that reads from left to right; each token knows only what stands before it.": (
        "从左到右阅读的 Transformer；每个词元只知道它前面的内容。"
    ),
    "A bag of words: each word piece stands for itself alone, whatever stands around it and in "
    "whichever order.": "词袋：每个词元只代表自己，与周围的内容和顺序无关。",
    "Word pieces that stand among the same words get similar vectors; a token knows nothing of the "
    "question around it.": (
        "出现在相同上下文中的词元得到相近的向量；词元对所在问题的其余部分一无所知。"
    ),
    "One-hot": "独热编码",
}
_EXPLAINERS = {
    "Raw attention": "原始注意力",
    "Shows the weights with which the fusion read regions and words last; every answer has the "
    "same map.": "显示融合模型最后读取区域和词元时的权重；每个答案的热图都一样。",
    "Attention rollout": "注意力展开",
    "Multiplies the attention of all layers, half of each layer being what passes by it; every "
    "answer has the same map.": (
        "把所有层的注意力连乘，每层各有一半是绕过它的部分；每个答案的热图都一样。"
    ),
    "Gradient × attention": "梯度 × 注意力",
    "Weighs the attention of every layer by how much the answer's score would rise with it, and "
    "follows what remains to regions and words.": (
        "按答案得分随注意力上升的程度，为每层注意力加权，再追踪到区域和词元。"
    ),
    "Grad-CAM": "Grad-CAM",
    "Finds the features that raise the answer's score on average, and shows where they are "
    "strong.": "找出平均而言提高答案得分的特征，并显示它们在哪里强。",
    "Integrated gradients": "积分梯度",
    "Fades image and question in from nothing and adds up, for every part, how much it moved the "
    "answer's probability on the way.": (
        "让图像和问题从无到有逐渐显现，累加每个部分一路上对答案概率的影响。"
    ),
    "Occlusion": "遮挡",
    "Hides the image window by window, and the question word by word, and shows by how much the "
    "answer's probability falls.": ("逐窗口遮住图像、逐词元遮住问题，显示答案的概率下降多少。"),
    "Shapley values": "Shapley 值",
    "Adds windows of the image, or words, one after the other in many orders, and shows what each "
    "added to the answer's probability on average.": (
        "按许多种顺序逐个加入图像窗口或词元，显示每个平均为答案的概率增加了多少。"
    ),
    "Shares of image and question": "图像与问题的份额",
    "Hides the image, the question and both, and shares out what the answer's probability "
    "gained.": ("分别隐藏图像、问题和两者，把答案概率的增量分摊给双方。"),
}
_COSTS = {
    "one pass": "一次前向",
    "four passes": "四次前向",
    "one gradient": "一次梯度",
    "tens of gradients": "几十次梯度",
    "tens of passes": "几十次前向",
    "hundreds of passes": "几百次前向",
}
_SAYS = {**_COSTS, **_FUSIONS, **_ENCODERS, **_EXPLAINERS}


def family(name: str) -> str:
    """What a family of questions is called; one of other data keeps its name."""
    return FAMILIES.get(name, name)


def said(text: str) -> str:
    """A label or a summary of the engine's; what is not known here stays English.

    >>> said("Hybrid · additive"), said("One-hot + BERT")
    ('混合 · 加性注意力', '独热编码 + BERT')
    """
    return put_together(text, _SAYS)


def thing(name: str) -> str:
    """An object by what the engine calls it, such as "large red star".

    >>> thing("large red star")
    '大的红色星形'
    """
    return "".join(THINGS.get(word, word) for word in name.split())


def notice(text: str | None) -> str:
    """What the engine warns of, "" where it does not."""
    return in_language(text, "zh") if text else ""
