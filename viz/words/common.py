"""What the languages share: how numbers are written, and the keys by which words are asked for."""

from __future__ import annotations

from collections.abc import Mapping

FUSIONS, BACKBONES = "fusions", "backbones"  # what the Compare page's rows may be
ATTENTION, QUESTION, PICTURE = "attention", "question", "picture"  # what the Steer page changes
YOURS = "yours"  # what the name of a visitor's own fusion begins with


def is_yours(fusion: str) -> bool:
    """Whether a fusion is a visitor's own; the rest of such a name is secret.

    >>> is_yours("hybrid-dot"), is_yours("yours-1f3a")
    (False, True)
    """
    return fusion.startswith(f"{YOURS}-")


def percent(share: float) -> str:
    r"""A share in words; the space does not break.

    >>> [percent(p).replace("\u00a0", " ") for p in (0.974, 0.004, 0.0, 0.9996)]
    ['97 %', '<1 %', '0 %', '>99 %']
    """
    if 0 < share < 0.005:
        return "<1\u00a0%"
    if 0.995 <= share < 0.99995:
        return ">99\u00a0%"
    return f"{share * 100:.0f}\u00a0%"


def points(change: float) -> str:
    """A difference of probabilities, signed, in percentage points.

    >>> points(0.313), points(-0.02), points(0.001)
    ('+31', '−2', '±0')
    """
    rounded = round(change * 100)
    return "±0" if rounded == 0 else f"{'+' if rounded > 0 else '−'}{abs(rounded)}"


def has_chinese(text: str) -> bool:
    """Whether there is a Chinese character in it.

    >>> has_chinese("星形是什么颜色？"), has_chinese("what colour is it?")
    (True, False)
    """
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)


def flowing(text: str) -> str:
    r"""Markdown in which a line goes on in the next without a space, as Chinese does.

    >>> flowing("## 一\n甲\n乙\n\n- 丙，\n  丁\n- 戊")
    '## 一\n甲乙\n\n- 丙，丁\n- 戊'
    """
    lines: list[str] = []
    for line in text.split("\n"):
        new = not line or line.startswith(("#", "-")) or not lines or lines[-1][:1] in ("", "#")
        lines[len(lines) - (not new) :] = [line if new else lines[-1] + line.lstrip()]
    return "\n".join(lines)


def put_together(text: str, known: Mapping[str, str]) -> str:
    """A text of known parts in another language: joined by a dot or a plus, or sentences.

    >>> put_together("A. B · C. D.", {"A. B": "a", "C.": "c.", "D.": "d."})
    'a · c.d.'
    """
    if text in known:
        return known[text]
    for joint in (" · ", " + "):
        if joint in text:
            return joint.join(put_together(part, known) for part in text.split(joint))
    for start, other in known.items():
        if text.startswith(f"{start} "):
            return other + put_together(text.removeprefix(f"{start} "), known)
    return text


#: seed of a scene, and one of the questions that it brings along, so that its answer is known
EXAMPLES = (
    (564, "comparing teal shapes and blue shapes, are there fewer teal shapes?"),
    (12, "the object located beneath the large object has what color"),
    (31, "find the topmost thing. what is it?"),
    (58, "whats the odd shape out?"),
    (73, "How many things are yellow?"),
    (47, "Which colour is the image behind the things?"),
    (564, "只出现一次的形状是什么？"),
    (73, "看看那个方块和星形的颜色是不是不同"),
)
