"""Everything that the page says is said in both languages, and nothing of it stands in code."""

from __future__ import annotations

import ast
import inspect
import re
import string
import warnings
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from matplotlib.figure import Figure
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from fusion.engine import Engine
from fusion.errors import InputError
from fusion.explain import EXPLAINERS
from fusion.explain.base import COSTS
from fusion.models.attention import ATTENTION
from fusion.models.image_encoders import IMAGE_ENCODERS
from fusion.models.strategies import STRATEGIES
from fusion.models.text_encoders import TEXT_ENCODERS
from fusion.registry import Registry
from fusion.training.live import FAMILIES
from viz.lessons import lessons
from viz.panels.errors import told
from viz.panels.spoken import COOKIE, Spoken
from viz.plots import fonts
from viz.plots.results import Look, dot_plot, png
from viz.words import LANGUAGES, ROOMS, common, engine, errors, language, page, results, spoken
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
# English words inside Chinese: names, what programs call things, and one key of the keyboard
LATIN = re.compile(
    r"Duet|English|softmax|Shapley|Wilson|Transformer|tanh|SIFT|Grad-CAM|gradio_client|curl|PNG|"
    r"SVG|JSON|Eileen Collins|"
    r"Chelsea|CSV|MB|classifier|exp|Control Z|Tab|teal|`[^`]*`|\]\([^)]*\)|\{[^}]*\}|<[^>]*>|"
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


# ------------------------------------------------------------------ what the engine says


REGISTRIES = (STRATEGIES, ATTENTION, IMAGE_ENCODERS, TEXT_ENCODERS, EXPLAINERS)
NAMES = {"HOG", "SIFT", "VGG", "ResNet", "BERT", "GPT", "Word2Vec", "Grad-CAM"}


@pytest.mark.parametrize("registry", REGISTRIES, ids=lambda registry: registry.kind)
def test_labels_and_summaries_have_chinese(registry: Registry) -> None:
    with spoken("zh"):
        for name in registry:
            entry = registry[name]
            assert has_chinese(engine.said(entry.label)) or entry.label in NAMES, entry.label
            assert has_chinese(engine.said(entry.summary)), entry.summary


def test_what_the_engine_lists_has_chinese(tiny: Engine) -> None:
    with spoken("zh"):
        for info in tiny.fusions:
            assert not re.search(r"[a-z]{3}", engine.said(info.label)), info.label
            assert not re.search(r"[a-z]{3} [a-z]{2}", engine.said(info.summary)), info.summary
        assert all(map(has_chinese, map(engine.said, COSTS)))
        assert all(has_chinese(engine.family(name)) for name in FAMILIES)
        names = {word for seed in range(8) for n in tiny.scene(seed).names for word in n.split()}
        assert all(has_chinese(engine.thing(word)) for word in names)


CALLS = ("InputError", "said", "Sentence")


def sentences() -> dict[str, str]:
    """Every sentence that the engine may say of a mistake, with its file; of a name given as a
    variable, what it is given where it is made."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "fusion").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            given = [*node.args[:1], *(k.value for k in node.keywords if k.arg == "what")]
            for argument in given if node.func.id in (*CALLS, "Limit", "Registry") else ():
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    found[argument.value] = str(path.relative_to(ROOT))
    return found


def test_every_mistake_has_a_chinese_sentence_with_the_same_values() -> None:
    found = sentences()
    assert len(found) > 60
    known = import_module("viz.words.zh.errors")._SENTENCES
    assert [text for text in found if text not in known] == []
    assert [text for text in known if text not in found] == []
    for text, chinese in known.items():
        assert shape(text) == shape(chinese), text
        assert has_chinese(chinese) or not re.search(r"[A-Za-z]{3}", re.sub("{.*?}", "", text))


# Where only who installs, trains or programs Duet can be wrong: damaged files, results that do not
# fit together, sizes of a network. There a plain ValueError, in English, will do.
PLAIN = (
    "attributions", "backbones", "cache", "config", "inside", "learning", "markdown", "measured",
    "outputs", "registry", "reading", "shipped", "trust", "data/shapes/dense", "data/shapes/looks",
    "data/shapes/phrasing/realise", "data/shapes/phrasing/template", "data/shapes/questions",
    "data/shapes/scene", "explain/occlusion", "explain/rollout", "models/attention", "models/hub",
    "models/image_encoders/resnet", "models/image_encoders/vgg", "models/novelty",
    "models/pooling", "models/store", "models/strategies/base", "models/tokenizer",
)  # fmt: skip
# What is called from a command line, as `--hub-model` is read.
COMMANDS = ("training/", "bench/", "data/files/", "publish", "adapters/source")


def test_what_a_visitor_can_do_wrong_is_no_plain_error() -> None:
    found = [
        name
        for path in sorted((ROOT / "fusion").rglob("*.py"))
        for name in [str(path.relative_to(ROOT / "fusion").with_suffix(""))]
        if "raise ValueError" in path.read_text(encoding="utf-8")
        and (not name.startswith(COMMANDS) or name.startswith("training/live"))
    ]
    assert sorted(found) == sorted(PLAIN)


WRONG: tuple[tuple[str, dict[str, Any]], ...] = (
    ("ask", {"image": None}),
    ("ask", {"image": "no/such/file.png"}),
    ("ask", {"question": ""}),
    ("ask", {"question": "?!"}),
    ("ask", {"question": "x" * 400}),
    ("ask", {"question": "какого цвета?"}),
    ("ask", {"fusion": "none"}),
    ("ask", {"backbone": "none"}),
    ("ask", {"drop_tokens": [99]}),
    ("ask", {"keep": ["sound"]}),
    ("ask", {"erase": [1, 2, 3]}),
    ("masking", {"answer": "nothing"}),
    ("inside", {"temperature": 0}),
    ("explain", {"method": "none"}),
    ("explain", {"method": "raw", "fusion": "concat"}),
    ("explain", {"modality": "sound"}),
    ("steer", {"strength": 2.0, "region_weights": [[1.0]]}),
    ("steer", {"token_weights": [1.0]}),
    ("steer", {"modality_weights": {"image": 1.0}}),
    ("steer", {"heads_off": [(9, 9)]}),
    ("steer", {"fusion": "concat", "region_weights": [[1.0]]}),
)


@pytest.mark.parametrize(("action", "wrong"), WRONG, ids=str)
def test_a_mistake_is_told_in_the_visitor_s_language(
    tiny: Engine, picture: Any, action: str, wrong: dict[str, Any]
) -> None:
    given = {"image": picture, "question": "what colour is the star?", **wrong}
    with pytest.raises(InputError) as caught:
        getattr(tiny, action)(given.pop("image"), given.pop("question"), **given)
    assert told(caught.value) == str(caught.value)
    with spoken("zh"):
        chinese = told(caught.value)
    assert has_chinese(chinese) and not re.search(r"[a-z]{3,} [a-z]{3,} [a-z]{3,}", chinese)
    for value in caught.value.sentence.values.values():
        if isinstance(value, int):
            assert str(value) in chinese


def test_a_warning_is_in_the_language_of_the_page(tiny: Engine) -> None:
    notice = "这张图片与训练模型所用的图形场景不同，请不要相信这里的答案。"
    assert engine.notice(None) == ""
    assert engine.notice(notice).startswith("This image is unlike")
    with spoken("zh"):
        assert engine.notice(engine.notice(notice)) == notice


# ------------------------------------------------------------------ no text in code

# What may stand in code: it is read by programs, by the browser, or by who mends Duet
ALLOWED = {
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
SEVERAL_WORDS = re.compile(r"[A-Za-z]{2,}[,;:.]? [A-Za-z]{2,}")
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


# ------------------------------------------------------------------ who is spoken to in what


def client() -> TestClient:
    def said(_: Any) -> PlainTextResponse:
        return PlainTextResponse(page.TAB_ABOUT)

    def html(_: Any) -> HTMLResponse:
        return HTMLResponse('<html lang="en"><head></head><body>一</body></html>')

    routes = [Route("/", said), Route("/html", html)]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(Spoken)]))


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({}, "About"),
        ({"accept-language": "zh-CN,zh;q=0.9"}, "关于"),
        ({"accept-language": "de-DE, en;q=0.2, zh;q=0.5"}, "关于"),
        ({"accept-language": "en-GB, zh;q=0.9"}, "About"),
        ({"accept-language": "zh;q=0, de"}, "About"),
        ({"accept-language": ";;q=,,zh;q=x"}, "About"),
        ({"accept-language": "zh", "cookie": f"{COOKIE}=en"}, "About"),
        ({"accept-language": "en", "cookie": f"other=1; {COOKIE}=zh"}, "关于"),
        ({"accept-language": "zh", "cookie": f"{COOKIE}=klingon"}, "关于"),
        ({"accept-language": "zh", "cookie": "\x01=;;="}, "关于"),
    ],
    ids=str,
)
def test_the_choice_wins_over_the_browser_and_english_is_the_rest(
    headers: dict[str, str], told: str
) -> None:
    assert client().get("/", headers=headers).text == told
    assert language() == "en"


def test_html_says_its_language_and_is_whole() -> None:
    answer = client().get("/html", headers={"accept-language": "zh"})
    assert answer.text.startswith('<html lang="zh-CN"><head><script>') and "一" in answer.text
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert answer.headers["content-language"] == "zh-CN"
    assert "Accept-Language" in answer.headers["vary"] and "Cookie" in answer.headers["vary"]
    assert 'lang="en"' in client().get("/html").text


# ------------------------------------------------------------------ figures


def figure() -> Figure:
    rows, series = [engine.family("shape"), "hybrid-dot"], list(results.MASKS.values())[:2]
    shares = [[0.5, 0.25], [0.75, 1.0]]
    intervals = [[(s - 0.1, s + 0.1) for s in row] for row in shares]
    import numpy as np

    return dot_plot(np.array(shares), np.array(intervals), rows, series, Look(words=results.AXES))


def test_chinese_in_figures_is_no_boxes() -> None:
    with spoken("zh"), warnings.catch_warnings():
        warnings.simplefilter("error")  # matplotlib warns of a letter that becomes a box
        drawn = figure()
        assert has_chinese(fonts.written(drawn))
        assert fonts.undrawable(fonts.written(drawn)) == ""
        assert len(png(drawn)) > 1000


def test_without_a_chinese_font_the_letters_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "families", lambda: (fonts.LATIN,))
    with spoken("zh"):
        assert has_chinese(fonts.undrawable(fonts.written(figure())))
    assert fonts.undrawable(fonts.written(figure())) == ""
    assert errors.STOP == "."
