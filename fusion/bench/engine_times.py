"""How long the engine takes for one question, the four passes, and all fusions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from tqdm import trange

from fusion.bench.timing import milliseconds, summary
from fusion.bench.yardstick import WORDS, yardstick
from fusion.engine import Engine
from fusion.outputs import SceneView

FIRST_SCENE = 50_000_000
WARM_UP = 2
YARDSTICK = "yardstick"
ACTIONS = ("ask", "ask_again", "masking", "compare")


def measure_engine(engine: Engine, *, repeats: int, threads: int = 2) -> dict[str, Any]:
    """Each action and the yardstick in turn, `repeats` times, so that all share the machine's
    moods. Scenes are new each time, except where the same image is what is measured."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        durations = _durations(engine, repeats)
    finally:
        torch.set_num_threads(before)
    basis = summary(durations.pop(YARDSTICK))
    actions = {name: summary(values) for name, values in durations.items()}
    for measured in actions.values():
        measured["ratio"] = round(measured["median_ms"] / basis["median_ms"], 3)
    return {"threads": threads, YARDSTICK: {"what": WORDS, **basis}, "actions": actions}


def _durations(engine: Engine, repeats: int) -> dict[str, list[float]]:
    forward = yardstick()
    seeds = iter(range(FIRST_SCENE, FIRST_SCENE + 3 * (repeats + WARM_UP)))
    durations: dict[str, list[float]] = {name: [] for name in (YARDSTICK, *ACTIONS)}
    for turn in trange(WARM_UP + repeats, desc="engine", leave=False):
        for name, action in (*_actions(engine, seeds), (YARDSTICK, forward)):
            duration = milliseconds(action)
            if turn >= WARM_UP:
                durations[name].append(duration)
    return durations


def _actions(engine: Engine, seeds: Iterator[int]) -> Iterator[tuple[str, Callable[[], object]]]:
    """What is measured, on three new scenes; a scene is made before its action is handed out."""
    scene = engine.scene(next(seeds))
    yield "ask", lambda: engine.ask(scene.image, question(scene, 0))
    yield "ask_again", lambda: engine.ask(scene.image, question(scene, 1))
    masked = engine.scene(next(seeds))
    yield "masking", lambda: engine.masking(masked.image, question(masked, 0))
    compared = engine.scene(next(seeds))
    yield "compare", lambda: engine.compare(compared.image, question(compared, 0))


def question(scene: SceneView, number: int) -> str:
    """One of the scene's own questions, counted round."""
    return scene.questions[number % len(scene.questions)].text
