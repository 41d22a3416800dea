"""The arrows between the rooms: who may import whom, and what nobody may use."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = ("fusion", "viz", "app", "tests")
ATTENTION = "fusion/models/attention.py"
SOFTMAXES = ("softmax", "log_softmax", "Softmax", "MultiheadAttention")
FUSED_ATTENTION = "scaled_dot_product_attention"
UNPICKLERS = ("pickle", "cPickle", "dill", "joblib", "shelve", "torch.load", "pandas.read_pickle")


@dataclass(frozen=True, kw_only=True)
class Room:
    """Files under `path` may import of ours only `ours` (less `closed`), and nothing of `never`."""

    path: str
    ours: tuple[str, ...]
    never: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()


SHAPES = "fusion.data.shapes"
LIVE = "fusion.training.live"  # all of the training that the page sees
ENGINE = ("fusion.engine", "fusion.outputs", "fusion.errors", "fusion.notices")
PURE = ("gradio", "torch", "transformers")
ROOMS = (
    Room(
        path="app.py", ours=("fusion", "fusion.engine", "fusion.memory", "viz.panels", "viz.theme")
    ),
    Room(path="viz/", ours=("viz", *ENGINE, LIVE, "fusion.memory"), never=("torch",)),
    Room(path="viz/panels/", ours=("viz", *ENGINE, LIVE)),
    Room(path="viz/panels/train_view.py", ours=("viz", "fusion.outputs"), never=PURE),
    Room(path="viz/panels/train_markup.py", ours=("viz",), never=PURE),
    Room(path="viz/panels/presenter.py", ours=("viz", "fusion.outputs"), never=PURE),
    Room(path="viz/panels/stage_view.py", ours=("viz", "fusion.outputs"), never=PURE),
    Room(path="viz/panels/compare_view.py", ours=("viz", "fusion.outputs"), never=PURE),
    Room(path="viz/panels/inside_view.py", ours=("viz", "fusion.outputs"), never=PURE),
    Room(path="viz/panels/steer_view.py", ours=("viz", "fusion.outputs"), never=PURE),
    Room(path="viz/panels/explain_view.py", ours=("viz", "fusion.outputs"), never=PURE),
    Room(path="viz/panels/explain_markup.py", ours=("viz", "fusion.outputs"), never=PURE),
    Room(path="viz/panels/plain_json.py", ours=("viz", "fusion.outputs"), never=PURE),
    Room(path="viz/panels/brief.py", ours=("viz", "fusion.outputs"), never=PURE),
    Room(path="viz/panels/markup.py", ours=("viz", "fusion.outputs"), never=PURE),
    Room(path="viz/panels/hub_markup.py", ours=("viz", "fusion.outputs"), never=PURE),
    Room(path="viz/panels/photographs.py", ours=("viz",), never=PURE),
    Room(path="viz/panels/links.py", ours=("viz", "fusion.outputs"), never=PURE),
    Room(path="viz/panels/numbers.py", ours=("viz", "fusion.outputs"), never=PURE),
    Room(path="viz/panels/learn_markup.py", ours=("viz", "fusion.outputs"), never=PURE),
    Room(path="viz/lessons/", ours=("viz", "fusion.engine", "fusion.outputs"), never=PURE),
    Room(path="viz/panels/visit.py", ours=("viz", "fusion.outputs"), never=PURE),
    Room(path="viz/plots/", ours=("viz.plots", "fusion.outputs"), never=PURE),
    Room(path="viz/words/", ours=("viz.words", "fusion.notices"), never=PURE),
    Room(path="fusion/", ours=("fusion",), never=("gradio",)),
    Room(path="fusion/models/", ours=("fusion",), closed=("fusion.data", "fusion.engine")),
    Room(path="fusion/explain/", ours=("fusion",), closed=("fusion.data", "fusion.engine")),
    Room(path="fusion/adapters/", ours=("fusion",), closed=("fusion.data", "fusion.engine")),
    Room(path="fusion/engine.py", ours=("fusion",), closed=(SHAPES, "fusion.training")),
    Room(path="fusion/served.py", ours=("fusion",), closed=(SHAPES, "fusion.training")),
)
OPEN_TO_SHAPES = ("fusion/data/", "fusion/training/", "tests/")


def sources() -> list[str]:
    """Every Python file that is shipped, as a path from the root."""
    files = [ROOT / "app.py", *(ROOT / "fusion").rglob("*.py"), *(ROOT / "viz").rglob("*.py")]
    return sorted(str(f.relative_to(ROOT)) for f in files if f.exists())


def imports(path: str, tree: ast.AST) -> Iterator[str]:
    """Every imported name, absolute: `from a.b import c` gives a.b.c; imports in functions too."""
    package = path.removesuffix(".py").split("/")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


def within(name: str, places: tuple[str, ...]) -> bool:
    return any(name == place or name.startswith(f"{place}.") for place in places)


def allowed(name: str, places: tuple[str, ...]) -> bool:
    """Whether the name is inside one of the places; `fusion` alone allows what it exports."""
    exported = "fusion" in places and len(places) > 1 and name.count(".") == 1
    inner = tuple(p for p in places if p != "fusion" or len(places) == 1)
    return within(name, inner) or (exported and name.partition(".")[2][:1].isupper())


def called(tree: ast.AST) -> Iterator[str]:
    """Every name and dotted name in the code, as written (torch.load, F.softmax, softmax), and
    every keyword that is not switched off."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            yield ast.unparse(node)
        elif isinstance(node, ast.keyword) and node.arg and ast.unparse(node.value) != "False":
            yield node.arg


