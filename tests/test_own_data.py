"""Training on a data set on disk: what it writes is served and measured, every option does what it
says, a killed run ends as the same run, and two processes take the same steps as one."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file

from fusion.data.files.record import Record
from fusion.data.files.vocabulary import AnswerVocabulary
from fusion.engine import Engine
from fusion.models.model import Backbone, build_fusion
from fusion.models.strategies import STRATEGIES
from fusion.models.tokenizer import QuestionTokenizer
from fusion.training.__main__ import main
from fusion.training.loop import make_optimizer
from fusion.training.own.data import OwnData, shuffled_batches
from fusion.training.own.fit import OPTIONS, OwnRun
from fusion.training.own.options import OwnConfig
from fusion.training.own.stage import OwnModel, OwnStage, cross_entropy
from fusion.training.recipe import MaskRates
from fusion.training.team import Team
from tests.test_files import WRITERS, drawn, places

COLOURS = {"red": (220, 30, 30), "green": (30, 180, 30), "blue": (40, 60, 220)}
SIDE = 48  # pixels: 3 x 3 regions
SMALL = ("--size", SIDE, "--workers", 0, "--batch", 8)
#: encoders without batch normalisation and dropout, which differ between one process and two
EXACT = ("--image-encoder", "hog", "--text-encoder", "onehot")
ROOT = Path(__file__).parents[1]


def write_colours(folder: Path, *, images: int, seed: int) -> Path:
    """A CSV file about plain pictures, wider than high, two questions each."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    with (folder / "questions.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("image", "question", "answer"))
        for i in range(images):
            colour = list(COLOURS)[i % 3]
            pixels = np.array(COLOURS[colour]) + rng.integers(-20, 21, (40, 56, 3))
            Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / f"{i}.png")
            rows.writerow((f"{i}.png", "what colour is it?", colour))
            rows.writerow((f"{i}.png", "is it red?", "yes" if colour == "red" else "no"))
    return folder / "questions.csv"


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, ...]:
    """The options that name a training and a validation set."""
    root = tmp_path_factory.mktemp("colours")
    training = write_colours(root / "train", images=12, seed=0)
    validation = write_colours(root / "val", images=6, seed=1)
    return ("--data", "csv", "--questions", training, "--validation-questions", validation)


def fit(*options: object) -> None:
    """The command, in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["training", "fit", *map(str, options)])
        main()


def history(run: Path) -> list[dict[str, float]]:
    """What was printed of each epoch; but for the time it took."""
    entries = json.loads((run / "fit" / "state.json").read_text())["history"]
    return [{k: v for k, v in entry.items() if k != "seconds"} for entry in entries]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, sets: tuple[object, ...]) -> Path:
    """A run of three epochs that nobody interrupted, and its model in the folder models."""
    root = tmp_path_factory.mktemp("run")
    options = (*EXACT, "--strategy", "modality", "--attention", "dot", "--epochs", 3)
    fit(*sets, *SMALL, *options, "--run", root / "run", "--out", root / "models")
    return root


def again(trained: Path, folder: Path) -> tuple[object, ...]:
    """The options of the same run in another folder: the word pieces go with it, for learning them
    breaks ties at random."""
    (folder / "run").mkdir(parents=True)
    for name in (OPTIONS, "tokenizer.json"):
        (folder / "run" / name).write_text((trained / "run" / name).read_text())
    kind = (*EXACT, "--strategy", "modality", "--attention", "dot", "--epochs", 3)
    return (*SMALL, *kind, "--run", folder / "run", "--out", folder / "models")


# ------------------------------------------------------------------ what is written


def test_the_model_is_served(trained: Path, sets: tuple[object, ...]) -> None:
    engine = Engine.load(trained / "models")
    assert engine.default_fusion == "modality-dot"
    picture = Path(str(sets[3])).parent / "1.png"
    e = engine.ask(picture, "what colour is it?")
    assert {name for name, _ in e.answers} == {"red", "green", "blue", "yes", "no"}
    assert e.image_attention is not None and e.image_attention.shape == (3, 3)
    assert engine.ask(picture, "它是什么颜色？").answers[0][0] in dict(e.answers)
    written = {f.suffix for f in (trained / "models").rglob("*") if f.is_file()}
    assert written == {".safetensors", ".json"}


def test_what_was_measured_in_training_is_measured_again(
    trained: Path, sets: tuple[object, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The validation set, through the engine's own path: images, words, answers' names."""
    options = ["--data", "csv", "--questions", sets[5], "--assets", trained / "models"]
    options += ["--workers", 0, "--out", tmp_path / "report.json"]
    monkeypatch.setattr(sys, "argv", ["training", "evaluate", *map(str, options)])
    main()
    report = json.loads((tmp_path / "report.json").read_text())
    found = report["fusions"]["modality-dot"]["masks"]["both"]["all"]
    accuracy = history(trained / "run")[-1]["accuracy"]
    assert found["correct"] / found["count"] == pytest.approx(accuracy, abs=1e-4)


