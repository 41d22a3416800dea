"""Who is spoken to in which language, and Chinese in figures."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from matplotlib.figure import Figure
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from viz.panels.spoken import COOKIE, Spoken
from viz.plots import fonts
from viz.plots.results import Look, dot_plot, png
from viz.words import engine, errors, language, page, results, spoken
from viz.words.common import has_chinese


def client() -> TestClient:
    def said(_: Any) -> PlainTextResponse:
        return PlainTextResponse(page.TAB_ABOUT)

    def html(_: Any) -> HTMLResponse:
        return HTMLResponse('<html lang="en"><head></head><body>一</body></html>')

    routes = [Route("/", said), Route("/html", html)]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(Spoken)]))


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({}, "About"),
        ({"accept-language": "zh-CN,zh;q=0.9"}, "关于"),
        ({"accept-language": "de-DE, en;q=0.2, zh;q=0.5"}, "关于"),
        ({"accept-language": "en-GB, zh;q=0.9"}, "About"),
        ({"accept-language": "zh;q=0, de"}, "About"),
        ({"accept-language": ";;q=,,zh;q=x"}, "About"),
        ({"accept-language": "zh", "cookie": f"{COOKIE}=en"}, "About"),
        ({"accept-language": "en", "cookie": f"other=1; {COOKIE}=zh"}, "关于"),
        ({"accept-language": "zh", "cookie": f"{COOKIE}=klingon"}, "关于"),
        ({"accept-language": "zh", "cookie": "\x01=;;="}, "关于"),
    ],
    ids=str,
)
def test_the_choice_wins_over_the_browser_and_english_is_the_rest(
    headers: dict[str, str], told: str
) -> None:
    assert client().get("/", headers=headers).text == told
    assert language() == "en"


def test_html_says_its_language_and_is_whole() -> None:
    answer = client().get("/html", headers={"accept-language": "zh"})
    assert answer.text.startswith('<html lang="zh-CN"><head><script>') and "一" in answer.text
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert answer.headers["content-language"] == "zh-CN"
    assert "Accept-Language" in answer.headers["vary"] and "Cookie" in answer.headers["vary"]
    assert 'lang="en"' in client().get("/html").text


# ------------------------------------------------------------------ figures


def figure() -> Figure:
    rows, series = [engine.family("shape"), "hybrid-dot"], list(results.MASKS.values())[:2]
    shares = [[0.5, 0.25], [0.75, 1.0]]
    intervals = [[(s - 0.1, s + 0.1) for s in row] for row in shares]
    import numpy as np

    return dot_plot(np.array(shares), np.array(intervals), rows, series, Look(words=results.AXES))


def test_chinese_in_figures_is_no_boxes() -> None:
    with spoken("zh"), warnings.catch_warnings():
        warnings.simplefilter("error")  # matplotlib warns of a letter that becomes a box
        drawn = figure()
        assert has_chinese(fonts.written(drawn))
        assert fonts.undrawable(fonts.written(drawn)) == ""
        assert len(png(drawn)) > 1000


def test_without_a_chinese_font_the_letters_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "families", lambda: (fonts.LATIN,))
    with spoken("zh"):
        assert has_chinese(fonts.undrawable(fonts.written(figure())))
    assert fonts.undrawable(fonts.written(figure())) == ""
    assert errors.STOP == "."
