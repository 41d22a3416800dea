"""The page's OpenAPI document, put to the test by a tool that knows nothing of the page.

schemathesis sends what the document allows and what it forbids; no answer is a server error, and
each is of a kind that the document names. What the answers of the calls say is test_fuzz's.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance

from fusion.bench.server import Server
from tests.test_fuzz import SLOW
from viz.mistakes import LONGEST, last_event, refusal
from viz.words import page as words

EACH = 20  # requests to every endpoint
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)  # what is allowed, what is not


def test_what_the_document_allows_and_forbids_is_no_server_error(live: Server) -> None:
    document = schemathesis.openapi.from_url(f"{live.url}gradio_api/openapi.json")
    operations: list[Any] = [found.ok() for found in document.get_all_operations()]  # type: ignore[union-attr]
    assert len(operations) > 30
    for operation in operations:
        if operation.path == SLOW:
            continue

        @settings(
            max_examples=EACH,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(st.one_of([operation.as_strategy(generation_mode=mode) for mode in MODES]))
        def send(case: Case) -> None:
            answer = case.call(timeout=120)
            named = [content_type_conformance] if answer.status_code == 200 else []
            case.validate_response(answer, checks=[not_a_server_error, *named])

        send()


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("call/v2/compare", {"question": "?"}, 400, words.MISSING_ARGUMENT.format(name="image")),
        ("call/v2/fusions", {"x" * 99: 1}, 400, words.UNKNOWN_ARGUMENT.format(name="x" * LONGEST)),
        ("call/v2/nothing", {}, 404, words.NO_ENDPOINT.format(name="nothing")),
    ],
)
def test_a_wrong_call_is_told_what_is_wrong(
    live: Server, path: str, body: dict[str, Any], status: int, said: str
) -> None:
    answer = httpx.post(f"{live.url}gradio_api/{path}", json=body, timeout=60)
    assert (answer.status_code, answer.text) == (status, said)


def test_a_form_without_a_file_is_told_so(live: Server) -> None:
    address = f"{live.url}gradio_api/upload"
    answer = httpx.post(address, files={"files": (None, b"text")}, timeout=60)
    assert (answer.status_code, answer.text) == (400, words.NO_FILE)


def test_the_stream_of_a_call_that_is_not_there_ends_with_a_sentence(live: Server) -> None:
    stream = httpx.get(f"{live.url}gradio_api/call/ask/nothing", timeout=60)
    *_, last, _ = stream.text.split("\n\n")
    event, data = last.split("\ndata: ")
    assert event == "event: error" and json.loads(data) == {"error": words.NO_CALL}


def test_what_is_nobodys_mistake_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    assert refusal(TypeError("of ours"), "/gradio_api/call/v2/ask") == (500, words.UNREADABLE)
    assert refusal(AttributeError("of ours"), "/gradio_api/call/ask") == (500, words.UNREADABLE)
    assert words.BUG in last_event(RuntimeError("of ours")).decode()
    assert len(caplog.records) == 3 and all(record.exc_info for record in caplog.records)


def test_no_room_is_said(tmp_path: Path) -> None:
    full = OSError(28, "no space left", str(tmp_path))
    assert refusal(full, "/gradio_api/upload") == (507, words.NO_ROOM)
