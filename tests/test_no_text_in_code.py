"""No text that a visitor reads stands in code, scripts, markup or styles."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_words import SEVERAL_WORDS
from viz.words.common import has_chinese

ROOT = Path(__file__).parents[1]
# What may stand in code: it is read by programs, by the browser, or by who mends Duet
ALLOWED = {
    "viz/limits.py": ["DUET_KEPT_FOR must be"],
    "viz/mistakes.py": [
        "No value provided for",
        "is not a valid key-word argument",
        "bug while",
        "event: error",
    ],
    "viz/panels/api_examples.py": ["what colour is the background?"],
    "viz/panels/errors.py": ["bug while answering"],
    "viz/panels/explain_files.py": ["all of"],  # a CSV file
    "viz/panels/presenter.py": ["a visit without a result has no before and after"],
    "viz/panels/spoken.py": ["Accept-Language, Cookie"],
    "viz/plots/answered.py": ["no font for"],
    "viz/plots/results.py": ["outside upper left", "axes fraction"],
    "viz/plots/signed.py": ["background:color-mix", "linear-gradient"],
    "viz/lessons/base.py": ["a lesson's state names its scene", "there is nothing to look at"],
}
TAG = re.compile(r"<[^<>]*>|<[^<>]*$|^[^<>]*>")
SHOWN = {"label", "placeholder", "info", "title", "value"}


def literals(path: Path) -> Iterator[tuple[int, str]]:
    """Every text in code that is no docstring, no name of a font, class or script, and no claim or
    question of a lesson; holes of an f-string are left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    left_out: set[int] = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            left_out.add(id(body[0].value))
        if isinstance(node, ast.JoinedStr):
            left_out |= {id(part) for part in node.values}
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [target.id for target in targets if isinstance(target, ast.Name)]
            if any(n.endswith("_JS") or n in ("FONT", "CHINESE", "LATIN", "FAST") for n in names):
                left_out |= {id(part) for part in ast.walk(node)}
            if any(
                name in ("says", "choices", "questions", "NAMING", "PHOTOGRAPHS") for name in names
            ):
                left_out |= {id(part) for part in ast.walk(node)}
        if isinstance(node, ast.FunctionDef) and node.name == "claims":
            left_out |= {id(part) for part in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) in left_out:
            continue
        if isinstance(node, ast.JoinedStr):
            held = [p.value if isinstance(p, ast.Constant) else "·" for p in node.values]
            yield node.lineno, "".join(map(str, held))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


CODE = sorted(
    path
    for path in (ROOT / "viz").rglob("*.py")
    if path.relative_to(ROOT).parts[:2] != ("viz", "words")
)


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_text_stands_in_code(path: Path) -> None:
    allowed = ALLOWED.get(str(path.relative_to(ROOT)), [])
    for line, text in literals(path):
        plain = TAG.sub("", text)
        said = SEVERAL_WORDS.search(plain) and not re.fullmatch(r"[a-z-]+( [a-z-]+)*", plain)
        assert not said or any(start in text for start in allowed), (line, text)
        assert not has_chinese(text), (line, text)


def test_no_label_stands_in_code() -> None:
    """What a component shows is no literal, save in the part for programs, which nobody sees."""
    for path in CODE:
        if path.name in ("endpoints.py", "train_endpoint.py", "tools.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not ast.unparse(node.func).startswith("gr."):
                continue
            given = [*node.args[:1], *(k.value for k in node.keywords if k.arg in SHOWN)]
            written = [a.value for a in given if isinstance(a, ast.Constant)]
            lettered = [text for text in written if re.search(r"[A-Za-z]", str(text or ""))]
            assert [text for text in lettered if isinstance(text, str)] == [], path.name


def test_no_text_stands_in_scripts_and_markup() -> None:
    """A script takes its texts from `props.words`; markup has none between its tags."""
    for path in (ROOT / "viz/web").glob("*.html"):
        text = re.sub(r"<[^>]*>", "", path.read_text(encoding="utf-8"))
        assert not re.search(r"[A-Za-z]{2,}", text), path.name
        assert not re.search(r'(aria-label|title|alt|placeholder)="[^"]*[A-Za-z]', path.read_text())
    for path in (ROOT / "viz/web").glob("*.js"):
        code = re.sub(r"^\s*//.*$|\s//.*$", "", path.read_text(encoding="utf-8"), flags=re.M)
        for text in re.findall(
            r"(?:textContent|\.title|\.alt|'aria-label',)\s*=?\s*'([^']*)'", code
        ):
            assert not re.search(r"[A-Za-z]{2,}", text), (path.name, text)
        for text in re.findall(r"'([^'\n]*)'|`([^`]*)`", code):
            assert not re.search(r"^[A-Z][a-z]+ [a-z]+ [a-z]+", "".join(text)), (path.name, text)
    for path in (ROOT / "viz/web").glob("*.css"):
        for text in re.findall(r'content:\s*"([^"]*)"', path.read_text(encoding="utf-8")):
            assert not re.search(r"[A-Za-z]{2,}", text), (path.name, text)


def test_no_word_is_read_while_modules_are_imported() -> None:
    """A word that is read too early is English for everybody."""
    for path in CODE:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        bound = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "viz.words"
            for alias in node.names
        }
        assert [ast.unparse(node) for node, name in at_import(tree) if name in bound] == [], path
        assert "from viz.words.en" not in path.read_text(encoding="utf-8"), path


def at_import(node: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """The attributes of names that are read when a module is imported, with the names."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        inner: list[ast.AST] = [*node.args.defaults, *filter(None, node.args.kw_defaults)]
        inner += node.decorator_list
    elif isinstance(node, ast.Lambda):
        return
    else:
        inner = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        yield node, node.value.id
    for child in inner:
        yield from at_import(child)
