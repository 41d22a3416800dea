"""What the page remembers of one visitor, and what of the input is shown to the model.

Held in `gr.State`, one per visitor, dropped after `TIME_TO_LIVE` seconds without use.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Bool
from PIL import Image

from fusion.outputs import MAIN, Explanation, SceneQuestion, SceneView
from viz.panels.photographs import photograph, title
from viz.plots.outline import outline
from viz.plots.pictures import shown
from viz.words import language
from viz.words import page as words
from viz.words.common import has_chinese

TIME_TO_LIVE = 3600
MOST_PARTS = 4096
MASK_SIDE = 192
LONGEST_KEPT = 1024
LONGEST_MASK = 160

Box = tuple[float, float, float, float]


def steps(box: Box) -> list[int]:
    """The edges of a box in steps of the mask that the model is given."""
    return [round(edge * MASK_SIDE) for edge in box]


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """What the model may see: the two switches, words that are off, and erased boxes, each
    left, top, right, bottom as fractions of the picture."""

    image: bool = True
    question: bool = True
    dropped: tuple[int, ...] = ()
    erased: tuple[Box, ...] = ()

    @property
    def case(self) -> str:
        """The name of this state among the four cases."""
        return {(1, 1): "both", (1, 0): "image", (0, 1): "text", (0, 0): "none"}[
            (int(self.image), int(self.question))
        ]

    @property
    def keep(self) -> frozenset[str]:
        """The modalities that are not hidden, by the engine's names."""
        sides = (("image", self.image), ("text", self.question))
        return frozenset(name for name, on in sides if on)

    def given(self) -> dict[str, Any]:
        """All of it, as the engine takes it."""
        return {"keep": self.keep, "drop_tokens": self.dropped, "erase": self.erase_mask()}

    def erase_mask(self) -> Bool[np.ndarray, "h w"] | None:
        """True where the picture is erased; None when nothing is."""
        if not self.erased:
            return None
        mask = np.zeros((MASK_SIDE, MASK_SIDE), dtype=bool)
        for x0, y0, x1, y1 in map(steps, self.erased):
            mask[y0:y1, x0:x1] = True
        return mask


def shown_from(data: Mapping[str, Any]) -> Shown:
    """What the browser sent, checked; `ValueError` when it is nothing the page would send. A box
    under "restore" is shown again, whatever of it was erased."""
    try:
        dropped = tuple(sorted({int(i) for i in data["dropped"]}))
        boxes = [*data["erased"], *([data["restore"]] if data.get("restore") else [])]
        erased = tuple((float(a), float(b), float(c), float(d)) for a, b, c, d in boxes)
        inside = all(0 <= edge <= 1 for box in erased for edge in box)
        if not inside or min(dropped, default=0) < 0 or len(dropped) + len(erased) > MOST_PARTS:
            raise ValueError
        if data.get("restore"):
            erased = without(erased[:-1], erased[-1])
        return Shown(
            image=bool(data["image"]),
            question=bool(data["question"]),
            dropped=dropped,
            erased=erased,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(words.BAD_CHANGE.format(got=str(data)[:80])) from error


def without(erased: Sequence[Box], restored: Box) -> tuple[Box, ...]:
    """What of the erased boxes lies outside of a box that is shown again, in steps of the mask.

    >>> without([(0.0, 0.0, 0.5, 1.0)], (0.25, 0.0, 1.0, 0.5))
    ((0.0, 0.0, 0.25, 0.5), (0.0, 0.5, 0.5, 1.0))
    """
    return tuple(part for box in erased for part in _outside(box, restored))


def _outside(box: Box, restored: Box) -> Iterator[Box]:
    """The part of a box above another one, those beside it, and the part below."""
    left, top, right, bottom = steps(box)
    west, north, east, south = steps(restored)
    if west >= right or east <= left or north >= bottom or south <= top:
        yield box
        return
    upper, lower = max(top, north), min(bottom, south)
    for x0, y0, x1, y1 in (
        (left, top, right, upper),
        (left, upper, west, lower),
        (east, upper, right, lower),
        (left, lower, right, bottom),
    ):
        if x0 < x1 and y0 < y1:
            yield x0 / MASK_SIDE, y0 / MASK_SIDE, x1 / MASK_SIDE, y1 / MASK_SIDE


@dataclass(frozen=True, kw_only=True, slots=True)
class Offered:
    """The questions that a class mode offers instead of a scene's own, usually none; and whether
    the visitor may write other ones."""

    questions: tuple[str, ...] = ()
    free: bool = True


NO_CLASS = Offered()


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Truth:
    """What is kept of a scene: its questions, and for each object its outline and a small mask."""

    seed: int
    questions: tuple[SceneQuestion, ...]
    outlines: tuple[str, ...]
    masks: Bool[np.ndarray, "N h w"]


def truth_of(scene: SceneView) -> Truth:
    """A scene's truth, small enough to be kept for every visitor."""
    step = max(1, round(max(scene.masks.shape[1:]) / LONGEST_MASK))
    return Truth(
        seed=scene.seed,
        questions=scene.questions,
        outlines=tuple(outline(mask) for mask in scene.masks),
        masks=scene.masks[:, step // 2 :: step, step // 2 :: step].copy(),
    )


def kept(picture: Image.Image) -> Image.Image:
    """The picture at a size that can be kept for every visitor; the models see less than that."""
    return shown(picture, LONGEST_KEPT)


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Visit:
    """One visitor's picture, question and last result; `before` is what it is compared with;
    `layer` and `head` are whose attention is shown where that can be chosen, None for the mean.
    """

    picture: Image.Image
    picture_id: str
    scene: Truth | None
    question: str
    fusion: str
    shown: Shown
    backbone: str = MAIN
    explanation: Explanation | None = None
    before: Visit | None = None
    offered: Offered = NO_CLASS
    layer: int | None = None
    head: int | None = None

    @property
    def called(self) -> str:
        """What the page calls the picture."""
        photo = photograph(self.picture_id)
        if photo is not None:
            return title(photo)
        return words.OWN_PICTURE if self.scene is None else words.scene(self.scene.seed)

    @property
    def suggestions(self) -> tuple[str, ...]:
        """The questions that the page offers; a scene's own in the page's language come first."""
        photo = photograph(self.picture_id)
        if photo is not None:
            return self.offered.questions or photo.questions
        own = [q.text for q in self.scene.questions] if self.scene else []
        if language() == "zh":
            own.sort(key=lambda text: not has_chinese(text))
        return self.offered.questions or tuple(own)

    def may_ask(self, question: str) -> bool:
        """Whether this may be asked: what a class mode does not leave free must be offered."""
        allowed = (self.question, *self.suggestions)
        return self.offered.free or _plain(question) in map(_plain, allowed)

    def truth(self) -> SceneQuestion | None:
        """The scene's own question that was asked, which knows its answer, if it was one."""
        if self.scene is None:
            return None
        asked = _plain(self.question)
        return next((q for q in self.scene.questions if _plain(q.text) == asked), None)

    def asking(self, question: str, fusion: str, backbone: str = MAIN) -> Visit:
        """The same picture with this question; new words are all switched on."""
        same = question == self.question
        shown = self.shown if same else replace(self.shown, dropped=())
        return replace(self, question=question, fusion=fusion, backbone=backbone, shown=shown)


def _plain(question: str) -> str:
    return question.strip().casefold()
