"""What is shipped beside the code: requirements, README, assets; each is true of the others."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from fusion.training.tables import CHINESE as IN_CHINESE
from fusion.training.tables import SECTIONS, Sections, updated

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "README.zh.md").read_text(encoding="utf-8")
ASSETS = ROOT / "assets"
MOST_ASSETS = 80 * 1024 * 1024
LONGEST = 400
PICKLES = {".pt", ".pth", ".pkl", ".pickle", ".npy", ".npz", ".joblib", ".bin"}
UNFINISHED = re.compile("|".join(("TO" + "DO", "FIX" + "ME", "NotImplemented" + "Error")))
DISTRIBUTIONS = {"PIL": "pillow", "skimage": "scikit-image"}
SPACE_COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}


def requirements(name: str) -> dict[str, str]:
    """Pinned versions by distribution."""
    lines = (ROOT / name).read_text().splitlines()
    pins = (line.partition("==") for line in lines if line and not line.startswith(("#", "-r")))
    return {package: version for package, _, version in pins}


def front_matter() -> dict[str, object]:
    return dict(yaml.safe_load(README.split("---\n")[1]))


def shipped() -> list[Path]:
    """Python files that run in the product."""
    return sorted(
        [ROOT / "app.py", *(ROOT / "fusion").rglob("*.py"), *(ROOT / "viz").rglob("*.py")]
    )


# ------------------------------------------------------------------ requirements


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned_and_installed(name: str) -> None:
    for package, version in requirements(name).items():
        assert version, f"{package} is not pinned"
        installed = importlib.metadata.version(package).partition("+")[0]
        assert installed == version, f"{package}: {installed} is installed, {version} is pinned"


def test_what_is_imported_is_required() -> None:
    required = {name.lower() for name in requirements("requirements.txt")}
    known = required | {"fusion", "viz"} | set(sys.stdlib_module_names)
    missing = {
        f"{path.relative_to(ROOT)}: {package}"
        for path in shipped()
        for package in imported(path)
        if DISTRIBUTIONS.get(package, package).lower() not in known
    }
    assert missing <= allowed_in_development()


def imported(path: Path) -> Iterator[str]:
    """First parts of the names of all modules that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module.partition(".")[0]


def allowed_in_development() -> set[str]:
    """Measuring the page needs its client, which comes with Gradio, and a browser's driver; the
    check before an upload reads YAML, with what huggingface_hub and Gradio stand on; what
    gensim trains is kept as a tensor; only several processes at once need accelerate, and whoever
    launches them has it."""
    return {
        "fusion/bench/clients.py: gradio_client",
        "fusion/bench/soak.py: gradio_client",
        "fusion/bench/browser.py: playwright",
        "fusion/publish.py: yaml",
        "fusion/training/word_vectors.py: gensim",
        "fusion/training/team.py: accelerate",
    }


# ------------------------------------------------------------------ README


def test_the_spaces_front_matter_fits_the_requirements() -> None:
    given = front_matter()
    assert given["sdk"] == "gradio"
    assert given["sdk_version"] == requirements("requirements.txt")["gradio"]
    assert given["python_version"] == f"{sys.version_info.major}.{sys.version_info.minor}"
    assert (ROOT / str(given["app_file"])).is_file()
    assert given["license"] == "apache-2.0"
    assert len(str(given["short_description"])) <= 60
    assert {given["colorFrom"], given["colorTo"]} <= SPACE_COLOURS


def test_the_licence_is_apache() -> None:
    assert "Apache License" in (ROOT / "LICENSE").read_text()


def test_the_tables_are_those_of_the_measurements() -> None:
    assert updated(README, ASSETS) == README, "run: make readme"
    assert updated(CHINESE, ASSETS, IN_CHINESE) == CHINESE, "run: make readme"


@pytest.mark.parametrize("name", ["metrics.json", "bench.json"])
def test_the_measurements_are_shipped(name: str) -> None:
    assert (ASSETS / name).is_file()


@pytest.mark.parametrize(
    ("readme", "sections"), [(README, SECTIONS), (CHINESE, IN_CHINESE)], ids=["English", "Chinese"]
)
def test_prose_has_no_measured_number(readme: str, sections: Sections) -> None:
    prose = readme.replace("95 % 置信区间", "")
    for name in sections:
        prose = re.sub(f"<!-- {name}:begin -->.*<!-- {name}:end -->", "", prose, flags=re.DOTALL)
    units = r"%|ms\b|MB\b|GB\b|seconds|minutes|hours|毫秒|秒"
    assert re.findall(rf"\d\s*(?:{units})", prose) == []


def test_every_file_that_the_readme_names_is_there() -> None:
    tree = next(block for block in blocks("") if block.startswith("app.py"))
    assert [name for name in named_in(tree) if not (ROOT / name).exists()] == []


def named_in(tree: str) -> Iterator[str]:
    """Paths in a file tree of two levels; what stands after two spaces is about them."""
    folder = ""
    for line in tree.splitlines():
        names = re.split(" {2,}", line.strip())[0].split(", ")
        if not line.startswith(" "):
            folder = names[0] if names[0].endswith("/") else ""
            yield names[0]
        else:
            yield from (folder + name for name in names)


@pytest.mark.parametrize("readme", [README, CHINESE], ids=["English", "Chinese"])
def test_every_picture_and_link_is_there(readme: str) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", readme)
    anchors = re.findall(r"\]\(README.md#([^)]+)\)", readme)
    headings = re.findall(r"^#+ (.*)$", README, flags=re.MULTILINE)
    assert set(anchors) <= {heading.lower().replace(" ", "-") for heading in headings}
    assert [link for link in links if "://" not in link and not (ROOT / link).exists()] == []


@pytest.mark.parametrize("readme", [README, CHINESE], ids=["English", "Chinese"])
def test_the_python_examples_run(readme: str) -> None:
    code = "\n".join(blocks("python", readme))
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=280
    )
    assert done.returncode == 0, done.stderr


def test_each_readme_leads_to_the_other() -> None:
    assert "(README.zh.md)" in README and "(README.md)" in CHINESE


def blocks(language: str, readme: str = README) -> list[str]:
    """The README's code blocks of a language."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", readme, flags=re.DOTALL | re.MULTILINE)
    return [text for kind, text in found if kind == language]


# ------------------------------------------------------------------ files


def test_assets_are_small_and_hold_no_pickle() -> None:
    files = [path for path in ASSETS.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < MOST_ASSETS
    assert [path for path in files if path.suffix in PICKLES] == []


@pytest.mark.parametrize("path", shipped(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_says_what_it_is_for_and_is_finished(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), "the module has no docstring"
    assert UNFINISHED.search(text) is None
    wordings = path.parent.name == "phrasing"  # lists of sentences, not code
    assert wordings or len(text.splitlines()) <= LONGEST, "is it still one thing?"


def test_the_readme_is_finished() -> None:
    assert UNFINISHED.search(README) is None
