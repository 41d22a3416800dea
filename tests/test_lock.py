"""The lock file: the pinned requirements and all that they stand on, each with its hashes."""

from __future__ import annotations

import re

from fusion.bench.server import ROOT
from fusion.publish import pinned

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
ENTRY = re.compile(r"^([a-z0-9][\w.-]*)==([^\s;\\]+)(.*?)(?=^\S|\Z)", re.MULTILINE | re.DOTALL)
ENTRIES: list[tuple[str, str, str]] = ENTRY.findall(LOCK)  # some differ by Python's version


def test_every_requirement_is_locked_as_it_is_pinned() -> None:
    pins = pinned((ROOT / "requirements.txt").read_text())
    locked = {name: version for name, version, _ in ENTRIES}
    for name, version in pins.items():
        assert locked[name.lower().replace("_", "-")] == version, f"{name}: run make lock"


def test_every_entry_has_hashes() -> None:
    hashed = re.compile(r"--hash=sha256:[0-9a-f]{64}\b")
    assert [name for name, _, rest in ENTRIES if not hashed.search(rest)] == []


def test_it_names_no_place() -> None:
    assert "://" not in LOCK and "--index" not in LOCK and "file:" not in LOCK
    lines = [line for line in LOCK.splitlines() if line and not line.startswith((" ", "#"))]
    assert len(lines) == len(ENTRIES) > 50