def violations(path: str, source: str) -> list[str]:
    """What the file at `path` does that it may not, in words; empty when all is well."""
    tree = ast.parse(source)
    found = [
        f"{path}: {room.path} may not import {name}"
        for name in imports(path, tree)
        for room in ROOMS
        if path.startswith(room.path)
        if within(name, room.never + room.closed)
        or (name.partition(".")[0] in OURS and not allowed(name, room.ours))
    ]
    for name in [*imports(path, tree), *called(tree)]:
        found += [f"{path}: {why}: {name}" for why in forbidden(path, name)]
    return found


def forbidden(path: str, name: str) -> Iterator[str]:
    """Why the name may not stand in this file."""
    last = name.rpartition(".")[2]
    if within(name, UNPICKLERS) or last == "allow_pickle":
        yield "nothing is ever unpickled"
    if within(name, ("matplotlib.pyplot", "pyplot", "plt")):
        yield "pyplot keeps state between threads"
    if within(name, (SHAPES,)) and not path.startswith(OPEN_TO_SHAPES):
        yield "nothing outside the data and the training may know of the shapes"
    attention = last in (*SOFTMAXES, FUSED_ATTENTION)
    if attention and path.startswith("fusion/models/") and path != ATTENTION:
        yield f"the only softmax over keys stands in {ATTENTION}"


@pytest.mark.parametrize("path", sources())
def test_the_arrows_go_one_way(path: str) -> None:
    assert violations(path, (ROOT / path).read_text()) == []


BAD = (
    ("app.py", "from fusion.models.model import Backbone"),
    ("app.py", "import viz.plots.maps"),
    ("viz/panels/page.py", "from fusion.models import attention"),
    ("viz/panels/page.py", "import torch"),
    ("viz/panels/train_page.py", "from fusion.training.loop import run_stage"),
    ("viz/panels/train_page.py", "from fusion.training.live_config import LiveConfig"),
    ("viz/panels/train_view.py", "from fusion.training.live import LiveConfig"),
    ("viz/panels/train_view.py", "import gradio as gr"),
    ("viz/panels/page.py", "import app"),
    ("viz/panels/presenter.py", "import gradio as gr"),
    ("viz/panels/presenter.py", "from fusion.engine import Engine"),
    ("viz/plots/maps.py", "from gradio import Blocks"),
    ("viz/plots/maps.py", "def later():\n    import torch.nn"),
    ("viz/plots/maps.py", "from ..panels import presenter"),
    ("viz/plots/maps.py", "from fusion.engine import Engine"),
    ("viz/plots/maps.py", "import matplotlib.pyplot as plt"),
    ("viz/plots/maps.py", "from matplotlib import pyplot"),
    ("fusion/engine.py", "import viz"),
    ("fusion/engine.py", "from viz.plots import maps"),
    ("fusion/engine.py", "import gradio"),
    ("fusion/engine.py", "from fusion.data.shapes.scene import make_scene"),
    ("fusion/engine.py", "from .data.shapes import scene"),
    ("fusion/models/model.py", "from fusion.data.shapes import vocabulary"),
    ("fusion/models/model.py", "import fusion.engine"),
    ("fusion/models/strategies/concat.py", "weights = scores.softmax(-1)"),
    ("fusion/models/strategies/concat.py", "weights = nn.functional.softmax(scores, -1)"),
    ("fusion/models/strategies/concat.py", "layer = nn.MultiheadAttention(8, 2)"),
    ("fusion/models/strategies/concat.py", "F.scaled_dot_product_attention(q, k, v)"),
    ("fusion/models/store.py", "import pickle"),
    ("fusion/models/store.py", "weights = torch.load(path)"),
    ("fusion/models/store.py", "np.load(path, allow_pickle=True)"),
    ("fusion/adapters/vilt.py", "from fusion.engine import Engine"),
    ("fusion/training/checkpoint.py", "from torch import load\nimport joblib"),
)


@pytest.mark.parametrize(("path", "source"), BAD)
def test_a_bad_arrow_is_found(path: str, source: str) -> None:
    assert violations(path, source)


GOOD = (
    ("app.py", "from fusion import Engine\nfrom viz.panels.page import build_page\nimport gradio"),
    ("viz/panels/page.py", "import gradio as gr\nfrom fusion.engine import Engine"),
    ("viz/panels/presenter.py", "from viz.plots.maps import coverage\nimport numpy"),
    ("viz/plots/maps.py", "from .scale import colours\nfrom fusion.outputs import Explanation"),
    ("fusion/engine.py", "from fusion.data import DATASETS\nanswers = logits.softmax(-1)"),
    ("fusion/training/bank.py", "from fusion.data.shapes.draw import draw\nimport torch"),
    (ATTENTION, "weights = scores.softmax(-1)"),
)


@pytest.mark.parametrize(("path", "source"), GOOD)
def test_a_good_arrow_is_let_through(path: str, source: str) -> None:
    assert violations(path, source) == []


def test_app_is_short() -> None:
    assert len((ROOT / "app.py").read_text().splitlines()) <= 40
