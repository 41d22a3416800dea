"""What work in the background freed goes back to the computer."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest
import torch

from fusion.background import Background
from fusion.bench.server import ROOT
from fusion.memory import release_memory
from viz.limits import sweeping

MEGABYTE = 1 << 20
BLOCKS, BLOCK = 3000, 64 * 1024  # bytes; below what the C library asks the system for one by one


@pytest.fixture(autouse=True)
def nothing_lies_about() -> None:
    """Or the blocks would be put where other tests' memory lies."""
    release_memory()


def resident() -> int:
    """Memory of this process in bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def test_background_leaves_nothing_of_what_it_freed() -> None:
    """Blocks freed below one that is kept stay with a thread's allocator unless asked back."""
    kept = []

    def work(_left: Callable[[], bool]) -> Iterator[int]:
        blocks = [torch.ones(BLOCK // 4) for _ in range(BLOCKS)]
        kept.append(torch.ones(BLOCK // 4))
        grown = resident()
        del blocks
        yield grown

    before = resident()
    [during] = Background(work)
    assert during - before > 0.9 * BLOCKS * BLOCK, "the blocks were never there"
    assert resident() - before < 0.2 * BLOCKS * BLOCK, "most of the freed blocks are still held"


def test_the_page_gives_back_what_answers_have_freed(tmp_path: Path) -> None:
    """Any thread's, now and then while it is served; the first time at its start."""
    kept = []

    def answer() -> None:
        blocks = [torch.ones(BLOCK // 4) for _ in range(BLOCKS)]
        kept.append(torch.ones(BLOCK // 4))
        del blocks

    async def serve() -> None:
        async with sweeping(None):
            while resident() - before > 0.2 * BLOCKS * BLOCK:
                await asyncio.sleep(0.01)

    before = resident()
    thread = Thread(target=answer)
    thread.start()
    thread.join()
    assert resident() - before > 0.9 * BLOCKS * BLOCK, "nothing was left lying"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
        asyncio.run(asyncio.wait_for(serve(), 20))


ARENAS = """
import ctypes, sys, tempfile, threading
import app
if "served" in sys.argv:
    sys.argv = ["app.py", "--assets", "nowhere"]
    try:
        app.main()  # as far as to the weights that are not there
    except ValueError as error:
        assert "nowhere" in str(error)
everybody = threading.Barrier(9)
def store():
    kept = bytearray(100_000)
    everybody.wait()
    everybody.wait()
for _ in range(8):
    threading.Thread(target=store).start()
everybody.wait()
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
with tempfile.NamedTemporaryFile() as file:
    stream = ctypes.c_void_p(libc.fopen(file.name.encode(), b"w"))
    libc.malloc_info(0, stream)
    libc.fclose(stream)
    print(file.read().count(b"<heap nr="))
everybody.wait()
"""


@pytest.mark.parametrize(("mode", "few"), [("served", True), ("imported", False)])
def test_the_threads_of_the_page_share_their_memory(mode: str, few: bool) -> None:
    command = [sys.executable, "-c", ARENAS, mode]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert (int(done.stdout.split()[-1]) <= 2) is few, done.stdout


def test_release_may_be_called_at_any_time() -> None:
    release_memory()
    release_memory()
