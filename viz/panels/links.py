"""State links and the class mode: what the page shows as parameters of its address, and back. Pure.

A state is `scene`, `question`, `fusion`, `backbone`, `hide`, `off`, `erased` and `tab`; the class
mode is `tabs`, `questions` and `free`; `carried` names a visit that waits for this page
(`viz.panels.carried`). Edges of erased boxes are written in steps of the mask that
the model is given (`MASK_SIDE`), so that what is restored is exactly what was erased.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode

from fusion.outputs import MAIN
from viz.panels.visit import MASK_SIDE, MOST_PARTS, Box, Offered, Shown, Visit, steps
from viz.words import share as words
from viz.words.common import is_yours

LARGEST_SEED = 999_999_999
LONGEST = 6000  # characters: servers on the way cut off longer addresses
MOST_QUESTIONS = 24
SIDES = ("image", "question")
STATE = ("scene", "question", "fusion", "backbone", "hide", "off", "erased", "tab")
CLASS = ("tabs", "questions", "free")
CARRIED = "carried"


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """What a link asks to be shown; None and "" stand for what the page shows by itself."""

    scene: int | None = None
    question: str | None = None
    fusion: str | None = None
    backbone: str = MAIN
    shown: Shown = field(default_factory=Shown)
    tab: str = ""

    @property
    def is_set(self) -> bool:
        """Whether anything but the tab is asked for."""
        return self != State(tab=self.tab)


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassMode:
    """The tabs that are shown, by their names in a link, and the questions that are offered; empty
    means all of them. Others may be written where `free` says so."""

    tabs: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    free: bool = True

    @property
    def offered(self) -> Offered:
        return Offered(questions=self.questions, free=self.free)


# ------------------------------------------------------------------ from the page to a link


def link(visit: Visit) -> tuple[str, str]:
    """The parameters of what a visit shows and "", or "" and why there are none."""
    kind, _, seed = visit.picture_id.partition("-")
    if kind != "scene" or not seed.isdecimal():
        return "", words.NO_LINK_PICTURE
    if is_yours(visit.fusion):
        return "", words.NO_LINK_FUSION
    state = State(
        scene=int(seed),
        question=visit.question,
        fusion=visit.fusion,
        backbone=visit.backbone,
        shown=visit.shown,
    )
    written = query(state)
    return (written, "") if len(written) <= LONGEST else ("", words.NO_LINK_LENGTH)


def query(state: State) -> str:
    """A state as the parameters of an address.

    >>> query(State(scene=7, question="what is red?", shown=Shown(image=False, dropped=(2,))))
    'scene=7&question=what+is+red%3F&hide=image&off=2'
    """
    shown = state.shown
    given: dict[str, str] = {}
    if state.scene is not None:
        given["scene"] = str(state.scene)
    if state.question is not None:
        given["question"] = state.question
    if state.fusion is not None:
        given["fusion"] = state.fusion
    if state.backbone != MAIN:
        given["backbone"] = state.backbone
    if hidden := [side for side in SIDES if not getattr(shown, side)]:
        given["hide"] = ",".join(hidden)
    if shown.dropped:
        given["off"] = ",".join(map(str, shown.dropped))
    if shown.erased:
        given["erased"] = ",".join(".".join(map(str, steps(box))) for box in shown.erased)
    if state.tab:
        given["tab"] = state.tab
    return urlencode(given, safe=",")


# ------------------------------------------------------------------ from a link to the page


def read(search: str) -> dict[str, str]:
    """The parameters of an address; of one that is given twice, the last.

    >>> read("?scene=7&hide=image")
    {'scene': '7', 'hide': 'image'}
    """
    found = parse_qs(search.removeprefix("?"), keep_blank_values=True, max_num_fields=100)
    return {name: values[-1] for name, values in found.items()}


def state_of(given: Mapping[str, str], tabs: Sequence[str]) -> State:
    """The state that a link asks for; ValueError saying what in it cannot be."""
    tab = given.get("tab", "")
    if tab and tab not in tabs:
        raise ValueError(words.BAD_TAB.format(got=tab[:40], known=", ".join(tabs)))
    hidden = _hidden(given.get("hide", ""))
    return State(
        scene=None if "scene" not in given else _seed(given["scene"]),
        question=given.get("question"),
        fusion=given.get("fusion"),
        backbone=given.get("backbone", MAIN),
        shown=Shown(
            image="image" not in hidden,
            question="question" not in hidden,
            dropped=_off(given.get("off", "")),
            erased=_erased(given.get("erased", "")),
        ),
        tab=tab,
    )


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) <= LARGEST_SEED):
        raise ValueError(words.BAD_SCENE.format(most=LARGEST_SEED, got=text[:40]))
    return int(text)


def _hidden(text: str) -> list[str]:
    hidden = [name for name in text.split(",") if name]
    if not set(hidden) <= set(SIDES):
        raise ValueError(words.BAD_HIDE.format(got=text[:40]))
    return hidden


def _off(text: str) -> tuple[int, ...]:
    numbers = _numbers(text, ",")
    if numbers is None or len(numbers) > MOST_PARTS:
        raise ValueError(words.BAD_OFF.format(got=text[:40]))
    return tuple(sorted(set(numbers)))


def _erased(text: str) -> tuple[Box, ...]:
    boxes: list[Box] = []
    for part in text.split(",") if text else ():
        edges = _numbers(part, ".") or []
        if len(edges) != 4 or not _in_order(*edges) or len(boxes) >= MOST_PARTS:
            raise ValueError(words.BAD_ERASED.format(got=part[:40]))
        left, top, right, bottom = (edge / MASK_SIDE for edge in edges)
        boxes.append((left, top, right, bottom))
    return tuple(boxes)


def _in_order(left: int, top: int, right: int, bottom: int) -> bool:
    return left < right <= MASK_SIDE and top < bottom <= MASK_SIDE


def _numbers(text: str, separator: str) -> list[int] | None:
    """Whole numbers of at most four digits; None where something else stands."""
    parts = text.split(separator) if text else []
    good = all(part.isascii() and part.isdecimal() and len(part) <= 4 for part in parts)
    return [int(part) for part in parts] if good else None


def class_of(given: Mapping[str, str], tabs: Sequence[str]) -> ClassMode:
    """The class mode that a link asks for; ValueError saying what in it cannot be."""
    chosen = tuple(dict.fromkeys(name for name in given.get("tabs", "").split(",") if name))
    for name in chosen:
        if name not in tabs:
            raise ValueError(words.BAD_TAB.format(got=name[:40], known=", ".join(tabs)))
    offered = (" ".join(text.split()) for text in given.get("questions", "").split("|"))
    questions = tuple(dict.fromkeys(text for text in offered if text))
    if len(questions) > MOST_QUESTIONS:
        raise ValueError(words.BAD_QUESTIONS.format(most=MOST_QUESTIONS))
    free = given.get("free", "1")
    if free not in ("0", "1"):
        raise ValueError(words.BAD_FREE.format(got=free[:40]))
    return ClassMode(tabs=chosen, questions=questions, free=free == "1")
