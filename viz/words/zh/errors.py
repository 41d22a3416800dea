"""Mistakes in words: the engine's sentences by their English text, and the page's own."""

from __future__ import annotations

from viz.words.zh import engine

ERROR, WARNING = "错误", "提醒"
UNKNOWN_FIGURE = "没有名为 {got!r} 的图；有的是：{known}。"
UNKNOWN_CHOICE = "没有名为 {got!r} 的{what}；有的是：{known}。"
SET, MASK = "题集", "遮蔽方式"
STOP = "。"  # what ends a sentence
NO_CHOICE = "请从 {count} 个选项中选择一个。"
NO_SPOT = "位置由 x 和 y 组成，以图片的比例表示。"
NO_ORDER = "每个词元都必须有自己的位置。"

_PICTURES = {
    "The picture": "这张图片",
    "The file {name!r}": "文件 {name!r}",
    "The array": "这个数组",
    "more than {most}": "超过 {most}",
    "Give a PNG, JPEG, WebP, GIF, BMP or TIFF picture.": (
        "请提供 PNG、JPEG、WebP、GIF、BMP 或 TIFF 图片。"
    ),
    "There is no picture. {allowed}": "没有图片。{allowed}",
    "The picture must be a PIL image, the path of a file or an array, but it is of type {kind}.": (
        "图片必须是 PIL 图像、文件路径或数组，但得到的类型是 {kind}。"
    ),
    "{what} is not a picture that can be read. {allowed}": "{what}不是可以读取的图片。{allowed}",
    "{what} is not there, or is not a file. {allowed}": "{what}不存在，或者不是文件。{allowed}",
    "{what} is empty: it has 0 bytes. {allowed}": "{what}是空的：只有 0 字节。{allowed}",
    "{what} is damaged or cut short, and cannot be shown. {allowed}": (
        "{what}已损坏或不完整，无法显示。{allowed}"
    ),
    "{what} is too large: it has {millions} million pixels; at most {most} million are allowed. "
    "Make it smaller first.": (
        "{what}太大：有 {millions} 百万像素，最多允许 {most} 百万。请先把它缩小。"
    ),
    "{what} has no pixels: it is {width} by {height}.": (
        "{what}没有像素：尺寸是 {width} × {height}。"
    ),
    "{side}": "{side}",
    "{one} by {other}": "{one} × {other}",
    "a single number": "单个数",
    "The array is {shape}; allowed are height by width, or height by width by 1, 3 or 4 colour "
    "channels (the channels last).": (
        "数组的尺寸是 {shape}；允许的是高 × 宽，或高 × 宽 × 1、3 或 4 个颜色通道（通道在最后）。"
    ),
    "The array holds {kind}; allowed are bool, whole numbers and floats.": (
        "数组的元素类型是 {kind}；允许布尔值、整数和浮点数。"
    ),
    "The array's {kind} values must lie between 0 and {white:g}, but they range from {least:g} to "
    "{most:g}.": "数组的 {kind} 值必须在 0 到 {white:g} 之间，但实际范围是 {least:g} 到 {most:g}。",
}
_QUESTIONS = {
    "Ask something about the picture in English or Chinese, such as: how many stars are there?": (
        "请用中文或英文就图片提问，例如：有几个星形？"
    ),
    "The question must be text, but it is of type {kind}.": (
        "问题必须是文字，但得到的类型是 {kind}。"
    ),
    "The question is too long: it has {got} characters; at most {most} are allowed.": (
        "问题太长：有 {got} 个字符，最多允许 {most} 个。"
    ),
    "The question is too long: it has {got} word pieces; at most {most} are allowed.": (
        "问题太长：有 {got} 个词元，最多允许 {most} 个。"
    ),
    "The question is empty. {hint}": "问题是空的。{hint}",
    "The question has no words in it, only {got!r}. {hint}": "问题里没有词，只有 {got!r}。{hint}",
    "The question is in a script that the model was never taught ({script}: {got!r}). Please ask "
    "in English or Chinese.": (
        "模型没有学过这个问题所用的文字（{script}：{got!r}）。请用中文或英文提问。"
    ),
    "drop_tokens must be the numbers of tokens, such as [0, 3]; got {got!r}": (
        "drop_tokens 必须是词元的编号，例如 [0, 3]；得到的是 {got!r}。"
    ),
    "drop_tokens names {outside}, but the question has {count} tokens, numbered 0 to {last}: "
    "{tokens}": (
        "drop_tokens 中有 {outside}，但问题只有 {count} 个词元，编号 0 到 {last}：{tokens}。"
    ),
    "{name} must be an array of height by width, true where the image is marked; got {kind} of "
    "shape {shape}": (
        "{name} 必须是高 × 宽的数组，图像被标记处为真；得到的是形状为 {shape} 的 {kind}。"
    ),
    "keep names {unknown}; allowed are image and text, both of them or none": (
        "keep 中有 {unknown}；允许的是 image 和 text，可以取一个、两个或都不取。"
    ),
}
_MODELS = {
    "unknown {kind} {got!r}; known: {known}": "没有名为 {got!r} 的{kind}；有的是：{known}。",
    "explainer": "归因方法",
    "image description": "图像描述",
    "strategy": "融合策略",
    "pooling": "池化方式",
    "text encoder": "文本编码器",
    "image encoder": "图像编码器",
    "attention": "注意力机制",
    "dataset": "数据集",
    "adapter": "适配器",
    "unknown fusion {got!r}; known: {known}": "没有名为 {got!r} 的融合方式；有的是：{known}。",
    "unknown fusion {got!r}; the backbone {backbone} has {known}": (
        "没有名为 {got!r} 的融合方式；骨干网络 {backbone} 有：{known}。"
    ),
    "unknown answer {got!r}; known: {known}": "没有 {got!r} 这个答案；有的是：{known}。",
    "The seed must be a whole number from 0 up, got {got!r}.": (
        "种子必须是不小于 0 的整数，得到的是 {got!r}。"
    ),
    "there is no backbone {got!r}; beside the main one there are: {known}": (
        "没有名为 {got!r} 的骨干网络；除主模型外还有：{known}。"
    ),
    "The backbone {name} cannot be used: {reason}": "骨干网络 {name} 无法使用：{reason}",
    "There is no backbone to compare. {reasons}": "没有可以比较的骨干网络。{reasons}",
    "{kind} has no {unknown}; known: {known}": "{kind} 没有 {unknown}；有的是：{known}。",
    "the image encoder {encoder} looks for no keypoints; sift does": (
        "图像编码器 {encoder} 不寻找关键点；sift 才会。"
    ),
    "the text encoder {encoder} has no nearest words; word2vec has": (
        "文本编码器 {encoder} 没有最近的词；word2vec 才有。"
    ),
    "{got!r} is none of the {count} word pieces": "{got!r} 不在 {count} 个词元之中。",
    "The temperature must be a number above 0, got {got!r}.": (
        "温度必须是大于 0 的数，得到的是 {got!r}。"
    ),
    "unknown modality {got!r}; allowed: {known}": "没有名为 {got!r} 的模态；允许的是：{known}。",
    "The explainer {method!r} gives no map of the {modality}; these do: {able}.": (
        "归因方法 {method!r} 不给出 {modality} 的热图；能给出的是：{able}。"
    ),
    "The explainer {method!r} does not support the fusion {fusion!r}, which has no attention; it "
    "supports {able}.": (
        "归因方法 {method!r} 不支持融合方式 {fusion!r}，因为它没有注意力；支持的是：{able}。"
    ),
    "none of the loaded fusions": "已载入的融合方式都不支持",
}
_STEERING = {
    "Only Duet's own fusions can be {what}; {backbone} gives its attention weights and nothing of "
    "what they are made of.": (
        "只有 Duet 自己的融合模型可以{what}；{backbone} 只给出注意力权重，不给出权重的来历。"
    ),
    "followed step by step": "一步一步跟随",
    "steered": "动手干预",
    "regions": "区域",
    "words": "词元",
    "modalities": "模态",
    "The fusion {name} has no attention, so there is none to steer.": (
        "融合方式 {name} 没有注意力，所以没有什么可以干预。"
    ),
    "The strength must lie between 0 and 1, got {got:g}.": (
        "强度必须在 0 到 1 之间，得到的是 {got:g}。"
    ),
    "region_weights must be an array of height by width, such as a picture of where to look; got "
    "the shape {shape}.": (
        "region_weights 必须是高 × 宽的数组，例如一张标明看哪里的图；得到的形状是 {shape}。"
    ),
    "The image is hidden, so no attention lies on it that could be moved.": (
        "图像已隐藏，所以图像上没有可以移动的注意力。"
    ),
    "token_weights must be one number for each of the {count} tokens {tokens}; got the shape "
    "{shape}.": ("token_weights 必须为 {count} 个词元 {tokens} 各给一个数；得到的形状是 {shape}。"),
    "The question is hidden, so no attention lies on its words that could be moved.": (
        "问题已隐藏，所以词元上没有可以移动的注意力。"
    ),
    "modality_weights must have one number for each of {known}; got {got}.": (
        "modality_weights 必须为 {known} 各给一个数；得到的是 {got}。"
    ),
    "With one of image and question hidden the whole weight is the other's; it cannot be moved.": (
        "图像或问题隐藏了一方时，全部权重都归另一方，无法移动。"
    ),
    "The fusion {name} has no attention head {head} in a layer {layer}; {there}.": (
        "融合方式 {name} 的第 {layer} 层没有第 {head} 个注意力头；{there}。"
    ),
    "its {layers} layers are numbered from 0, and so are the {heads} in each": (
        "它的 {layers} 层从 0 开始编号，每层的 {heads} 个头也是"
    ),
    "it has none": "它没有注意力头",
    "{name} must be numbers from 0 on.": "{name} 必须是不小于 0 的数。",
    "{name} must be numbers from 0 on, and none of them infinite.": (
        "{name} 必须是不小于 0 的有限数。"
    ),
    "All weight is 0 on the {what} that are there; give some of it to one.": (
        "现有的{what}上权重全是 0；请至少给其中一个一些权重。"
    ),
    "{size} {colour} {shape}": "{size}{colour}{shape}",
    "The {thing} would leave the picture there. Move it further in.": (
        "{thing}在那里会超出图片。请往里移一些。"
    ),
    "There is no object {got}; the scene has {count}, numbered from 0.": (
        "没有第 {got} 号物体；场景中有 {count} 个，从 0 开始编号。"
    ),
    "There the {thing} would lie over the {other}. Leave some room between them.": (
        "{thing}在那里会压住{other}。请在两者之间留出空隙。"
    ),
}
_TRAINING = {
    "{what} must be {kind} from {low} to {high}, got {got!r}.": (
        "{what}必须是 {low} 到 {high} 之间的{kind}，得到的是 {got!r}。"
    ),
    "a whole number": "整数",
    "a number": "数",
    "The mask rate": "遮蔽率",
    "The number of epochs": "轮数",
    "The number of scenes": "场景数",
    "The families of questions must be a list, got {got!r}.": (
        "问题类型必须是一个列表，得到的是 {got!r}。"
    ),
    "The fusion must be given by its name, got {got!r}.": (
        "融合方式必须用名称指定，得到的是 {got!r}。"
    ),
    "There is no fusion {got!r}; known: {known}.": "没有名为 {got!r} 的融合方式；有的是：{known}。",
    "Choose at least one family of questions; there are {known}.": (
        "请至少选择一类问题（程序中的名称：{known}）。"
    ),
    "There is no family of questions {got!r}; there are {known}.": (
        "没有名为 {got!r} 的问题类型；有的是：{known}。"
    ),
    "A training may take up to {most:.0f} seconds, got {got!r}.": (
        "一次训练最多 {most:.0f} 秒，得到的是 {got!r}。"
    ),
    "Hardly any scene permits a question of the families {families}; choose others, or more of "
    "them.": ("几乎没有场景能提出 {families} 这些类型的问题；请换别的类型，或多选几类。"),
}
_HUB = {
    "{reason}": "{reason}",
    "{label} is not there.": "{label} 不在这里。",
    "{reason} It can be tried again in {seconds} s.": "{reason}{seconds} 秒后可以再试。",
    "{label} ({where}) is not on this computer and cannot be fetched: {reason}. Everything else "
    "works without it.": "{label}（{where}）不在这台计算机上，也无法取得：{reason}。其他一切照常。",
    "{label} in {where} cannot be read: {reason}.": "无法读取 {where} 中的 {label}：{reason}。",
    "the hub is switched off here (HF_HUB_OFFLINE)": "这里关闭了模型库（HF_HUB_OFFLINE）",
    "there is no room for it on the disk": "磁盘空间不够",
    "the hub does not give this model, or has none of this name": (
        "模型库不提供这个模型，或者没有这个名称的模型"
    ),
    "the hub no longer has this revision of it": "模型库不再有它的这个修订版",
    "the hub refused ({code})": "模型库拒绝了请求（{code}）",
    "the hub cannot be reached": "无法连接模型库",
    "something went wrong on the way, which has been logged": "途中出了错，已记入日志",
    "it has no weights as safetensors, and nothing else is read": (
        "它没有 safetensors 格式的权重，而别的格式不会读取"
    ),
    "{revision} of {repository} is commit {commit} now, not {known}, which is the one that is "
    "known": "{repository} 的 {revision} 现在是提交 {commit}，不是已知的 {known}",
    "its pictures are not resized to whole patches of {patch} pixels, so a map could not be laid "
    "over them": "它的图片没有缩放成整数个 {patch} 像素的图块，热图无法叠加在上面",
    "The attention of ViLT cannot be steered.": "ViLT 的注意力无法操控。",
    "its weights lack {names}": "它的权重缺少 {names}",
    "its word pieces are not those that the model was trained with": (
        "它的词元不是模型训练时所用的那些"
    ),
    "two of its answers have the same name": "它有两个答案同名",
}
_SENTENCES = {**_PICTURES, **_QUESTIONS, **_MODELS, **_STEERING, **_TRAINING, **_HUB}


def sentence(text: str) -> str:
    """A sentence of the engine's, with the names of its values in braces.

    >>> sentence("The question is empty. {hint}"), sentence("large")
    ('问题是空的。{hint}', '大的')
    """
    return _SENTENCES.get(text) or engine.thing(text)
