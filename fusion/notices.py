"""Sentences that warn: the answer below is not to be believed, and why; in the user's language."""

from __future__ import annotations

NOTICES = {
    "image": {
        "en": "This image is unlike the scenes of shapes that the model was made for; "
        "do not believe its answer here.",
        "zh": "这张图片与训练模型所用的图形场景不同，请不要相信这里的答案。",
    },
    "question": {
        "en": "Some words of this question are new to the model, which knows questions about "
        "shapes in English and Chinese; do not believe its answer here.",
        "zh": "这个问题中有些字词模型没有学过，它只懂关于图形的中英文问题，请不要相信这里的答案。",
    },
    "language": {
        "en": "This model was taught another language than that of the question; do not believe "
        "its answer here.",
        "zh": "这个模型只学过英文，看不懂中文问题，请不要相信这里的答案；请用英文提问。",
    },
}


def notice_about(
    *, image: bool, question: bool, language: str, foreign: bool = False
) -> str | None:
    """What to warn of, in one string; None when there is nothing.

    >>> notice_about(image=False, question=False, language="en") is None
    True
    """
    said = [
        NOTICES[kind].get(language, NOTICES[kind]["en"])
        for kind, true in (("image", image), ("question", question), ("language", foreign))
        if true
    ]
    return " ".join(said) or None


def in_language(notice: str, language: str) -> str:
    """The same warnings in another language, whichever they stand in.

    >>> both = notice_about(image=True, question=True, language="en")
    >>> in_language(both, "zh") == notice_about(image=True, question=True, language="zh")
    True
    """
    image, question, foreign = (
        any(text in notice for text in NOTICES[kind].values())
        for kind in ("image", "question", "language")
    )
    given = notice_about(image=image, question=question, language=language, foreign=foreign)
    return given or notice
