"""Every attention and every fusion: golden values, masking, and properties that hold for all.

Sizes are pairwise distinct, so that a mixed-up axis cannot hide.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fusion.config import FusionConfig
from fusion.models.attention import ATTENTION, Attention
from fusion.models.masking import Presence, keep_tensor, masked_mean
from fusion.models.model import FUSIONS, Backbone, build_fusion
from fusion.models.pooling import POOLING, pool
from fusion.models.strategies import STRATEGIES
from fusion.models.strategies.base import Fusion
from fusion.models.strategies.concat import ConcatFusion
from fusion.outputs import FusionOutput, ImageEncoding, TextEncoding
from tests.conftest import TINY, fusion_config

N, B, T, H, W, D, K, L, A = 3, 6, 5, 7, 9, 16, 2, 4, 11
P, E = H * W, TINY.width
WEIGHTS = ("modality_weights", "region_weights", "token_weights", "cross_weights")
NAMES = [s if a is None else f"{s}-{a}" for s, a in FUSIONS]


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(params=FUSIONS, ids=NAMES)
def fusion(request: pytest.FixtureRequest) -> Fusion:
    torch.manual_seed(1)
    strategy, attention = request.param
    return build_fusion(fusion_config(strategy, attention, tuple(map(str, range(A))))).eval()


@pytest.fixture(params=list(ATTENTION))
def attention(request: pytest.FixtureRequest) -> Attention:
    torch.manual_seed(2)
    module: Attention = ATTENTION[request.param].build(D, heads=K)
    return module.eval()


def image(seed: int = 1, n: int = N) -> ImageEncoding:
    regions = noise(n, H, W, E, seed=seed)
    return ImageEncoding(regions=regions, pooled=regions.mean((1, 2)), pooling="mean")


def text(seed: int = 2) -> TextEncoding:
    """B questions of 1 to T tokens, padded with zeros."""
    mask = torch.arange(T) < torch.tensor([T, 3, 4, 1, T, 2])[:, None]
    tokens = noise(B, T, E, seed=seed) * mask[..., None]
    pooled = masked_mean(tokens, mask)
    return TextEncoding(tokens=tokens, mask=mask, pooled=pooled, pooling="mean")


def present(words: TextEncoding, keep: tuple[str, ...] = ("image", "text")) -> Presence:
    mask = torch.ones(N, P, dtype=torch.bool)
    mask[1, ::2] = False
    return Presence(
        keep=keep_tensor(frozenset(keep)).expand(B, -1), region_mask=mask, token_mask=words.mask
    )


def same(a: FusionOutput, b: FusionOutput, *, exactly: bool = True) -> None:
    """Both outputs agree in every tensor; the steps have rows of queries that are not present."""
    for field in dataclasses.fields(FusionOutput):
        if field.name in ("steps", "weighing"):
            continue
        x, y = getattr(a, field.name), getattr(b, field.name)
        assert (x is None) == (y is None), field.name
        if x is not None:
            tolerance = 0.0 if exactly else 1e-5
            torch.testing.assert_close(x, y, rtol=0, atol=tolerance, msg=field.name)


# ------------------------------------------------------------------ attention


def test_context_is_weights_times_values(attention: Attention) -> None:
    mask = noise(B, T, P, seed=3) > 0
    out = attention(noise(B, T, D), noise(B, P, D, seed=4), mask)
    assert out.weights.shape == (B, K, T, P)
    product = (out.weights @ out.values).transpose(1, 2).flatten(2)
    torch.testing.assert_close(out.context, product, rtol=0, atol=0)
    torch.testing.assert_close(out.weights.sum(-1), torch.ones(B, K, T))
    assert (out.weights.masked_select(~mask.unsqueeze(1)) == 0).all()


def test_attention_over_nothing_is_zero(attention: Attention) -> None:
    mask = torch.zeros(B, 1, P, dtype=torch.bool)
    out = attention(noise(B, T, D), noise(B, P, D, seed=4), mask)
    for nothing in (out.weights, out.context, out.mass):
        assert (nothing == 0).all()


def test_masked_keys_change_nothing(attention: Attention) -> None:
    mask = (torch.arange(P) % 3 > 0).expand(B, 1, P)
    keys = noise(B, P, D, seed=4)
    other = torch.where(mask.transpose(1, 2), keys, 50 * noise(B, P, D, seed=9))
    a, b = attention(noise(B, T, D), keys, mask), attention(noise(B, T, D), other, mask)
    assert torch.equal(a.output, b.output)
    assert torch.equal(a.weights, b.weights)


def test_attention_mass_counts(attention: Attention) -> None:
    """Twice as many equal keys: the context stays, the mass grows by log 2 or nearly."""
    keys = noise(B, 1, D, seed=4).expand(B, 4, D)
    few = attention(noise(B, T, D), keys[:, :2], torch.ones(B, 1, 2, dtype=torch.bool))
    many = attention(noise(B, T, D), keys, torch.ones(B, 1, 4, dtype=torch.bool))
    torch.testing.assert_close(few.context, many.context)
    assert (many.mass > few.mass).all()
    assert (many.mass - few.mass <= math.log(2) + 1e-5).all()


@pytest.mark.parametrize("name", ["dot", "self"])
def test_against_torchs_scaled_dot_product_attention(name: str) -> None:
    torch.manual_seed(2)
    attention = ATTENTION[name].build(D, heads=K)
    queries, keys = noise(B, T, D), noise(B, P, D, seed=4)
    mask = noise(B, T, P, seed=3) > 0
    q, k = attention.split(attention.query(queries)), attention.split(attention.key(keys))
    v = attention.split(attention.value(keys)) if name == "self" else k
    golden = F.scaled_dot_product_attention(q, k, v, attn_mask=mask.unsqueeze(1))
    context = attention(queries, keys, mask).context
    torch.testing.assert_close(context, golden.transpose(1, 2).flatten(2))


def test_against_torchs_multihead_attention() -> None:
    torch.manual_seed(2)
    ours = ATTENTION["self"].build(D, heads=K)
    golden = nn.MultiheadAttention(D, K, batch_first=True)
    parts = (ours.query, ours.key, ours.value)
    with torch.no_grad():
        golden.in_proj_weight.copy_(torch.cat([p.weight for p in parts]))
        golden.in_proj_bias.copy_(torch.cat([p.bias for p in parts]))
        golden.out_proj.weight.copy_(torch.eye(D))
        golden.out_proj.bias.zero_()
    queries, keys = noise(B, T, D), noise(B, P, D, seed=4)
    mask = (noise(B, P, seed=3) > 0).unsqueeze(1)
    context, weights = golden(
        queries, keys, keys, key_padding_mask=~mask[:, 0], average_attn_weights=False
    )
    out = ours(queries, keys, mask)
    torch.testing.assert_close(out.weights, weights)
    torch.testing.assert_close(out.context, context)


def test_additive_scores_by_hand() -> None:
    """e_ij = v^T tanh(W x_i + U y_j + b), written out for one pair of each head."""
    torch.manual_seed(2)
    attention = ATTENTION["additive"].build(D, heads=K)
    queries, keys = noise(B, T, D), noise(B, P, D, seed=4)
    x, y, _ = attention.project(queries, keys)
    scores = attention.fit(x, y)
    pair = torch.tanh(attention.query(queries[1, 2]) + attention.key(keys[1, 8]))
    by_hand = (attention.score * pair.view(K, -1)).sum(1)
    torch.testing.assert_close(scores[1, :, 2, 8], by_hand)


def test_heads_that_do_not_fit_raise() -> None:
    with pytest.raises(ValueError, match="multiple"):
        ATTENTION["dot"].build(D, heads=5)
    with pytest.raises(ValueError, match="multiple"):
        ATTENTION["additive"].build(15, heads=5)


# ------------------------------------------------------------------ fusions


def test_every_strategy_is_compared() -> None:
    assert {s for s, _ in FUSIONS} == set(STRATEGIES)
    assert len(FUSIONS) == 10 == len(set(FUSIONS))
    for name in STRATEGIES:
        entry = STRATEGIES[name]
        assert entry.label and entry.summary and entry.source


def test_shapes(fusion: Fusion) -> None:
    words = text()
    out = fusion(image(), words, present(words))
    expected = {
        "modality_weights": (B, 2),
        "region_weights": (B, H, W),
        "token_weights": (B, T),
        "cross_weights": (B, L, K, T, H, W),
    }
    assert out.logits.shape == (B, A)
    for name in WEIGHTS:
        weights = getattr(out, name)
        assert weights is None or tuple(weights.shape) == expected[name], name


def test_which_weights_there_are(fusion: Fusion) -> None:
    words = text()
    out = fusion(image(), words, present(words))
    strategy, attention = fusion.config.strategy, fusion.config.attention
    cross = strategy == "hybrid" or (strategy, attention) == ("feature", "self")
    there = {name: getattr(out, name) is not None for name in WEIGHTS}
    assert there == {**dict.fromkeys(WEIGHTS, strategy != "concat"), "cross_weights": cross}


def test_weights_are_distributions_over_what_is_present(fusion: Fusion) -> None:
    words = text()
    presence = present(words)
    out = fusion(image(), words, presence)
    for name in ("modality_weights", "region_weights", "token_weights"):
        weights = getattr(out, name)
        if weights is not None:
            torch.testing.assert_close(weights.flatten(1).sum(1), torch.ones(B), msg=name)
            assert (weights >= 0).all(), name
    if out.token_weights is not None:
        assert (out.token_weights[~words.mask] == 0).all()
    if out.region_weights is not None:
        assert (out.region_weights.flatten(1)[~presence.regions] == 0).all()


def test_cross_attention_of_a_token_sums_to_one(fusion: Fusion) -> None:
    words = text()
    presence = present(words)
    cross = fusion(image(), words, presence).cross_weights
    if cross is None:
        return
    weights = cross.flatten(4)  # (B, L, K, T, P)
    assert (weights.masked_select(~presence.regions[:, None, None, None]) == 0).all()
    if fusion.config.strategy == "hybrid":  # a single stream shares its attention with the words
        total = words.mask[:, None, None].float().expand(B, L, K, T)
        torch.testing.assert_close(weights.sum(-1), total)


@pytest.mark.parametrize("hidden", ["image", "text"])
def test_hidden_content_changes_nothing(fusion: Fusion, hidden: str) -> None:
    words = text()
    keep = present(words, keep=("text",) if hidden == "image" else ("image",))
    other = dataclasses.replace(words, tokens=noise(B, T, E, seed=8), pooled=noise(B, E, seed=8))
    a = fusion(image(), words, keep)
    b = fusion(image(7), words, keep) if hidden == "image" else fusion(image(), other, keep)
    assert torch.equal(a.logits, b.logits)
    same(a, b)


@pytest.mark.parametrize("hidden", ["image", "text"])
def test_hidden_modality_gives_its_weight_to_the_other(fusion: Fusion, hidden: str) -> None:
    words = text()
    out = fusion(
        image(), words, present(words, keep=("text",) if hidden == "image" else ("image",))
    )
    if out.modality_weights is None:
        return
    share = [0.0, 1.0] if hidden == "image" else [1.0, 0.0]
    torch.testing.assert_close(out.modality_weights, torch.tensor([share]).expand(B, 2))
    weights = out.region_weights if hidden == "image" else out.token_weights
    assert weights is not None and (weights == 0).all()


def test_masked_regions_and_tokens_change_nothing(fusion: Fusion) -> None:
    words, pixels = text(), image()
    presence = present(words)
    mask = presence.region_mask.view(N, H, W, 1)
    regions = torch.where(mask, pixels.regions, noise(N, H, W, E, seed=8))
    tokens = torch.where(words.mask[..., None], words.tokens, noise(B, T, E, seed=9))
    same(
        fusion(pixels, words, presence),
        fusion(
            dataclasses.replace(pixels, regions=regions),
            dataclasses.replace(words, tokens=tokens),
            presence,
        ),
    )


def test_with_both_hidden_the_answer_is_the_prior(fusion: Fusion) -> None:
    words, others = text(), text(seed=8)
    a = fusion(image(), words, present(words, keep=()))
    b = fusion(image(7), others, present(others, keep=()))
    assert torch.equal(a.logits, b.logits)
    torch.testing.assert_close(a.logits, a.logits[:1].expand(B, A), rtol=0, atol=1e-6)
    for name in WEIGHTS:
        weights = getattr(a, name)
        assert weights is None or (weights == 0).all() or name == "cross_weights"


def test_an_image_without_regions_is_a_hidden_image(fusion: Fusion) -> None:
    words = text()
    none = dataclasses.replace(present(words), region_mask=torch.zeros(N, P, dtype=torch.bool))
    same(
        fusion(image(), words, none),
        fusion(image(), words, present(words, keep=("text",))),
        exactly=False,
    )


def test_padding_changes_nothing(fusion: Fusion) -> None:
    words = text()
    more = 4
    longer = dataclasses.replace(
        words,
        tokens=torch.cat([words.tokens, noise(B, more, E, seed=8)], dim=1),
        mask=F.pad(words.mask, (0, more)),
    )
    a, b = fusion(image(), words, present(words)), fusion(image(), longer, present(longer))
    torch.testing.assert_close(a.logits, b.logits, rtol=0, atol=1e-5)
    if b.token_weights is not None:
        assert (b.token_weights[:, T:] == 0).all()


def test_many_questions_about_an_image_equal_one_by_one(fusion: Fusion) -> None:
    words, pixels = text(), image()
    presence = present(words)
    folded = fusion(pixels, words, presence)
    for b in range(B):
        n = b // (B // N)
        one = fusion(
            dataclasses.replace(
                pixels, regions=pixels.regions[n : n + 1], pooled=pixels.pooled[n : n + 1]
            ),
            dataclasses.replace(
                words,
                tokens=words.tokens[b : b + 1],
                mask=words.mask[b : b + 1],
                pooled=words.pooled[b : b + 1],
            ),
            Presence(
                keep=presence.keep[b : b + 1],
                region_mask=presence.region_mask[n : n + 1],
                token_mask=words.mask[b : b + 1],
            ),
        )
        same(row(folded, b), one, exactly=False)


def row(output: FusionOutput, b: int) -> FusionOutput:
    """One question of a batch."""
    names = [f.name for f in dataclasses.fields(output) if f.name not in ("steps", "weighing")]
    fields: dict[str, Any] = {name: getattr(output, name) for name in names}
    one: dict[str, Any] = {
        name: x[b : b + 1] if isinstance(x, Tensor) else x for name, x in fields.items()
    }
    return FusionOutput(**one)


def test_order_of_regions_does_not_matter(fusion: Fusion) -> None:
    """Where a region lies is in its vector, not in its index."""
    words, pixels = text(), image()
    presence = present(words)
    order = torch.randperm(P, generator=torch.Generator().manual_seed(4))
    shuffled = dataclasses.replace(
        pixels, regions=pixels.regions.flatten(1, 2)[:, order].view(N, H, W, E)
    )
    moved = dataclasses.replace(presence, region_mask=presence.region_mask[:, order])
    a, b = fusion(pixels, words, presence), fusion(shuffled, words, moved)
    torch.testing.assert_close(a.logits, b.logits, rtol=0, atol=1e-5)
    if a.region_weights is not None and b.region_weights is not None:
        there = a.region_weights.flatten(1)[:, order]
        torch.testing.assert_close(there, b.region_weights.flatten(1), rtol=0, atol=1e-5)


def test_steps_are_what_was_multiplied(fusion: Fusion) -> None:
    """An answer's gradient reaches the weights of every step, and each row of them sums to 1."""
    words, pixels = text(), image()
    pixels.regions.requires_grad_()
    output = fusion(pixels, words, present(words))
    assert bool(output.steps) == (fusion.config.attention is not None)
    if not output.steps:
        return
    lengths = {"regions": P, "tokens": T, "joined": P + T}
    grads = torch.autograd.grad(output.logits.sum(), [s.weights for s in output.steps])
    for step, grad in zip(output.steps, grads, strict=True):
        assert step.weights.shape[3] == lengths[step.over]
        assert grad.abs().sum() > 0, step
        sums = step.weights.sum(-1)
        assert (((sums - 1).abs() < 1e-5) | (sums == 0)).all()


