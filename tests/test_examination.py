"""One answer under examination: what is known is not asked again, and watchers may leave."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from fusion.engine import Engine
from fusion.inputs import Inputs

QUESTION = "what colour is the star?"


CALM = 0.3  # seconds that a watcher has from one step to the next


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many images were encoded with something erased, chunk by chunk."""
    chunks: list[int] = []
    see = Inputs.see_without

    def counted(self: Inputs, *given: Any, **named: Any) -> Any:
        for part in see(self, *given, **named):
            chunks.append(len(part.region_mask))
            yield part

    monkeypatch.setattr(Inputs, "see_without", counted)
    return chunks


@pytest.fixture
def calm(monkeypatch: pytest.MonkeyPatch, asked: list[int]) -> None:
    """No faster than a watcher can follow."""
    see = Inputs.see_without

    def slowly(self: Inputs, *given: Any, **named: Any) -> Any:
        for part in see(self, *given, **named):
            yield part
            time.sleep(CALM)

    monkeypatch.setattr(Inputs, "see_without", slowly)


def test_it_says_what_the_engine_says(tiny: Engine, picture: Image.Image) -> None:
    examined = tiny.examine(picture, QUESTION, answer="red")
    for method in ("occlusion", "integrated-gradients"):
        alone = tiny.doubt(picture, QUESTION, method=method, answer="red")
        found = examined.doubt(method)
        for modality, curves in alone.curves.items():
            for order in ("most", "least", "random"):
                mine = getattr(found.curves[modality], order)
                np.testing.assert_allclose(mine, getattr(curves, order), atol=1e-6)


def test_random_orders_and_other_answers_ask_nothing_new(
    tiny: Engine, picture: Image.Image, asked: list[int]
) -> None:
    examined = tiny.examine(picture, QUESTION, answer="red")
    first = examined.explain("occlusion")
    count = sum(asked)
    assert count > 0 and examined.known("occlusion") is first
    assert examined.explain("occlusion") is first and sum(asked) == count
    other = examined.of("colour.blue")
    assert other.answer_id == "colour.blue" and other.known("occlusion") is None
    fresh = tiny.explain(picture, QUESTION, method="occlusion", answer="blue")
    asked.clear()
    found = other.explain("occlusion")
    assert asked == []
    assert found.image is not None and fresh.image is not None and first.image is not None
    np.testing.assert_allclose(found.image.values, fresh.image.values, atol=1e-6)
    assert not np.allclose(found.image.values, first.image.values)
    examined.doubt("occlusion", "image")
    whole = sum(asked)
    asked.clear()
    examined.doubt("raw-attention", "image")
    assert 0 < sum(asked) < whole, "the random orders are known"


@pytest.mark.usefixtures("calm")
def test_who_watches_is_told_and_may_leave(
    tiny: Engine, picture: Image.Image, asked: list[int]
) -> None:
    threads = torch.get_num_threads()
    examined = tiny.examine(picture, QUESTION, answer="red")
    begun = examined.explaining("shapley")
    first = next(begun)
    assert (first.modality, first.found) == ("image", None) and 0 < first.share < 1
    begun.close()  # type: ignore[attr-defined]
    assert examined.known("shapley") is None and torch.get_num_threads() == threads
    stopped, alone = sum(asked), tiny.explain(picture, QUESTION, method="shapley", answer="red")
    whole = sum(asked) - stopped
    assert stopped < whole
    asked.clear()
    steps = list(examined.explaining("shapley"))
    assert sum(asked) == whole - stopped, "what was asked before it was stopped is kept"
    found = steps[-1].found
    assert found is not None
    assert found is examined.known("shapley") and found.image is not None
    assert alone.image is not None
    np.testing.assert_allclose(found.image.values, alone.image.values, atol=1e-6)


def test_what_goes_wrong_is_raised_to_who_watches(tiny: Engine, picture: Image.Image) -> None:
    examined = tiny.examine(picture, QUESTION, fusion="concat")
    assert not {i.name: able for i, able in examined.explainers}["rollout"]
    with pytest.raises(ValueError, match="'rollout' does not support the fusion 'concat'"):
        list(examined.explaining("rollout"))
