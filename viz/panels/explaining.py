"""What the Explain page does, free of Gradio: what is asked, each explainer's card, the test.

The last answers under examination are kept for all visitors, so that a class that opens the same
scene asks the model once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

from fusion.engine import Examination
from fusion.outputs import ExplainerInfo, Explanation
from viz.panels import explain_markup, explain_view
from viz.panels.handlers import Handlers
from viz.panels.visit import Shown, Visit
from viz.words import engine
from viz.words import explain as words_explain
from viz.words import hub as words_hub
from viz.words import page as words
from viz.words import train as words_train

KEPT = 24  # answers under examination
OFFERED = 5  # answers to choose from
SLOW_OF_HUB = "tens of gradients"
FAST = ("one pass", "four passes", "one gradient", "tens of gradients")  # less than a second each

Stop = Callable[[], bool]


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """What is explained: an answer ("": the best one) to what the Ask page shows. Two are equal
    where all of it is the same."""

    picture_id: str
    question: str
    fusion: str
    backbone: str
    shown: Shown
    answer_id: str
    visit: Visit = field(compare=False)


def job_of(visit: Visit, answer_id: str) -> Job:
    """An answer to what a visit shows."""
    return Job(
        picture_id=visit.picture_id,
        question=visit.question,
        fusion=visit.fusion,
        backbone=visit.backbone,
        shown=visit.shown,
        answer_id=answer_id,
        visit=visit,
    )


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Begun:
    """What stands on the page before any method is asked."""

    job: Job
    asked: str
    answers: list[tuple[str, str]]
    cards: dict[str, str]
    testable: dict[str, bool]


class Explaining:
    """Every action of the page."""

    def __init__(self, handlers: Handlers) -> None:
        self.handlers = handlers
        self.infos: dict[str, ExplainerInfo] = {i.name: i for i in handlers.engine.explainers}
        self._examined = lru_cache(KEPT)(self._examine)

    def begin(
        self, visit: Visit, picture_id: str, before: Job | None, answer_id: str | None
    ) -> Begun:
        """What the Ask page shows, and which answer is explained: the one chosen, the one that was
        explained before if the rest is the same, or the best."""
        here = self.handlers.found(visit, picture_id)
        explanation = self._asked(here)
        if answer_id is None and before is not None and _same(before, here):
            answer_id = before.answer_id
        job = job_of(here, answer_id or explanation.answer_ids[0])
        examined = self._examined(job)
        able = {info.name: supported for info, supported in examined.explainers}
        return Begun(
            job=job,
            asked=self._told(here, explanation),
            answers=_offered(explanation, job.answer_id),
            cards={
                name: explain_markup.waiting(
                    info, words_explain.NEXT if able[name] else words_explain.UNSUPPORTED
                )
                for name, info in self.infos.items()
            },
            testable={
                name: able[name] and bool({"image", "text"} & set(info.yields))
                for name, info in self.infos.items()
            },
        )

    def maps(self, job: Job, stop: Stop, *, fast: bool) -> Iterator[dict[str, str]]:
        """The cards of the fast methods, or of the others, as they come; those that are stopped
        say so."""
        examined, waiting = self._examined(job), []
        for info, supported in examined.explainers:
            if not supported or self._fast(info, job) != fast:
                continue
            if examined.known(info.name) is None and not fast:
                waiting.append(info)
            else:
                yield self._card(job, examined, info)
            if stop():
                return
        for info in waiting:
            for step in examined.explaining(info.name):
                if stop():
                    break
                if step.found is None:
                    text = words_explain.working(step.modality, step.share)
                    yield {info.name: explain_markup.waiting(info, text, step.share)}
            if stop():
                break
            yield self._card(job, examined, info)

    def _fast(self, info: ExplainerInfo, job: Job) -> bool:
        """Whether a map takes less than a second; of the pretrained model, tens of gradients do
        not."""
        slow = SLOW_OF_HUB if self.handlers.hub.answers(job.visit) else ""
        return info.cost in FAST and info.cost != slow

    def halted(self, job: Job) -> dict[str, str]:
        """Cards that are not there yet, once they are stopped."""
        examined = self._examined(job)
        return {
            info.name: explain_markup.waiting(info, words_explain.STOPPED)
            for info, supported in examined.explainers
            if supported and examined.known(info.name) is None
        }

    def doubt(self, job: Job, method: str, stop: Stop) -> Iterator[str]:
        """The section below the maps: how far the test is, and what came of it."""
        examined, info = self._examined(job), self.infos[method]
        for step in examined.doubting(method):
            if stop():
                yield explain_markup.stopped(words_explain.STOPPED)
                return
            if step.found is None:
                text = words_explain.working(step.modality, step.share)
                yield explain_markup.doubting(engine.said(info.label), text, step.share)
                continue
            yield explain_markup.doubting(engine.said(info.label), words_explain.DRAWING, 1.0)
            if stop():
                yield explain_markup.stopped(words_explain.STOPPED)
                return
            scene = job.visit.scene
            pointed = [
                examined.pointing(step.found.attribution, mask)
                for mask in (() if scene is None else scene.masks)
            ]
            yield explain_markup.doubt(
                explain_view.doubt(
                    job.visit,
                    engine.said(info.label),
                    step.found,
                    pointed,
                    self.handlers.version(job.visit),
                )
            )

    def _card(self, job: Job, examined: Examination, info: ExplainerInfo) -> dict[str, str]:
        view = explain_view.card(job.visit, info, examined.explain(info.name))
        return {info.name: explain_markup.card(info, view)}

    def _asked(self, visit: Visit) -> Explanation:
        """The answers, as the Ask page shows them."""
        return self.handlers.masking(visit).cases[visit.shown.case]

    def _examine(self, job: Job) -> Examination:
        if job.answer_id:
            best = self._examined(replace(job, answer_id=""))
            return best if best.answer_id == job.answer_id else best.of(job.answer_id)
        visit = job.visit
        return self.handlers.guests.engine_of(visit.fusion).examine(
            visit.picture,
            visit.question,
            fusion=visit.fusion,
            backbone=visit.backbone,
            **visit.shown.given(),
        )

    def _told(self, visit: Visit, explanation: Explanation) -> str:
        shown = visit.shown
        state = words.state(shown.image, shown.question, len(shown.dropped), bool(shown.erased))
        labels = {info.name: engine.said(info.label) for info in self.handlers.engine.fusions}
        fusion = labels.get(visit.fusion, words_train.shown_name(visit.fusion))
        fusion = self.handlers.hub.told(visit, words_hub.EXPLAIN) or fusion
        told = words_explain.asked(visit.question, fusion, state)
        picture = explain_view.asked_picture(visit.picture)
        return explain_markup.asked(picture, told, engine.notice(explanation.notice))


def _offered(explanation: Explanation, chosen: str) -> list[tuple[str, str]]:
    """The best answers with their ids, and the chosen one if it is none of them."""
    rows = [
        (words_explain.answer(text, share), answer_id)
        for answer_id, (text, share) in zip(
            explanation.answer_ids, explanation.answers, strict=True
        )
    ]
    return [row for i, row in enumerate(rows) if i < OFFERED or row[1] == chosen]


def _same(before: Job, now: Visit) -> bool:
    """Whether the picture and the question are the same."""
    return (before.picture_id, before.question) == (now.picture_id, now.question)