def test_every_parameter_gets_a_gradient(fusion: Fusion) -> None:
    words = text()
    out = fusion(image(), words, present(words))
    F.cross_entropy(out.logits, torch.arange(B)).backward()
    for name, parameter in fusion.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
        assert (parameter.grad != 0).any(), name


def test_concat_has_no_attention_to_build() -> None:
    config = FusionConfig(strategy="concat", attention=None, answers=("yes",))
    with pytest.raises(ValueError, match="no attention"):
        build_fusion(config).attention()


@pytest.mark.parametrize("pooling", list(POOLING))
def test_concat_reads_the_pooled_vectors_of_what_is_present(pooling: str) -> None:
    """[CLS] was made before; every other pooling is that of the regions and tokens left."""
    torch.manual_seed(1)
    fusion = build_fusion(fusion_config("concat", None, tuple(map(str, range(A))))).eval()
    words, pixels = dataclasses.replace(text(), pooling=pooling), image()
    pixels = dataclasses.replace(pixels, pooling="max" if pooling == "max" else "mean")
    presence = present(words)
    seen = pooled_by_hand(pixels.regions.flatten(1, 2), presence.region_mask, pixels.pooling)
    read = pooled_by_hand(words.tokens, words.mask, pooling)
    read = words.pooled if pooling in ("cls", "pooler") else read
    joined = torch.cat([seen.repeat_interleave(B // N, 0), read], dim=1)
    assert isinstance(fusion, ConcatFusion)
    expected = fusion.classifier(F.gelu(fusion.fuse(joined)))
    torch.testing.assert_close(fusion(pixels, words, presence).logits, expected)


def pooled_by_hand(vectors: Tensor, mask: Tensor, how: str) -> Tensor:
    """Row by row, with what is absent taken out."""
    pools = {"max": lambda x: x.max(0).values, "last": lambda x: x[-1]}
    left = (row[kept] for row, kept in zip(vectors, mask, strict=True))
    return torch.stack([pools.get(how, lambda x: x.mean(0))(x) for x in left])


@pytest.mark.parametrize("pooling", list(POOLING))
def test_what_is_masked_is_in_no_pooled_vector(pooling: str) -> None:
    vectors, summary = noise(B, T, E), noise(B, E, seed=3)
    mask = noise(B, T, seed=4) > 0
    mask[1], mask[2] = False, True
    other = torch.where(mask.unsqueeze(-1), vectors, 50 * noise(B, T, E, seed=9))
    pooled = pool(pooling, vectors, mask, summary)
    assert torch.equal(pooled, pool(pooling, other, mask, summary))
    assert (pooled[1] == 0).all() and (pooled[mask.any(1)] != 0).any(1).all()
    assert pooled.isfinite().all()


@pytest.mark.parametrize("words", ["mean", "max", "cls", "pooler"])
@pytest.mark.parametrize("regions", ["mean", "max"])
def test_with_nothing_masked_concat_reads_the_encodings_pooled_vectors(
    regions: str, words: str
) -> None:
    config = dataclasses.replace(TINY, image_pooling=regions, text_pooling=words)
    torch.manual_seed(1)
    backbone = Backbone(config).eval()
    fusion = build_fusion(fusion_config("concat", None, tuple(map(str, range(A))))).eval()
    seen = backbone.encode_image(noise(N, 3, H * 16, W * 16))
    read = backbone.encode_text(*ids([5, 6, 7], [8], [9, 10, 11, 12, 13], [5], [6, 7], [8, 9]))
    whole = dataclasses.replace(present(read), region_mask=torch.ones(N, P, dtype=torch.bool))
    joined = torch.cat([seen.pooled.repeat_interleave(B // N, 0), read.pooled], dim=1)
    assert isinstance(fusion, ConcatFusion)
    assert torch.equal(fusion(seen, read, whole).fused, F.gelu(fusion.fuse(joined)))


# ------------------------------------------------------------------ the backbone


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    torch.manual_seed(1)
    return Backbone(TINY).eval()


def ids(*rows: list[int]) -> tuple[Tensor, Tensor]:
    """[CLS] = 2 first, [SEP] = 3 last, then padding."""
    longest = max(map(len, rows))
    full = [[2, *r, 3] + [0] * (longest - len(r)) for r in rows]
    mask = [[True] * (len(r) + 2) + [False] * (longest - len(r)) for r in rows]
    return torch.tensor(full), torch.tensor(mask)


def test_text_padding_changes_nothing(backbone: Backbone) -> None:
    both = backbone.encode_text(*ids([5, 6, 7], [8, 9, 10, 11, 12]))
    alone = backbone.encode_text(*ids([5, 6, 7]))
    assert both.mask.sum(1).tolist() == [3, 5]
    torch.testing.assert_close(both.tokens[:1, :3], alone.tokens, rtol=0, atol=1e-5)
    assert (both.tokens[0, 3:] == 0).all()


def test_a_dropped_token_leaves_bert(backbone: Backbone) -> None:
    (a, mask), (b, _) = ids([5, 6, 7, 8]), ids([5, 6, 19, 8])
    mask[0, 3] = False
    one, two = backbone.encode_text(a, mask), backbone.encode_text(b, mask)
    assert one.mask.tolist() == [[True, True, False, True]]
    assert torch.equal(one.tokens, two.tokens)
    assert torch.equal(one.pooled, two.pooled)


def test_images_of_a_batch_do_not_mix(backbone: Backbone) -> None:
    pixels = noise(2, 3, 32, 80)
    both, alone = backbone.encode_image(pixels), backbone.encode_image(pixels[1:])
    assert both.regions.shape == (2, 2, 5, TINY.width)
    torch.testing.assert_close(both.regions[1:], alone.regions, rtol=0, atol=1e-5)


def test_every_parameter_of_the_backbone_gets_a_gradient() -> None:
    torch.manual_seed(1)
    backbone = Backbone(TINY)
    words = backbone.encode_text(*ids([5, 6, 7], [8, 9, 10, 11, 12]))
    pixels = backbone.encode_image(noise(2, 3, 32, 80))
    loss = (noise(*words.tokens.shape) * words.tokens).sum()
    (loss + (noise(*pixels.regions.shape) * pixels.regions).sum()).backward()
    for name, parameter in backbone.named_parameters():
        assert parameter.grad is not None and torch.isfinite(parameter.grad).all(), name
