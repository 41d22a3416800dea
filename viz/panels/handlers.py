"""What the page does when something is pressed: call the engine, call the presenter, return."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from fusion.engine import Engine
from fusion.outputs import MAIN, Explanation, Masking, SceneView, Version
from viz.panels import compare_view, markup, presenter, stage_view
from viz.panels.carried import Carried
from viz.panels.compare_view import Entry
from viz.panels.guests import Guests
from viz.panels.hub_answers import HubAnswers
from viz.panels.links import State
from viz.panels.photographs import PHOTOGRAPHS, Photograph, opened, photograph
from viz.panels.photographs import picture_id as photo_id
from viz.panels.stage_view import Extras
from viz.panels.visit import NO_CLASS, Offered, Shown, Visit, kept, shown_from, truth_of
from viz.words import ENGLISH, LANGUAGES, engine, language
from viz.words import backbones as words_backbones
from viz.words import examples as words_examples
from viz.words import hub as words_hub
from viz.words import page as words
from viz.words import share as words_share
from viz.words.common import BACKBONES, EXAMPLES, FUSIONS

MOST_SCENES = 100_000
OPENING_SCENE = 564
NEAREST = 5
EXAMPLES_KEPT = 24  # answered, by every fusion and backbone that was asked


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """Everything the page shows of one result. `picture` and `suggestions` are None while the
    picture stays the same; `chosen` says that the question was not typed by the visitor. `reading`
    are the numbers of layers and heads that can be chosen, None where none can."""

    visit: Visit
    stage: dict[str, Any]
    answers: str
    shares: str
    cases: str
    help: str
    picture: dict[str, Any] | None = None
    suggestions: str | None = None
    chosen: bool = False
    reading: tuple[int, int] | None = None


def opening_id(visit: Visit) -> str:
    """What the browser calls the picture that the page opens with. What is kept of a visitor who
    has done nothing yet is in English, so that the other languages' pages say which they are."""
    return visit.picture_id if language() == ENGLISH else f"opening-{language()}"