def test_every_epoch_prints_losses_and_accuracy(trained: Path) -> None:
    entries = history(trained / "run")
    assert [entry["epoch"] for entry in entries] == [1, 2, 3]
    for entry in entries:
        assert entry["train_loss"] > 0 and entry["validation loss"] > 0
        assert 0 <= entry["accuracy"] <= 1
    assert entries[-1]["train_loss"] < entries[0]["train_loss"]


@pytest.mark.parametrize("data", WRITERS)
def test_every_format_is_trained_on(
    data: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenes = drawn(3)
    for name, some in (("train", scenes[:2]), ("val", scenes[2:])):
        WRITERS[data](tmp_path / name, some)
    options: list[object] = ["--data", data]
    for name, prefix in (("train", ""), ("val", "validation-")):
        for what, path in places(data, tmp_path / name).items():
            options += [f"--{prefix}{what}", path]
    fit(
        *options, *EXACT, *SMALL, "--epochs", 1, "--answers", 3, "--class-weights",
        "--run", tmp_path / "run", "--out", tmp_path / "models",
    )  # fmt: skip
    assert re.search(r"hog \+ onehot \+ concat: \d questions to train on", capsys.readouterr().out)
    assert len(Engine.load(tmp_path / "models").fusions) == 1


@pytest.mark.parametrize("strategy", [name for name in STRATEGIES if name != "concat"])
def test_every_strategy_is_trained(strategy: str, sets: tuple[object, ...], tmp_path: Path) -> None:
    where = ("--run", tmp_path / "run", "--out", tmp_path / "models")
    fit(*sets, *EXACT, *SMALL, "--epochs", 1, "--strategy", strategy, *where)
    assert Engine.load(tmp_path / "models").default_fusion == f"{strategy}-additive"


# ------------------------------------------------------------------ the options


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
        for group in make_optimizer(rates, model).param_groups
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
    from fusion.data.files.stream import Shown

    return [Shown(pixels=torch.from_numpy(p), records=()) for p in pixels]


def test_soft_targets_share_the_loss() -> None:
    logits = torch.tensor([[0.2, -1.0, 0.5]])
    target = torch.tensor([[0.75, 0.25, 0.0]])
    by_hand = -0.75 * logits.log_softmax(1)[0, 0] - 0.25 * logits.log_softmax(1)[0, 1]
    torch.testing.assert_close(cross_entropy(logits, target), by_hand)


def test_an_epoch_asks_everything_once_and_in_another_order() -> None:
    from fusion.data.files.record import grouped

    groups = grouped([record(i, "no") for i in range(11)])
    orders = []
    for seed in (0, 1):
        batches = shuffled_batches(groups, 4, np.random.default_rng(seed))
        sizes = [sum(len(group.records) for group in batch) for batch in batches]
        assert sizes == [4, 4, 3]
        orders.append([r.id for batch in batches for group in batch for r in group.records])
    assert sorted(orders[0]) == sorted(orders[1]) == sorted(str(i) for i in range(11))
    assert orders[0] != orders[1]


# ------------------------------------------------------------------ killed, and many processes


def started(*command: object) -> subprocess.Popen[str]:
    """A process of its own, in its own group, that prints to a pipe."""
    return subprocess.Popen(
        [sys.executable, *map(str, command)], cwd=ROOT, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip


def test_a_killed_run_ends_as_the_same_run(
    trained: Path, sets: tuple[object, ...], tmp_path: Path
) -> None:
    options = again(trained, tmp_path)
    process = started("-m", "fusion.training", "fit", *sets, *options)
    assert process.stdout is not None
    seen = ""
    for line in process.stdout:
        seen += line
        if "epoch 1 " in line:
            break
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, seen
    assert not (tmp_path / "models").exists(), "it was over before it was killed"
    fit(*sets, *options)
    assert history(tmp_path / "run") == history(trained / "run")
    for file in ("backbone/model.safetensors", "fusions/modality-dot/model.safetensors"):
        ended, whole = (load_file(p / "models" / file) for p in (tmp_path, trained))
        for name, tensor in whole.items():
            assert torch.equal(ended[name], tensor), name


def test_two_processes_take_the_steps_of_one(
    trained: Path, sets: tuple[object, ...], tmp_path: Path
) -> None:
    launcher = ("-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", 2)
    options = again(trained, tmp_path)
    process = started(
        *launcher, "--main_process_port", 0, "-m", "fusion.training", "fit", *sets, *options
    )
    printed, errors = process.communicate()
    assert process.returncode == 0, errors
    assert "2 processes on" in printed
    for one, two in zip(history(trained / "run"), history(tmp_path / "run"), strict=True):
        assert one["train_loss"] == pytest.approx(two["train_loss"], abs=0.01)
        assert one["validation loss"] == pytest.approx(two["validation loss"], abs=0.01)


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


def test_a_run_is_not_mixed_with_another(
    trained: Path, sets: tuple[object, ...], tmp_path: Path
) -> None:
    where = ("--run", trained / "run", "--out", tmp_path / "models")
    with pytest.raises(SystemExit, match=r"error: --run: .*strategy was \"modality\", is \"concat"):
        fit(*sets, *EXACT, *SMALL, "--epochs", 3, *where)


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
