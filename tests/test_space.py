"""What would be uploaded as a Space or put into a container is complete, small and starts."""

from __future__ import annotations

import fnmatch
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from fusion import publish
from fusion.bench.server import ROOT

GOOD = publish.front_matter((ROOT / "README.md").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a page in it, as git knows it."""
    (tmp_path / "README.md").write_text((ROOT / "README.md").read_text(encoding="utf-8"))
    (tmp_path / "requirements.txt").write_text((ROOT / "requirements.txt").read_text())
    (tmp_path / "app.py").write_text("")
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "screenshot.png").write_bytes(b"")
    commit(tmp_path)
    return tmp_path


def commit(folder: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    subprocess.run(["git", "add", "-A"], cwd=folder, check=True)


def test_this_folder_can_be_uploaded() -> None:
    assert publish.problems(ROOT, start=False) == []


def test_a_good_folder_has_no_problem(folder: Path) -> None:
    assert publish.problems(folder, start=False) == []


@pytest.mark.parametrize("name", publish.REQUIRED)
def test_a_missing_setting_is_told(name: str) -> None:
    given = {key: value for key, value in GOOD.items() if key != name}
    assert any(name in problem for problem in publish.wrong_settings(given, ROOT))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"colorFrom": "turquoise"}, "colorFrom is 'turquoise'; allowed are red"),
        ({"emoji": ":)"}, "emoji is no emoji"),
        ({"sdk": "docker"}, "not gradio"),
        ({"sdk_version": "5.0.0"}, "not that of requirements.txt"),
        ({"python_version": 3}, "python_version must be text"),
        ({"app_file": "main.py"}, "app_file names main.py, which is not there"),
        ({"thumbnail": "no.png"}, "thumbnail names no.png"),
        ({"short_description": "x" * 61}, "more than 60 letters"),
        ({"tags": "vqa"}, "tags must be a list"),
        ({"models": [None]}, "models must be a list"),
        ({"color": "red"}, "color is no setting"),
    ],
)
def test_a_wrong_setting_is_told(change: dict[str, Any], problem: str) -> None:
    assert any(problem in told for told in publish.wrong_settings({**GOOD, **change}, ROOT))


@pytest.mark.parametrize("text", ["# Duet", "---\na: [\n---\n", "---\njust text\n---\n"])
def test_no_front_matter_is_told(folder: Path, text: str) -> None:
    (folder / "README.md").write_text(text)
    [told] = publish.problems(folder, start=False)
    assert "README.md" in told


def test_large_and_missing_files_are_told(folder: Path) -> None:
    (folder / "weights.bin").touch()
    with (folder / "weights.bin").open("r+b") as file:
        file.truncate(publish.LARGEST_FILE + 1)
    (folder / "link").symlink_to("/etc/hostname")
    commit(folder)
    (folder / "app.py").unlink()
    told = "\n".join(publish.problems(folder, start=False))
    assert "weights.bin: 10.0 MiB" in told
    assert "link: is tracked, but is no file" in told
    assert "app.py: is tracked, but is no file" in told


def test_too_much_in_all_is_told(folder: Path) -> None:
    for number in range(103):
        with (folder / f"{number}.bin").open("wb") as file:
            file.truncate(publish.LARGEST_FILE)
    commit(folder)
    assert publish.problems(folder, start=False) == ["all files: 1030 MiB; at most 1024"]


def test_the_page_starts_from_what_is_tracked() -> None:
    assert list(publish.wrong_start(ROOT, publish.tracked(ROOT))) == []


def test_a_file_that_is_not_tracked_is_missed() -> None:
    names = [name for name in publish.tracked(ROOT) if name != "fusion/config.py"]
    [told] = publish.wrong_start(ROOT, names)
    assert "does not start from what is tracked" in told and "fusion.config" in told


# ------------------------------------------------------------------ the container


def instructions(word: str) -> list[str]:
    joined = DOCKERFILE.replace("\\\n", " ")
    return [line.partition(" ")[2] for line in joined.splitlines() if line.startswith(f"{word} ")]


def test_the_container_starts_as_an_ordinary_user_on_the_port() -> None:
    assert instructions("USER") == ["duet"] and instructions("EXPOSE") == ["7860"]
    assert instructions("CMD") == [f'["python", "{GOOD["app_file"]}"]']
    [environment] = instructions("ENV")
    assert "GRADIO_SERVER_NAME=0.0.0.0" in environment
    assert instructions("FROM") == [f"python:{GOOD['python_version']}-slim"]
    after = DOCKERFILE.partition("USER duet")[2]
    assert "RUN" not in after and "COPY" not in after, "what comes later would be the user's"


def test_the_container_has_all_that_is_needed_and_nothing_else() -> None:
    copied = [line.split() for line in instructions("COPY")]
    names = {name for line in copied for name in line[:-1] if not name.startswith("--")}
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    let_in = {line[1:] for line in lines if line.startswith("!")}
    assert lines[0] == "*" and let_in == names
    assert all((ROOT / name).exists() for name in names)
    needed = [name for name in publish.tracked(ROOT) if name.split("/")[0] in names]
    assert [n for n in needed if any(fnmatch.fnmatch(n, p) for p in ("*.tmp", "*.pyc"))] == []
    assert not re.search(r"https?://", DOCKERFILE)
