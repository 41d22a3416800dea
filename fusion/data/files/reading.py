"""Reading what people have on disk: every mistake is a ValueError with the file and the place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
NAMES: dict[type, str] = {
    int: "a whole number",
    str: "text",
    list: "a list",
    dict: "an object",
}
SHOWN = 40  # characters of a wrong value that a message repeats


def read_text(path: Path) -> str:
    """A UTF-8 text file, with or without a byte order mark, line ends as they are."""
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        kind = "is a folder, not a file" if path.is_dir() else "is missing or cannot be read"
        raise ValueError(f"the file {path.name} {kind}") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"{path.name}, line {line}: byte 0x{content[error.start]:02x} is not UTF-8; save the "
            "file as UTF-8"
        ) from error


def read_document(path: Path) -> dict[str, Any]:
    """A JSON object."""
    try:
        document = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise ValueError(
            f"{path.name}, line {error.lineno}, column {error.colno}: not JSON: {error.msg}"
        ) from error
    except RecursionError as error:
        raise ValueError(f"{path.name}: not JSON that can be read: nested too deep") from error
    if not isinstance(document, dict):
        raise ValueError(f"{path.name}: must hold a JSON object, got {_said(document)}")
    return document


def entries(document: dict[str, Any], key: str, path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of the list under `key`, each with its place, counted from 1."""
    listed = field(document, key, list, path.name)
    if not listed:
        raise ValueError(f"{path.name}: the list {key!r} is empty")
    for number, entry in enumerate(listed, start=1):
        where = f"{path.name}, entry {number} of {key!r}"
        if not isinstance(entry, dict):
            raise ValueError(f"{where}: must be an object, got {_said(entry)}")
        yield where, entry


def field(entry: dict[str, Any], key: str, kind: type[T], where: str) -> T:
    """One value of an entry, of the type it must have."""
    if key not in entry:
        known = ", ".join(map(str, entry)) or "nothing"
        raise ValueError(f"{where}: the key {key!r} is missing; there is {known}")
    value = entry[key]
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"{where}: {key!r} must be {NAMES[kind]}, got {_said(value)}")
    return value


def words(entry: dict[str, Any], key: str, where: str) -> str:
    """Text of an entry that is not empty."""
    text = field(entry, key, str, where).strip()
    if not text:
        raise ValueError(f"{where}: {key!r} is empty")
    return text


def required(path: Path | None, what: str) -> Path:
    """A path that a format cannot do without."""
    if path is None:
        raise ValueError(f"{what} must be given")
    return path


def folder(path: Path | None, what: str) -> Path:
    """A folder that is there."""
    given = required(path, what)
    if not given.is_dir():
        raise ValueError(f"{what} must be a folder, but {given.name or given} is not there or none")
    return given


class ImageFolder:
    """Finds the images of a data set, and lets no name leave the folder. Asks the disk once for
    each name."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._inside = root.resolve()
        self._found: dict[str, Path] = {}

    def find(self, name: str, where: str, *others: str) -> Path:
        """The file of a relative name, or of the first of `others` that is there."""
        if name not in self._found:
            paths = [self._path(n, where) for n in (name, *others)]
            there = next((p for p in paths if p.is_file()), None)
            if there is None:
                raise ValueError(
                    f"{where}: the image {name} is not in the folder {self._inside.name}"
                )
            self._found[name] = there
        return self._found[name]

    def _path(self, name: str, where: str) -> Path:
        try:
            path = self.root / name
            outside = not path.resolve().is_relative_to(self._inside)
        except (OSError, ValueError, RuntimeError) as error:  # a NUL, a loop of links, too long
            raise ValueError(f"{where}: {name[:SHOWN]!r} is no file name") from error
        if Path(name).is_absolute() or outside:
            raise ValueError(
                f"{where}: the image {name} lies outside the folder {self._inside.name}; give a "
                "path within it"
            )
        return path


def _said(value: Any) -> str:
    """A wrong value and its type, for a message."""
    shown = repr(value)
    cut = shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}…"
    return f"{cut} ({type(value).__name__})"
