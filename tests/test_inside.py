"""Inside a pass: the answer can be computed again from the numbers that are shown, and a
temperature changes the softmax and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from fusion.engine import Engine
from fusion.inside import Inside, InsideStep
from fusion.models.attention import Attention, tempered
from fusion.models.strategies.base import Fusion
from fusion.models.strategies.feature import FeatureFusion
from fusion.models.strategies.hybrid import HybridFusion
from fusion.models.tally import count_features
from fusion.outputs import MODALITIES
from fusion.shipped import COMPARED
from tests.conftest import SENTENCES
from tests.test_purity import state

QUESTION = SENTENCES[0]
STATES: list[dict[str, Any]] = [
    {},
    {"temperature": 3.0},
    {"keep": {"image"}},
    {"keep": {"text"}, "temperature": 0.5},
    {"keep": ()},
    {"drop_tokens": [1], "erase": np.eye(5, dtype=bool)},
]
NAMES = ("all", "hot", "image", "text", "none", "parts")


def near(a: Any, b: Any) -> None:
    np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=1e-4, atol=2e-5)


def scores_of(step: InsideStep) -> np.ndarray:
    """The formula of each mechanism, from the queries and keys that are shown."""
    if step.mechanism == "additive":
        assert step.unit_weights is not None
        pairs = np.tanh(step.queries[:, :, None] + step.keys[:, None])
        return np.einsum("kijd,kd->kij", pairs, step.unit_weights)
    return step.queries @ step.keys.transpose(0, 2, 1) / np.sqrt(step.queries.shape[-1])


def redone(step: InsideStep, attention: Attention, temperature: float) -> Tensor:
    """Queries and keys to scores to weights to z to the learned output, each compared with what
    is shown: (Q, D)."""
    near(scores_of(step), step.scores)
    there = step.present[None]
    heated = np.where(there, step.scores / temperature, -np.inf)
    raised = np.where(there, np.exp(heated - np.max(heated, -1, initial=-1e3, keepdims=True)), 0)
    weights = raised / np.maximum(raised.sum(-1, keepdims=True), 1e-30)
    near(weights, step.weights)
    z = weights @ step.values
    near(z, step.context)
    mass = np.log1p(np.where(there, np.exp(step.scores / temperature), 0).sum(-1))
    near(mass, step.mass)
    both = np.concatenate([z.transpose(1, 0, 2).reshape(len(mass[0]), -1), mass.T], axis=1)
    output: Tensor = attention.join(torch.from_numpy(both).float())
    near(output, step.output)
    return output


class Way:
    """Takes the steps of a pass one after the other, from the encodings on."""

    def __init__(self, engine: Engine, inside: Inside, picture: Image.Image, given: Any) -> None:
        read, seen = engine._encoded(
            picture, QUESTION, given.get("drop_tokens", ()), given.get("erase")
        )
        self.inside, self.model = inside, engine._fusion(inside.fusion)
        self.seen, self.read = seen.encoding, read.encoding
        self.regions = torch.from_numpy(inside.regions_present.reshape(-1))
        self.tokens = torch.from_numpy(inside.tokens_present)
        self.left: Iterator[InsideStep] = iter(inside.steps)

    def attend(self, attention: Attention, queries: Tensor, keys: Tensor) -> Tensor:
        """The next step, whose projections must be those of these queries and keys."""
        step = next(self.left)
        shown = (step.queries, step.keys, step.values)
        for made, told in zip(attention.project(queries[None], keys[None]), shown, strict=True):
            near(made[0], told)
        return redone(step, attention, self.inside.temperature)

    def weighed(self, vectors: Tensor, model: Any) -> Tensor:
        """The weighed vector of both modalities, from the vectors that are shown."""
        assert self.inside.vectors is not None
        for vector, name in zip(vectors, MODALITIES, strict=True):
            near(vector, self.inside.vectors[name])
        there = torch.stack([self.regions.any(), self.tokens.any()])
        queries = vectors if model.self_queries else vectors.sum(0, keepdim=True)
        output = self.attend(model.attention, queries, vectors)
        weights = self.inside.steps[-1].weights[0]
        rows = there.float()[:, None] if model.self_queries else torch.ones(1, 1)
        share = rows / rows.sum().clamp(min=1)
        if self.inside.modality_weights is not None:
            near((share.numpy() * weights).sum(0), list(self.inside.modality_weights.values()))
        return (share * output).sum(0) * there.any()


@torch.no_grad()
def fused_again(way: Way) -> Tensor:
    """The fused vector, made again along the way of the fusion's strategy."""
    model: Any = way.model
    if way.inside.strategy == "concat":
        halves = [
            mean(way.seen.regions[0].flatten(0, 1), way.regions),
            mean(way.read.tokens[0], way.tokens),
        ]
        return nn.functional.gelu(model.fuse(torch.cat(halves)))
    regions = model.regions(way.seen.regions[0].flatten(0, 1))
    tokens = model.tokens(way.read.tokens[0])
    if isinstance(model, FeatureFusion):
        return joined(way, model, regions, tokens)
    if isinstance(model, HybridFusion):
        regions, tokens = rounds(way, model, regions, tokens)
        question = mean(tokens, way.tokens)[None]
    else:
        question = model.question(mean(tokens, way.tokens))[None]
    vectors = torch.cat(
        [
            way.attend(model.look, question, regions) * way.regions.any(),
            way.attend(model.read, question, tokens) * way.tokens.any(),
        ]
    )
    fused = way.weighed(vectors, model.weigh)
    if not isinstance(model, HybridFusion):
        return fused
    counts = way.inside.counts
    told = torch.zeros(4) if counts is None else torch.tensor(list(counts.values()))
    return torch.cat([fused, vectors.flatten(), count_features(told[None])[0]])


