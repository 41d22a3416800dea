"""A model from the hub: fetched once and with progress, found again without the network, refused in
one sentence, never asked for twice in a row. The hub is a small server on this machine that speaks
as much of the hub's protocol as its own client asks."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import pytest

from fusion.adapters.hub import HubModel
from fusion.adapters.source import Source
from fusion.adapters.vilt import Vilt
from fusion.engine import Engine
from fusion.outputs import Fetch
from tests.tiny_vilt import write_vilt
from viz.panels.errors import told
from viz.words import spoken

REPOSITORY = Vilt.published.repository
COMMIT = Vilt.published.commit + "0" * (40 - len(Vilt.published.commit))
OTHER = "1" * 40


class Hub(ThreadingHTTPServer):
    """Serves a folder as one repository; counts what it is asked, and can hold back the weights."""

    def __init__(self, folder: Path, commit: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder, self.commit = folder, commit
        self.asked: list[str] = []
        self.status = 200
        self.go_on = threading.Event()
        self.go_on.set()
        self.half = threading.Event()  # half of the weights have been sent

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Hub

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing."""

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def do_GET(self) -> None:
        self.answer(body=True)

    def answer(self, *, body: bool) -> None:
        path = unquote(self.path.partition("?")[0])
        self.server.asked.append(f"{self.command} {path}")
        api = f"/api/models/{REPOSITORY}"
        if self.server.status != 200:
            self.send({"X-Error-Message": "no"}, b"{}", body=body, status=self.server.status)
        elif path.startswith(f"{api}/revision/"):
            told = {"id": REPOSITORY, "sha": self.server.commit, "siblings": []}
            self.send({}, json.dumps(told).encode(), body=body)
        elif path.startswith(f"{api}/tree/"):
            files = [
                {"type": "file", "path": f.name, "size": f.stat().st_size, "oid": digest(f)}
                for f in sorted(self.server.folder.iterdir())
            ]
            self.send({}, json.dumps(files).encode(), body=body)
        else:
            self.file(self.server.folder / path.rpartition("/")[2], body=body)

    def file(self, path: Path, *, body: bool) -> None:
        content = path.read_bytes()
        start = int(self.headers.get("Range", "bytes=0-")[6:].partition("-")[0] or 0)
        self.send_response(206 if start else 200)
        for name, value in (
            ("Content-Length", str(len(content) - start)),
            ("ETag", f'"{digest(path)}"'),
            ("X-Repo-Commit", self.server.commit),
            ("Accept-Ranges", "bytes"),
        ):
            self.send_header(name, value)
        self.end_headers()
        if not body:
            return
        middle = (start + len(content)) // 2
        try:
            self.wfile.write(content[start:middle])
            self.wfile.flush()
            if path.suffix == ".safetensors":
                self.server.half.set()
                self.server.go_on.wait(60)
            self.wfile.write(content[middle:])
        except OSError:  # who asked has gone
            pass

    def send(
        self, headers: dict[str, str], content: bytes, *, body: bool, status: int = 200
    ) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if body:
            self.wfile.write(content)


def digest(path: Path) -> str:
    return hashlib.sha1(path.read_bytes(), usedforsecurity=False).hexdigest()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_vilt(tmp_path_factory.mktemp("published"))


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The hub's cache, empty."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    return tmp_path


