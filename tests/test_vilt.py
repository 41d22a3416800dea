"""ViLT behind the engine's contract: transformers' own forward is the golden truth, the map covers
exactly the picture, and what is hidden leaves every softmax. A tiny model with random weights."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import ViltForQuestionAnswering, ViltProcessor

from fusion.adapters import ADAPTERS
from fusion.adapters.hub import HubModel
from fusion.engine import Engine
from fusion.inputs import Inputs
from fusion.outputs import Explanation
from fusion.passes import BOTH, KEPT, pass_through
from fusion.reading import Reading
from tests.tiny_vilt import ANSWERS, HEADS, LAYERS, PATCH, damaged, write_vilt

QUESTION = "what colour is the star?"
SIZES = ((120, 60), (50, 97), (64, 64), (131, 83))
VILT: dict[str, Any] = {"backbone": "vilt"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_vilt(tmp_path_factory.mktemp("vilt"))


@pytest.fixture(scope="module")
def engine(folder: Path, tiny_assets: Path) -> Engine:
    return Engine.load(tiny_assets, hub_model=str(folder))


@pytest.fixture(scope="module")
def theirs(folder: Path) -> tuple[Any, Any]:
    """transformers' model and processor, from the same folder."""
    model = ViltForQuestionAnswering.from_pretrained(folder, attn_implementation="eager").eval()
    return model, ViltProcessor.from_pretrained(folder)


def noise(width: int, height: int, seed: int = 0) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def logits(engine: Engine, image: Image.Image, question: str) -> torch.Tensor:
    """Our logits, nothing hidden."""
    family = engine._with("vilt")
    seen, read = family._inputs.see(image), family._inputs.read(question)
    with torch.no_grad():
        output = pass_through(
            family._fusion(None), seen.encoding, read.encoding, seen.region_mask, [BOTH]
        )
    return output.logits[0]


# ------------------------------------------------------------------ golden


@pytest.mark.parametrize("size", SIZES)
def test_logits_are_those_of_transformers(
    engine: Engine, theirs: tuple[Any, Any], size: tuple[int, int]
) -> None:
    """Their order of the patches is drawn at random, ours is that of the grid."""
    model, processor = theirs
    image = noise(*size)
    given = processor(image, QUESTION, return_tensors="pt")
    with torch.no_grad():
        expected = model(**given).logits[0]
    torch.testing.assert_close(logits(engine, image, QUESTION), expected, rtol=0, atol=1e-4)
    found = engine.ask(image, QUESTION, **VILT)
    best = int(expected.argmax())
    assert found.answer == ANSWERS[best]
    assert found.answers[0][1] == pytest.approx(float(expected.double().softmax(0)[best]), abs=1e-6)


def test_padding_changes_nothing(engine: Engine, theirs: tuple[Any, Any]) -> None:
    """In a batch with a larger picture and a longer question transformers pads both; the patches
    that it adds are masked, and ours are not there."""
    model, processor = theirs
    images, questions = (
        [noise(50, 97), noise(120, 60)],
        [QUESTION, "how many are there in a picture"],
    )
    given = processor(images, questions, padding=True, return_tensors="pt")
    assert (given["pixel_mask"] == 0).any() and (given["attention_mask"] == 0).any()
    torch.manual_seed(4)
    with torch.no_grad():
        expected = model(**given).logits
    for image, question, row in zip(images, questions, expected, strict=True):
        torch.testing.assert_close(logits(engine, image, question), row, rtol=0, atol=1e-4)


