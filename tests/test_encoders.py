"""Every encoder in the registries: shapes, masks, batches, gradients, pooling, and what each is
known for. Sizes are pairwise distinct, so that a mixed-up axis cannot hide.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torchvision.models import resnet50

from fusion.config import BackboneConfig
from fusion.images import normalise
from fusion.models.image_encoders import IMAGE_ENCODERS, sift
from fusion.models.image_encoders.base import ImageEncoder
from fusion.models.image_encoders.grey import grey
from fusion.models.model import Backbone
from fusion.models.pooling import POOLING
from fusion.models.store import load_backbone, save_model
from fusion.models.text_encoders import TEXT_ENCODERS
from fusion.models.text_encoders.base import SEPARATOR, TextEncoder
from fusion.models.text_encoders.word2vec import Word2VecEncoder
from fusion.models.tokenizer import QuestionTokenizer
from fusion.outputs import TextEncoding
from fusion.registry import Registry
from fusion.shipped import ASSETS
from fusion.training.__main__ import RECIPES
from fusion.training.recipe import Recipe
from fusion.training.word_vectors import fill_table, trained_table
from tests.conftest import SENTENCES, TINY

B, T, H, W, D = 3, 6, 5, 7, TINY.width
COMPUTED = ("hog", "sift")  # not learned, and blind to colour
TRAINED = ("hog", "sift", "vgg", "onehot", "word2vec", "gpt")  # each has a recipe
QUESTIONS = torch.tensor(
    [[2, 9, 40, 17, 5, 88, 31, 3], [2, 21, 9, 9, 3, 0, 0, 0], [2, 77, 3, 0, 0, 0, 0, 0]]
)  # [CLS] words [SEP] padding


def image_encoder(name: str, **changes: object) -> ImageEncoder:
    torch.manual_seed(4)
    config = replace(TINY, image_encoder=name, **changes)  # type: ignore[arg-type]
    encoder: ImageEncoder = IMAGE_ENCODERS[name].build(config).eval()
    return encoder


def text_encoder(name: str, **changes: object) -> TextEncoder:
    torch.manual_seed(4)
    config = replace(TINY, text_encoder=name, **changes)  # type: ignore[arg-type]
    encoder: TextEncoder = TEXT_ENCODERS[name].build(config).eval()
    return encoder


@pytest.fixture(params=list(IMAGE_ENCODERS))
def images(request: pytest.FixtureRequest) -> ImageEncoder:
    return image_encoder(request.param)


@pytest.fixture(params=list(TEXT_ENCODERS))
def texts(request: pytest.FixtureRequest) -> TextEncoder:
    return text_encoder(request.param)


def pixels(seed: int = 0) -> Tensor:
    """B noisy images of H by W regions, each with a bright square somewhere."""
    rng = np.random.default_rng(seed)
    made = rng.integers(60, 120, (B, H * 16, W * 16, 3), dtype=np.uint8)
    for image in made:
        y, x = rng.integers(8, 40, 2)
        image[y : y + 25, x : x + 25] = rng.integers(130, 256, 3)
    return normalise(torch.from_numpy(made))


def painted(background: tuple[int, int, int], square: tuple[int, int, int]) -> Tensor:
    """One image of a square and a small disc, without noise."""
    y, x = np.mgrid[: H * 16, : W * 16]
    inside = ((x > 20) & (x < 55) & (y > 30) & (y < 62)) | ((x - 85) ** 2 + (y - 25) ** 2 < 90)
    image = np.where(inside[..., None], square, background).astype(np.uint8)
    return normalise(torch.from_numpy(image[None]))


def encoded(
    encoder: TextEncoder, ids: Tensor = QUESTIONS, mask: Tensor | None = None
) -> TextEncoding:
    with torch.no_grad():
        encoding: TextEncoding = encoder(ids, ids != 0 if mask is None else mask)
    return encoding


def close(a: Tensor, b: Tensor) -> None:
    torch.testing.assert_close(a, b, rtol=0, atol=2e-5)


# ------------------------------------------------------------------ the registries


@pytest.mark.parametrize("registry", [IMAGE_ENCODERS, TEXT_ENCODERS], ids=lambda r: r.kind)
def test_every_encoder_says_what_it_is(registry: Registry) -> None:
    for name in registry:
        entry = registry[name]
        assert entry.label and entry.summary.endswith(".") and entry.source
        assert isinstance(entry.build.learns, bool)
        assert set(entry.build.poolings) <= set(POOLING)
        assert entry.build.poolings[:2] == ("mean", "max")
        assert ("blind to colour" in entry.summary) == (name in COMPUTED)


def test_the_encoders_of_the_document_are_there() -> None:
    assert set(IMAGE_ENCODERS) == {"sift", "hog", "vgg", "resnet"}
    assert set(TEXT_ENCODERS) == {"onehot", "word2vec", "bert", "gpt"}


def test_an_unknown_encoder_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"unknown image encoder 'surf'; known: .*hog.*vgg"):
        Backbone(replace(TINY, image_encoder="surf"))
    with pytest.raises(ValueError, match=r"unknown text encoder 'elmo'; known: .*bert.*word2vec"):
        Backbone(replace(TINY, text_encoder="elmo"))


def test_an_unknown_pooling_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"HogEncoder has no pooling 'cls'; known: mean, max$"):
        image_encoder("hog", image_pooling="cls")
    with pytest.raises(
        ValueError, match="BertEncoder has no pooling 'last'; known: mean, max, cls"
    ):
        text_encoder("bert", text_pooling="last")
    with pytest.raises(ValueError, match="GPTEncoder has no pooling 'sum'; known: mean, max, last"):
        text_encoder("gpt", text_pooling="sum")


@pytest.mark.parametrize("name", TRAINED)
def test_the_recipes_differ_in_the_backbone_alone(name: str) -> None:
    recipe, first = (Recipe.load(RECIPES / f"{n}.json") for n in (name, TRAINED[0]))
    chosen = recipe.backbone
    assert name in (chosen.image_encoder, chosen.text_encoder)
    assert replace(recipe, backbone=first.backbone) == first
    plain = BackboneConfig(image_encoder=chosen.image_encoder, text_encoder=chosen.text_encoder)
    assert chosen == plain
    Backbone(replace(chosen, vocabulary=50))


@pytest.mark.parametrize("name", TRAINED)
def test_weights_are_kept(name: str, tmp_path: Path) -> None:
    kind = "image_encoder" if name in IMAGE_ENCODERS else "text_encoder"
    config = replace(TINY, **{kind: name})  # type: ignore[arg-type]
    torch.manual_seed(4)
    backbone = Backbone(config).half().float().eval()  # weights are stored in half precision
    save_model(tmp_path, backbone, config)
    again = load_backbone(tmp_path)
    assert again.config == config
    assert torch.equal(
        again.encode_image(pixels()).regions, backbone.encode_image(pixels()).regions
    )
    expected = backbone.encode_text(QUESTIONS, QUESTIONS != 0)
    assert torch.equal(again.encode_text(QUESTIONS, QUESTIONS != 0).pooled, expected.pooled)


NEWER = ("block", "image_pooling", "text_pooling")


def test_a_configuration_from_before_these_could_be_chosen(tmp_path: Path) -> None:
    """The shipped backbone, described without the newer keys: it pools by the mean."""
    folder = ASSETS / "backbone"
    config = json.loads((folder / "config.json").read_text())
    (tmp_path / "config.json").write_text(
        json.dumps({k: v for k, v in config.items() if k not in NEWER})
    )
    (tmp_path / "model.safetensors").symlink_to(folder / "model.safetensors")
    backbone = load_backbone(tmp_path)
    image, text = backbone.encode_image(pixels()), backbone.encode_text(QUESTIONS, QUESTIONS != 0)
    close(image.pooled, image.regions.mean((1, 2)))
    count = text.mask.sum(1, keepdim=True)
    assert torch.equal(text.pooled, (text.tokens * text.mask.unsqueeze(-1)).sum(1) / count)


# ------------------------------------------------------------------ images: what all have


def test_image_shapes(images: ImageEncoder) -> None:
    out = images(pixels())
    assert images.stride == 16
    assert out.regions.shape == (B, H, W, D) and out.pooled.shape == (B, D)
    assert images.describe(pixels()).shape == (B, H, W, images.channels)
    assert out.regions.isfinite().all()
    assert out.regions.flatten(0, 2).std(0).min() > 1e-4


def test_image_pooling(images: ImageEncoder) -> None:
    other = image_encoder(name_of(images, IMAGE_ENCODERS), image_pooling="max")
    mean, largest = images(pixels()), other(pixels())
    assert torch.equal(mean.regions, largest.regions)
    close(mean.pooled, mean.regions.flatten(1, 2).mean(1))
    assert torch.equal(largest.pooled, largest.regions.flatten(1, 2).max(1).values)
    assert (mean.pooling, largest.pooling) == ("mean", "max")
    assert torch.equal(other.encoding(largest.regions).pooled, largest.pooled)


def test_an_image_alone_is_that_in_a_batch(images: ImageEncoder) -> None:
    whole = images(pixels())
    for k in range(B):
        alone = images(pixels()[k : k + 1])
        close(alone.regions, whole.regions[k : k + 1])
        close(alone.pooled, whole.pooled[k : k + 1])


def test_images_are_encoded_alike_every_time_and_in_every_thread(images: ImageEncoder) -> None:
    before = pixels()
    with torch.no_grad(), ThreadPoolExecutor(4) as pool:
        first = images(before).regions
        for again in pool.map(lambda k: images(pixels(k % 2)).regions, range(6)):
            assert again.shape == first.shape
        found = list(pool.map(lambda k: images(pixels(k % 2)).regions, range(6)))
    assert torch.equal(before, pixels())
    for k in range(6):
        assert torch.equal(found[k], found[k % 2])
    close(found[0], first)


def test_gradients_reach_what_learns(images: ImageEncoder) -> None:
    images.train()
    x = pixels().requires_grad_()
    out = images(x)
    (out.regions.square().mean() + out.pooled.square().mean()).backward()
    for name, parameter in images.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name
    assert (x.grad is not None) == images.learns
    assert images.learns == (name_of(images, IMAGE_ENCODERS) not in COMPUTED)


@pytest.mark.parametrize("name", [name for name in IMAGE_ENCODERS if name not in COMPUTED])
def test_gradients_are_those_of_double_precision(name: str) -> None:
    """oneDNN computes in single precision only, so double is a second opinion; see NARROWEST."""
    encoder, found = image_encoder(name), []
    for module in (encoder, copy.deepcopy(encoder).double()):
        x = pixels().to(next(module.parameters()).dtype)
        assert x.is_contiguous(memory_format=torch.channels_last)
        described = module.describe(x)
        (described * torch.linspace(-1, 1, described.numel()).view_as(described)).sum().backward()
        found.append({n: p.grad for n, p in module.named_parameters() if p.grad is not None})
    single, double = found
    assert single.keys() == double.keys() and len(single) > 9
    for n, gradient in double.items():
        assert (single[n] - gradient).norm() < 1e-4 * gradient.norm(), n


# ------------------------------------------------------------------ images: one by one


def test_the_resnet_of_the_document_is_a_configuration() -> None:
    """ResNet-50: with torchvision's weights it finds what torchvision's finds, at stride 16."""
    torch.manual_seed(4)
    golden = resnet50(replace_stride_with_dilation=[False, False, True]).eval()
    encoder = image_encoder(
        "resnet", widths=(64, 128, 256, 512), blocks=(3, 4, 6, 3), block="bottleneck"
    )
    assert encoder.channels == 2048
    theirs = {"conv1": "stem.0", "bn1": "stem.1"} | {
        f"layer{k + 1}": f"stages.{k}" for k in range(4)
    }
    split = ((*name.partition("."), tensor) for name, tensor in golden.state_dict().items())
    weights = {f"{theirs[part]}.{rest}": t for part, _, rest, t in split if part in theirs}
    missing, unexpected = encoder.load_state_dict(weights, strict=False)
    assert unexpected == []
    assert {name.partition(".")[0] for name in missing} == {
        "project",
        "locate",
        "context",
        "neighbours",
    }
    x = pixels()[:1]
    layers = nn.Sequential(*list(golden.children())[:-2])  # no average, no classes
    with torch.no_grad():
        assert torch.equal(encoder.describe(x), layers(x).permute(0, 2, 3, 1))


def test_sizes_that_no_encoder_has_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown block 'wide'; known: basic, bottleneck"):
        image_encoder("resnet", block="wide")
    with pytest.raises(ValueError, match=r"stage 2 of the ResNet halves a grid of 15 channels"):
        image_encoder("resnet", widths=(15, 24, 32))
    with pytest.raises(ValueError, match=r"at least 3 stages, got \(16, 24\)"):
        image_encoder("resnet", widths=(16, 24), blocks=(1, 1))
    with pytest.raises(ValueError, match="3 blocks after the first, got"):
        image_encoder("vgg", widths=(16, 24, 32, 40), blocks=(1, 1, 1, 1))


def test_grey_undoes_the_normalisation() -> None:
    levels = torch.arange(256, dtype=torch.uint8).view(1, 16, 16, 1).expand(1, 16, 16, 3)
    assert np.array_equal(grey(normalise(levels))[0].ravel() * 255, np.arange(256.0))


@pytest.mark.parametrize("name", list(IMAGE_ENCODERS))
def test_colours_of_one_brightness(name: str) -> None:
    """Both images have the brightness 100 and 180 everywhere (0.299 R + 0.587 G + 0.114 B)."""
    plain, coloured = painted((100,) * 3, (180,) * 3), painted((254, 0, 211), (134, 238, 2))
    encoder = image_encoder(name)
    with torch.no_grad():
        a, b = encoder(plain).regions, encoder(coloured).regions
    assert torch.equal(a, b) == (name in COMPUTED)
    darker = encoder(painted((180,) * 3, (100,) * 3)).regions
    assert name == "hog" or not torch.equal(a, darker)  # opposite gradients count alike in HOG


@pytest.mark.parametrize("name", COMPUTED)
def test_an_even_image_has_no_descriptor(name: str) -> None:
    even = painted((90, 30, 200), (90, 30, 200))
    assert (image_encoder(name).describe(even) == 0).all()


def test_hog_knows_directions() -> None:
    """The brightness of a wave that runs along x changes at 0 degrees and in no other direction."""
    wave = (100 + 50 * np.sin(np.arange(W * 16) / 3)).astype(np.uint8)
    image = np.broadcast_to(wave[None, None, :, None], (1, H * 16, W * 16, 3)).copy()
    encoder = image_encoder("hog")
    along = encoder.describe(normalise(torch.from_numpy(image)))
    bins = along.view(H, W, -1, 9).sum((0, 1, 2))
    assert bins[0] > 0.99 * bins.sum()
    across = encoder.describe(normalise(torch.from_numpy(image.swapaxes(1, 2).copy())))
    bins = across.view(W, H, -1, 9).sum((0, 1, 2))
    assert bins[4] > 0.99 * bins.sum()  # 80 to 100 degrees of 180


def test_hog_of_a_region_is_that_of_its_window() -> None:
    """Nothing but the 32 x 32 pixels around a region counts, and a pixel for the gradient."""
    x = pixels()[:1]
    other = normalise(torch.from_numpy(np.full((1, H * 16, W * 16, 3), 30, np.uint8)))
    y, z = 2 * 16 - 8, 3 * 16 - 8
    other[..., y - 1 : y + 33, z - 1 : z + 33] = x[..., y - 1 : y + 33, z - 1 : z + 33]
    encoder = image_encoder("hog")
    a, b = encoder.describe(x)[0], encoder.describe(other)[0]
    close(a[2, 3], b[2, 3])
    assert not torch.equal(a[2, 4], b[2, 4])


def test_hog_moves_with_the_image() -> None:
    x = pixels()[:1]
    encoder = image_encoder("hog")
    moved = encoder.describe(x.roll((16, 32), (2, 3)))[0]
    close(moved[2:-1, 3:-1], encoder.describe(x)[0, 1:-2, 1:-3])


def test_sift_finds_a_blob_where_it_is() -> None:
    y, x = np.mgrid[: H * 16, : W * 16]
    blob = 40 + 200 * np.exp(-((x - 70) ** 2 + (y - 30) ** 2) / 60)
    image = np.repeat(blob.astype(np.uint8)[None, ..., None], 3, axis=3)
    encoder = image_encoder("sift")
    assert isinstance(encoder, sift.SiftEncoder)
    (found,) = encoder.keypoints(normalise(torch.from_numpy(image)))
    at = found.places * (W * 16, H * 16)
    near = np.abs(at - (70.5, 30.5)).max(1) < 1
    assert near.any()
    assert found.radii[near] * W * 16 == pytest.approx(30**0.5, rel=0.2)  # the blob's own sigma
    described = encoder.describe(normalise(torch.from_numpy(image)))[0]
    assert (described[30 // 16, 70 // 16] != 0).any()
    empty = np.ones((H, W), bool)
    empty[at[:, 1].astype(int) // 16, at[:, 0].astype(int) // 16] = False
    assert empty.any() and (described[torch.from_numpy(empty)] == 0).all()


def test_sift_angles_point_to_the_brighter_side() -> None:
    """A blob on a slope: the main gradient is that of the slope."""
    y, x = np.mgrid[: H * 16, : W * 16]
    blob = 60 * np.exp(-((x - 56) ** 2 + (y - 40) ** 2) / 40)
    for slope, angle in ((x / (W * 16), 0.0), (y / (H * 16), np.pi / 2)):
        (found,) = [sift.keypoints((20 + 150 * slope + blob) / 255)]
        near = np.abs(found.places * (W * 16, H * 16) - (56.5, 40.5)).max(1) < 8
        turned = np.cos(found.angles[near] - angle)
        assert near.any() and turned.max() > 0.9


def test_sift_gathers_the_mean_of_a_cell() -> None:
    rng = np.random.default_rng(1)
    descriptors = rng.random((3, 128))
    found = sift.Keypoints(
        places=np.array([[0.5 / W, 0.5 / H], [0.9 / W, 0.1 / H], [1.0, 1.0]]),
        radii=np.array([0.01, 0.03, 0.02]),
        angles=np.array([0.0, np.pi / 2, np.pi]),
        descriptors=descriptors,
    )
    cells = sift.gathered(found, H, W)
    assert (cells != 0).any(-1).sum() == 2
    np.testing.assert_allclose(cells[0, 0, :128], descriptors[:2].mean(0), rtol=1e-6)
    np.testing.assert_allclose(cells[-1, -1, :128], descriptors[2], rtol=1e-6)
    np.testing.assert_allclose(cells[0, 0, 129:131], [0.5, 0.5], rtol=1e-6)
    np.testing.assert_allclose(cells[..., -1][[0, -1], [0, -1]], np.log([3, 2]), rtol=1e-6)


# ------------------------------------------------------------------ texts: what all have


def test_text_shapes(texts: TextEncoder) -> None:
    out = encoded(texts)
    assert out.tokens.shape == (B, T, D) and out.pooled.shape == (B, D)
    assert out.mask.sum(1).tolist() == [T, 3, 1]  # words alone
    assert (out.tokens[~out.mask] == 0).all() and (out.tokens[out.mask] != 0).any(-1).all()


def test_a_question_alone_is_that_in_a_batch(texts: TextEncoder) -> None:
    whole = encoded(texts)
    for k in range(B):
        length = int((QUESTIONS[k] != 0).sum())
        alone = encoded(texts, QUESTIONS[k : k + 1, :length])
        close(alone.tokens, whole.tokens[k : k + 1, : length - 2])
        close(alone.pooled, whole.pooled[k : k + 1])
    assert torch.equal(encoded(texts).tokens, whole.tokens)


def test_a_masked_token_is_seen_by_nobody(texts: TextEncoder) -> None:
    for pooling in texts.poolings:
        encoder = text_encoder(name_of(texts, TEXT_ENCODERS), text_pooling=pooling)
        mask = QUESTIONS != 0
        mask[0, 3] = mask[0, 5] = False
        other = QUESTIONS.clone()
        other[0, 3], other[0, 5] = 60, 61
        a, b = encoded(encoder, QUESTIONS, mask), encoded(encoder, other, mask)
        close(a.tokens, b.tokens)
        close(a.pooled, b.pooled)
        assert a.mask[0].tolist() == [True, True, False, True, False, True]
        assert (a.tokens[0, [2, 4]] == 0).all()


def test_a_question_without_words_is_zero(texts: TextEncoder) -> None:
    mask = QUESTIONS != 0
    mask[1, 1:4] = False
    for pooling in texts.poolings:
        encoder = text_encoder(name_of(texts, TEXT_ENCODERS), text_pooling=pooling)
        out = encoded(encoder, QUESTIONS, mask)
        assert (out.pooled[1] == 0).all() and (out.pooled[[0, 2]] != 0).any(-1).all()
        assert out.pooled.isfinite().all()


def test_text_pooling(texts: TextEncoder) -> None:
    for pooling in texts.poolings:
        encoder = text_encoder(name_of(texts, TEXT_ENCODERS), text_pooling=pooling)
        out = encoded(encoder)
        with torch.no_grad():
            vectors = encoder.vectors(QUESTIONS, QUESTIONS != 0)
        for row, words in enumerate((T, 3, 1)):
            tokens = vectors[row, 1 : 1 + words]
            expected = {
                "mean": tokens.mean(0),
                "max": tokens.max(0).values,
                "cls": vectors[row, 0],
                "last": tokens[-1],
            }
            close(out.pooled[row], expected[pooling])


def test_the_last_token_is_the_last_that_is_present() -> None:
    encoder = text_encoder("gpt", text_pooling="last")
    mask = QUESTIONS != 0
    mask[0, 4:7] = mask[0, 2] = False
    out = encoded(encoder, QUESTIONS, mask)
    assert torch.equal(out.pooled[0], out.tokens[0, 2])
    assert torch.equal(out.pooled[1], out.tokens[1, 2])


def test_every_parameter_of_a_text_encoder_gets_a_gradient(texts: TextEncoder) -> None:
    out = texts(QUESTIONS, QUESTIONS != 0)
    (out.tokens.square().mean() + out.pooled.square().mean()).backward()
    for name, parameter in texts.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name
    parameters = sum(p.numel() for p in texts.parameters())
    projection = sum(p.numel() for n, p in texts.named_parameters() if n.startswith("project"))
    assert texts.learns == (parameters > projection)


# ------------------------------------------------------------------ texts: one by one


def test_the_bert_of_the_document_is_a_configuration() -> None:
    """bert-base-uncased has 109 482 240 parameters, 590 592 of them in an unused pooler."""
    with torch.device("meta"):
        encoder = text_encoder(
            "bert",
            vocabulary=30_522,
            text_width=768,
            text_layers=12,
            text_heads=12,
            text_hidden=3072,
            max_tokens=510,
        )
    found = sum(p.numel() for name, p in encoder.named_parameters() if name.startswith("bert."))
    assert found == 109_482_240 - 590_592


def test_only_bert_knows_what_follows() -> None:
    """Another fourth word: GPT's first three stay as they were, what follows changes."""
    other = QUESTIONS[:1].clone()
    other[0, 4] = 90
    for name in TEXT_ENCODERS:
        encoder = text_encoder(name)
        a, b = encoded(encoder, QUESTIONS[:1]).tokens[0], encoded(encoder, other).tokens[0]
        changed = (a != b).any(-1).tolist()
        assert changed == {
            "bert": [True] * T,
            "gpt": [False, False, False, True, True, True],
        }.get(name, [False, False, False, True, False, False])


