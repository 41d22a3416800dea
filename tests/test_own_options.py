"""Training on a data set on disk: every option does what it says, every mistake is a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_file

from fusion.data.files.record import Record, grouped
from fusion.data.files.stream import Shown
from fusion.data.files.vocabulary import AnswerVocabulary
from fusion.models.model import Backbone, build_fusion
from fusion.models.tokenizer import QuestionTokenizer
from fusion.training.loop import adamw
from fusion.training.own.data import OwnData, shuffled_batches
from fusion.training.own.fit import OwnRun
from fusion.training.own.options import OwnConfig
from fusion.training.own.stage import OwnModel, OwnStage, cross_entropy
from fusion.training.recipe import MaskRates
from fusion.training.team import Team
from tests.test_own_data import EXACT, SIDE, SMALL, fit, sets, write_colours

__all__ = ["sets"]  # a fixture


def parts(config: OwnConfig) -> OwnModel:
    """A model for two answers, with the starting weights that a run of this seed has."""
    torch.manual_seed(config.seed)
    backbone = Backbone(config.backbone())
    fusion = build_fusion(config.fusion(("no", "yes")))
    return OwnModel(backbone, fusion, freeze=config.freeze)


def test_what_is_frozen_stays_and_the_rest_is_trained(
    sets: tuple[object, ...], tmp_path: Path
) -> None:
    options = ("--image-encoder", "resnet", "--text-encoder", "bert", "--freeze", "image")
    where = ("--run", tmp_path / "run", "--out", tmp_path / "models")
    fit(*sets, *SMALL, *options, "--epochs", 1, *where)
    config = OwnConfig(data="csv", image_encoder="resnet", text_encoder="bert", size=SIDE)
    before = parts(config).backbone.state_dict()
    after = load_file(tmp_path / "models" / "backbone" / "model.safetensors")
    moved = {n for n, t in after.items() if not torch.equal(t, before[n].to(t.dtype))}
    own = tuple(n.removeprefix("backbone.") for n in parts(config).trunk("image"))
    assert [n for n in moved if n.startswith(own)] == []  # running averages neither
    assert any(n.startswith("image_encoder.project") for n in moved)
    assert any(n.startswith("text_encoder.bert") for n in moved)


def test_every_part_has_its_rate() -> None:
    config = OwnConfig(
        data="csv", image_encoder="resnet", text_encoder="bert", rate=0.1, rate_image=0.01
    )
    model = parts(config)
    rates = OwnRun(config, no_data(), Path("none"), team=alone())._stage_config(model)
    by_rate = {
        group["rate"]: {id(p) for p in group["params"]}
        for group in adamw(
            model, rate=rates.rate, decay=rates.decay, rate_of=rates.rate_of
        ).param_groups
        if group["weight_decay"]
    }
    stages = [p for n, p in model.named_parameters() if "stages" in n and p.ndim > 1]
    others = [p for n, p in model.named_parameters() if "stages" not in n and "stem" not in n]
    assert {id(p) for p in stages} <= by_rate[0.01]
    assert {id(p) for p in others if p.ndim > 1} == by_rate[0.1]


def test_pretrained_layers_learn_more_slowly_unless_told() -> None:
    config = OwnConfig(data="csv", rate=0.01, rate_text=0.003)
    assert config.part_rate("image") == pytest.approx(0.0005)
    assert config.part_rate("text") == 0.003
    assert OwnConfig(data="csv", untrained=True).part_rate("image") is None


def alone() -> Team:
    return Team(torch.device("cpu"))


def record(name: int, answer: str, **targets: float) -> Record:
    return Record(
        id=str(name), image=Path(f"{name % 3}.png"), question="is it red?", answer=answer,
        targets=targets or {answer: 1.0}, kind="", where=f"line {name}",
    )  # fmt: skip


def no_data(records: Sequence[Record] = ()) -> OwnData:
    return OwnData(
        training=tuple(records), validation=tuple(records), unlearnable=0, refused=0,
        vocabulary=AnswerVocabulary(answers=("no", "yes")),
    )  # fmt: skip


def test_rare_answers_weigh_more_and_the_loss_is_torchs() -> None:
    """Three times no, once yes: against torch's weighted cross-entropy."""
    config = OwnConfig(data="csv", image_encoder="hog", text_encoder="onehot", size=SIDE)
    records = [record(i, "yes" if i == 2 else "no") for i in range(4)]
    model = parts(config)
    data = no_data(records)
    stage = OwnStage(
        OwnRun(config, data, Path("none"), team=alone())._stage_config(model), model, data,
        tokenizer=QuestionTokenizer.train(["is it red?"], vocabulary=1500, max_tokens=40),
        masks=MaskRates(), class_weights=True, workers=0, seed=0, team=alone(),
    )  # fmt: skip
    torch.testing.assert_close(stage.weights, torch.tensor([2 / 3, 2.0]))
    groups = shuffled_batches(stage.groups, 8, np.random.default_rng(0))[0]
    shown = [np.full((SIDE, SIDE, 3), 40 * i, np.uint8) for i in range(len(groups))]
    batch = stage._batch(groups, shown_as(shown), masks_seed=None)
    (loss,) = stage.losses(batch)
    with torch.no_grad():
        logits = model(batch)
    expected = F.cross_entropy(logits, batch.earned.argmax(1), weight=stage.weights)
    torch.testing.assert_close(loss, expected, rtol=0.02, atol=0.0)  # bfloat16 where there is one


