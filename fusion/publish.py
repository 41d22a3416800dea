"""Whether this folder can become a Space: `python -m fusion.publish`, one line per problem.

What is uploaded are the files that git tracks. They are checked against the Hub's limits and the
Spaces configuration reference, and started once on their own, in an empty folder, so that a file
that is needed and not tracked is found here and not there.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from fusion.bench.server import ROOT, served

MEGABYTE = 2**20
LARGEST_FILE = 10 * MEGABYTE  # what the Hub takes outside its large-file storage
LARGEST_SPACE = 1024 * MEGABYTE
LONGEST_DESCRIPTION = 60
COLOURS = ("red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray")
REQUIRED = (
    "title", "emoji", "colorFrom", "colorTo", "sdk", "sdk_version", "python_version", "app_file",
    "license", "short_description", "thumbnail", "tags", "models", "preload_from_hub",
)  # fmt: skip
ALLOWED = (*REQUIRED, "pinned", "datasets", "suggested_hardware", "startup_duration_timeout")
LISTS = ("tags", "models", "preload_from_hub")


def front_matter(readme: str) -> dict[str, Any]:
    """The block at the top of a README; ValueError when there is none that can be read."""
    found = re.match(r"---\n(.*?)\n---\n", readme, flags=re.DOTALL)
    try:
        given = yaml.safe_load(found[1]) if found else None
    except yaml.YAMLError as error:
        raise ValueError(f"the block at the top of README.md is no YAML: {error}") from error
    if not isinstance(given, dict):
        raise ValueError("README.md does not begin with a block of settings between two ---")
    return given


def pinned(requirements: str) -> dict[str, str]:
    r"""Versions by distribution.

    >>> pinned("torch==2.0\n# a remark\n")
    {'torch': '2.0'}
    """
    lines = (line.partition("==") for line in requirements.splitlines())
    return {name.strip(): version.strip() for name, _, version in lines if version}


def wrong_settings(given: Mapping[str, Any], root: Path) -> Iterator[str]:
    """What the Spaces configuration reference does not allow, or what is not so in the folder."""
    yield from (f"front matter: {name} is missing" for name in REQUIRED if name not in given)
    yield from (f"front matter: {name} is no setting" for name in given if name not in ALLOWED)
    for name in ("colorFrom", "colorTo"):
        if given.get(name, COLOURS[0]) not in COLOURS:
            yield f"front matter: {name} is {given[name]!r}; allowed are {', '.join(COLOURS)}"
    if str(given.get("emoji", "🎼")).isascii():
        yield "front matter: emoji is no emoji"
    if given.get("sdk", "gradio") != "gradio":
        yield f"front matter: sdk is {given['sdk']!r}, not gradio"
    for name in LISTS:
        value = given.get(name, [])
        if not (isinstance(value, list) and all(isinstance(v, str) and v for v in value)):
            yield f"front matter: {name} must be a list of names"
    if len(str(given.get("short_description", ""))) > LONGEST_DESCRIPTION:
        yield f"front matter: short_description has more than {LONGEST_DESCRIPTION} letters"
    if not re.fullmatch(r"3\.\d+(\.\d+)?", str(given.get("python_version", "3.11"))):
        yield "front matter: python_version must be text such as '3.11'"
    versions = pinned((root / "requirements.txt").read_text(encoding="utf-8"))
    if given.get("sdk_version") != versions.get("gradio"):
        yield f"front matter: sdk_version is not that of requirements.txt, {versions.get('gradio')}"
    for name in ("app_file", "thumbnail"):
        path = str(given.get(name, ""))
        if path and "://" not in path and not (root / path).is_file():
            yield f"front matter: {name} names {path}, which is not there"


def tracked(root: Path) -> list[str]:
    """The files that git tracks, which are those that are uploaded."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True, text=True
    )
    return sorted(filter(None, listed.stdout.split("\0")))


def wrong_files(root: Path, names: Iterable[str]) -> Iterator[str]:
    """Files that are not there, links, and files or a sum of them that is too large."""
    total = 0
    for name in names:
        path = root / name
        if path.is_symlink() or not path.is_file():
            yield f"{name}: is tracked, but is no file"
            continue
        size = path.stat().st_size
        total += size
        if size > LARGEST_FILE:
            yield f"{name}: {size / MEGABYTE:.1f} MiB; at most {LARGEST_FILE // MEGABYTE}"
    if total > LARGEST_SPACE:
        yield f"all files: {total / MEGABYTE:.0f} MiB; at most {LARGEST_SPACE // MEGABYTE}"


def wrong_start(root: Path, names: Sequence[str]) -> Iterator[str]:
    """What keeps the page from starting where nothing but these files is."""
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            copy = Path(folder) / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / name, copy)
        try:
            with served(root=Path(folder)):
                return
        except RuntimeError as error:
            yield f"the page does not start from what is tracked: {error}"


def problems(root: Path, *, start: bool) -> list[str]:
    """Everything that stands in the way; empty when the folder can be uploaded."""
    names = tracked(root)
    found = [*wrong_files(root, names)]
    try:
        given = front_matter((root / "README.md").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        found.append(str(error))
    else:
        found += wrong_settings(given, root)
    return found if found or not start else [*wrong_start(root, names)]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the problems, or what would be uploaded; exit with 1 when there is a problem."""
    parser = argparse.ArgumentParser(prog="python -m fusion.publish", description=__doc__)
    parser.add_argument("--no-start", action="store_true", help="do not start the page")
    chosen = parser.parse_args(arguments)
    found = problems(ROOT, start=not chosen.no_start)
    if found:
        print("\n".join(found))
        raise SystemExit(1)
    sizes = sorted((((ROOT / name).stat().st_size, name) for name in tracked(ROOT)), reverse=True)
    total, (largest, name) = sum(size for size, _ in sizes), sizes[0]
    print(
        f"{len(sizes)} files, {total / MEGABYTE:.1f} MiB; the largest is {name}, "
        f"{largest / MEGABYTE:.1f} MiB. Nothing stands in the way."
    )


if __name__ == "__main__":
    main(sys.argv[1:])