def test_one_hot_rows_are_multiplied_by_a_matrix() -> None:
    encoder = text_encoder("onehot")
    out = encoded(encoder, QUESTIONS[:1])
    rows = nn.functional.one_hot(QUESTIONS[0, 1:-1], TINY.vocabulary).float()
    (matrix,) = encoder.parameters()
    assert matrix.shape == (TINY.vocabulary, D)
    close(out.tokens[0], rows @ matrix)
    close(out.pooled[0], rows.sum(0) / rows.sum() @ matrix)


@pytest.mark.parametrize("name", list(TEXT_ENCODERS))
def test_a_bag_of_words_has_no_order(name: str) -> None:
    turned = QUESTIONS[:1].clone()
    turned[0, 1:-1] = turned[0, 1:-1].flip(0)
    encoder = text_encoder(name)
    same = torch.allclose(encoded(encoder, QUESTIONS[:1]).pooled, encoded(encoder, turned).pooled)
    assert same == (name in ("onehot", "word2vec"))


def corpus() -> Iterator[list[int]]:
    """Ids 10 to 14 stand among 30 and 31, ids 20 to 24 among 40 and 41; 50 occurs once."""
    rng = np.random.default_rng(0)
    for _ in range(1500):
        first, second = rng.integers(10, 15), rng.integers(20, 25)
        yield from ([30, int(first), 31], [40, int(second), 41])
    yield [30, 50, 31]


