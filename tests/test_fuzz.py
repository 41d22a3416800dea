"""Every endpoint given what nobody would send: an answer or a sentence, never a crash.

What is sent is drawn from the page's own OpenAPI document, and each answer is fetched, which tools
that only read the document do not do: an endpoint's own answer is the number of a call.
`--requests` says how many; the whole run has 5000.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fusion.bench.server import Server
from viz.words import page as words

SLOW = "/gradio_api/call/v2/train"  # has tests of its own, and takes a minute when all is well
INTERNALS = re.compile(r"Traceback|site-packages|\.py\b|Error\b.*:|object at 0x|/root/|/home/")
LONGEST = 700
GRADIO = "Could not preprocess input component"  # its own words for a value of another kind

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=40)
    | st.sampled_from(
        ["main", "hybrid-self", "../../etc/passwd", "file:///etc/passwd", "\x00", "NaN"]
    ),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


def arguments(endpoint: Mapping[str, Any], image: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Bodies for an endpoint: each argument as in its example, or anything, or left out."""
    content = endpoint["post"]["requestBody"]["content"]["application/json"]
    examples = content.get("examples", {}).get("example1", {}).get("value", {})
    each: dict[str, st.SearchStrategy[Any]] = {}
    for name in content["schema"]["properties"]:
        good: Any = dict(image) if name == "image" else examples.get(name)
        each[name] = st.just(good) | st.just(good) | anything
        if name == "image":
            odd = st.fixed_dictionaries({"path": anything, "meta": st.just(image["meta"])})
            each[name] = st.just(good) | odd
    return st.fixed_dictionaries({}, optional=each)


@pytest.fixture(scope="module")
def bodies(live: Server, scene_file: Path) -> st.SearchStrategy[tuple[str, Any]]:
    """A path of the document and a body for it."""
    document = httpx.get(f"{live.url}gradio_api/openapi.json", timeout=60).json()["paths"]
    sent = {"files": ("scene.png", scene_file.read_bytes())}
    [path] = httpx.post(f"{live.url}gradio_api/upload", files=sent, timeout=60).json()
    image = {"path": path, "meta": {"_type": "gradio.FileData"}}
    calls = [name for name in document if "/call/v2/" in name and name != SLOW]
    return st.sampled_from(calls).flatmap(
        lambda name: st.tuples(st.just(name), arguments(document[name], image))
    )


def is_plain(text: object) -> bool:
    """Whether it is something to say to a person who made a mistake."""
    return (
        isinstance(text, str)
        and 0 < len(text.strip()) <= LONGEST
        and text != words.BUG
        and (INTERNALS.search(text) is None or text.startswith(GRADIO))
    )


def test_nothing_that_is_sent_breaks_it(
    live: Server, bodies: st.SearchStrategy[tuple[str, Any]], request: pytest.FixtureRequest
) -> None:
    visitor = httpx.Client(base_url=live.url, timeout=120)

    @settings(
        max_examples=request.config.getoption("requests"),
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(bodies)
    def send(drawn: tuple[str, Any]) -> None:
        path, body = drawn
        text = json.dumps(body)  # with NaN and Infinity, as careless programs write them
        kind = {"content-type": "application/json"}
        answer = visitor.post(path, content=text.encode("utf-8", "replace"), headers=kind)
        if answer.status_code != 200:
            told = answer.status_code < 500 or answer.text == words.UNREADABLE
            assert told and answer.text.strip(), (path, body, answer.text)
            return
        event = answer.json()["event_id"]
        stream = visitor.get(f"{path.replace('/v2/', '/')}/{event}").text
        *_, (kind_of, data) = re.findall(r"event: (\w+)\ndata: (.*)\n", stream)
        found = json.loads(data)
        assert kind_of == "complete" or is_plain(found["error"]), (path, body, found)

    send()
    assert Path(f"/proc/{live.pid}").exists(), "the process is gone"


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"data": 3}', b"[" * 100_000]
)
def test_no_json_is_refused(live: Server, content: bytes) -> None:
    kind = {"content-type": "application/json"}
    for call in ("call/ask", "call/v2/ask", "queue/join", "call/none", "mcp/"):
        address = f"{live.url}gradio_api/{call}"
        answer = httpx.post(address, content=content, headers=kind, timeout=60)
        assert answer.status_code >= 400 or content in (b"[]", b"null"), answer.text
        assert answer.status_code < 500 or answer.text == words.UNREADABLE, answer.text
        assert "Traceback" not in answer.text
