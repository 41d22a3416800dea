"""The Learn page: predict what the model does, then see what it did."""

from __future__ import annotations

from html import escape
from typing import Any

import gradio as gr

from fusion.engine import Engine
from viz.lessons import lessons
from viz.lessons.base import Lesson, Live
from viz.panels import learn_markup
from viz.panels.links import CLASS
from viz.panels.web_files import web
from viz.words import learn as words

Given = dict[str, Any]
JSON = dict[str, Any]


class Learn:
    """The lessons and the live model that they ask."""

    def __init__(self, engine: Engine) -> None:
        self.live, self.lessons = Live(engine), lessons()

    def lesson(self, key: str) -> Lesson:
        """The lesson of a key; ValueError when there is none."""
        if key not in self.lessons:
            raise ValueError(words.UNKNOWN.format(got=key[:40], known=", ".join(self.lessons)))
        return self.lessons[key]

    def ask(self, key: str) -> JSON:
        """What a lesson asks the visitor."""
        lesson = self.lesson(key)
        picture, options = self.live.scene(lesson.state).image, lesson.options(self.live)
        html = learn_markup.asked(lesson, picture, options)
        return {"html": html, "kind": lesson.kind, "options": len(options)}

    def reveal(self, key: str, guess: list[float]) -> JSON:
        """What a guess is worth, and what the model did."""
        lesson = self.lesson(key)
        found = lesson.reveal(self.live, guess)
        return {"html": learn_markup.revealed(lesson, found), "score": found.score}


def learn_page(engine: Engine) -> gr.HTML:
    """The page, to be placed inside a tab. Sends `restore` with the state that is to be tried."""
    learn = Learn(engine)

    # The browser gives one object to each of these; Gradio hangs them on the component by name.
    def fetch_lesson(given: Given) -> JSON:
        return learn.ask(str(given.get("key")))

    def fetch_reveal(given: Given) -> JSON:
        guess = [float(number) for number in given.get("guess", [])]
        return learn.reveal(str(given.get("key")), guess)

    return gr.HTML(
        f'<p class="intro">{words.INTRO}</p><div class="bar"><nav aria-label="{words.PAGE["nav"]}">'
        f'</nav><p class="score" role="status"></p><button type="button" id="learn-again" '
        f'class="tool">{escape(words.PAGE["again"])}</button></div><div class="lesson"></div>',
        js_on_load=web("learn.js"),
        elem_id="learn",
        apply_default_css=False,
        server_functions=[fetch_lesson, fetch_reveal],
        words=words.PAGE,
        class_names=list(CLASS),
        lessons=[{"key": key, "title": lesson.title} for key, lesson in learn.lessons.items()],
    )