class Handlers:
    """Every action of the page, free of Gradio: a visit in, a page out."""

    def __init__(self, engine: Engine, guests: Guests | None = None) -> None:
        self.engine, self.guests = engine, guests or Guests(engine)
        self._opening = lru_cache(len(LANGUAGES))(self._opened)
        self.hub = HubAnswers(self.engine)
        self._carried = Carried()
        self._example = lru_cache(EXAMPLES_KEPT)(self._answered_example)

    def opening(self) -> Page:
        """The scene and the question that everybody sees first, answered by the fusion that is
        right most often; by the engine's default when none has been measured."""
        return self._opening(language())

    def _opened(self, language: str) -> Page:
        return self.new_scene(OPENING_SCENE, self._best())

    def _best(self) -> str:
        measured = {
            i.name: i.accuracy
            for i in self.engine.fusions
            if i.in_comparison and i.accuracy is not None
        }
        return max(measured, key=lambda name: measured[name], default=self.engine.default_fusion)

    def new_scene(
        self, seed: int | None, fusion: str, backbone: str = MAIN, offered: Offered = NO_CLASS
    ) -> Page:
        """Another scene (of a random seed when None), the first question that is offered asked."""
        page = self._show(self._scene_visit(seed, fusion, backbone, offered), new_picture=True)
        return replace(page, chosen=True)

    def example(
        self, number: int, fusion: str, backbone: str = MAIN, offered: Offered = NO_CLASS
    ) -> Page:
        """One of the gallery's examples; its answer is kept for as long as these weights answer,
        unless a visitor's own model is asked or a class mode has its own questions, the first of
        which is then asked of the scene."""
        if not 0 <= number < len(EXAMPLES):
            count = len(EXAMPLES)
            raise ValueError(words_examples.UNKNOWN.format(got=number, count=count))
        if offered != NO_CLASS or self.guests.find(fusion):
            return self._answered_example(number, fusion, backbone, offered)
        asked = self.fusion_with(backbone, fusion)
        version = self.engine.version(fusion=asked, backbone=backbone)
        return self._example(number, asked, backbone, NO_CLASS, version, language())

    def _answered_example(
        self,
        number: int,
        fusion: str,
        backbone: str,
        offered: Offered,
        version: Version | None = None,
        spoken: str | None = None,  # the answer is kept by language, too
    ) -> Page:
        seed, question = EXAMPLES[number]
        fresh = self._scene_visit(seed, fusion, backbone, offered)
        asked = fresh if offered.questions else replace(fresh, question=question)
        return replace(self._show(asked, new_picture=True), chosen=True)

    def restored(self, state: State, offered: Offered = NO_CLASS) -> Page:
        """What a link asks for; what it leaves out is as the page opens."""
        seed = OPENING_SCENE if state.scene is None else state.scene
        fresh = self._scene_visit(seed, state.fusion or self._best(), state.backbone, offered)
        question = fresh.question if state.question is None else state.question
        asked = replace(fresh, question=question, shown=state.shown)
        return replace(self._show(asked, new_picture=True), chosen=True)

    def carry(self, visit: Visit, picture_id: str) -> str:
        """Let what is shown wait for the page that comes next; the name it is asked for by."""
        return self._carried.put(replace(self.found(visit, picture_id), before=None))

    def carried(self, name: str) -> Page:
        """What was shown before the page came again, asked anew: in another language perhaps."""
        page = self._show(self._carried.take(name), new_picture=True)
        return replace(page, chosen=True)

    def own_picture(
        self,
        file: str | None,
        question: str,
        fusion: str,
        backbone: str = MAIN,
        offered: Offered = NO_CLASS,
    ) -> Page:
        """A picture of the visitor's, asked what stands in the question box."""
        taken = Visit(
            picture=kept(self.engine.picture(file)),
            picture_id=f"own-{secrets.token_hex(8)}",
            scene=None,
            question=question,
            fusion=self.fusion_with(backbone, fusion),
            backbone=backbone,
            shown=Shown(),
            offered=offered,
        )
        return self._show(taken, new_picture=True)

    def ask(
        self, visit: Visit, picture_id: str, question: str, fusion: str, backbone: str = MAIN
    ) -> Page:
        """The same picture, asked this question through this fusion and backbone."""
        before = self.found(visit, picture_id)
        if not before.may_ask(question):
            raise ValueError(words_share.NOT_OFFERED)
        fusion = self.fusion_with(backbone, fusion)
        return self._show(before.asking(question, fusion, backbone), before)

    def pick(
        self, visit: Visit, picture_id: str, index: int, fusion: str, backbone: str = MAIN
    ) -> Page:
        """One of the scene's own questions."""
        before = self.found(visit, picture_id)
        questions = before.suggestions
        if not 0 <= index < len(questions):
            raise ValueError(words.BAD_CHANGE.format(got=index))
        page = self.ask(before, picture_id, questions[index], fusion, backbone)
        return replace(page, chosen=True)

    def photograph(
        self, index: int, fusion: str, backbone: str = MAIN, offered: Offered = NO_CLASS
    ) -> Page:
        """One of the sample photographs, asked a question about it."""
        if not 0 <= index < len(PHOTOGRAPHS):
            raise ValueError(words.BAD_CHANGE.format(got=index))
        photo = PHOTOGRAPHS[index]
        question = [*offered.questions, *photo.questions][0]
        taken = self._photo_visit(photo, question, fusion, backbone, offered)
        return replace(self._show(taken, new_picture=True), chosen=True)

    def look(self, visit: Visit, picture_id: str, layer: int | None, head: int | None) -> Page:
        """The same answer with the attention of this layer and head, or of their mean."""
        before = self.found(visit, picture_id)
        return self._show(replace(before, layer=layer, head=head), before)

    def hide(self, visit: Visit, picture_id: str, change: Mapping[str, Any]) -> Page:
        """The same question with more or less of the input shown."""
        before = self.found(visit, picture_id)
        after = replace(before, shown=shown_from(change))
        return self._show(after, before, sequence=int(change.get("sequence", 0)))

    def compare(self, visit: Visit, picture_id: str, kind: str = FUSIONS) -> dict[str, Any]:
        """Every fusion, or every backbone, asked what the page shows, in the four cases."""
        found = self.found(visit, picture_id)
        given: dict[str, Any] = {
            "drop_tokens": found.shown.dropped,
            "erase": found.shown.erase_mask(),
        }
        if kind == BACKBONES:
            return self._compare_backbones(found, given)
        warning = self.hub.told(found, words_hub.COMPARE)
        once = self.engine.compare(found.picture, found.question, **given).explanations
        entries = [
            Entry(
                name=info.name,
                label=engine.said(info.label),
                summary=engine.said(info.summary),
                accuracy=info.accuracy,
                parameters=info.parameters,
                milliseconds=once[info.name].milliseconds,
                masking=self.engine.masking(
                    found.picture, found.question, fusion=info.name, **given
                ),
            )
            for info in self.engine.fusions
            if info.name in once
        ]
        return compare_view.view(found, entries, warning=warning)

    def _compare_backbones(self, found: Visit, given: dict[str, Any]) -> dict[str, Any]:
        compared = self.engine.compare_backbones(found.picture, found.question, **given)
        entries = [
            Entry(
                name=info.name,
                label=engine.said(info.label),
                summary=words.joined(map(engine.said, (info.image_summary, info.text_summary))),
                accuracy=info.accuracy,
                parameters=info.parameters,
                milliseconds=compared.explanations[info.name].milliseconds,
                masking=self.engine.masking(
                    found.picture, found.question, backbone=info.name, **given
                ),
            )
            for info in self.engine.backbones
            if info.name in compared.explanations
        ]
        failed = words_backbones.unusable(list(compared.failed.values()))
        warning = words.joined((self.hub.told(found, words_hub.COMPARE), failed))
        return compare_view.view(found, entries, BACKBONES, warning)

    def fusion_with(self, backbone: str, fusion: str) -> str:
        """The fusion that can be asked: a backbone that is only compared has one alone."""
        compared = {info.name: info.fusion for info in self.engine.backbones}
        if self.engine.hub is not None:
            compared[self.engine.hub.name] = self.engine.hub.fusion
        return compared.get(backbone, fusion)

    def found(self, visit: Visit, picture_id: str) -> Visit:
        """The visit, or, when it was dropped meanwhile, a fresh one of the same scene."""
        if visit.picture_id == picture_id:
            return visit
        if picture_id == f"opening-{language()}":
            return self.opening().visit
        photo = photograph(picture_id)
        if photo is not None:
            given = (visit.fusion, visit.backbone, visit.offered)
            return self._photo_visit(photo, visit.question, *given)
        kind, _, seed = picture_id.partition("-")
        if kind != "scene" or not seed.isdecimal():
            raise ValueError(words.NOT_HERE)
        fresh = self._scene_visit(int(seed), visit.fusion, visit.backbone, visit.offered)
        return replace(fresh, question=visit.question)

    def _scene_visit(
        self, seed: int | None, fusion: str, backbone: str, offered: Offered = NO_CLASS
    ) -> Visit:
        scene: SceneView = self.engine.scene(
            secrets.randbelow(MOST_SCENES) if seed is None else seed
        )
        found = Visit(
            picture=scene.image,
            picture_id=f"scene-{scene.seed}",
            scene=truth_of(scene),
            question="",
            fusion=self.fusion_with(backbone, fusion),
            backbone=backbone,
            shown=Shown(),
            offered=offered,
        )
        return replace(found, question=found.suggestions[0])

    def _photo_visit(
        self,
        photo: Photograph,
        question: str,
        fusion: str,
        backbone: str,
        offered: Offered,
    ) -> Visit:
        return Visit(
            picture=kept(self.engine.picture(opened(photo))),
            picture_id=photo_id(photo),
            scene=None,
            question=question,
            fusion=self.fusion_with(backbone, fusion),
            backbone=backbone,
            shown=Shown(),
            offered=offered,
        )

    def masking(self, visit: Visit) -> Masking:
        """The four passes of a visit; the one that is on show is among them."""
        return self.hub.masking(visit, self._masking)

    def _masking(self, visit: Visit) -> Masking:
        return self.guests.engine_of(visit.fusion).masking(
            visit.picture,
            visit.question,
            fusion=visit.fusion,
            backbone=visit.backbone,
            drop_tokens=visit.shown.dropped,
            erase=visit.shown.erase_mask(),
        )

    def version(self, visit: Visit) -> Version:
        """Which weights answered a visit, and which data its scene is of."""
        engine = self.guests.engine_of(visit.fusion)
        return engine.version(fusion=visit.fusion, backbone=visit.backbone)

    def _show(
        self,
        visit: Visit,
        before: Visit | None = None,
        *,
        new_picture: bool = False,
        sequence: int = 0,
    ) -> Page:
        masking = self.masking(visit)
        explanation = masking.cases[visit.shown.case]
        last = presenter.compared(before, visit)
        after = replace(visit, explanation=explanation, before=last)
        return Page(
            visit=after,
            stage=stage_view.stage(after, explanation, sequence, self._extras(after, explanation)),
            answers=markup.answers(presenter.answers(after, explanation)),
            shares=markup.shares(
                presenter.shares(explanation, masking, layer=visit.layer, head=visit.head)
            ),
            cases=markup.cases(presenter.cases(after, masking)),
            help=markup.fusion_help(*self._help(visit)),
            picture=stage_view.picture(after) if new_picture else None,
            suggestions=self._suggestions(after) if new_picture else None,
            reading=self.hub.choices(masking),
        )

    def _help(self, visit: Visit) -> tuple[str, str]:
        guest = self.guests.find(visit.fusion)
        if guest is not None:
            return guest.told.summary, guest.told.facts
        if self.hub.answers(visit):
            return self.hub.help()
        for info in self.engine.backbones:
            if info.name == visit.backbone:
                label = next(i.label for i in self.engine.fusions if i.name == info.fusion)
                return presenter.backbone_help(info, engine.said(label))
        return presenter.fusion_help(self.engine.fusions, visit.fusion)

    def _extras(self, visit: Visit, explanation: Explanation) -> Extras:
        """What the visit's backbone has to show besides."""
        info = next((i for i in self.engine.backbones if i.name == visit.backbone), None)
        if info is None:
            return Extras()
        name, erase = info.name, visit.shown.erase_mask()
        return Extras(
            keypoints=self.engine.keypoints(visit.picture, backbone=name, erase=erase)
            if info.has_keypoints
            else None,
            nearest=[
                self.engine.nearest_words(token, backbone=name, count=NEAREST)
                for token in explanation.tokens
            ]
            if info.has_neighbours
            else None,
        )

    def _suggestions(self, visit: Visit) -> str:
        return markup.suggestions(list(visit.suggestions))
