"""What the engine lists and what it says of mistakes, in both languages."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

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
from tests.test_words import shape
from viz.panels.errors import told
from viz.words import engine, spoken
from viz.words.common import has_chinese

ROOT = Path(__file__).parents[1]
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


def test_what_was_given_is_told_by_its_beginning(tiny: Engine, picture: Any) -> None:
    for name in ("backbone", "fusion"):
        given: dict[str, Any] = {name: "z" * 5000}
        with pytest.raises(InputError, match="z…") as caught:
            tiny.ask(picture, "what colour is the star?", **given)
        assert len(str(caught.value)) < 600


def test_a_warning_is_in_the_language_of_the_page(tiny: Engine) -> None:
    notice = "这张图片与训练模型所用的图形场景不同，请不要相信这里的答案。"
    assert engine.notice(None) == ""
    assert engine.notice(notice).startswith("This image is unlike")
    with spoken("zh"):
        assert engine.notice(engine.notice(notice)) == notice
