"""Following a link: from the parameters of an address to the page it asks for. Free of Gradio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from viz.panels.errors import told
from viz.panels.handlers import Handlers, Page
from viz.panels.links import CARRIED, ClassMode, State, class_of, read, state_of
from viz.panels.visit import NO_CLASS
from viz.words import errors
from viz.words import share as words


@dataclass(frozen=True, kw_only=True, slots=True)
class Followed:
    """What a link leads to: the page (None: as it opened), the tab to show ("": the first), the
    class mode, and a sentence for each thing in it that could not be followed."""

    page: Page | None
    tab: str
    mode: ClassMode
    told: tuple[str, ...]


def follow(handlers: Handlers, search: str, tabs: Sequence[str]) -> Followed:
    """Never raises for what a link holds: what cannot be followed is told and left out."""
    given = read(search)
    told: list[str] = []
    mode, state = ClassMode(), State()
    try:
        mode = class_of(given, tabs)
    except ValueError as error:
        told.append(words.bad_class(_sentence(error)))
    try:
        state = state_of(given, tabs)
    except ValueError as error:
        told.append(words.bad_link(_sentence(error)))
    page = None
    if CARRIED in given:
        try:
            page = handlers.carried(given[CARRIED])
        except ValueError as error:
            told.append(_sentence(error))
    elif state.is_set or mode.offered != NO_CLASS:
        asks = state.question is not None or not mode.questions
        for attempt, offered, say in (
            (state, mode.offered, words.bad_link if asks else words.bad_class),
            (State(), mode.offered, words.bad_class),
            (State(), NO_CLASS, words.bad_class),
        ):
            try:
                page = handlers.restored(attempt, offered)
            except ValueError as error:
                told.append(say(_sentence(error)))
            else:
                mode = replace(mode, questions=offered.questions, free=offered.free)
                break
    return Followed(page=page, tab=_tab(state, mode), mode=mode, told=tuple(dict.fromkeys(told)))


def _tab(state: State, mode: ClassMode) -> str:
    """The tab that the link names, or the first that is shown."""
    shown = not mode.tabs or state.tab in mode.tabs
    return state.tab if state.tab and shown else next(iter(mode.tabs), "")


def _sentence(error: ValueError) -> str:
    return told(error).rstrip(".。") + errors.STOP
