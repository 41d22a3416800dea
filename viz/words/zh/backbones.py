"""The words about backbones; what they share with the other pages is in `page`."""

from __future__ import annotations

from collections.abc import Sequence

BACKBONE = "骨干网络"
MAIN_LABEL = "主模型"
COMPUTED, LEARNED = "计算得到", "学习得到"
ONLY = "与它一起训练的只有“{fusion}”。"

MEGABYTE = 1_000_000
TIME_TITLE = "骨干网络：正确率与代价"
TIME = "每个问题的毫秒数（新图像）"
KNOWN, DISK = "已见过的图像", "磁盘占用（MB）"
NOT_MEASURED = (
    "骨干网络尚未测量。请运行 `python -m fusion.training evaluate --backbones`，再重新启动 Duet。"
)


def facts(accuracy: float | None, size: int, parameters: int) -> str:
    r"""What a backbone is worth and what it costs, in one line.

    >>> facts(0.8123, 6_900_000, 3_499_324)
    '测试场景正确率 81.2\xa0% · 连同其融合模块共 349.9 万个参数，6.9 MB'
    """
    right = "尚未测量正确率" if accuracy is None else f"测试场景正确率 {100 * accuracy:.1f}\u00a0%"
    wan, megabytes = parameters / 1e4, size / MEGABYTE
    return f"{right} · 连同其融合模块共 {wan:.1f} 万个参数，{megabytes:.1f} MB"


def encoder(label: str, summary: str, learns: bool) -> str:
    """One encoder in a sentence."""
    return f"{label}（{LEARNED if learns else COMPUTED}）：{summary}"


def only(fusion: str) -> str:
    return ONLY.format(fusion=fusion)


def keypoints(count: int, places: Sequence[tuple[str, float]]) -> str:
    r"""Keypoints for those who cannot see them; `places` are names with shares.

    >>> keypoints(12, [("正中", 0.5), ("左侧", 0.25)])
    'SIFT 找到 12 个关键点，50\xa0% 在正中，25\xa0% 在左侧。'
    """
    if not count:
        return "SIFT 在这里没有找到关键点。"
    where = "".join(f"，{100 * share:.0f}\u00a0% 在{name}" for name, share in places)
    return f"SIFT 找到 {count} 个关键点{where}。"


def nearest(words: Sequence[tuple[str, float]]) -> str:
    """The words that stand nearest to one, with their cosines."""
    if not words:
        return "太少见，没有词向量"
    return "最近的词：" + "，".join(f"{word} {cosine:.2f}" for word, cosine in words)


def unusable(sentences: Sequence[str]) -> str:
    return "".join(f"{sentence.rstrip('.。')}。" for sentence in sentences)


def timed(command: str, machine: str) -> str:
    """How the times were measured."""
    return (
        f"用时由 `{command}` 在 {machine} 上测得：单线程，每次一个问题，包含编码；"
        "对已见过的图像只需编码问题。"
    )
