"""How much the page takes and how much it keeps: request sizes, and the folder of passing files.

Gradio deletes its own files after an hour. What it does not do is done here: a bound on how much
lies there meanwhile, and what a process that was killed has left behind.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from gradio.utils import get_upload_folder

from fusion.memory import release_memory
from viz.mistakes import last_event, refusal
from viz.words import page as words

MEGABYTE = 1_000_000
LARGEST_FILE = 40 * MEGABYTE
LARGEST_UPLOAD = LARGEST_FILE + MEGABYTE  # with the lines around the file
LARGEST_MESSAGE = 16 * MEGABYTE  # of every other request; a picture inside it is a third larger
MOST_KEPT = 500 * MEGABYTE
AN_HOUR = 3600  # seconds
SWEPT_EVERY = 60
RELEASED_EVERY = 10


def _kept_for(given: str | None) -> int:
    """Seconds for which files lie there: an hour, or less where whoever serves the page says so."""
    if given is None:
        return AN_HOUR
    if not (given.isascii() and given.isdecimal() and 0 < int(given) <= AN_HOUR):
        raise ValueError(
            f"DUET_KEPT_FOR must be a whole number of seconds, 1 to {AN_HOUR}; got {given!r}"
        )
    return int(given)


KEPT_FOR = _kept_for(os.environ.get("DUET_KEPT_FOR"))
OLDEST = KEPT_FOR + SWEPT_EVERY  # Gradio deletes what it knows of first

logger = logging.getLogger(__name__)
Scope = dict[str, Any]
Receive = Callable[[], Any]
Send = Callable[[dict[str, Any]], Any]


class _TooLargeError(Exception):
    """More has come than may."""


class BodyLimit:
    """ASGI middleware: a request with more in it than allowed gets 413 and a sentence, before it is
    read if it says so itself, else as soon as it has sent too much. What Gradio raises over a
    request is told plainly, too, and a stream of events that is cut off ends with one that says so.
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most = LARGEST_UPLOAD if scope["path"].rstrip("/").endswith("/upload") else LARGEST_MESSAGE
        come, answering, streaming = 0, False, False

        async def counted() -> dict[str, Any]:
            nonlocal come
            message: dict[str, Any] = await receive()
            come += len(message.get("body", b""))
            if come > most:
                raise _TooLargeError
            return message

        async def watched(message: dict[str, Any]) -> None:
            nonlocal answering, streaming
            if message["type"] == "http.response.start":
                answering = True
                kind = dict(message.get("headers", ())).get(b"content-type", b"")
                streaming = kind.startswith(b"text/event-stream")
            await send(message)

        try:
            if _declared(scope) > most:
                raise _TooLargeError
            await self.app(scope, counted, watched)
        except _TooLargeError:
            if not answering:
                await _refuse(send, 413, words.TOO_LARGE.format(most=most // MEGABYTE))
        except Exception as error:
            if streaming:
                await send({"type": "http.response.body", "body": last_event(error)})
            elif answering:
                raise
            else:
                await _refuse(send, *refusal(error, scope["path"]))


def _declared(scope: Scope) -> int:
    length = dict(scope["headers"]).get(b"content-length", b"0")
    return int(length) if length.isdigit() else 0


async def _refuse(send: Send, status: int, text: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})


# ------------------------------------------------------------------ what is kept


def sweep(folder: Path, *, most: int, age: float, now: float) -> int:
    """Delete files that were last written more than `age` seconds before `now`, then the oldest
    while there are more than `most` bytes, and the folders that this empties; how many files went.
    """
    files = sorted(_files(folder))  # oldest first
    excess, gone = sum(size for _, size, _ in files) - most, 0
    for written, size, path in files:
        if excess <= 0 and now - written <= age:
            break
        with suppress(OSError):
            path.unlink()
            gone += 1
        excess -= size
    for inner in sorted(folder.rglob("*/"), reverse=True):
        with suppress(OSError):  # it is not empty, or somebody else was faster
            if now - inner.stat().st_mtime > SWEPT_EVERY:
                inner.rmdir()
    return gone


def _files(folder: Path) -> Iterator[tuple[float, int, Path]]:
    """Time of the last writing, size and path; links are not followed."""
    for path in folder.rglob("*"):
        with suppress(OSError):
            found = path.lstat()
            if path.is_symlink() or path.is_file():
                yield found.st_mtime, found.st_size, path


@asynccontextmanager
async def sweeping(app: Any) -> AsyncIterator[None]:
    """While the page is served, its folder is swept every minute, and what the threads of its
    answers have freed and keep goes back every `RELEASED_EVERY` seconds; both once at the start."""

    def swept() -> None:
        try:
            sweep(Path(get_upload_folder()), most=MOST_KEPT, age=OLDEST, now=time.time())
        except OSError:
            logger.exception("the folder of passing files cannot be swept")

    async def often(work: Callable[[], object], seconds: float) -> None:
        while True:
            await asyncio.to_thread(work)
            await asyncio.sleep(seconds)

    jobs = ((swept, SWEPT_EVERY), (release_memory, RELEASED_EVERY))
    tasks = [asyncio.create_task(often(work, seconds)) for work, seconds in jobs]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
