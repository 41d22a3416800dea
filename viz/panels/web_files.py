"""The page's own HTML, JavaScript and CSS, read from `viz/web`."""

from __future__ import annotations

from pathlib import Path

WEB = Path(__file__).parent.parent / "web"


def web(name: str) -> str:
    """The text of one file of `viz/web`."""
    return (WEB / name).read_text(encoding="utf-8")
