"""Asking leaves nothing behind, and any number of threads get the answers of one."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import product
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from fusion.cache import Cache
from fusion.engine import Engine
from fusion.outputs import Explanation
from fusion.shipped import COMPARED

QUESTIONS = ("what colour is the star?", "how many red circles are there?", "星形是什么颜色？")


def modules(engine: Engine) -> Iterator[nn.Module]:
    for model in (engine._inputs.backbone, *engine._fusions.values()):
        yield from model.modules()


def state(engine: Engine) -> list[object]:
    """Everything on the models that a careless call could change."""
    found: list[object] = [torch.is_grad_enabled(), torch.is_inference_mode_enabled()]
    for module in modules(engine):
        hooks = (module._forward_hooks, module._forward_pre_hooks, module._backward_hooks)
        found += [module.training, *map(len, hooks), sorted(vars(module))]
        for tensor in (*module.parameters(recurse=False), *module.buffers(recurse=False)):
            found += [tensor.requires_grad, tensor.grad, tensor._version, tensor.sum().item()]
    return found


def numbers(explanation: Explanation) -> list[object]:
    """Every number of a result."""
    return [
        explanation.answers,
        explanation.answer_ids,
        explanation.modality_weights,
        explanation.token_attention,
        None if explanation.image_attention is None else explanation.image_attention.tolist(),
        None if explanation.cross_attention is None else explanation.cross_attention.tolist(),
    ]


def test_asking_leaves_nothing_behind(tiny: Engine, picture: Image.Image) -> None:
    before, pixels = state(tiny), picture.tobytes()
    erase = np.zeros((6, 9), bool)
    erase[2:4] = True
    kept = erase.copy()
    for name in COMPARED:
        tiny.ask(picture, QUESTIONS[0], fusion=name, erase=erase, drop_tokens=[1])
    tiny.masking(picture, QUESTIONS[1])
    tiny.compare(picture, QUESTIONS[2])
    for explainer in tiny.explainers:
        tiny.doubt(picture, QUESTIONS[0], method=explainer.name, fusion="hybrid-self", erase=erase)
    assert state(tiny) == before
    assert picture.tobytes() == pixels and np.array_equal(erase, kept)


def test_an_error_leaves_nothing_behind(
    tiny: Engine, picture: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state(tiny)
    with pytest.raises(ValueError, match="drop_tokens"):
        tiny.ask(picture, QUESTIONS[0], drop_tokens=[99])
    fusion = tiny._fusions["hybrid-dot"]
    with monkeypatch.context() as patched:
        patched.setattr(fusion.classifier, "forward", lambda x: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            tiny.masking(picture, QUESTIONS[0], fusion="hybrid-dot")
    assert state(tiny) == before


def test_served_models_hold_no_gradients(tiny: Engine) -> None:
    for module in modules(tiny):
        assert not module.training
        assert not any(p.requires_grad for p in module.parameters())


def test_callers_gradient_mode_is_kept(tiny: Engine, picture: Image.Image) -> None:
    for enabled in (True, False):
        with torch.set_grad_enabled(enabled):
            tiny.ask(picture, QUESTIONS[0])
            assert torch.is_grad_enabled() == enabled


def test_changing_a_result_changes_no_other(tiny: Engine, picture: Image.Image) -> None:
    first = tiny.ask(picture, QUESTIONS[0])
    before = repr(numbers(first))
    assert first.image_attention is not None and first.cross_attention is not None
    first.image_attention[:] = 7
    first.cross_attention[:] = 7
    first.tokens.clear()
    first.answers.clear()
    assert repr(numbers(tiny.ask(picture, QUESTIONS[0]))) == before


def test_threads_get_the_answers_of_one(tiny_assets: Path, tmp_path: Path) -> None:
    """Four threads start together on a fresh engine, on the same and on different things."""
    rng = np.random.default_rng(2)
    pictures = []
    for i in range(3):
        path = tmp_path / f"{i}.png"
        Image.fromarray(rng.integers(0, 256, (40 + 9 * i, 50, 3), dtype=np.uint8)).save(path)
        pictures.append(Image.open(path))  # not decoded yet: the threads race for that too
    names = ("concat", "feature-self", "hybrid-additive")
    asked = list(product(range(3), QUESTIONS, names))
    alone = Engine.load(tiny_assets)
    expected = [numbers(alone.ask(pictures[i].copy(), q, fusion=f)) for i, q, f in asked]
    lazy = [Image.open(tmp_path / f"{i}.png") for i in range(3)]
    engine, barrier = Engine.load(tiny_assets), Barrier(4)

    def ask_all(start: int) -> list[list[object]]:
        barrier.wait()
        order = asked[start * 7 :] + asked[: start * 7]
        found = [numbers(engine.ask(lazy[i], q, fusion=f)) for i, q, f in order]
        cut = len(asked) - start * 7
        return found[cut:] + found[:cut]

    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(ask_all, range(4)):
            assert found == expected


def test_cache_keeps_the_last_used() -> None:
    cache: Cache[int] = Cache(2)
    made = []

    def make(value: int) -> int:
        made.append(value)
        return value

    for key in (1, 2, 1, 3, 1, 2):
        assert cache.get(key, partial(make, key)) == key
    assert made == [1, 2, 3, 2] and len(cache) == 2


def test_cache_forgets_errors() -> None:
    cache: Cache[float] = Cache(2)
    with pytest.raises(ZeroDivisionError):
        cache.get("x", lambda: 1 / 0)
    assert cache.get("x", lambda: 5.0) == 5.0
    with pytest.raises(ValueError, match="at least 1"):
        Cache(0)