def test_attention_is_the_tensor_that_was_multiplied(
    engine: Engine, theirs: tuple[Any, Any]
) -> None:
    """Their attentions, put in the order of the grid by the places that they drew."""
    model, processor = theirs
    image = noise(120, 60)
    given = processor(image, QUESTION, return_tensors="pt")
    torch.manual_seed(5)
    with torch.no_grad():
        attentions = model(**given, output_attentions=True).attentions
        torch.manual_seed(5)
        places = model.vilt.embeddings.visual_embed(
            given["pixel_values"], given["pixel_mask"], max_image_length=-1
        )[2][0][0]
    rows = torch.stack([layer[0, :, 0] for layer in attentions])  # of [CLS], (L, K, S)
    found = engine.ask(image, QUESTION, **VILT)
    assert found.reading is not None
    T, (H, W) = len(found.tokens), found.reading.image.shape[2:]
    drawn = (places[:, 0] * W + places[:, 1]).argsort()
    assert not torch.equal(drawn, torch.arange(H * W))
    patches = rows[:, :, T + 3 :][:, :, drawn].view(LAYERS, HEADS, H, W)
    np.testing.assert_allclose(found.reading.image, patches, atol=1e-5)
    np.testing.assert_allclose(found.reading.text, rows[:, :, 1 : T + 1], atol=1e-5)
    special = rows[:, :, [0, T + 1, T + 2]].sum(-1)
    np.testing.assert_allclose(found.reading.special, special, atol=1e-5)
    assert found.cross_attention is not None
    looking = torch.stack([layer[0, :, 1 : T + 1, T + 3 :] for layer in attentions])[..., drawn]
    np.testing.assert_allclose(
        found.cross_attention, looking.view(LAYERS, HEADS, T, H, W), atol=1e-5
    )


# ------------------------------------------------------------------ what is shown


def test_the_weights_are_means_without_the_special_tokens(engine: Engine) -> None:
    found = engine.ask(noise(120, 60), QUESTION, **VILT)
    reading = found.reading
    assert reading is not None and found.modality_weights is not None
    assert found.image_attention is not None and found.token_attention is not None
    image, text = reading.image.mean((0, 1)), reading.text.mean((0, 1))
    share = image.sum() / (image.sum() + text.sum())
    assert found.modality_weights["image"] == pytest.approx(share, abs=1e-5)
    np.testing.assert_allclose(found.image_attention, image / image.sum(), atol=1e-6)
    np.testing.assert_allclose([w for _, w in found.token_attention], text / text.sum(), atol=1e-6)
    assert reading.special_share() == pytest.approx(1 - image.sum() - text.sum(), abs=1e-5)
    assert 0 < reading.special_share() < 1


def test_a_layer_and_a_head_can_be_chosen(engine: Engine) -> None:
    found = engine.ask(noise(120, 60), QUESTION, **VILT)
    reading = found.reading
    assert reading is not None and found.cross_attention is not None
    one = found.at(layer=2, head=1)
    assert one.image_attention is not None and one.cross_attention is not None
    own = reading.image[2, 1]
    np.testing.assert_allclose(one.image_attention, own / own.sum(), atol=1e-6)
    assert one.cross_attention.shape[:2] == (1, 1)
    np.testing.assert_array_equal(one.cross_attention[0, 0], found.cross_attention[2, 1])
    assert one.answers == found.answers
    layer = found.at(layer=0).image_attention
    assert layer is not None and not np.allclose(layer, one.image_attention)
    mean = found.at()
    assert found.modality_weights == pytest.approx(mean.modality_weights, abs=1e-6)
    for wrong in ({"layer": LAYERS}, {"head": -1}):
        with pytest.raises(ValueError, match="there are 0 to"):
            found.at(**wrong)
    with pytest.raises(ValueError, match="no layers to choose"):
        engine.ask(noise(60, 60), QUESTION).at(layer=0)


