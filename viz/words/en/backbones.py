"""The words about backbones; what they share with the other pages is in `viz.words`."""

from __future__ import annotations

from collections.abc import Sequence

BACKBONE = "Backbone"
MAIN_LABEL = "Main model"
COMPUTED, LEARNED = "computed", "learned"
ONLY = "Only {fusion} was trained with it."

MEGABYTE = 1_000_000
TIME_TITLE = "Backbones: accuracy against cost"
TIME = "milliseconds per question, new image"
KNOWN, DISK = "known image", "MB on disk"
NOT_MEASURED = (
    "The backbones have not been measured yet. Run "
    "`python -m fusion.training evaluate --backbones` and start Duet again."
)


def facts(accuracy: float | None, size: int, parameters: int) -> str:
    r"""What a backbone is worth and what it costs, in one line.

    >>> facts(0.8123, 6_900_000, 3_499_324)
    '81.2\xa0% right on test scenes · 3.5 million parameters with its fusion, 6.9 MB'
    >>> facts(None, 6_900_000, 3_499_324).partition(" · ")[0]
    'accuracy not measured yet'
    """
    right = (
        "accuracy not measured yet"
        if accuracy is None
        else f"{100 * accuracy:.1f}\u00a0% right on test scenes"
    )
    millions, megabytes = parameters / 1e6, size / MEGABYTE
    return f"{right} · {millions:.1f} million parameters with its fusion, {megabytes:.1f} MB"


def encoder(label: str, summary: str, learns: bool) -> str:
    """One encoder in a sentence.

    >>> encoder("HOG", "Counts directions.", False)
    'HOG (computed): Counts directions.'
    """
    return f"{label} ({LEARNED if learns else COMPUTED}): {summary}"


def only(fusion: str) -> str:
    return ONLY.format(fusion=fusion)


def keypoints(count: int, places: Sequence[tuple[str, float]]) -> str:
    r"""Keypoints for those who cannot see them; `places` are names with shares.

    >>> keypoints(12, [("the centre", 0.5), ("the left", 0.25)])
    '12 keypoints of SIFT, 50\xa0% on the centre, 25\xa0% on the left.'
    >>> keypoints(0, [])
    'SIFT finds no keypoint here.'
    """
    if not count:
        return "SIFT finds no keypoint here."
    where = "".join(f", {100 * share:.0f}\u00a0% on {name}" for name, share in places)
    return f"{count} keypoint{'s' if count > 1 else ''} of SIFT{where}."


def nearest(words: Sequence[tuple[str, float]]) -> str:
    """The words that stand nearest to one, with their cosines.

    >>> nearest([("circle", 0.913), ("heart", 0.88)])
    'nearest words: circle 0.91, heart 0.88'
    >>> nearest([])
    'too rare to have a word vector'
    """
    if not words:
        return "too rare to have a word vector"
    return "nearest words: " + ", ".join(f"{word} {cosine:.2f}" for word, cosine in words)


def unusable(sentences: Sequence[str]) -> str:
    return " ".join(f"{sentence.rstrip('.')}." for sentence in sentences)


def timed(command: str, machine: str) -> str:
    """How the times were measured."""
    return (
        f" Times with `{command}` on {machine}: one question at a time on one thread, encoding "
        "included; about a known image only the question is encoded."
    )
