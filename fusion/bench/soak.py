"""Everything that the page offers to programs, in any order, for as long as asked: what grows?

A visitor who uses the page for two hours does something every ten seconds or so; here one thing
follows another, so minutes stand for hours: all of them for two, and files that pass through, which
are kept for an hour elsewhere, are kept for half of the time. The actions and their arguments are
those that the page itself describes, with pictures and questions of scenes, and a tenth of the
arguments spoilt.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from tqdm import tqdm

from fusion.bench.engine_times import FIRST_SCENE, question
from fusion.bench.server import MEGABYTE, Server, served
from fusion.engine import Engine

SCENES = 60
SAMPLES = 60
HOURS = 2
SPOILT = 0.1
RARE = {"/train": 0.02, "/compare_backbones": 0.3}  # beside 1 for the others: they take long
NONSENSE: tuple[Any, ...] = (None, "", "???", -1, [], {}, "x" * 400, "../../etc/passwd", True)
PLACED = "image"  # the argument that is a picture


def measure_soak(
    engine: Engine, *, seconds: float, seed: int = 0, assets: Path | None = None
) -> dict[str, Any]:
    """Act for `seconds`; samples of the process and of its folder along the way."""
    with (
        tempfile.TemporaryDirectory() as folder,
        served(
            assets, passing=Path(folder) / "passing", kept_for=max(1, round(seconds / HOURS))
        ) as server,
    ):
        client = Client(server.url, verbose=False, analytics_enabled=False)
        sampled = _Sampled(server, Path(folder) / "passing", seconds)
        counts = {"actions": 0, "refused": 0}
        failures: list[str] = []
        scenes = _pictures(engine, Path(folder))
        with tqdm(total=round(seconds), desc="soak", leave=False) as bar:
            for name, given in actions(_described(client), seed):
                _place(given, scenes, counts["actions"])
                try:
                    client.predict(**given, api_name=name)
                except AppError as error:
                    counts["refused"] += 1
                    if not str(error).strip():
                        failures.append(f"{name}: refused without a word")
                except Exception as error:  # whatever it is, no visitor should have it
                    failures.append(f"{name}: {type(error).__name__}: {error}")
                counts["actions"] += 1
                bar.update(sampled.elapsed() - bar.n)
                if sampled.take():
                    break
    return {
        "seconds": seconds,
        "seed": seed,
        **counts,
        "failures": len(failures),
        "first_failures": failures[:5],
        "samples": sampled.samples,
    }


class _Sampled:
    """Samples at even times; `take` says when the last one has been taken."""

    def __init__(self, server: Server, passing: Path, seconds: float) -> None:
        self.server, self.passing, self.seconds = server, passing, seconds
        self.begun, self.samples = time.perf_counter(), list[dict[str, int | float]]()

    def elapsed(self) -> int:
        return round(min(time.perf_counter() - self.begun, self.seconds))

    def take(self) -> bool:
        past = time.perf_counter() - self.begun
        if past >= self.seconds * (len(self.samples) + 1) / SAMPLES:
            self.samples.append(self._now())
        return past >= self.seconds

    def _now(self) -> dict[str, int | float]:
        sizes = [path.stat().st_size for path in self.passing.rglob("*") if path.is_file()]
        return {
            "second": self.elapsed(),
            "memory_mb": round(self.server.memory_mb()),
            "threads": self.server.threads(),
            "open_files": self.server.open_files(),
            "passing_files": len(sizes),
            "passing_mb": round(sum(sizes) / MEGABYTE, 1),
        }


def actions(
    named: Mapping[str, Mapping[str, Any]], seed: int
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Without end: an endpoint and its arguments, some spoilt or left out; the same for a seed."""
    drawn = random.Random(seed)
    names = sorted(named)
    weights = [RARE.get(name, 1.0) for name in names]
    while True:
        [name] = drawn.choices(names, weights)
        given = dict(named[name])
        for argument in named[name]:
            if argument != PLACED and drawn.random() < SPOILT:
                given[argument] = drawn.choice(NONSENSE)
        yield name, given


def _described(client: Client) -> dict[str, dict[str, Any]]:
    """Every public endpoint with the arguments that it gives as an example."""
    info: Any = client.view_api(return_format="dict", print_info=False)
    return {
        name: {each["parameter_name"]: each["example_input"] for each in endpoint["parameters"]}
        for name, endpoint in info["named_endpoints"].items()
    }


def _pictures(engine: Engine, folder: Path) -> list[tuple[Path, str]]:
    """Scenes as files, each with a question of its own."""
    made = []
    for number in range(SCENES):
        scene = engine.scene(FIRST_SCENE + number)
        path = folder / f"{scene.seed}.png"
        scene.image.save(path)
        made.append((path, question(scene, number)))
    return made


def _place(given: dict[str, Any], scenes: list[tuple[Path, str]], number: int) -> None:
    """Put the next scene and its question in the place of the example's."""
    path, asked = scenes[number % len(scenes)]
    if PLACED in given:
        given[PLACED] = handle_file(path)
    if isinstance(given.get("question"), str) and len(given["question"]) > 3:
        given["question"] = asked