def test_word_vectors_of_a_tiny_corpus() -> None:
    encoder = text_encoder("word2vec")
    assert isinstance(encoder, Word2VecEncoder)
    table = trained_table(list(corpus()), vocabulary=TINY.vocabulary, width=TINY.text_width)
    assert torch.equal(
        table, trained_table(list(corpus()), vocabulary=TINY.vocabulary, width=TINY.text_width)
    )
    trained = [*range(10, 15), *range(20, 25), 30, 31, 40, 41]
    assert table.norm(dim=1).nonzero().flatten().tolist() == trained
    assert table[trained].square().mean().item() == pytest.approx(1.0, abs=1e-4)
    pieces = [f"piece {i}" for i in range(TINY.vocabulary)]
    untrained = {name for name, _ in encoder.nearest("piece 10", pieces, count=999)}
    assert untrained == set(pieces[4:]) - {"piece 10"}  # special pieces are no words
    encoder.table.copy_(table)
    for group in (range(10, 15), range(20, 25)):
        for i in group:
            near = encoder.nearest(f"piece {i}", pieces, count=4)
            assert {name for name, _ in near} == {f"piece {j}" for j in group if j != i}
            cosines = [cosine for _, cosine in near]
            assert cosines == sorted(cosines, reverse=True) and -1 <= min(cosines) <= 1.001
    assert len(encoder.nearest("piece 10", pieces, count=99)) == len(trained) - 1
    assert encoder.nearest("piece 50", pieces) == []
    with pytest.raises(ValueError, match="'zebra' is none of the 250 word pieces"):
        encoder.nearest("zebra", pieces)


