"""What the Steer page does: a visit and a change in, before and after out; free of Gradio."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float

from fusion.engine import Engine
from fusion.outputs import Explanation, SceneView, Steered
from viz.panels import steer_view
from viz.panels.errors import told
from viz.panels.handlers import MOST_SCENES, Handlers
from viz.panels.steer_view import JSON, Side
from viz.panels.visit import MOST_PARTS, Visit, kept, truth_of
from viz.words import engine
from viz.words import page as words
from viz.words import steer as words_steer
from viz.words.common import ATTENTION, PICTURE, QUESTION


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Change:
    """What the visitor changed, in one of the three ways; the defaults change nothing.

    `words` are weights of the tokens; `moves` are objects by (dx, dy), fractions of the picture;
    `other`: another scene instead.
    """

    mode: str = ATTENTION
    sequence: int = 0
    painted: Float[np.ndarray, "H W"] | None = None
    words: tuple[float, ...] | None = None
    strength: float = 1.0
    image_weight: float | None = None
    heads_off: tuple[tuple[int, int], ...] = ()
    question: str = ""
    moves: Mapping[int, tuple[float, float]] | None = None
    other: bool = False


def change_from(data: Mapping[str, Any]) -> Change:
    """What the browser sent, checked; `ValueError` when it is nothing the page would send."""
    try:
        painted, weight, read = (data.get(name) for name in ("painted", "weight", "words"))
        cells = None if painted is None else np.asarray(painted, dtype=np.float64)
        moves = {int(i): (float(dx), float(dy)) for i, dx, dy in data.get("moves") or ()}
        heads = tuple((int(layer), int(head)) for layer, head in data.get("heads") or ())
        given = None if read is None else tuple(map(float, read))
        parts = sum(map(len, (moves, heads, given or ()))) + (0 if cells is None else cells.size)
        flat = cells is not None and cells.ndim != 2
        far = not all(abs(step) <= 1 for move in moves.values() for step in move)
        if data["mode"] not in dict(words_steer.MODES) or parts > MOST_PARTS or flat or far:
            raise ValueError
        return Change(
            mode=str(data["mode"]),
            sequence=int(data.get("sequence", 0)),
            painted=cells if cells is not None and cells.any() else None,
            words=given,
            strength=float(data.get("strength", 1.0)),
            image_weight=None if weight is None else float(weight),
            heads_off=heads,
            question=str(data.get("question") or ""),
            moves=moves,
            other=bool(data.get("other")),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(words.BAD_CHANGE.format(got=str(data)[:80])) from error


class SteerActions:
    """Every action of the page."""

    def __init__(self, handlers: Handlers) -> None:
        self.handlers = handlers

    @property
    def engine(self) -> Engine:
        return self.handlers.engine

    def open(self, visit: Visit, picture_id: str) -> JSON:
        """What the Ask page shows, with nothing changed yet."""
        found = self.handlers.found(visit, picture_id)
        steered = self._steered(found, Change())
        scene = None if found.scene is None else self.engine.scene(found.scene.seed)
        pieces = self.engine.exchangeable(found.question)
        base = steer_view.base(
            found, steered.before, steered.heads, pieces, scene, self._name(found)
        )
        return {"base": base, "result": self._attention(found, Change())}

    def change(self, visit: Visit, picture_id: str, data: Mapping[str, Any]) -> JSON:
        """Before and after a change; a change that cannot be made is told in words."""
        wanted = change_from(data)
        found = self.handlers.found(visit, picture_id)
        act = {
            ATTENTION: self._attention,
            QUESTION: self._question,
            PICTURE: self._picture,
        }[wanted.mode]
        try:
            return {"result": act(found, wanted)}
        except ValueError as error:
            return {"result": {"sequence": wanted.sequence, "refused": told(error)}}

    def own_picture(self, visit: Visit, picture_id: str, file: str | None) -> JSON:
        """The same question asked of a picture of the visitor's, beside the one on the Ask page."""
        found = self.handlers.found(visit, picture_id)
        given = replace(found, picture=kept(self.engine.picture(file)), scene=None)
        return {"result": self._beside(found, given, words_steer.OWN_PICTURE), "unasked": True}

    # ------------------------------------------------------------------ the three ways

    def _attention(self, visit: Visit, wanted: Change) -> JSON:
        steered = self._steered(visit, wanted)
        return steer_view.result(
            Side(title=words_steer.AS_IT_IS, visit=visit, explanation=steered.before),
            Side(title=words_steer.STEERED, visit=visit, explanation=steered.after),
            sequence=wanted.sequence,
        )

    def _question(self, visit: Visit, wanted: Change) -> JSON:
        on = replace(visit, shown=replace(visit.shown, dropped=()))
        other = replace(on, question=wanted.question or visit.question)
        return steer_view.result(
            Side(title=on.question, visit=on, explanation=self._asked(on)),
            Side(title=other.question, visit=other, explanation=self._asked(other)),
            sequence=wanted.sequence,
            notes=[words_steer.WORDS_ON] if visit.shown.dropped else [],
        )

    def _picture(self, visit: Visit, wanted: Change) -> JSON:
        title, after, notes = words_steer.THIS, visit, []
        if wanted.other:
            scene = self._another(visit)
            title, after = words_steer.scene(scene.seed), _showing(visit, scene)
        elif wanted.moves and visit.scene is not None:
            scene = self.engine.moved_scene(visit.scene.seed, wanted.moves)
            after = _showing(visit, scene)
            title = words_steer.moved([engine.thing(scene.names[i]) for i in wanted.moves])
            unsure = visit.truth() is not None and after.truth() is None
            notes = [words_steer.UNSURE] if unsure else []
        return self._beside(visit, after, title, sequence=wanted.sequence, notes=notes)

    def _beside(
        self,
        visit: Visit,
        after: Visit,
        title: str,
        *,
        sequence: int = 0,
        notes: Sequence[str] = (),
    ) -> JSON:
        """The same question asked of two pictures."""
        return steer_view.result(
            Side(title=words_steer.THIS, visit=visit, explanation=self._asked(visit)),
            Side(title=title, visit=after, explanation=self._asked(after)),
            sequence=sequence,
            notes=notes,
        )

    # ------------------------------------------------------------------ asking

    def _name(self, visit: Visit) -> str:
        """What the menus of the Ask page call what answers."""
        guest = self.handlers.guests.find(visit.fusion)
        if guest is not None:
            return guest.told.label
        fusions = {i.name: engine.said(i.label) for i in self.engine.fusions}
        backbones = {i.name: engine.said(i.label) for i in self.engine.backbones}
        parts = (fusions.get(visit.fusion, visit.fusion), backbones.get(visit.backbone, ""))
        return " · ".join(part for part in parts if part)

    def _another(self, visit: Visit) -> SceneView:
        """Any scene, on a canvas like the picture where scenes come in that size, so that both
        have the same regions."""
        seed = secrets.randbelow(MOST_SCENES)
        try:
            return self.engine.scene(seed, size=visit.picture.size)
        except ValueError:
            return self.engine.scene(seed)

    def _steered(self, visit: Visit, wanted: Change) -> Steered:
        weight = wanted.image_weight
        return self.handlers.guests.engine_of(visit.fusion).steer(
            visit.picture,
            visit.question,
            **_given(visit),
            region_weights=wanted.painted,
            token_weights=wanted.words,
            modality_weights=None if weight is None else {"image": weight, "text": 1.0 - weight},
            heads_off=wanted.heads_off,
            strength=wanted.strength,
        )

    def _asked(self, visit: Visit) -> Explanation:
        engine = self.handlers.guests.engine_of(visit.fusion)
        return engine.ask(visit.picture, visit.question, **_given(visit))


def _given(visit: Visit) -> dict[str, Any]:
    """What the Ask page shows and hides, as the engine takes it."""
    return {"fusion": visit.fusion, "backbone": visit.backbone, **visit.shown.given()}


def _showing(visit: Visit, scene: SceneView) -> Visit:
    return replace(visit, picture=scene.image, scene=truth_of(scene))
