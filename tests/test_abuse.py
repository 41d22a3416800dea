"""Files, addresses and text by which somebody tries to get what is not theirs."""

from __future__ import annotations

import http.server
import io
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from fusion.bench.server import ROOT, Server
from tests.test_page import browser, page, url  # noqa: F401
from viz.limits import LARGEST_FILE, LARGEST_MESSAGE

QUESTION = "what colour is the background?"
FILE = "file:///etc/passwd"
SECRETS = (
    "/etc/passwd",
    "/proc/self/environ",
    str(ROOT / "app.py"),
    str(ROOT / "assets" / "metrics.json"),
    "app.py",
    "../app.py",
    ".git/config",
)


@pytest.fixture
def visitor(live: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{live.url}gradio_api/", timeout=120) as client:
        yield client


def picture(side: int = 60) -> bytes:
    stream = io.BytesIO()
    Image.effect_noise((side, side), 90).save(stream, "PNG")
    return stream.getvalue()


def ask(visitor: httpx.Client, path: object, **given: Any) -> tuple[str, Any]:
    """How a question about the file at `path` ends: "complete" or "error", and the data."""
    image = {"path": path, "meta": {"_type": "gradio.FileData"}}
    body = {"image": image, "question": QUESTION, **given}
    answer = visitor.post("call/v2/ask", json=body)
    if answer.status_code != 200:
        return "refused", {"error": answer.text}
    stream = visitor.get(f"call/ask/{answer.json()['event_id']}").text
    *_, (event, data) = re.findall(r"event: (\w+)\ndata: (.*)\n", stream)
    return event, json.loads(data)


def upload(visitor: httpx.Client, name: str, content: bytes) -> httpx.Response:
    return visitor.post("upload", files={"files": (name, content)})


# ------------------------------------------------------------------ paths


@pytest.mark.parametrize(
    "path", [*SECRETS, "file:///etc/passwd", "", ".", "/", "\x00", "~/.ssh/id"]
)
def test_no_file_of_the_machine_is_read(visitor: httpx.Client, path: str) -> None:
    event, found = ask(visitor, path)
    assert event != "complete"
    said = str(found["error"])
    assert "root:" not in said and "import" not in said and said.strip()
    assert str(ROOT) not in said  # nor is told where the program lies


@pytest.mark.parametrize(
    "path", [*SECRETS, "file:///etc/passwd", "%2e%2e/%2e%2e/etc/passwd", "//etc/passwd"]
)
def test_no_file_of_the_machine_is_served(visitor: httpx.Client, path: str) -> None:
    for form in (f"file={path}", f"file/{path}", f"stream/{path}"):
        answer = visitor.get(form)
        assert answer.status_code in (403, 404, 405), (form, answer.status_code)
        assert "root:" not in answer.text and "import" not in answer.text


def test_a_link_out_of_the_folder_is_not_followed(visitor: httpx.Client) -> None:
    [path] = upload(visitor, "a.png", picture()).json()
    link = Path(path).with_name("link.png")
    link.symlink_to("/etc/passwd")
    try:
        assert visitor.get(f"file={link}").status_code == 403
        event, found = ask(visitor, str(link))
        assert event == "error" and "root:" not in str(found)
    finally:
        link.unlink()


@pytest.mark.parametrize(
    "name", ["../../../../tmp/escaped.png", "/etc/escaped.png", "..\\..\\escaped.png", "a/../b.png"]
)
def test_an_upload_stays_in_its_folder(visitor: httpx.Client, name: str) -> None:
    [kept] = upload(visitor, "kept.png", picture(30)).json()
    folder = Path(kept).parents[1]
    [path] = upload(visitor, name, picture(31)).json()
    assert Path(path).resolve().parents[1] == folder and ".." not in Path(path).parts
    assert ask(visitor, path)[0] == "complete"
    assert not Path("/tmp/escaped.png").exists() and not Path("/etc/escaped.png").exists()


# ------------------------------------------------------------------ addresses


@pytest.fixture
def inside() -> Iterator[tuple[int, list[str]]]:
    """The port of a server of the inner network, which must not be asked, and what it was asked."""
    asked: list[str] = []

    class Inside(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(picture())

        def log_message(self, *given: object) -> None:
            """Nothing on the tests' screen."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Inside) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1], asked
        server.shutdown()


def test_no_address_of_the_inner_network_is_asked(
    visitor: httpx.Client, inside: tuple[int, list[str]]
) -> None:
    port, asked = inside
    hosts = ("127.0.0.1", "localhost", "[::1]", "0.0.0.0", "2130706433", "127.1", "169.254.169.254")
    for host in hosts:
        address = f"http://{host}:{port}/picture.png"
        assert ask(visitor, address)[0] != "complete", host
        assert visitor.get(f"file={address}").status_code in (403, 404), host
        assert visitor.get(f"proxy={address}").status_code in (400, 401, 403, 404), host
    assert asked == []


@pytest.mark.parametrize(
    "address", ["ftp://host/a.png", "gopher://x", "data:text/html,<b>", "javascript:1"]
)
def test_other_kinds_of_addresses_are_refused(visitor: httpx.Client, address: str) -> None:
    event, found = ask(visitor, address)
    assert event != "complete" and str(found["error"]).strip()


# ------------------------------------------------------------------ too large, too slow


def test_what_is_too_large_is_refused_and_leaves_nothing(visitor: httpx.Client) -> None:
    [kept] = upload(visitor, "kept.png", picture(32)).json()
    folder = Path(kept).parents[1]
    before = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    answer = upload(visitor, "large.png", bytes(LARGEST_FILE + 1))
    assert (answer.status_code == 413 and "million bytes" in answer.text) or "size" in answer.text
    several = [("files", (f"{i}.png", bytes(LARGEST_FILE // 2))) for i in range(3)]
    answer = visitor.post("upload", files=several)
    assert answer.status_code == 413
    message = json.dumps({"question": "x" * LARGEST_MESSAGE}).encode()
    answer = visitor.post("call/v2/ask", content=message)
    assert answer.status_code == 413 and "million bytes" in answer.text
    after = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    assert after - before < LARGEST_FILE, "what was refused is not kept"


def test_who_sends_slowly_keeps_nobody_waiting(live: Server, visitor: httpx.Client) -> None:
    [path] = upload(visitor, "a.png", picture()).json()
    host, port = live.url.removeprefix("http://").rstrip("/").split(":")
    head = (
        f"POST /gradio_api/upload HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1000000\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n"
        'Content-Disposition: form-data; name="files"; filename="slow.png"\r\n\r\n'
    )
    slow = [socket.create_connection((host, int(port))) for _ in range(60)]
    try:
        for connection in slow:
            connection.sendall(head.encode())
        for _ in range(3):
            for connection in slow:
                connection.sendall(b"x")
            started = time.monotonic()
            assert ask(visitor, path)[0] == "complete"
            assert time.monotonic() - started < 60
    finally:
        for connection in slow:
            connection.close()
    assert ask(visitor, path)[0] == "complete"


# ------------------------------------------------------------------ text that would be code


EVIL = '<img src=x onerror="alert(1)"><script>alert(2)</script>.png'


def test_a_file_with_code_for_a_name_is_shown_as_text(page) -> None:  # type: ignore[no-untyped-def]  # noqa: F811, ANN001
    from playwright.sync_api import expect

    chooser = page.locator("#picture-row input[type=file]")
    broken = {"name": EVIL, "mimeType": "image/png", "buffer": b"not a picture"}
    chooser.set_input_files(broken)
    toast = page.get_by_test_id("toast-body").first
    expect(toast).to_contain_text("picture")
    expect(
        page.locator("[data-testid=toast-body] img, [data-testid=toast-body] script")
    ).to_have_count(0)
    good = {"name": EVIL, "mimeType": "image/png", "buffer": picture()}
    chooser.set_input_files(good)
    expect(page.locator("#answers .notice")).to_be_visible()
    expect(page.locator("img[src=x]")).to_have_count(0)


def test_an_uploaded_page_is_a_file_and_not_a_page(visitor: httpx.Client) -> None:
    for name in ("evil.html", "evil.svg", "evil.xhtml", "evil.js"):
        [path] = upload(visitor, name, b"<script>alert(1)</script>").json()
        answer = visitor.get(f"file={path}")
        disposition = answer.headers.get("content-disposition", "")
        assert disposition.startswith("attachment"), (name, disposition)
        assert answer.headers["content-type"].startswith("application/octet-stream"), name


def test_code_in_a_question_comes_back_as_data(visitor: httpx.Client) -> None:
    [path] = upload(visitor, "a.png", picture()).json()
    event, [found] = ask(visitor, path, question="<script>alert(1)</script> colour?")
    assert event == "complete" and found["question"].startswith("<script>")
    event, found = ask(visitor, path, fusion="<img src=x onerror=alert(1)>")
    assert event == "error" and "<img" not in found["error"] and "&lt;img" in found["error"]
