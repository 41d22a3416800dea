"""The Results page: what was measured, drawn when somebody looks at it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import gradio as gr

from fusion.engine import Engine
from fusion.outputs import Measured
from viz.panels import results_markup, trust_section
from viz.panels.drawn import drawable_words
from viz.panels.errors import told_plainly
from viz.panels.results_sections import sections
from viz.panels.results_view import Section, chosen, to_csv
from viz.panels.web_files import web
from viz.plots.results import PRINT, SCREEN, Look, png
from viz.words import backbones as words_backbones
from viz.words import engine as said
from viz.words import errors, language
from viz.words import results as words

DRAWN = 128  # figures kept, of some 20 kB each

Given = dict[str, Any]


class Results:
    """The measurement as sections, figures and files; a figure is drawn once for all visitors."""

    def __init__(self, measured: Measured, trust: Callable[[], str] = str) -> None:
        self.measured, self.trust = measured, trust
        self.sections = sections(measured)
        self._drawn = lru_cache(DRAWN)(self._draw)

    def section(self, key: str, questions: str | None = None, mask: str | None = None) -> Section:
        """One section under a choice; ValueError when there is no such section, set or mask."""
        if key not in self.sections:
            raise ValueError(errors.UNKNOWN_FIGURE.format(got=key, known=", ".join(self.sections)))
        return self.sections[key](self.measured, chosen(self.measured, questions, mask))

    def page(self) -> str:
        """Every section as HTML, without the figures' pictures, and what was not measured."""
        page = "".join(results_markup.section(self.section(key)) for key in self.sections)
        measured = any(model.kind == "backbone" for model in self.measured.models)
        rest = "" if measured else results_markup.missing(words_backbones.NOT_MEASURED)
        return page + rest + self.trust()

    def figure(
        self, key: str, questions: str | None, mask: str | None, look: Look, *, to_print: bool
    ) -> str:
        """The picture of a section as a data URI."""
        return self._drawn(key, questions, mask, look, to_print, language())

    def _draw(
        self,
        key: str,
        questions: str | None,
        mask: str | None,
        look: Look,
        to_print: bool,
        language: str,
    ) -> str:
        with drawable_words():
            figure = self.section(key, questions, mask).draw(replace(look, words=words.AXES))
        drawn = png(figure, dots_per_inch=PRINT if to_print else SCREEN)
        return "data:image/png;base64," + base64.b64encode(drawn).decode()


def results_page(engine: Engine) -> gr.HTML:
    """The page, to be placed inside a tab, and the endpoint `/results`."""
    if engine.measured is None:
        return gr.HTML(f'<p class="unmeasured">{words.NOT_MEASURED}</p>', elem_id="results")

    def trust() -> str:
        labels = {info.name: said.said(info.label) for info in engine.explainers}
        return trust_section.trust(engine.trust, labels)

    results = Results(engine.measured, trust)

    # The browser gives one object to each of these; Gradio hangs them on the component by name.
    def fetch_page(given: Given) -> str:
        return results.page()

    def fetch_section(given: Given) -> str:
        return results_markup.section(results.section(*_asked(given)))

    def fetch_figure(given: Given) -> str:
        look = Look(
            words=words.AXES, dark=bool(given.get("dark")), narrow=bool(given.get("narrow"))
        )
        return results.figure(*_asked(given), look, to_print=bool(given.get("print")))

    def fetch_table(given: Given) -> str:
        return to_csv(results.section(*_asked(given)).records)

    def measured_results(figure: str, questions: str, mask: str) -> str:
        """Give the measured shares of right answers behind one figure of the Results page.

        Args:
            figure: Name of the figure, such as "fusion-families" or "fusion-masks".
            questions: The set of questions, such as "test" or "looks".
            mask: What the model saw: "both", "image", "text" or "none".

        Returns:
            CSV: one line per measured share, with counts and the 95 % interval.
        """
        with told_plainly():
            asked = [str(each) for each in (figure, questions, mask)]  # programs send anything
            return to_csv(results.section(*asked).records)

    gr.api(measured_results, api_name="results", concurrency_limit=None)
    return gr.HTML(
        f'<p class="intro">{words.INTRO}</p><div class="sections" aria-live="polite">'
        f"<p>{words.LOADING}</p></div>",
        js_on_load=web("results.js"),
        elem_id="results",
        apply_default_css=False,
        server_functions=[fetch_page, fetch_section, fetch_figure, fetch_table],
        words={"failed": words.FAILED},
    )


def _asked(given: Given) -> tuple[str, str | None, str | None]:
    questions, mask = (given.get(name) for name in ("questions", "mask"))
    return (
        str(given.get("section")),
        None if questions is None else str(questions),
        None if mask is None else str(mask),
    )
