"""Training on a data set on disk: what it writes is served and measured, a killed run ends as the
same run, and two processes take the same steps as one."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from fusion.engine import Engine
from fusion.models.strategies import STRATEGIES
from fusion.training.__main__ import main
from fusion.training.own.fit import OPTIONS
from tests.files_on_disk import WRITERS, drawn, places

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
    """The command, in this process; on one thread, where sums have one order."""
    torch.set_num_threads(1)
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


def accuracy(models: Path, report: Path, *options: object) -> float:
    """What `evaluate` finds with nothing hidden: images, words and answers' names go through the
    engine's own path."""
    with pytest.MonkeyPatch.context() as patch:
        words = ["training", "evaluate", "--assets", models, "--workers", 0, "--out", report]
        patch.setattr(sys, "argv", [str(word) for word in (*words, *options)])
        main()
    (entry,) = json.loads(report.read_text())["fusions"].values()
    found = entry["masks"]["both"]["all"]
    return float(found["mean"] if "mean" in found else found["correct"] / found["count"])


def test_what_was_measured_in_training_is_measured_again(
    trained: Path, sets: tuple[object, ...], tmp_path: Path
) -> None:
    options = ("--data", "csv", "--questions", sets[5])
    found = accuracy(trained / "models", tmp_path / "report.json", *options)
    assert found == pytest.approx(history(trained / "run")[-1]["accuracy"], abs=1e-4)


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
    named = [
        x for what, path in places(data, tmp_path / "val").items() for x in (f"--{what}", path)
    ]
    found = accuracy(tmp_path / "models", tmp_path / "report.json", "--data", data, *named)
    assert found == pytest.approx(history(tmp_path / "run")[-1]["accuracy"], abs=1e-4)


@pytest.mark.parametrize("strategy", [name for name in STRATEGIES if name != "concat"])
def test_every_strategy_is_trained(strategy: str, sets: tuple[object, ...], tmp_path: Path) -> None:
    where = ("--run", tmp_path / "run", "--out", tmp_path / "models")
    fit(*sets, *EXACT, *SMALL, "--epochs", 1, "--strategy", strategy, *where)
    assert Engine.load(tmp_path / "models").default_fusion == f"{strategy}-additive"


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
        if "epoch 2 " in line:  # so the first epoch is kept
            break
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, seen
    assert not (tmp_path / "models").exists(), "it was over before it was killed"
    assert 1 <= len(history(tmp_path / "run")) < 3
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


def test_a_run_is_not_mixed_with_another(
    trained: Path, sets: tuple[object, ...], tmp_path: Path
) -> None:
    where = ("--run", trained / "run", "--out", tmp_path / "models")
    with pytest.raises(SystemExit, match=r"error: --run: .*strategy was \"modality\", is \"concat"):
        fit(*sets, *EXACT, *SMALL, "--epochs", 3, *where)