def test_word_vectors_of_questions_are_kept_in_a_file(tmp_path: Path) -> None:
    tokenizer = QuestionTokenizer.train(SENTENCES * 9, vocabulary=250, max_tokens=20)
    encoder, other = text_encoder("word2vec"), text_encoder("word2vec")
    assert isinstance(encoder, Word2VecEncoder) and isinstance(other, Word2VecEncoder)
    before = encoder.table.clone()
    fill_table(encoder, SENTENCES * 9, tokenizer, file=tmp_path / "words.safetensors")
    assert not torch.equal(encoder.table, before)
    assert (encoder.table[: SEPARATOR + 1] == 0).all()
    fill_table(other, iter(()), tokenizer, file=tmp_path / "words.safetensors")
    assert torch.equal(encoder.table, other.table)
    assert "star" in dict(encoder.nearest("heart", tokenizer.vocabulary(), count=250))
    assert not any(p.data_ptr() == encoder.table.data_ptr() for p in encoder.parameters())


def test_questions_too_few_for_word_vectors() -> None:
    with pytest.raises(ValueError, match="no word piece occurs 5 times in 1 questions"):
        trained_table([[7, 8, 9]], vocabulary=20, width=4)


def name_of(encoder: nn.Module, registry: Registry) -> str:
    return next(name for name in registry if type(encoder) is registry[name].build)
