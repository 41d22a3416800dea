"""Killed in the middle of writing or of training, or out of room: nothing half-written is read."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import torch
from safetensors.torch import load_file

from fusion import Engine
from fusion.bench.server import ROOT, Server
from fusion.models.store import save_tensors
from tests.test_training import TINY

WRITER = """
import sys
from itertools import count
from pathlib import Path
import torch
from fusion.models.store import save_tensors, write_atomically
folder = Path(sys.argv[1])
for number in count(1):
    tensors = {n: torch.full((1_000_000,), float(number)) for n in "ab"}
    save_tensors(tensors, folder / "w.safetensors")
    write_atomically(folder / "w.json", f'{{"number": {number}, "rest": "{"x" * 2_000_000}"}}')
    print(number, flush=True)
"""
FULL = """
import resource, sys
from pathlib import Path
import torch
from fusion.models.store import save_tensors, write_atomically
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
folder = Path(sys.argv[1])
for write in (
    lambda: save_tensors({"a": torch.ones(1_000_000)}, folder / "w.safetensors"),
    lambda: write_atomically(folder / "w.json", "x" * 2_000_000),
):
    try:
        write()
    except OSError as error:
        print(error)
"""


def started(code: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_killed_while_writing_leaves_whole_files(tmp_path: Path) -> None:
    """Killed at four moments of the writing, which goes on from one to the next."""
    weights, text = tmp_path / "w.safetensors", tmp_path / "w.json"
    for turn in range(4):
        writer = started(WRITER, str(tmp_path))
        assert writer.stdout is not None
        writer.stdout.readline()  # both files are there
        time.sleep(0.007 * turn)  # not a wait for something: where in the next round it is hit
        writer.kill()
        assert writer.wait() == -signal.SIGKILL
        writer.stdout.close()
        tensors = load_file(weights)
        values = {float(t.unique()) for t in tensors.values()}
        assert set(tensors) == {"a", "b"} and len(values) == 1
        assert json.loads(text.read_text())["number"] >= 1
    save_tensors({"a": torch.zeros(2)}, weights)
    assert load_file(weights)["a"].tolist() == [0, 0], "what was left beside it is in nobody's way"


def test_no_room_to_write_is_told_and_leaves_the_old_files(tmp_path: Path) -> None:
    save_tensors({"a": torch.zeros(3)}, tmp_path / "w.safetensors")
    (tmp_path / "w.json").write_text("{}")
    full = started(FULL, str(tmp_path))
    said, _ = full.communicate(timeout=120)
    assert full.returncode == 0
    lines = said.splitlines()
    assert len(lines) == 2 and all("cannot be written, and is as it was" in line for line in lines)
    assert load_file(tmp_path / "w.safetensors")["a"].tolist() == [0, 0, 0]
    assert (tmp_path / "w.json").read_text() == "{}"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["w.json", "w.safetensors"]


# ------------------------------------------------------------------ training


def training(folder: Path, **more: Any) -> subprocess.Popen[bytes]:
    """A training of the tiny recipe with its helpers, which says what it does to two files."""
    recipe = folder / "recipe.json"
    recipe.write_text(json.dumps(TINY))
    command = [
        sys.executable, "-m", "fusion.training", "fit", "--config", str(recipe),
        "--run", str(folder / "run"), "--out", str(folder / "out"),
    ]  # fmt: skip
    with (folder / "said").open("wb") as said, (folder / "errors").open("wb") as errors:
        return subprocess.Popen(
            command, cwd=ROOT, stdout=said, stderr=errors, start_new_session=True, **more
        )


def test_a_killed_training_goes_on_and_says_so(tmp_path: Path) -> None:
    killed = training(tmp_path)
    while "[text] epoch 1" not in (tmp_path / "said").read_text():
        assert killed.poll() is None, (tmp_path / "errors").read_text()
        time.sleep(0.05)  # a process that works gives no other sign to wait for
    os.killpg(killed.pid, signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL
    again = training(tmp_path)
    assert again.wait(250) == 0, (tmp_path / "errors").read_text()
    assert "[image] goes on after epoch 2 of 2" in (tmp_path / "said").read_text()
    for stage in ("text", "tally", "answers"):
        history = json.loads((tmp_path / "run" / stage / "state.json").read_text())["history"]
        assert [entry["epoch"] for entry in history] == [1, 2], stage
    engine = Engine.load(tmp_path / "out")
    assert engine.ask(engine.scene(3).image, "what colour is it?").answers


def limited() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))


def test_a_training_without_room_ends_with_a_sentence(tmp_path: Path) -> None:
    full = training(tmp_path, preexec_fn=limited)
    assert full.wait(250) == 1
    errors = (tmp_path / "errors").read_text()
    assert errors.strip().splitlines()[-1].startswith("error: ") and "cannot be written" in errors
    assert "Traceback" not in errors
    assert not (tmp_path / "out").exists()


# ------------------------------------------------------------------ the page


@contextlib.contextmanager
def no_room(server: Server) -> Iterator[None]:
    """While the page cannot write more than a few bytes to any file."""
    before = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        yield
    finally:
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, before)


def test_no_room_for_a_picture_is_told(live: Server, scene_file: Path) -> None:
    sent = {"files": ("scene.png", scene_file.read_bytes())}
    address = f"{live.url}gradio_api/upload"
    with no_room(live):
        refused = httpx.post(address, files=sent, timeout=60)
        assert httpx.get(live.url, timeout=60).status_code == 200
    assert refused.status_code == 507 and "no room left" in refused.text
    [path] = httpx.post(address, files=sent, timeout=60).json()
    assert Path(path).read_bytes() == scene_file.read_bytes()
