"""What the page keeps is bounded in time and size, and what it takes is bounded too."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from viz import limits
from viz.limits import BodyLimit, sweep

NOW = 1_000_000.0


def file(folder: Path, name: str, *, size: int, age: float) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(size))
    os.utime(path, (NOW - age, NOW - age))
    return path


def swept(folder: Path, **given: float) -> list[str]:
    """The names that are left."""
    sweep(folder, **({"most": 10_000, "age": 100, "now": NOW} | given))  # type: ignore[arg-type]
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_what_is_old_goes(tmp_path: Path) -> None:
    file(tmp_path, "a/old.png", size=10, age=101)
    file(tmp_path, "b/new.png", size=10, age=99)
    assert swept(tmp_path) == ["new.png"]


def test_the_hour_can_be_shortened_and_not_lengthened() -> None:
    assert limits._kept_for(None) == 3600 and limits._kept_for("600") == 600
    for wrong in ("0", "3601", "-5", "1.5", "ten", "", "٣"):
        with pytest.raises(ValueError, match="whole number of seconds, 1 to 3600"):
            limits._kept_for(wrong)


def test_of_too_much_the_oldest_goes(tmp_path: Path) -> None:
    for age in range(5):
        file(tmp_path, f"{age}/{age}.png", size=100, age=age)
    assert swept(tmp_path, most=250) == ["0.png", "1.png"]
    assert swept(tmp_path, most=250) == ["0.png", "1.png"]


def test_empty_folders_go_and_links_are_not_followed(tmp_path: Path) -> None:
    outside = file(tmp_path, "outside/kept.png", size=10, age=1000)
    folder = tmp_path / "passing"
    gone = file(folder, "a/old.png", size=10, age=1000)
    (folder / "a" / "link").symlink_to(outside)
    (folder / "more").symlink_to(outside.parent)
    os.utime(folder / "a" / "link", (NOW - 1000, NOW - 1000), follow_symlinks=False)
    assert swept(folder) == [] and outside.exists()
    os.utime(gone.parent, (NOW - 1000, NOW - 1000))
    swept(folder)
    assert not gone.parent.exists()


def test_no_folder_is_nothing_to_sweep(tmp_path: Path) -> None:
    assert sweep(tmp_path / "none", most=1, age=1, now=NOW) == 0


def test_the_page_is_swept_while_it_is_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    left = file(tmp_path, "a/left.png", size=10, age=0)  # by a process that was killed
    os.utime(left, (0, 0))

    async def serve() -> None:
        async with limits.sweeping(None):
            while left.exists():
                await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(serve(), 20))


# ------------------------------------------------------------------ what is taken


def answer(path: str, chunks: list[bytes], headers: Mapping[str, str]) -> tuple[int, bytes]:
    """Status and text of a request to an app that reads it all, and says how much came."""
    sent: list[dict[str, Any]] = []
    waiting = iter(chunks)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        come = 0
        while (message := await receive())["body"]:
            come += len(message["body"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": str(come).encode()})

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": next(waiting, b""), "more_body": True}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    named = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "path": path, "headers": named}
    asyncio.run(BodyLimit(app)(scope, receive, send))
    return sent[0]["status"], sent[1]["body"]


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/gradio_api/upload", limits.LARGEST_UPLOAD),
        ("/gradio_api/upload/", limits.LARGEST_UPLOAD),
        ("/gradio_api/call/ask", limits.LARGEST_MESSAGE),
        ("/gradio_api/mcp/", limits.LARGEST_MESSAGE),
    ],
)
def test_a_request_may_be_so_large(path: str, most: int) -> None:
    part = bytes(most // 10 + 1)
    assert answer(path, [part] * 9, {}) == (200, str(9 * len(part)).encode())
    status, text = answer(path, [part] * 11, {})
    assert status == 413 and b"million bytes" in text
    status, _ = answer(path, [], {"content-length": str(most + 1)})
    assert status == 413
    status, _ = answer(path, [part] * 11, {"content-length": "9"})
    assert status == 413, "who says less than comes is counted all the same"