def shown_as(pixels: Sequence[np.ndarray]) -> list:
    return [Shown(pixels=torch.from_numpy(p), records=()) for p in pixels]


def test_soft_targets_share_the_loss() -> None:
    logits = torch.tensor([[0.2, -1.0, 0.5]])
    target = torch.tensor([[0.75, 0.25, 0.0]])
    by_hand = -0.75 * logits.log_softmax(1)[0, 0] - 0.25 * logits.log_softmax(1)[0, 1]
    torch.testing.assert_close(cross_entropy(logits, target), by_hand)


def test_an_epoch_asks_everything_once_and_in_another_order() -> None:
    groups = grouped([record(i, "no") for i in range(11)])
    orders = []
    for seed in (0, 1):
        batches = shuffled_batches(groups, 4, np.random.default_rng(seed))
        sizes = [sum(len(group.records) for group in batch) for batch in batches]
        assert sizes == [4, 4, 3]
        orders.append([r.id for batch in batches for group in batch for r in group.records])
    assert sorted(orders[0]) == sorted(orders[1]) == sorted(str(i) for i in range(11))
    assert orders[0] != orders[1]


# ------------------------------------------------------------------ mistakes


MISTAKES: dict[str, tuple[tuple[object, ...], str]] = {
    "encoder": (("--image-encoder", "resnet51"), "--image-encoder: unknown 'resnet51'; known: res"),
    "words": (("--text-encoder", "elmo"), "--text-encoder: unknown 'elmo'"),
    "strategy": (("--strategy", "sum"), "--strategy: unknown 'sum'; known: concat"),
    "attention": (("--strategy", "hybrid", "--attention", "x"), "--attention: unknown 'x'"),
    "no attention": (("--attention", "dot"), "--attention: concat has no attention"),
    "freeze": (("--freeze", "sound"), "--freeze: unknown 'sound'; known: image, text"),
    "nothing to freeze": (("--freeze", "image"), "--freeze: hog has no layers of its own"),
    "no layers": (("--rate-text", 0.1), "--rate-text: onehot has no layers of its own"),
    "rate": (("--rate", 0), "--rate must lie between 0 and 1, got 0"),
    "rate of a part": (("--rate-image", -1.0), "--rate-image must lie between"),
    "size": (("--size", 50), "--size must be a multiple of 16 from 32 pixels up, got 50"),
    "epochs": (("--epochs", 0), "--epochs must be 1 or more"),
    "workers": (("--workers", -1), "--workers must be 0 or more"),
    "seed": (("--seed", -1), "--seed must be"),
    "no file": (("--questions", "no.csv"), r"the file no\.csv is missing.*--questions"),
    "annotations": (("--annotations", "a.json"), "no annotation file.*--annotations"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_a_sentence(mistake: str, sets: tuple[object, ...], tmp_path: Path) -> None:
    options, message = MISTAKES[mistake]
    where = ("--run", tmp_path / "run", "--out", tmp_path / "models")
    with pytest.raises(SystemExit, match=f"^error: .*{message}"):
        fit(*sets, *EXACT, *SMALL, *where, *options)
    assert not (tmp_path / "run").exists()


def test_what_must_be_named(sets: tuple[object, ...]) -> None:
    for options, missing in (
        ((*sets[:2], "--out", "x"), "--questions"),
        ((*sets[:4], "--out", "x"), "--validation-questions"),
        (sets, "--out"),
    ):
        with pytest.raises(SystemExit, match=f"error: {missing} must be given"):
            fit(*options)


def test_a_damaged_image_is_named_with_its_line(tmp_path: Path) -> None:
    questions = write_colours(tmp_path / "data", images=2, seed=0)
    (tmp_path / "data" / "1.png").write_bytes(b"no picture")
    where = ("--run", tmp_path / "run", "--out", tmp_path / "models")
    both = ("--data", "csv", "--questions", questions, "--validation-questions", questions)
    with pytest.raises(SystemExit, match=r"error: questions\.csv, line 4: "):
        fit(*both, *EXACT, *SMALL, *where)


def test_other_models_are_not_written_over(
    tiny_assets: Path, sets: tuple[object, ...], tmp_path: Path
) -> None:
    with pytest.raises(SystemExit, match=r"error: --out: .*holds other models"):
        fit(*sets, *EXACT, *SMALL, "--run", tmp_path / "run", "--out", tiny_assets)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--strategy", "hybrid", "--untrained"), "--strategy, --untrained: only with --data ("),
        (("--data", "csv", "--only", "x"), "--only: only without --data"),
    ],
)
def test_options_of_recipes_and_of_data_do_not_mix(
    options: tuple[object, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        fit(*options)
    assert message in " ".join(capsys.readouterr().err.split())
