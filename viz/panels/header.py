"""The page's name, and the switches of language and of light and dark."""

from __future__ import annotations

import gradio as gr

from viz.panels.spoken import COOKIE
from viz.panels.web_files import web
from viz.words import LANGUAGES, TAGS, language
from viz.words import page as words


def header_panel() -> gr.HTML:
    """Name, one line of what it is, and the two switches."""
    theme = words.THEME_SWITCH
    return gr.HTML(
        f"<header><h1>{words.NAME}</h1><p>{words.TAGLINE}</p>"
        f'<span class="choices">{_languages()}<button type="button" id="theme" class="tool" '
        f'title="{theme}" aria-label="{theme}">◐</button></span></header>',
        js_on_load=web("header.js"),
        elem_id="header",
        cookie=COOKIE,
        gradio={said: other for said, other in words.GRADIO.items() if said != other},
        apply_default_css=False,
    )


def _languages() -> str:
    """A button for every other language, in that language."""
    return "".join(
        f'<button type="button" class="tool" id="language-{code}" data-language="{code}" '
        f'lang="{TAGS[code]}" title="{words.LANGUAGE_SWITCH}">{name}</button>'
        for code, name in LANGUAGES.items()
        if code != language()
    )
