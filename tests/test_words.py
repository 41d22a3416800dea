"""Both languages offer the same words, each in its own, and every lesson says all of it in both."""

from __future__ import annotations

import ast
import inspect
import re
import string
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from viz.lessons import lessons
from viz.words import LANGUAGES, ROOMS, common, language, page, spoken
from viz.words.common import has_chinese

ROOT = Path(__file__).parents[1]
ENGLISH, CHINESE = ROOT / "viz/words/en", ROOT / "viz/words/zh"
# What is the same in both languages: names, signs, formulas, keys of the engine's
SAME = re.compile(
    r"^(Duet|PNG|SVG|CSV|JSON|duet-.*|e / T|exp|v × tanh|[a-z]_[a-z].*|α_ij.*|W x_i|U y_j \+ b)$"
)
# By which a page finds a column, or what is changed
KEYS = {"label", "answer", "share", "place", "weight", "measured", "milliseconds", "accuracy",
        "parameters", *(common.ATTENTION, common.QUESTION, common.PICTURE)}  # fmt: skip
SEVERAL_WORDS = re.compile(r"[A-Za-z]{2,}[,;:.]? [A-Za-z]{2,}")
# English words inside Chinese: names, what programs call things, and one key of the keyboard
LATIN = re.compile(
    r"Duet|English|softmax|Shapley|Wilson|Transformer|tanh|SIFT|Grad-CAM|gradio_client|curl|PNG|"
    r"SVG|JSON|Eileen Collins|"
    r"Chelsea|CSV|MB|classifier|exp|Control Z|Tab|`[^`]*`|\]\([^)]*\)|\{[^}]*\}|<[^>]*>|"
    r"&\w+=\w+|P\("
)


def rooms(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")


def public(module: ModuleType) -> dict[str, Any]:
    """What a room offers: its own constants and functions."""
    return {
        name: value
        for name, value in vars(module).items()
        if not name.startswith("_")
        and not inspect.ismodule(value)
        and not inspect.isclass(value)
        and name != "annotations"
        and name not in vars(common)
        and getattr(value, "__module__", module.__name__) == module.__name__
    }


def texts(value: Any) -> Iterator[str]:
    """Every text in a constant; of a mapping the values."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts(inner)


def shape(value: Any) -> Any:
    """A constant without its words: keys, lengths, and the names in braces."""
    if isinstance(value, str):
        return sorted(name for _, name, _, _ in string.Formatter().parse(value) if name is not None)
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [shape(inner) for inner in value]
    return value


# ------------------------------------------------------------------ rooms


def test_every_room_is_there_in_every_language_and_none_stands_beside() -> None:
    assert rooms(ENGLISH) == rooms(CHINESE) == sorted(ROOMS)
    assert not list((ROOT / "viz").glob("words*.py"))
    assert list(LANGUAGES) == ["en", "zh"]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_offers_the_same_in_both_languages(room: str) -> None:
    english, chinese = (public(import_module(f"viz.words.{lang}.{room}")) for lang in LANGUAGES)
    assert english.keys() == chinese.keys() - ({"THINGS"} if room == "engine" else set())
    for name, value in english.items():
        other = chinese[name]
        if callable(value):
            assert inspect.signature(value) == inspect.signature(other), name
        elif not name.startswith("ABOUT"):
            assert shape(value) == shape(other), name


@pytest.mark.parametrize("room", ROOMS)
def test_each_language_speaks_its_own(room: str) -> None:
    english, chinese = (public(import_module(f"viz.words.{lang}.{room}")) for lang in LANGUAGES)
    for name, value in english.items():
        if callable(value):
            continue
        for mine, other in zip(texts(value), texts(chinese[name]), strict=True):
            assert not has_chinese(mine) or mine == page.QUESTION_HINT, (name, mine)
            if mine == other and mine in KEYS:
                continue
            if re.search(r"[A-Za-z]{2}", re.sub(r"{[^}]*}", "", mine)) and not SAME.match(mine):
                assert has_chinese(other), (name, other)
                assert not re.search(r"[A-Za-z]{3,} [a-z]{2,}", LATIN.sub("", other)), other


def written(path: Path) -> Iterator[str]:
    """Every text in a room, those in functions too; no docstrings and no keys."""
    tree, left_out = ast.parse(path.read_text(encoding="utf-8")), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            left_out.add(id(node.value))
        if isinstance(node, ast.Dict):
            left_out |= {id(part) for key in node.keys if key for part in ast.walk(key)}
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and id(node) not in left_out:
            yield text


def test_no_language_stands_in_the_rooms_of_the_other() -> None:
    for path in ENGLISH.glob("*.py"):
        for text in written(path):
            assert not has_chinese(text) or text == page.QUESTION_HINT, (path.name, text)
    for path in CHINESE.glob("*.py"):
        for text in written(path):
            assert not SEVERAL_WORDS.search(LATIN.sub("", text)), (path.name, text)
            assert not re.search(r"[\u4e00-\u9fff][,;:!?.](\s|$)", text), (path.name, text)


@pytest.mark.parametrize("lesson", lessons().values(), ids=lambda lesson: lesson.key)
def test_a_lesson_says_everything_in_both_languages(lesson: Any) -> None:
    assert lesson.says.keys() == LANGUAGES.keys()
    assert lesson.choices.keys() in (set(), LANGUAGES.keys())
    english, chinese = lesson.says["en"], lesson.says["zh"]
    assert shape(english) == shape(chinese)
    assert {"title", "prompt", "point", "try_it"} <= english.keys()
    given = (*chinese.values(), *lesson.choices.get("zh", ()))
    assert all(has_chinese(text) or "{" in text or "%" in text for text in given)
    assert not any(map(has_chinese, (*english.values(), *lesson.choices.get("en", ()))))
    with spoken("zh"):
        assert has_chinese(lesson.title + lesson.prompt + lesson.point + lesson.try_it)


def test_an_unknown_language_is_told() -> None:
    with pytest.raises(ValueError, match="no language 'fr'; known: en, zh"), spoken("fr"):
        pass
    assert language() == "en"
