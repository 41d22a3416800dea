"""Questions to the served page through its endpoints: its memory, and many people at once."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from gradio_client import Client, handle_file
from tqdm import trange

from fusion.bench.engine_times import FIRST_SCENE, question
from fusion.bench.server import Server
from fusion.bench.timing import milliseconds, summary
from fusion.engine import Engine
from fusion.outputs import SceneView

FUSION = "hybrid-additive"
SAMPLE_EVERY = 20


@runtime_checkable
class Asks(Protocol):
    """What a person needs of `gradio_client.Client`."""

    def predict(self, *, api_name: str, **given: Any) -> Any: ...


@dataclass(eq=False, kw_only=True)
class Person:
    """Somebody with a picture and a question of their own, and what has come back so far."""

    client: Asks
    picture: Path
    question: str
    expected: dict[str, Any] = field(default_factory=dict)
    durations: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    strangers: int = 0

    def ask(self, api_name: str = "/masking") -> dict[str, Any]:
        """One question, as JSON; `/masking` is the work that the page does for a question."""
        given = {"image": handle_file(self.picture), "question": self.question, "fusion": FUSION}
        result: dict[str, Any] = self.client.predict(**given, api_name=api_name)
        return result

    def ask_until(self, end: float) -> None:
        """Ask again and again, and compare with what came when nobody else was there."""
        while time.perf_counter() < end:
            try:
                self.durations.append(milliseconds(self._ask_and_compare))
            except Exception as error:  # whatever it is, it is an error that a visitor had
                self.errors.append(f"{type(error).__name__}: {error}")

    def _ask_and_compare(self) -> None:
        self.strangers += self.ask() != self.expected


@contextmanager
def people(engine: Engine, server: Server, count: int) -> Iterator[list[Person]]:
    """`count` people, each with a scene of their own, saved as a file while they need it."""
    with tempfile.TemporaryDirectory() as folder:
        yield [person(engine.scene(FIRST_SCENE + i), Path(folder), server) for i in range(count)]


def person(scene: SceneView, folder: Path, server: Server) -> Person:
    """Somebody who asks the first question about a scene."""
    path = folder / f"{scene.seed}.png"
    scene.image.save(path)
    client = Client(server.url, verbose=False, analytics_enabled=False)
    return Person(client=client, picture=path, question=question(scene, 0))


def measure_memory(engine: Engine, server: Server, *, questions: int) -> dict[str, Any]:
    """Memory at the start, and along the way of `questions` questions about as many images."""
    samples = [round(server.memory_mb())]
    with people(engine, server, 1) as [somebody]:
        for i in trange(questions, desc="memory", leave=False):
            scene = engine.scene(FIRST_SCENE + i)
            scene.image.save(somebody.picture)
            somebody.question = question(scene, i)
            somebody.ask("/ask")
            if (i + 1) % SAMPLE_EVERY == 0 or i + 1 == questions:
                samples.append(round(server.memory_mb()))
    return {
        "questions": questions,
        "start_mb": samples[0],
        "end_mb": samples[-1],
        "half_mb": samples[len(samples) // 2],
        "samples_mb": samples,
    }


def measure_load(engine: Engine, server: Server, *, count: int, seconds: float) -> dict[str, Any]:
    """`count` people ask without a pause for `seconds`; each must get their own result, which is
    what came when they asked alone, and which nobody else has."""
    with people(engine, server, count) as crowd:
        for somebody in crowd:
            somebody.expected = somebody.ask()
        check_distinct([somebody.expected for somebody in crowd])
        before = round(server.memory_mb())
        end = time.perf_counter() + seconds
        with ThreadPoolExecutor(count) as pool:
            list(pool.map(lambda somebody: somebody.ask_until(end), crowd))
    errors = [error for somebody in crowd for error in somebody.errors]
    durations = [duration for somebody in crowd for duration in somebody.durations]
    if not durations:
        raise RuntimeError(f"nobody got an answer: {errors[:1]}")
    return {
        "people": count,
        "seconds": seconds,
        "errors": len(errors),
        "error_rate": round(len(errors) / (len(errors) + len(durations)), 6),
        "first_errors": errors[:3],
        "wrong_results": sum(somebody.strangers for somebody in crowd),
        "before_mb": before,
        "after_mb": round(server.memory_mb()),
        **summary(durations),
    }


def check_distinct(results: Sequence[object]) -> None:
    """Raise unless no two results are the same: else a mix-up could not be seen."""
    if len({repr(result) for result in results}) < len(results):
        raise RuntimeError("two people expect the same result, so a mix-up would not be seen")