@pytest.mark.parametrize("size", [(160, 80), (80, 160), (120, 120)])
def test_the_map_covers_the_picture(engine: Engine, size: tuple[int, int]) -> None:
    """A bright patch is moved over a dark picture; the region where the map changes most, against
    that of the dark picture, goes along."""
    width, height = size
    dark = engine.ask(Image.new("RGB", size, (20, 20, 20)), QUESTION, **VILT).image_attention
    assert dark is not None
    rows, columns = dark.shape
    assert columns / rows == pytest.approx(width / height, rel=0.3)
    for row, column in ((0, 0), (rows - 1, columns - 1), (0, columns - 1), (rows // 2, 1)):
        pixels = np.full((height, width, 3), 20, np.uint8)
        top, bottom = (round(height * at / rows) for at in (row, row + 1))
        left, right = (round(width * at / columns) for at in (column, column + 1))
        pixels[top:bottom, left:right] = (250, 240, 60)
        found = engine.ask(Image.fromarray(pixels), QUESTION, **VILT).image_attention
        assert found is not None
        moved = np.abs(found / found.mean() - dark / dark.mean())
        assert np.unravel_index(moved.argmax(), moved.shape) == (row, column)


def test_a_strip_is_squeezed_to_a_row_of_patches(engine: Engine) -> None:
    for size, shape in (((900, 10), (1, 8)), ((10, 900), (8, 1)), ((2000, 1), (1, 8))):
        found = engine.ask(noise(*size), QUESTION, **VILT)
        assert found.image_attention is not None and found.image_attention.shape == shape


# ------------------------------------------------------------------ what is hidden


def same(one: Explanation, two: Explanation) -> bool:
    """The same answers, but for the rounding of sums of another length."""
    pairs = zip(one.answers, two.answers, strict=True)
    return all(a[0] == b[0] and abs(a[1] - b[1]) < 1e-6 for a, b in pairs)


def sums(found: Explanation) -> tuple[float, float]:
    assert found.reading is not None
    return float(found.reading.image.sum()), float(found.reading.text.sum())


def test_a_hidden_modality_leaves_every_softmax(engine: Engine) -> None:
    image, other = noise(120, 60), noise(120, 60, seed=9)
    blind = engine.ask(image, QUESTION, keep="text", **VILT)
    assert blind.modality_weights == {"image": 0.0, "text": 1.0}
    assert blind.image_attention is None and blind.cross_attention is None
    assert sums(blind)[0] == 0
    assert blind.answers == engine.ask(other, QUESTION, keep="text", **VILT).answers
    mute = engine.ask(image, QUESTION, keep="image", **VILT)
    assert mute.modality_weights == {"image": 1.0, "text": 0.0}
    assert mute.token_attention is None and sums(mute)[1] == 0
    again = engine.ask(image, "how many are there?", keep="image", **VILT)
    assert same(mute, again)


def test_with_both_hidden_it_is_always_the_same(engine: Engine) -> None:
    one = engine.ask(noise(120, 60), QUESTION, keep=(), **VILT)
    two = engine.ask(noise(50, 97), "is the cat red?", keep=(), **VILT)
    assert same(one, two)
    for found in (one, two):
        assert found.modality_weights is None and found.reading is None
        assert found.image_attention is None and found.token_attention is None


def test_dropped_words_and_erased_parts_leave_too(engine: Engine) -> None:
    image = noise(120, 60)
    erase = np.zeros((2, 4), bool)
    erase[0, :2] = True
    found = engine.ask(image, QUESTION, drop_tokens=[1, 3], erase=erase, **VILT)
    assert found.reading is not None and found.token_attention is not None
    assert (found.reading.text[:, :, [1, 3]] == 0).all()
    assert [w for _, w in found.token_attention][1] == 0
    H, W = found.reading.image.shape[2:]
    gone = np.zeros((H, W), bool)
    gone[: H // 2, : W // 2] = True
    assert (found.reading.image[:, :, gone] == 0).all()
    assert (found.reading.image[:, :, ~gone] > 0).all()
    blocks = np.asarray(image).copy()
    blocks[:30, :60] = 255 - blocks[:30, :60]
    changed = engine.ask(Image.fromarray(blocks), QUESTION, drop_tokens=[1, 3], erase=erase, **VILT)
    assert changed.answers == found.answers
    nothing = engine.ask(image, QUESTION, erase=np.ones((1, 1)), **VILT)
    hidden = engine.ask(image, QUESTION, keep="text", **VILT)
    assert [p for _, p in nothing.answers] == pytest.approx([p for _, p in hidden.answers])


def test_the_four_passes_and_their_shares(engine: Engine) -> None:
    image = noise(120, 60)
    found = engine.masking(image, QUESTION, answer="A cat", **VILT)
    assert (found.answer_id, found.answer) == ("a cat", "a cat")
    for case, keep in KEPT.items():
        alone = engine.ask(image, QUESTION, keep=keep, **VILT)
        assert found.values[case] == pytest.approx(alone.probability_of("a cat"), abs=1e-6)
    gain = found.values["both"] - found.values["none"]
    assert sum(found.shapley.values()) == pytest.approx(gain)


# ------------------------------------------------------------------ explained


def test_every_explainer_has_its_say(engine: Engine) -> None:
    image = noise(80, 60)
    for info in engine.explainers:
        if info.name == "shapley":
            continue  # slow, and asks as occlusion does
        found = engine.explain(image, QUESTION, method=info.name, **VILT)
        assert found.backbone == "vilt" and found.answer in ANSWERS
        if "image" in info.yields:
            assert found.image is not None and np.abs(found.image.values).sum() > 0
    raw = engine.explain(image, QUESTION, method="raw-attention", **VILT)
    asked = engine.ask(image, QUESTION, **VILT)
    assert raw.image is not None and asked.image_attention is not None
    np.testing.assert_allclose(raw.image.values, asked.image_attention, atol=1e-6)
    assert raw.modalities == pytest.approx(asked.modality_weights, abs=1e-6)
    shares = engine.explain(image, QUESTION, method="modality-shapley", **VILT).modalities
    measured = engine.masking(image, QUESTION, answer=raw.answer_id, **VILT).shapley
    assert shares == pytest.approx(measured, abs=1e-5)


def test_relevance_is_the_rule_on_their_attentions(engine: Engine, theirs: tuple[Any, Any]) -> None:
    """R <- R + E[(gradient * attention)+] R over transformers' sequence, row of [CLS]."""
    model, processor = theirs
    image = noise(120, 60)
    given = processor(image, QUESTION, return_tensors="pt")
    torch.manual_seed(6)
    output = model(**given, output_attentions=True)
    best = int(output.logits[0].argmax())
    gradients = torch.autograd.grad(output.logits[0, best], output.attentions)
    torch.manual_seed(6)
    places = model.vilt.embeddings.visual_embed(
        given["pixel_values"], given["pixel_mask"], max_image_length=-1
    )[2][0][0]
    R = torch.eye(output.attentions[0].shape[-1])
    for weights, gradient in zip(output.attentions, gradients, strict=True):
        R = R + (weights[0] * gradient[0]).clamp(min=0).mean(0).detach() @ R
    found = engine.explain(image, QUESTION, method="relevance", **VILT)
    assert found.image is not None and found.text is not None
    T, W = len(found.tokens), found.image.values.shape[1]
    drawn = (places[:, 0] * W + places[:, 1]).argsort()
    expected = R[0, T + 3 :][drawn]
    np.testing.assert_allclose(found.image.values.ravel(), expected / expected.sum(), atol=1e-4)
    words = R[0, 1 : T + 1]
    np.testing.assert_allclose(found.text.values, words / words.sum(), atol=1e-4)


def test_what_it_cannot_do_it_says(engine: Engine) -> None:
    for work in (engine.inside, engine.steer):
        with pytest.raises(ValueError, match=r"Only Duet's own fusions.*vilt"):
            work(noise(60, 60), QUESTION, **VILT)


# ------------------------------------------------------------------ questions, threads, files


def test_it_knows_english_and_says_so(engine: Engine) -> None:
    chinese = engine.ask(noise(60, 60), "星形是什么颜色？", **VILT)
    assert chinese.language == "zh" and chinese.notice is not None
    assert "英文" in chinese.notice and chinese.answer in ANSWERS
    assert engine.ask(noise(60, 60), QUESTION, **VILT).notice is None
    with pytest.raises(ValueError, match=r"too long: it has 19 word pieces; at most 18"):
        engine.ask(noise(60, 60), "star " * 19, **VILT)


def test_threads_get_the_answers_of_one_and_leave_nothing(engine: Engine) -> None:
    family = engine._with("vilt")
    modules = [family._inputs.backbone, family._fusion(None)]

    def state() -> list[object]:
        return [
            (p.requires_grad, p.grad is None, p._version, m._forward_hooks.__len__(), m.training)
            for module in modules
            for m in module.modules()
            for p in m.parameters(recurse=False)
        ]

    before = state()
    asked = [
        (noise(60 + 20 * i, 60, seed=i), q) for i in range(3) for q in (QUESTION, "is it red?")
    ]

    def ask(given: tuple[Image.Image, str]) -> list[object]:
        found = engine.masking(*given, **VILT)
        relevance = engine.explain(*given, method="relevance", **VILT)
        assert relevance.image is not None
        both = found.cases["both"]
        return [found.values, both.modality_weights, relevance.image.values.tolist()]

    expected = [ask(given) for given in asked]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, asked * 2)) == expected * 2
    assert state() == before


def test_the_main_model_stays_what_it_is(engine: Engine, tiny: Engine) -> None:
    image = noise(105, 75)
    assert engine.ask(image, QUESTION).answers == tiny.ask(image, QUESTION).answers
    assert engine.backbones == tiny.backbones
    assert "vilt" not in engine.compare(image, QUESTION).explanations
    assert engine.version(backbone="vilt") != engine.version()


def test_every_adapter_says_what_it_is() -> None:
    for name in ADAPTERS:
        entry = ADAPTERS[name]
        published = entry.build.published
        assert entry.label and entry.summary.endswith(".") and entry.source
        assert "model.safetensors" in published.files
        assert not [f for f in published.files if Path(f).suffix in (".bin", ".pt", ".pkl")]
        assert len(published.commit) >= 7


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "model"))