@pytest.fixture
def hub(folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    server = Hub(folder, COMMIT)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    point_to(monkeypatch, server.address)
    yield server
    server.go_on.set()
    server.shutdown()
    server.server_close()


def point_to(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Where the hub's client looks for the hub."""
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", address)
    template = address + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)


def gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No hub: a port where nobody listens."""
    point_to(monkeypatch, "http://127.0.0.1:9")


def test_it_is_fetched_once_and_found_without_the_network(
    hub: Hub, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = HubModel("vilt")
    assert (model.name, model.ready, model.info.where) == ("vilt", False, REPOSITORY)
    assert hub.asked == []  # nothing before it is wanted
    hub.go_on.clear()
    seen: list[Fetch] = []
    for step in model.fetching():
        seen.append(step)
        if hub.half.is_set() and 0 < step.done < step.total:
            hub.go_on.set()
    assert model.ready
    assert any(step.phase == "fetching" and 0 < step.done < step.total for step in seen)
    assert list(cache.rglob(f"snapshots/{COMMIT}/model.safetensors"))
    asked = list(hub.asked)
    assert sum("/revision/refs/pr/9" in line for line in asked) >= 1
    gone(monkeypatch)
    again = HubModel(REPOSITORY)
    assert again.family().answers == model.family().answers
    assert hub.asked == asked


def test_many_at_once_fetch_once(hub: Hub) -> None:
    model = HubModel("vilt")
    with ThreadPoolExecutor(5) as pool:
        found = list(pool.map(lambda _: id(model.family()), range(5)))
    assert len(set(found)) == 1
    assert sum(line.startswith("GET") and "model.safetensors" in line for line in hub.asked) == 1


def test_who_stops_ends_it_and_it_can_be_gone_on_with(hub: Hub) -> None:
    model = HubModel("vilt")
    hub.go_on.clear()
    for _ in model.fetching():
        if hub.half.is_set():
            break
    hub.go_on.set()
    assert not model.ready
    model.family()  # no rest after a stop
    assert model.ready


def test_while_another_waits_it_goes_on(hub: Hub) -> None:
    model = HubModel("vilt")
    hub.go_on.clear()
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(model.family)
        hub.half.wait(60)
        for _ in model.fetching():
            break
        hub.go_on.set()
        assert other.result(60) is model.family()


def test_without_the_hub_there_is_one_sentence_and_one_attempt(
    hub: Hub, tiny_assets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from PIL import Image

    engine, picture = Engine.load(tiny_assets, hub_model="vilt"), Image.new("RGB", (60, 60))
    hub.status = 503
    with pytest.raises(ValueError, match=r"^ViLT .* cannot be fetched: the hub refused") as raised:
        engine.ask(picture, "what is it?", backbone="vilt")
    assert "Everything else works without it." in str(raised.value)
    asked = len(hub.asked)
    for _ in range(3):
        with pytest.raises(ValueError, match=r"It can be tried again in \d+ s\.$") as again:
            engine.ask(picture, "what is it?", backbone="vilt")
    with spoken("zh"):
        assert re.search(
            r"：模型库拒绝了请求（503）。其他一切照常。\d+ 秒后可以再试。$", told(again.value)
        )
    assert len(hub.asked) == asked
    assert engine.ask(picture, "what is it?").answers
    model = HubModel("vilt", rest=0.0)
    gone(monkeypatch)
    with pytest.raises(ValueError, match="the hub cannot be reached"):
        model.family()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ValueError, match=r"the hub is switched off here \(HF_HUB_OFFLINE\)"):
        model.family()


def test_another_commit_is_refused_before_it_is_fetched(hub: Hub, cache: Path) -> None:
    hub.commit = OTHER
    with pytest.raises(ValueError, match=r"refs/pr/9 .* is commit 1111111111 now, not 799f1d2"):
        HubModel("vilt").family()
    assert not list(cache.rglob("*.safetensors"))


def test_weights_as_a_pickle_are_not_read(folder: Path, hub: Hub, tmp_path: Path) -> None:
    hub.folder = tmp_path / "pickled"
    hub.folder.mkdir()
    for path in folder.iterdir():
        name = "pytorch_model.bin" if path.suffix == ".safetensors" else path.name
        (hub.folder / name).write_bytes(path.read_bytes())
    with pytest.raises(ValueError, match="no weights as safetensors, and nothing else is read"):
        HubModel("vilt").family()
    assert not [line for line in hub.asked if "pytorch_model" in line]


def test_a_disk_that_is_full_is_said(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("huggingface_hub.snapshot_download", full)
    monkeypatch.setattr(Source, "here", lambda self: None)
    with pytest.raises(ValueError, match="there is no room for it on the disk"):
        HubModel("vilt").family()


def test_another_model_needs_its_commit() -> None:
    given = Source.of(f"somebody/vilt-mine@{OTHER}")
    assert (given.published.repository, given.published.revision) == ("somebody/vilt-mine", OTHER)
    with pytest.raises(ValueError, match="owner/name@commit"):
        Source.of("somebody/vilt-mine@main")
