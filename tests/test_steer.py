"""Attention changed by hand: what is put in the place of a fusion's weights is what it uses."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from fusion.engine import Engine
from fusion.models.attention import ATTENTION, Attention
from fusion.models.steering import OWN, Steering, without
from fusion.models.strategies.base import Fusion
from fusion.outputs import FusionOutput
from fusion.passes import BOTH, pass_through
from fusion.shipped import COMPARED
from tests.conftest import SENTENCES
from tests.test_engine import QUESTION, TOKENS, alike, name, probabilities, weights

__all__ = ["name"]

ATTENDING = tuple(n for n in COMPARED if n != "concat")
WITH_HEADS = ("feature-self", "hybrid-additive", "hybrid-dot", "hybrid-self")
GRID = (5, 7)


@pytest.fixture(params=ATTENDING)
def attending(request: pytest.FixtureRequest) -> str:
    fusion: str = request.param
    return fusion


def painting(seed: int = 0) -> np.ndarray:
    """Where to look, by chance; the bottom row not at all."""
    painted = np.random.default_rng(seed).random(GRID)
    painted[-1] = 0
    return painted


def passed(engine: Engine, fusion: str, picture: Image.Image, steering: Steering) -> FusionOutput:
    """One pass from inside, with all that it computed."""
    read, seen = engine.inputs.read(QUESTION), engine.inputs.see(picture)
    model = engine._fusion(fusion)
    with torch.no_grad():
        return pass_through(model, seen.encoding, read.encoding, seen.region_mask, [BOTH], steering)


# ------------------------------------------------------------------ nothing changed


def test_with_nothing_changed_it_is_asked_to_the_bit(
    tiny: Engine, picture: Image.Image, name: str
) -> None:
    asked = tiny.ask(picture, QUESTION, fusion=name)
    steered = tiny.steer(picture, QUESTION, fusion=name)
    for side in (steered.before, steered.after):
        alike(asked, side, tolerance=0)
        assert probabilities(asked) == probabilities(side)
    assert (steered.region_weights, steered.token_weights, steered.modality_weights) == (None,) * 3


def test_no_strength_and_its_own_weights_change_nothing(
    tiny: Engine, picture: Image.Image, attending: str
) -> None:
    asked = tiny.ask(picture, QUESTION, fusion=attending)
    none = tiny.steer(
        picture, QUESTION, fusion=attending, region_weights=painting(), strength=0.0
    ).after
    alike(asked, none, tolerance=1e-6)
    own = tiny.steer(
        picture,
        QUESTION,
        fusion=attending,
        token_weights=[w for _, w in asked.token_attention or ()],
        modality_weights=asked.modality_weights,
    ).after
    alike(asked, own, tolerance=1e-5)


def test_nothing_is_left_behind(tiny: Engine, picture: Image.Image, attending: str) -> None:
    before = tiny.ask(picture, QUESTION, fusion=attending)
    tiny.steer(
        picture,
        QUESTION,
        fusion=attending,
        region_weights=painting(),
        modality_weights={"image": 1.0, "text": 0.0},
    )
    alike(before, tiny.ask(picture, QUESTION, fusion=attending), tolerance=0)


# ------------------------------------------------------------------ what is painted is used


def test_what_is_painted_is_where_it_looks(
    tiny: Engine, picture: Image.Image, attending: str
) -> None:
    painted = painting()
    steered = tiny.steer(picture, QUESTION, fusion=attending, region_weights=painted)
    after, put = steered.after, steered.region_weights
    assert after.image_attention is not None and put is not None
    np.testing.assert_allclose(put, painted / painted.sum(), atol=1e-7)
    assert put.sum() == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(after.image_attention, put, atol=1e-7)
    assert (after.image_attention[-1] == 0).all()
    if after.cross_attention is not None:
        rows = after.cross_attention.reshape(-1, *GRID)
        shares = rows / rows.sum((1, 2), keepdims=True)
        np.testing.assert_allclose(shares, np.broadcast_to(put, shares.shape), atol=1e-6)
    assert probabilities(after) != probabilities(steered.before)


@pytest.mark.parametrize("fusion", ["hybrid-additive", "hybrid-dot", "hybrid-self"])
def test_half_the_strength_is_half_way(tiny: Engine, picture: Image.Image, fusion: str) -> None:
    steered = tiny.steer(picture, QUESTION, fusion=fusion, region_weights=painting(), strength=0.25)
    before, after = steered.before.cross_attention, steered.after.cross_attention
    assert before is not None and after is not None and steered.region_weights is not None
    expected = 0.75 * before[0] + 0.25 * steered.region_weights  # later layers read other words
    np.testing.assert_allclose(after[0], expected, atol=1e-6)


def test_only_looking_is_replaced(tiny: Engine, picture: Image.Image) -> None:
    regions = torch.from_numpy(painting()).flatten().float()
    steering = Steering(regions=regions / regions.sum())
    own = passed(tiny, "hybrid-self", picture, OWN)
    steered = passed(tiny, "hybrid-self", picture, steering)
    assert own.steps[0].into == "regions"
    torch.testing.assert_close(steered.steps[0].weights, own.steps[0].weights, rtol=0, atol=0)
    P, joined = 35, passed(tiny, "feature-self", picture, steering)
    first = passed(tiny, "feature-self", picture, OWN).steps[0].weights, joined.steps[0].weights
    torch.testing.assert_close(first[0][:, :, :P], first[1][:, :, :P], rtol=0, atol=0)
    torch.testing.assert_close(first[0][:, :, P:, P:], first[1][:, :, P:, P:], rtol=0, atol=0)
    for step in joined.steps:  # words and answer give the regions as much as before, elsewhere
        torch.testing.assert_close(step.weights.sum(-1), torch.ones(step.weights.shape[:-1]))


def test_a_picture_of_any_size_is_stretched(tiny: Engine, picture: Image.Image) -> None:
    coarse = np.array([[0, 3.0]])
    put = tiny.steer(picture, QUESTION, region_weights=coarse).region_weights
    assert put is not None
    assert (put[:, :3] == 0).all() and put[:, 4:].sum() == pytest.approx(6 / 7, abs=1e-6)
    assert put[0, 3] == pytest.approx(put[0, 4] / 2, rel=1e-5)


def test_what_is_erased_is_not_looked_at(tiny: Engine, picture: Image.Image) -> None:
    left = np.arange(7)[None] < 4
    steered = tiny.steer(
        picture, QUESTION, fusion="modality-dot", erase=left, region_weights=np.ones(GRID)
    )
    seen = steered.after.image_attention
    assert seen is not None and (seen[:, :4] == 0).all()
    np.testing.assert_allclose(seen[:, 4:], 1 / 15, atol=1e-7)
    with pytest.raises(ValueError, match="All weight is 0 on the regions that are there"):
        tiny.steer(picture, QUESTION, erase=left, region_weights=left)


def test_words_are_read_as_asked(tiny: Engine, picture: Image.Image, attending: str) -> None:
    wished = [0.0, 3.0, 0.0, 0.0, 1.0, 5.0]
    after = tiny.steer(
        picture, QUESTION, fusion=attending, token_weights=wished, drop_tokens=[5]
    ).after
    np.testing.assert_allclose(
        np.asarray(weights(after)), np.array([0, 0.75, 0, 0, 0.25, 0]), atol=1e-6
    )


# ------------------------------------------------------------------ modalities


def test_modality_weights_are_those_asked_for(
    tiny: Engine, picture: Image.Image, attending: str
) -> None:
    steered = tiny.steer(
        picture, QUESTION, fusion=attending, modality_weights={"image": 3.0, "text": 1.0}
    )
    assert steered.modality_weights == {"image": 0.75, "text": 0.25}
    assert steered.after.modality_weights == pytest.approx({"image": 0.75, "text": 0.25}, abs=1e-6)
    # within each modality all is as it was
    assert steered.after.image_attention == pytest.approx(steered.before.image_attention, abs=1e-6)


@pytest.mark.parametrize("attention", ["additive", "dot", "self"])
@pytest.mark.parametrize("modality", [0, 1])
def test_the_whole_weight_gives_exactly_that_vector(
    tiny: Engine, picture: Image.Image, attention: str, modality: int
) -> None:
    model: Any = tiny._fusion(f"modality-{attention}")
    read, seen = tiny.inputs.read(QUESTION), tiny.inputs.see(picture)
    wished = torch.zeros(2)
    wished[modality] = 1
    out = passed(tiny, model.config.name, picture, Steering(modalities=wished))
    with torch.no_grad():
        tokens = model.tokens(read.encoding.tokens)
        question = model.question(tokens.mean(1)).unsqueeze(1)
        regions = model.regions(seen.encoding.regions.flatten(1, 2))
        everywhere = torch.ones(1, 1, 35, dtype=torch.bool)
        all_words = torch.ones(1, 1, len(TOKENS), dtype=torch.bool)
        vectors = torch.cat(
            [
                model.look(question, regions, everywhere).output,
                model.read(question, tokens, all_words).output,
            ],
            dim=1,
        )
        inner: Attention = model.weigh.attention
        queries = vectors if attention == "self" else vectors.sum(1, keepdim=True)
        mass = inner(queries, vectors, torch.ones(1, 1, 2, dtype=torch.bool)).mass  # (1, Q, 1)
        value = inner.project(queries, vectors)[2][:, 0, modality]  # (1, D)
        rows = torch.cat([value.unsqueeze(1).expand(-1, mass.shape[1], -1), mass], dim=-1)
        fused = inner.join(rows).mean(1)
    torch.testing.assert_close(out.fused, fused, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(out.logits, model.classifier(fused), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("attention", ["additive", "dot", "self"])
def test_in_a_joined_sequence_the_answer_reads_that_part_alone(
    tiny: Engine, picture: Image.Image, attention: str
) -> None:
    steered = passed(
        tiny, f"feature-{attention}", picture, Steering(modalities=torch.tensor([0.0, 1.0]))
    )
    own = passed(tiny, f"feature-{attention}", picture, OWN)
    row, before = steered.steps[-1].weights[0, 0, 0], own.steps[-1].weights[0, 0, 0]
    assert (row[:35] == 0).all()
    torch.testing.assert_close(row[35:], before[35:] / before[35:].sum())


# ------------------------------------------------------------------ attention heads


@pytest.mark.parametrize("kind", ["additive", "dot", "self"])
def test_a_head_that_is_off_gives_nothing(kind: str) -> None:
    torch.manual_seed(1)
    attention: Attention = ATTENTION[kind].build(12, heads=4)
    queries, keys = torch.randn(2, 3, 12), torch.randn(2, 7, 12)
    mask = torch.ones(2, 1, 7, dtype=torch.bool)
    with torch.no_grad():
        whole = attention(queries, keys, mask)
        off = attention(queries, keys, mask, lambda weights: without(weights, [2]))
        context, mass = whole.context.clone(), whole.mass.clone()
        context[..., 6:9], mass[..., 2] = 0, 0
        by_hand = attention.join(torch.cat([context, mass], dim=-1))
    torch.testing.assert_close(off.output, by_hand)
    torch.testing.assert_close(off.context, (off.weights @ off.values).transpose(1, 2).flatten(2))
    assert not torch.equal(off.output, whole.output)


def beheaded(model: Fusion, layer: int, head: int) -> Fusion:
    """A copy that multiplies what a head gives, and its mass, by 0."""
    other: Any = copy.deepcopy(model)
    layers = other.stream if model.config.strategy == "feature" else other.layers
    inner = layers[layer]
    attention = inner.attention if model.config.strategy == "feature" else inner.cross
    size = model.config.width // model.config.heads
    with torch.no_grad():
        attention.join.weight[:, head * size : (head + 1) * size] = 0
        attention.join.weight[:, model.config.width + head] = 0
    result: Fusion = other
    return result


@pytest.mark.parametrize("fusion", WITH_HEADS)
@pytest.mark.parametrize(("layer", "head"), [(0, 1), (2, 0)])
def test_switching_a_head_off_is_computing_without_it(
    tiny: Engine, picture: Image.Image, fusion: str, layer: int, head: int
) -> None:
    steered = tiny.steer(picture, QUESTION, fusion=fusion, heads_off=[(layer, head)])
    without_it = tiny.with_fusion("other", beheaded(tiny._fusion(fusion), layer, head))
    expected = without_it.ask(picture, QUESTION, fusion="other")
    assert probabilities(steered.after) == pytest.approx(probabilities(expected), abs=1e-6)
    assert probabilities(steered.after) != probabilities(steered.before)
    assert (steered.heads, steered.heads_off) == ((4, 2), {(layer, head)})
    cross = steered.after.cross_attention
    assert cross is not None and (cross[layer, head] == 0).all()
    assert (cross[layer, 1 - head] > 0).any()


def test_heads_and_painting_go_together(tiny: Engine, picture: Image.Image) -> None:
    after = tiny.steer(
        picture,
        QUESTION,
        fusion="hybrid-self",
        heads_off=[(1, 0)],
        region_weights=painting(),
    ).after.cross_attention
    assert after is not None
    assert (after[1, 0] == 0).all()
    np.testing.assert_allclose(after.sum((3, 4))[1, 1], 1, atol=1e-6)


# ------------------------------------------------------------------ many at once, and mistakes


@pytest.mark.parametrize("fusion", ["feature-self", "modality-dot", "hybrid-self"])
def test_questions_in_one_batch_are_steered_alike(
    tiny: Engine, picture: Image.Image, fusion: str
) -> None:
    regions = torch.from_numpy(painting()).flatten().float()
    steering = Steering(
        regions=regions / regions.sum(), modalities=torch.tensor([0.25, 0.75]), strength=0.5
    )
    seen, model = tiny.inputs.see(picture), tiny._fusion(fusion)
    read = tiny.inputs.read(SENTENCES[0])
    with torch.no_grad():
        both = pass_through(
            model, seen.encoding, read.encoding, seen.region_mask, [BOTH, BOTH], steering
        )
        one = pass_through(model, seen.encoding, read.encoding, seen.region_mask, [BOTH], steering)
    torch.testing.assert_close(both.logits, one.logits.expand(2, -1))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"region_weights": [1, 2]}, "must be an array of height by width"),
        ({"region_weights": np.zeros((0, 3))}, "must be an array of height by width"),
        ({"region_weights": [[-1.0, 2]]}, "numbers from 0 on"),
        ({"region_weights": [[np.nan, 2]]}, "numbers from 0 on"),
        ({"region_weights": "left"}, "region_weights must be numbers"),
        ({"region_weights": np.zeros(GRID)}, "All weight is 0 on the regions"),
        ({"region_weights": np.ones(GRID), "keep": ["text"]}, "The image is hidden"),
        ({"token_weights": [1.0, 2.0]}, "each of the 6 tokens"),
        ({"token_weights": [0.0] * 6}, "All weight is 0 on the words"),
        ({"token_weights": [1.0] * 6, "keep": ["image"]}, "The question is hidden"),
        ({"modality_weights": {"image": 1.0}}, "one number for each of image, text"),
        ({"modality_weights": {"image": 0.0, "text": 0.0}}, "All weight is 0 on the modalities"),
        ({"modality_weights": {"image": 1.0, "text": 0.0}, "keep": ["text"]}, "cannot be moved"),
        ({"heads_off": [(4, 0)]}, "no attention head 0 in a layer 4; its 4 layers"),
        ({"heads_off": [(0, -1)]}, "no attention head -1 in a layer 0"),
        ({"heads_off": [(0, 0)], "fusion": "modality-self"}, "it has none"),
        ({"heads_off": [(0, 0)], "fusion": "concat"}, "concat"),
        ({"region_weights": np.ones(GRID), "fusion": "concat"}, "concat has no attention"),
        ({"modality_weights": {"image": 1.0, "text": 1.0}, "fusion": "concat"}, "none to steer"),
        ({"strength": 1.5}, "strength must lie between 0 and 1"),
        ({"strength": float("nan")}, "strength must lie between 0 and 1"),
    ],
)
def test_what_cannot_be_steered_is_told(
    tiny: Engine, picture: Image.Image, given: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        tiny.steer(picture, QUESTION, **given)


def test_another_backbone_is_steered_too(shipped: Engine) -> None:
    scene, backbone = shipped.scene(564), shipped.backbones[0].name
    steered = shipped.steer(
        scene.image, scene.questions[0].text, backbone=backbone, region_weights=np.eye(3)
    )
    seen, put = steered.after.image_attention, steered.region_weights
    assert seen is not None and put is not None
    np.testing.assert_allclose(seen, put, atol=1e-6)
    assert steered.after.backbone == backbone
