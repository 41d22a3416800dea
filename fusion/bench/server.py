"""The served page as a process of its own: started, found ready, weighed, and stopped."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).parents[2]
LONGEST_START = 300.0
PAUSE = 0.02
MEGABYTE = 1e6


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running page. `start_seconds`: from process start until page and config were served."""

    url: str
    pid: int
    start_seconds: float

    def memory_mb(self) -> float:
        """Resident memory of the process in megabytes of 10^6 bytes; Linux only."""
        try:
            lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        except FileNotFoundError as error:
            raise ValueError("memory is read from /proc, which only Linux has") from error
        kilobytes = next(line.split()[1] for line in lines if line.startswith("VmRSS:"))
        return int(kilobytes) * 1024 / MEGABYTE

    def threads(self) -> int:
        """How many threads the process has; Linux only."""
        return sum(1 for _ in Path(f"/proc/{self.pid}/task").iterdir())

    def open_files(self) -> int:
        """How many files and connections the process has open; Linux only."""
        return sum(1 for _ in Path(f"/proc/{self.pid}/fd").iterdir())


@contextmanager
def served(
    assets: Path | None = None,
    *,
    root: Path = ROOT,
    passing: Path | None = None,
    kept_for: int | None = None,
) -> Iterator[Server]:
    """`python app.py` of `root` on a free port, stopped at the end whatever happens; files that
    pass through it lie in `passing`, its own folder unless given, for `kept_for` seconds, an hour
    unless given."""
    port = free_port()
    command = [sys.executable, "app.py", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--assets", str(assets)] if assets else []
    url = f"http://127.0.0.1:{port}/"
    with tempfile.TemporaryFile("w+") as log:
        begun = time.perf_counter()
        given = {"GRADIO_TEMP_DIR": passing, "DUET_KEPT_FOR": kept_for}
        environment = os.environ | {name: str(x) for name, x in given.items() if x is not None}
        process = subprocess.Popen(command, cwd=root, env=environment, stdout=log, stderr=log)
        try:
            for path in ("", "config"):
                wait_for(url + path, process, log)
            yield Server(url=url, pid=process.pid, start_seconds=time.perf_counter() - begun)
        finally:
            process.terminate()
            process.wait()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, process: subprocess.Popen[bytes], log: TextIO) -> None:
    """Return when `url` answers 200; raise, with the end of the log, if that does not happen."""
    until = time.perf_counter() + LONGEST_START
    while time.perf_counter() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=LONGEST_START) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(PAUSE)
    log.seek(0)
    state = "is too slow" if process.poll() is None else "has ended"
    raise RuntimeError(f"{url} does not answer: the page {state}. It said: {log.read()[-2000:]}")