def rounds(way: Way, model: Any, regions: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor]:
    """The hybrid fusion's layers."""
    regions = model.region_norm(regions)
    if model.region_mix is not None:
        regions = regions + way.attend(model.region_mix, regions, regions)
    tokens = tokens * way.tokens[:, None]
    for layer in model.layers:
        seen = way.attend(layer.cross, layer.norms[0](tokens), regions)
        tokens = tokens + seen * way.regions.any()
        normed = layer.norms[1](tokens)
        tokens = tokens + way.attend(layer.mix, normed, normed)
        tokens = (tokens + layer.feedforward(layer.norms[2](tokens))) * way.tokens[:, None]
    return regions, model.norm(tokens) * way.tokens[:, None]


def joined(way: Way, model: Any, regions: Tensor, tokens: Tensor) -> Tensor:
    """The feature-level fusion's stream and its one reading."""
    there, P = torch.cat([way.regions, way.tokens]), len(regions)
    sequence = torch.cat([regions, tokens]) * there[:, None]
    for layer in model.stream:
        normed = layer.norms[0](sequence)
        sequence = sequence + way.attend(layer.attention, normed, normed)
        sequence = sequence + layer.feedforward(layer.norms[1](sequence))
        sequence = sequence * there[:, None]
    summary = model.query(
        torch.cat([mean(sequence[:P], way.regions), mean(sequence[P:], way.tokens)])
    )
    read = way.attend(model.read, summary[None], sequence)[0] * there.any()
    assert way.inside.vectors is not None
    near(sum(way.inside.vectors.values()), way.inside.steps[-1].context[0, 0])
    return torch.cat([read, summary])


def mean(x: Tensor, mask: Tensor) -> Tensor:
    return (x * mask[:, None]).sum(0) / mask.sum().clamp(min=1)


