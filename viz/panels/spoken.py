"""The page in the language of each visitor: their own choice, else their browser's, else English.

The components are made once for each language, and whoever asks is sent those of theirs, so that
labels, menus, help and what the scripts say all come in one answer. (`gr.I18n` translates labels in
the browser alone, and knows no choice but the browser's.) Events come through `process_api`, all
other requests through a middleware; both set the language that `viz.words` speaks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any

import gradio as gr
from gradio.exceptions import InvalidPathError
from pydantic import ValidationError
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from viz import words

COOKIE = "duet-language"
MOST_LANGUAGES = 16  # read of what a browser asks for
# Gradio's own texts follow the browser's language, so the browser is made to say the page's.
SCRIPT = (
    "<script>Object.defineProperties(navigator, {{ language: {{ get: () => '{tag}' }}, "
    "languages: {{ get: () => ['{tag}'] }} }});</script>"
)


def wanted(headers: Mapping[str, str]) -> str:
    """The language that a request asks for, by its cookie or by what its browser prefers.

    >>> wanted({"accept-language": "fr, zh-TW;q=0.9, en;q=0.8"}), wanted({})
    ('zh', 'en')
    >>> wanted({"accept-language": "zh-CN", "cookie": "a=b; duet-language=en"})
    'en'
    """
    chosen = _cookie(headers.get("cookie", ""))
    if chosen in words.LANGUAGES:
        return chosen
    found = [_preference(part) for part in headers.get("accept-language", "").split(",")]
    ranked = sorted(found[:MOST_LANGUAGES], key=lambda item: -item[1])
    known = (name for name, weight in ranked if name in words.LANGUAGES and weight > 0)
    return next(known, words.language())


def _cookie(text: str) -> str:
    try:
        morsel = SimpleCookie(text).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def _preference(part: str) -> tuple[str, float]:
    """One language of an Accept-Language header and its weight.

    >>> _preference(" zh-Hans-CN;q=0.7"), _preference("en;q=high")
    (('zh', 0.7), ('en', 0.0))
    """
    tag, _, weight = part.partition(";")
    try:
        number = float(weight.strip().removeprefix("q=") or 1)
    except ValueError:
        number = 0.0
    return tag.strip().split("-")[0].lower(), number


class SpokenPage(gr.Blocks):
    """A page that is served, and answers, in the language of whoever asks."""

    def __init__(self, **options: Any) -> None:
        self._own: Any = None
        self._components: dict[str, list[dict[str, Any]]] = {}
        super().__init__(**options)

    def also_in(self, language: str, build: Callable[[], None]) -> None:
        """Take what the components say in another language from a second making of them."""
        with words.spoken(language), _Draft(analytics_enabled=False) as draft:
            build()
        self._components[language] = [
            {**other, "id": own["id"]}
            for own, other in zip(self._own["components"], draft.made, strict=True)
        ]

    @property
    def config(self) -> Any:
        """What the browser is sent; Gradio sets it, in the language in which the page was made."""
        components = self._components.get(words.language())
        return self._own if components is None else {**self._own, "components": components}

    @config.setter
    def config(self, own: Any) -> None:
        self._own = own

    async def process_api(self, *args: Any, request: Any = None, **options: Any) -> dict[str, Any]:
        """Answer an event, in its visitor's language."""
        headers = getattr(request, "headers", None)
        with words.spoken(words.language() if headers is None else wanted(headers)):
            try:
                return await super().process_api(*args, request=request, **options)
            except ValidationError as error:  # Gradio's, of a file that is described wrongly
                raise gr.Error(words.page.MALFORMED, print_exception=False) from error
            except InvalidPathError as error:  # Gradio's own words tell where the program lies
                raise gr.Error(words.page.NOT_UPLOADED, print_exception=False) from error


class _Draft(gr.Blocks):
    """A page of which only `made`, its components, is used: it gets no queue and no server."""

    made: list[dict[str, Any]]

    def queue(self, *args: Any, **options: Any) -> _Draft:
        return self

    def __exit__(self, exc_type: type[BaseException] | None = None, *args: Any) -> None:
        self.fill_expected_parents()
        self.made = self.default_config.get_config()["components"]
        super().__exit__(exc_type or GeneratorExit, *args)  # leave as if it had not been finished


class Spoken:
    """Middleware: every request in its language, and the page's HTML says so."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): v.decode("latin-1") for name, v in scope["headers"]}
        with words.spoken(wanted(headers)):
            await self.app(scope, receive, _Html(send, words.TAGS[words.language()]))


class _Html:
    """Sends what it is given; an HTML page whole, with its language in it."""

    def __init__(self, send: Send, tag: str) -> None:
        self.send, self.tag = send, tag
        self.start: Message | None = None
        self.body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if headers.get("content-type", "").startswith("text/html"):
                headers["content-language"] = self.tag
                headers.add_vary_header("Accept-Language, Cookie")
                self.start = message
                return
        if self.start is None:
            await self.send(message)
            return
        self.body += message.get("body", b"")
        if not message.get("more_body", False):
            await self._whole(self.start)

    async def _whole(self, start: Message) -> None:
        script = SCRIPT.format(tag=self.tag)
        html = self.body.replace(b"<head>", f"<head>{script}".encode(), 1)
        html = html.replace(b'lang="en"', f'lang="{self.tag}"'.encode(), 1)
        headers = MutableHeaders(scope=start)
        if "content-length" in headers and self.body:  # none follows the answer to HEAD
            headers["content-length"] = str(len(html))
        await self.send(start)
        await self.send({"type": "http.response.body", "body": html})
