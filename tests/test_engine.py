"""The engine's contract, on a tiny model family with random weights."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from fusion.engine import KEPT, Engine
from fusion.images import Eraser, coverage, grid_shape, resize, touched
from fusion.models.novelty import Novelty, describe_regions
from fusion.outputs import CASES, MODALITIES, Explanation
from fusion.shipped import COMPARED
from tests.conftest import ANSWERS

QUESTION = "what colour is the star?"
TOKENS = ["what", "colour", "is", "the", "star", "?"]
WITH_CROSS = ("feature-self", "hybrid-additive", "hybrid-dot", "hybrid-self")


def probabilities(explanation: Explanation) -> dict[str, float]:
    named = zip(explanation.answer_ids, explanation.answers, strict=True)
    return {answer_id: p for answer_id, (_, p) in named}


def alike(a: Explanation, b: Explanation, *, tolerance: float = 1e-5) -> None:
    """Same answers and same weights."""
    assert probabilities(a) == pytest.approx(probabilities(b), abs=tolerance)
    assert a.modality_weights == (
        None if b.modality_weights is None else pytest.approx(b.modality_weights, abs=tolerance)
    )
    for x, y in (
        (a.image_attention, b.image_attention),
        (a.cross_attention, b.cross_attention),
        (weights(a), weights(b)),
    ):
        assert (x is None) == (y is None)
        if x is not None and y is not None:
            np.testing.assert_allclose(x, y, atol=tolerance)


def weights(explanation: Explanation) -> np.ndarray | None:
    if explanation.token_attention is None:
        return None
    return np.array([weight for _, weight in explanation.token_attention])


@pytest.fixture(params=[*COMPARED, "hybrid-additive-unmasked"])
def name(request: pytest.FixtureRequest) -> str:
    fusion: str = request.param
    return fusion


# ------------------------------------------------------------------ what is there


def test_fusions_are_described(tiny: Engine) -> None:
    infos = tiny.fusions
    assert [i.name for i in infos] == [*COMPARED, "hybrid-additive-unmasked"]
    assert [i.in_comparison for i in infos] == [True] * 10 + [False]
    assert len({i.label for i in infos}) == len({i.summary for i in infos}) == 11
    assert all(i.parameters > 0 and i.accuracy is None for i in infos)
    assert tiny.default_fusion in COMPARED


def test_accuracy_comes_from_metrics(tiny_assets: Path, tmp_path: Path) -> None:
    for part in ("backbone", "fusions"):
        (tmp_path / part).symlink_to(tiny_assets / part)
    metrics = tiny_assets / "fusions" / "concat" / "metrics.json"
    metrics.write_text(json.dumps({"accuracy": 0.61}))
    try:
        infos = {i.name: i.accuracy for i in Engine.load(tmp_path).fusions}
    finally:
        metrics.unlink()
    assert infos["concat"] == 0.61 and infos["hybrid-dot"] is None


def test_scene_is_its_seed(tiny: Engine) -> None:
    one, two, other = tiny.scene(12), tiny.scene(12), tiny.scene(13)
    assert one.image.tobytes() == two.image.tobytes() != other.image.tobytes()
    assert one.questions == two.questions and len(one.questions) == 6
    n = len(one.masks)
    assert one.masks.shape == (n, one.image.height, one.image.width)
    assert one.masks.dtype == bool and one.boxes.shape == (n, 4)
    assert all(0 <= r < n for q in one.questions for r in q.referents)
    assert {any("\u4e00" <= c <= "\u9fff" for c in q.text) for q in one.questions} == {True, False}


# ------------------------------------------------------------------ ask


def test_ask(tiny: Engine, picture: Image.Image, name: str) -> None:
    e = tiny.ask(picture, QUESTION, fusion=name)
    assert (e.question, e.language, e.fusion, e.keep) == (QUESTION, "en", name, set(MODALITIES))
    assert len(e.answers) == len(set(e.answer_ids)) == ANSWERS
    chances = [p for _, p in e.answers]
    assert chances == sorted(chances, reverse=True) and sum(chances) == pytest.approx(1)
    assert e.tokens == TOKENS and e.dropped_tokens == frozenset() and e.notice is None
    assert e.milliseconds > 0 and e.answer == e.answers[0][0]
    if name == "concat":
        assert e.modality_weights is e.image_attention is e.token_attention is None
    else:
        assert e.modality_weights is not None and e.image_attention is not None
        assert list(e.modality_weights) == list(MODALITIES)
        assert sum(e.modality_weights.values()) == pytest.approx(1, abs=1e-6)
        assert e.image_attention.dtype == np.float32
        assert e.image_attention.shape == grid_shape(105, 75, regions=35) == (5, 7)
        assert e.image_attention.sum() == pytest.approx(1, abs=1e-6)
        assert [t for t, _ in e.token_attention or ()] == TOKENS
    assert (e.cross_attention is not None) == name.startswith(WITH_CROSS)
    if e.cross_attention is not None:
        assert e.cross_attention.shape == (4, 2, len(TOKENS), 5, 7)
        assert e.cross_attention.dtype == np.float32


def test_question_decides_the_language_of_the_answers(tiny: Engine, picture: Image.Image) -> None:
    english, chinese = tiny.ask(picture, QUESTION), tiny.ask(picture, "星形是什么颜色？")
    assert (english.language, chinese.language) == ("en", "zh")
    assert dict(zip(english.answer_ids, english.answers, strict=True))["colour.red"][0] == "red"
    assert dict(zip(chinese.answer_ids, chinese.answers, strict=True))["colour.red"][0] == "红色"


def test_picture_path_and_array_are_the_same(
    tiny: Engine, picture: Image.Image, tmp_path: Path
) -> None:
    path = tmp_path / "picture.png"
    picture.save(path)
    with Image.open(path) as lazy:
        sources = [path, str(path), np.asarray(picture), np.asarray(picture) / 255.0, lazy]
        for source in sources:
            alike(tiny.ask(picture, QUESTION), tiny.ask(source, QUESTION), tolerance=0)
    assert tiny.picture(picture) is picture


def test_padding_spaces_and_lines_do_not_count(tiny: Engine, picture: Image.Image) -> None:
    alike(tiny.ask(picture, QUESTION), tiny.ask(picture, " \n what  colour\tis the star? "))


def test_an_image_is_encoded_once(
    tiny_assets: Path, picture: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine.load(tiny_assets)
    backbone, encoded = engine._inputs.backbone, []
    encode = backbone.encode_image
    monkeypatch.setattr(backbone, "encode_image", lambda x: (encoded.append(1), encode(x))[1])
    engine.ask(picture, QUESTION)
    engine.ask(picture.copy(), "how many red circles are there?", fusion="concat", keep={"image"})
    engine.masking(picture, QUESTION, drop_tokens=[1])
    engine.compare(picture, QUESTION)
    assert len(encoded) == 1
    changed = picture.copy()
    changed.paste((0, 0, 0), (0, 0, 40, 40))
    engine.ask(changed, QUESTION)
    assert len(encoded) == 2


def test_memory_of_images_is_bounded(tiny_assets: Path) -> None:
    engine = Engine.load(tiny_assets)
    for shade in range(80):
        engine.ask(Image.new("RGB", (20, 20), (shade, 0, 0)), QUESTION, fusion="concat")
    assert len(engine._inputs._images) == engine._inputs._images.size == 64


# ------------------------------------------------------------------ hiding


@pytest.mark.parametrize("hidden", MODALITIES)
def test_hidden_modality(tiny: Engine, picture: Image.Image, name: str, hidden: str) -> None:
    kept = next(m for m in MODALITIES if m != hidden)
    e = tiny.ask(picture, QUESTION, fusion=name, keep={kept})
    assert e.keep == {kept} and e.cross_attention is None and e.tokens == TOKENS
    assert (e.image_attention if hidden == "image" else e.token_attention) is None
    if name != "concat":
        assert e.modality_weights == {hidden: 0.0, kept: pytest.approx(1.0)}
    if hidden == "image":
        other = tiny.ask(Image.new("RGB", picture.size, "teal"), QUESTION, fusion=name, keep=[kept])
    else:
        other = tiny.ask(picture, "how many red circles are there?", fusion=name, keep=[kept])
    assert probabilities(e) == pytest.approx(probabilities(other), abs=1e-6)


def test_both_hidden_gives_the_prior(tiny: Engine, picture: Image.Image, name: str) -> None:
    a = tiny.ask(picture, QUESTION, fusion=name, keep=())
    b = tiny.ask(Image.new("RGB", (30, 80)), "图片里有几个红色的圆形", fusion=name, keep=())
    assert probabilities(a) == pytest.approx(probabilities(b), abs=1e-6)
    assert a.modality_weights is a.image_attention is a.token_attention is a.cross_attention is None


def test_all_tokens_dropped_is_a_hidden_question(
    tiny: Engine, picture: Image.Image, name: str
) -> None:
    dropped = tiny.ask(picture, QUESTION, fusion=name, drop_tokens=range(len(TOKENS)))
    alike(dropped, tiny.ask(picture, QUESTION, fusion=name, keep={"image"}))
    assert dropped.tokens == TOKENS and dropped.dropped_tokens == set(range(len(TOKENS)))


def test_all_erased_is_a_hidden_image(tiny: Engine, picture: Image.Image, name: str) -> None:
    erased = tiny.ask(picture, QUESTION, fusion=name, erase=np.ones((5, 3), bool))
    alike(erased, tiny.ask(picture, QUESTION, fusion=name, keep={"text"}))


def test_dropped_token_leaks_nothing(tiny: Engine, picture: Image.Image, name: str) -> None:
    a = tiny.ask(picture, "what colour is the star?", fusion=name, drop_tokens=[4])
    b = tiny.ask(picture, "what colour is the heart?", fusion=name, drop_tokens=[4])
    assert probabilities(a) == probabilities(b)
    assert a.tokens[4] == "star" and b.tokens[4] == "heart"
    assert probabilities(a) != probabilities(tiny.ask(picture, a.question, fusion=name))
    if a.token_attention is not None:
        assert a.token_attention[4] == ("star", 0.0)
    if a.cross_attention is not None:
        assert (a.cross_attention[:, :, 4] == 0).all()


def test_erased_pixels_leak_nothing(tiny: Engine, picture: Image.Image, name: str) -> None:
    other = picture.copy()
    other.paste((250, 10, 10), (37, 0, 105, 43))
    erase = np.zeros((75, 105), bool)
    erase[:43, 37:] = True
    a = tiny.ask(picture, QUESTION, fusion=name, erase=erase)
    b = tiny.ask(other, QUESTION, fusion=name, erase=erase)
    assert probabilities(a) == probabilities(b)
    alike(a, b, tolerance=0)
    if a.image_attention is not None:
        gone = coverage(erase, 5, 7) >= 0.5
        assert gone.any() and (a.image_attention[gone] == 0).all()
        assert (a.image_attention[~gone] > 0).all()


def test_nothing_erased_changes_nothing(tiny: Engine, picture: Image.Image) -> None:
    whole = tiny.ask(picture, QUESTION)
    alike(whole, tiny.ask(picture, QUESTION, erase=np.zeros((9, 9), bool)), tolerance=0)


@pytest.mark.parametrize("size", [(90, 60), (1000, 700), (3001, 1999), (1, 1), (2000, 3)])
def test_eraser_resizes_as_the_model_was_trained(size: tuple[int, int]) -> None:
    """Away from the hole, pixels are those of `resize`."""
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    image = Image.fromarray(pixels)
    rows, columns = grid_shape(*size, regions=30)
    erase = np.zeros((rows, columns), bool)
    whole = resize(image, rows, columns)
    assert np.array_equal(Eraser(image, rows, columns).resize(erase), whole)
    if min(size) > 50:
        erase[0] = True
        part = Eraser(image, rows, columns).resize(erase)
        assert np.array_equal(part[32:], whole[32:]) and not np.array_equal(part, whole)


def test_coverage_is_exact() -> None:
    erase = np.array([[True, False, False], [False, False, True]])
    assert coverage(erase, 2, 3).tolist() == erase.tolist()
    assert coverage(erase, 1, 1).tolist() == [[pytest.approx(2 / 6)]]
    assert coverage(erase, 2, 2).tolist() == [
        [pytest.approx(2 / 3), 0],
        [0, pytest.approx(2 / 3)],
    ]


@pytest.mark.parametrize("size", [(3, 5), (11, 7), (40, 60), (1, 1)])
def test_touched_is_any_coverage(size: tuple[int, int]) -> None:
    erase = np.random.default_rng(4).random(size) < 0.2
    for rows, columns in ((11, 7), (5, 9), (97, 31)):
        expected = coverage(erase, rows, columns) > 1e-9
        assert np.array_equal(touched(erase, rows, columns), expected)


@pytest.mark.parametrize(
    "size", [(1, 1), (20_000, 10), (10, 20_000), (192, 192), (64, 128), (7, 3), (50_000, 1000)]
)
def test_grid_is_bounded_and_follows_the_picture(size: tuple[int, int]) -> None:
    rows, columns = grid_shape(*size, regions=144)
    assert 108 <= rows * columns <= 156
    aspect = min(max(size[0] / size[1], 1 / 16), 16)
    assert abs(np.log(columns / rows / aspect)) < 0.1


# ------------------------------------------------------------------ masking, compare


def test_masking_equals_four_questions(tiny: Engine, picture: Image.Image, name: str) -> None:
    m = tiny.masking(picture, QUESTION, fusion=name)
    assert tuple(m.cases) == CASES == tuple(KEPT)
    for case, explanation in m.cases.items():
        alike(explanation, tiny.ask(picture, QUESTION, fusion=name, keep=KEPT[case]))
    assert m.answer_id == m.cases["both"].answer_ids[0] and m.answer == m.cases["both"].answer


def test_share_is_shapleys(tiny: Engine, picture: Image.Image) -> None:
    m = tiny.masking(picture, QUESTION)
    v = {case: m.cases[case].probability_of(m.answer_id) for case in CASES}
    assert m.values == v
    image = (v["image"] - v["none"]) / 2 + (v["both"] - v["text"]) / 2
    text = (v["text"] - v["none"]) / 2 + (v["both"] - v["image"]) / 2
    assert m.shapley == {"image": pytest.approx(image), "text": pytest.approx(text)}
    assert m.interaction == pytest.approx(v["both"] - v["image"] - v["text"] + v["none"])


@pytest.mark.parametrize("answer", ["colour.blue", "blue", " Blue ", "蓝色"])
def test_masking_explains_the_named_answer(tiny: Engine, picture: Image.Image, answer: str) -> None:
    m = tiny.masking(picture, QUESTION, answer=answer)
    assert (m.answer_id, m.answer) == ("colour.blue", "blue")


def test_masking_with_tokens_dropped_and_a_hole(tiny: Engine, picture: Image.Image) -> None:
    erase = np.array([[True, False], [False, False]])
    m = tiny.masking(picture, QUESTION, drop_tokens=[0, 5], erase=erase)
    alike(m.cases["both"], tiny.ask(picture, QUESTION, drop_tokens=[5, 0, 5], erase=erase))


def test_compare_equals_asking_each(tiny: Engine, picture: Image.Image) -> None:
    erase = np.array([[True, False], [False, False]])
    c = tiny.compare(picture, QUESTION, keep={"image", "text"}, drop_tokens=[3], erase=erase)
    assert tuple(c.explanations) == COMPARED
    for name, explanation in c.explanations.items():
        alike(explanation, tiny.ask(picture, QUESTION, fusion=name, drop_tokens=[3], erase=erase))
        assert 0 < explanation.milliseconds < c.milliseconds


# ------------------------------------------------------------------ explain


def test_occlusion_is_the_drop_of_each_window(tiny: Engine, picture: Image.Image) -> None:
    a = tiny.explain(picture, QUESTION, method="occlusion", answer="red")
    assert (a.method, a.fusion, a.answer_id, a.answer) == (
        "occlusion", "hybrid-additive", "colour.red", "red",
    )  # fmt: skip
    assert a.signed and a.image is not None and a.text is not None
    assert a.image.values.shape == (5, 7) and a.image.values.dtype == np.float32
    whole = tiny.ask(picture, QUESTION)
    assert a.probability == pytest.approx(whole.probability_of("colour.red"), abs=1e-6)
    erase = np.zeros((5, 7), bool)
    erase[2:4, 4:6] = True
    without = tiny.ask(picture, QUESTION, erase=erase).probability_of("colour.red")
    drop = a.probability - without
    np.testing.assert_allclose(a.image.values[2:4, 4:6], drop, atol=1e-6)
    fewer = tiny.ask(picture, QUESTION, drop_tokens=[3]).probability_of("colour.red")
    assert a.text.values[3] == pytest.approx(a.probability - fewer, abs=1e-6)


def test_occlusion_of_what_is_erased_is_zero(tiny: Engine, picture: Image.Image) -> None:
    erase = np.zeros((5, 1), bool)
    erase[:2] = True
    a = tiny.explain(picture, QUESTION, erase=erase)
    assert a.image is not None and not a.image.values[:2].any() and a.image.values[2:].any()
    assert not a.image.present[:2].any() and a.image.present[2:].all()
    assert a.answer_id == tiny.ask(picture, QUESTION, erase=erase).answer_ids[0]


# ------------------------------------------------------------------ notices


def test_notice_when_the_image_is_unlike(
    tiny_assets: Path, picture: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine.load(tiny_assets)
    flat = [Image.new("RGB", (64, 64), (i, 2 * i, 40)) for i in range(60)]
    features = torch.cat([features_of(engine, image) for image in flat])
    novelty = Novelty.fit(features, flagged=0.05)
    path = tiny_assets / "backbone" / "novelty.safetensors"
    novelty.save(path)
    try:
        engine = Engine.load(tiny_assets)
    finally:
        path.unlink()
    assert engine.ask(flat[30], QUESTION).notice is None
    english = engine.ask(picture, QUESTION).notice
    assert english is not None and english.startswith("This image is unlike")
    chinese = engine.ask(picture, "星形是什么颜色？").notice
    assert chinese is not None and "图片" in chinese
    assert engine.ask(picture, QUESTION, keep={"text"}).notice is None
    hole = np.array([[True, False]])
    assert engine.ask(flat[30], QUESTION, erase=hole).notice is None
    assert engine.ask(picture, QUESTION, erase=hole).notice == english


def features_of(engine: Engine, image: Image.Image) -> torch.Tensor:
    encoding = engine._inputs.see(image).encoding
    return describe_regions(encoding, torch.zeros(1, 3, 1, 1))


def test_novelty_is_mahalanobis(tmp_path: Path) -> None:
    features = torch.randn(400, 7, generator=torch.Generator().manual_seed(1)).double()
    features[:, 2] *= 9
    novelty = Novelty.fit(features, shrinkage=0.0, flagged=0.1)
    away = features[:5] - features.mean(0)
    golden = (away @ torch.linalg.inv(torch.cov(features.T)) * away).sum(1).sqrt()
    torch.testing.assert_close(novelty.distance(features[:5]), golden.float())
    flagged = (novelty.distance(features) > novelty.threshold).float().mean()
    assert flagged == pytest.approx(0.1, abs=0.01)
    novelty.save(tmp_path / "novelty.safetensors")
    again = Novelty.load(tmp_path / "novelty.safetensors")
    assert again.threshold == novelty.threshold
    assert torch.equal(again.precision, novelty.precision)


def test_notice_when_the_words_are_unknown(tiny: Engine, picture: Image.Image) -> None:
    notice = tiny.ask(picture, "Welche Farbe hat dieses Objekt").notice
    assert notice is not None and "words" in notice
    assert tiny.ask(picture, "what colour is the heart").notice is None


# ------------------------------------------------------------------ the shipped weights


def test_shipped_fusions(shipped: Engine) -> None:
    assert [i.name for i in shipped.fusions] == [*COMPARED, "hybrid-additive-unmasked"]
    best = max(i.accuracy or 0 for i in shipped.fusions)
    assert best > 0.5


def test_shipped_model_answers_its_scenes(shipped: Engine) -> None:
    """Most of the questions that the page offers are answered right, in both languages."""
    right = asked = 0
    for seed in range(5):
        scene = shipped.scene(seed)
        for question in scene.questions:
            answer = shipped.ask(scene.image, question.text).answer_ids[0]
            right += answer == question.answer_id
            asked += 1
    assert right >= 0.8 * asked, f"{right} of {asked}"


def test_only_the_hybrids_count_and_only_what_is_shown(
    tiny: Engine, picture: Image.Image, name: str
) -> None:
    counts = tiny.ask(picture, QUESTION, fusion=name).counts
    assert (counts is not None) == name.startswith("hybrid")
    if counts is not None:
        assert list(counts) == ["first", "second", "both", "beside"]
        assert all(0 <= n <= 35 for n in counts.values())
    for keep in ({"image"}, {"text"}, set()):
        assert tiny.ask(picture, QUESTION, fusion=name, keep=keep).counts is None


def test_the_shipped_tally_is_told_as_it_counted(shipped: Engine) -> None:
    """How many there are in all is what fits when nothing in particular is named."""
    near = [
        abs(counts["second"] - len(scene.masks)) < 0.5
        for scene in map(shipped.scene, range(12))
        for counts in [shipped.ask(scene.image, "how many stars?", fusion="hybrid-self").counts]
        if counts is not None
    ]
    assert sum(near) >= 10, near