@pytest.mark.parametrize("given", STATES, ids=NAMES)
@pytest.mark.parametrize("name", COMPARED)
def test_the_answer_follows_from_the_numbers(
    tiny: Engine, picture: Image.Image, name: str, given: dict[str, Any]
) -> None:
    inside = tiny.inside(picture, QUESTION, fusion=name, **given)
    way = Way(tiny, inside, picture, given)
    fused = fused_again(way)
    assert next(way.left, None) is None, "a step is shown that was not taken"
    near(fused, inside.fused)
    model: Fusion = way.model
    with torch.no_grad():
        logits = model.classifier(torch.from_numpy(inside.fused)[None])[0].double()
    order = [model.config.answers.index(answer) for answer in inside.answer_ids]
    near(logits[order], inside.logits)
    near(torch.softmax(logits, 0)[order], [share for _, share in inside.answers])


@pytest.mark.parametrize("name", COMPARED)
def test_at_temperature_one_it_is_what_is_served(
    tiny: Engine, picture: Image.Image, name: str
) -> None:
    asked = tiny.ask(picture, QUESTION, fusion=name)
    inside = tiny.inside(picture, QUESTION, fusion=name)
    assert inside.answers == asked.answers and inside.answer_ids == asked.answer_ids
    assert inside.modality_weights == asked.modality_weights
    look = inside.step("image")
    if look is not None and asked.image_attention is not None:
        near(look.weights[0, 0], asked.image_attention.reshape(-1))
    cold = tiny.inside(picture, QUESTION, fusion=name, temperature=0.05)
    assert (cold.answers == asked.answers) == (name == "concat")


def test_the_shipped_answers_are_bit_for_bit_those_of_ask(shipped: Engine) -> None:
    scene = shipped.scene(7)
    for name in ("hybrid-additive", "feature-self"):
        asked = shipped.ask(scene.image, scene.questions[0].text, fusion=name)
        inside = shipped.inside(scene.image, scene.questions[0].text, fusion=name)
        assert inside.answers == asked.answers


def test_heat_flattens_and_cold_sharpens(tiny: Engine, picture: Image.Image) -> None:
    first = {
        t: tiny.inside(picture, QUESTION, fusion="hybrid-additive", temperature=t).steps[0]
        for t in (0.01, 1.0, 1000.0)
    }
    peaks = [first[t].weights.max(-1).mean() for t in (0.01, 1.0, 1000.0)]
    assert peaks == sorted(peaks, reverse=True)
    np.testing.assert_allclose(first[1000.0].weights, 1 / 35, rtol=0.02)
    np.testing.assert_array_equal(first[0.01].scores, first[1.0].scores)


def test_looking_inside_leaves_nothing_behind(tiny: Engine, picture: Image.Image) -> None:
    before, served = state(tiny), tiny.ask(picture, QUESTION).answers
    for name in COMPARED:
        tiny.inside(picture, QUESTION, fusion=name, temperature=2.0)
    assert state(tiny) == before
    assert tiny.ask(picture, QUESTION).answers == served


def test_a_tempered_model_shares_its_parameters(tiny: Engine) -> None:
    model = tiny._fusion("hybrid-self")
    twin = tempered(model, 2.0)
    assert twin is not model and tempered(model, 1.0) is model
    pairs = list(zip(model.parameters(), twin.parameters(), strict=True))
    assert pairs and all(a is b for a, b in pairs)


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan"), float("inf")])
def test_a_temperature_is_above_zero(
    tiny: Engine, picture: Image.Image, temperature: float
) -> None:
    with pytest.raises(ValueError, match="temperature must be a number above 0"):
        tiny.inside(picture, QUESTION, temperature=temperature)


def test_a_result_is_checked(tiny: Engine, picture: Image.Image) -> None:
    step = tiny.inside(picture, QUESTION, fusion="hybrid-dot").steps[0]
    values = {name: getattr(step, name) for name in InsideStep.__slots__}
    with pytest.raises(ValueError, match="sum to 1"):
        InsideStep(**{**values, "weights": step.weights * 1.1})