def refused(folder: Path) -> str:
    with pytest.raises(ValueError, match="ViLT in model cannot be read") as raised:
        HubModel(str(folder)).family()
    return str(raised.value)


def test_a_damaged_folder_is_refused_in_a_sentence(copy: Path) -> None:
    weights = copy / "model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[: len(whole) // 2])
    refused(copy)
    weights.unlink()
    (copy / "pytorch_model.bin").write_bytes(b"never opened")
    assert "model.safetensors" in refused(copy)
    weights.write_bytes(whole)
    (copy / "tokenizer.json").write_text("{}")
    assert "tokenizer" in refused(copy)


def test_weights_that_do_not_fit_are_not_made_up(copy: Path) -> None:
    """transformers fills what is missing with random numbers; that is no model."""
    damaged(copy, num_hidden_layers=LAYERS + 1)
    assert "its weights lack" in refused(copy)


def test_a_processor_that_cuts_pictures_otherwise_is_refused(copy: Path) -> None:
    path = copy / "processor_config.json"
    settings = json.loads(path.read_text())
    settings["image_processor"]["size_divisor"] = PATCH + 1
    path.write_text(json.dumps(settings))
    assert "whole patches of 8 pixels" in refused(copy)


def test_what_is_no_model_is_said_at_the_start(copy: Path, tiny_assets: Path) -> None:
    damaged(copy, model_type="blip")
    with pytest.raises(ValueError, match=r"is a blip; there is an adapter for: vilt"):
        Engine.load(tiny_assets, hub_model=str(copy))
    (copy / "config.json").unlink()
    with pytest.raises(ValueError, match=r"holds no model that transformers wrote"):
        HubModel(str(copy))
    with pytest.raises(ValueError, match=r"no folder and no known model.*owner/name@commit"):
        HubModel("somebody/model")


def test_a_reading_must_add_up() -> None:
    with pytest.raises(ValueError, match="sum to 1"):
        Reading(
            image=np.full((2, 1, 2, 2), 0.2), text=np.zeros((2, 1, 3)), special=np.zeros((2, 1))
        )


def test_inputs_are_ours(engine: Engine) -> None:
    """The adapter's inputs are the engine's own, so the whole contract of inputs holds."""
    assert isinstance(engine._with("vilt").inputs, Inputs)
    with pytest.raises(ValueError, match="The question is empty"):
        engine.ask(noise(60, 60), " ", **VILT)
    with pytest.raises(ValueError, match="drop_tokens names"):
        engine.ask(noise(60, 60), QUESTION, drop_tokens=[99], **VILT)
