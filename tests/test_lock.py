"""The lock file: the pinned requirements and all that they stand on, each with its hashes."""

from __future__ import annotations

import re

import pytest

from fusion.bench.server import ROOT
from fusion.publish import pinned

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
ENTRY = re.compile(r"^([a-z0-9][\w.-]*)==([^\s;\\]+)(.*?)(?=^\S|\Z)", re.MULTILINE | re.DOTALL)
ENTRIES = {name: (version, rest) for name, version, rest in ENTRY.findall(LOCK)}


def test_every_requirement_is_locked_as_it_is_pinned() -> None:
    pins = pinned((ROOT / "requirements.txt").read_text())
    locked = {name: ENTRIES[name.lower().replace("_", "-")][0] for name in pins}
    assert locked == pins


@pytest.mark.parametrize("name", ENTRIES)
def test_every_entry_has_hashes(name: str) -> None:
    assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", ENTRIES[name][1])


def test_it_names_no_place() -> None:
    assert "://" not in LOCK and "--index" not in LOCK and "file:" not in LOCK
    lines = [line for line in LOCK.splitlines() if line and not line.startswith((" ", "#"))]
    assert len(lines) == len(ENTRIES) > 50
