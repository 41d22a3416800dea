"""The pretrained model as the page's actions see it: asked only once it is there, its last answers
kept, for one of its passes takes longer than all of ours. Free of Gradio."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import replace
from threading import Lock
from typing import Any

from fusion.engine import Engine
from fusion.outputs import Masking
from viz.panels.visit import Visit
from viz.words import hub as words

KEPT = 12  # answers of all visitors, each with its four passes


class HubAnswers:
    """Knows whether a visit is the pretrained model's, and what to say and to remember of it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._known: OrderedDict[Hashable, Masking] = OrderedDict()
        self._lock = Lock()

    def answers(self, visit: Visit) -> bool:
        """Whether the pretrained model answers this visit."""
        return self.engine.hub is not None and visit.backbone == self.engine.hub.name

    def told(self, visit: Visit, sentence: str) -> str:
        """A sentence about the model where it answers the visit, else ""."""
        info = self.engine.hub
        return "" if info is None or not self.answers(visit) else sentence.format(label=info.label)

    def help(self) -> tuple[str, str]:
        """The model in a few sentences, and where it is from."""
        info = self.engine.hub
        if info is None:
            raise ValueError(words.NO_HUB)
        facts = words.FACTS.format(label=info.label, where=info.where)
        return f"{info.summary} {words.HELP}", facts

    def masking(self, visit: Visit, ask: Callable[[Visit], Masking]) -> Masking:
        """The four passes as `ask` gives them, with the weights of the layer and the head that the
        visit shows; ValueError while the model is not there."""
        if not self.answers(visit):
            return ask(visit)
        check_ready(self.engine, visit.backbone)
        key = (visit.picture_id, visit.question, replace(visit.shown, image=True, question=True))
        with self._lock:
            found = self._known.get(key)
        if found is None:
            found = ask(visit)
        with self._lock:
            self._known[key] = found
            self._known.move_to_end(key)
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
        if visit.layer is None and visit.head is None:
            return found
        cases = {
            case: passed.at(visit.layer, visit.head) if passed.reading else passed
            for case, passed in found.cases.items()
        }
        return replace(found, cases=cases)

    def choices(self, masking: Masking) -> tuple[int, int] | None:
        """The numbers of layers and of heads that can be chosen, None where none can."""
        reading = masking.cases["both"].reading
        return None if reading is None else (reading.layers, reading.heads)


def check_ready(engine: Engine, backbone: str) -> None:
    """Raise ValueError where a backbone is the pretrained model, and is not loaded yet."""
    info = engine.hub
    if info is not None and backbone == info.name and not info.ready:
        raise ValueError(words.NOT_YET.format(label=info.label))


def loaded(engine: Engine) -> dict[str, Any]:
    """Load the pretrained model, and what there is to know of it then; ValueError where there is
    none, or where it cannot be loaded."""
    for _ in engine.fetching():
        pass
    info = engine.hub
    if info is None:
        raise ValueError(words.NO_HUB)
    return {"name": info.name, "label": info.label, "from": info.where, "ready": info.ready}
