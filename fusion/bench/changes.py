"""What each change for speed gave: the same work as it was done before, and as it is done.

    python -m fusion.bench --only changes --out assets/bench.json

Both ways take turns on new scenes, so that they share the machine's moods.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm import trange

from fusion.bench.engine_times import FIRST_SCENE, question
from fusion.bench.forms import folded, plain
from fusion.bench.timing import milliseconds, summary
from fusion.engine import Engine
from fusion.models.store import load_backbone
from fusion.outputs import SceneView
from fusion.passes import KEPT
from fusion.shipped import ASSETS, load_family

WARM_UP = 2
AT_ONCE = 12  # images, as many as occlusion encodes at once

Work = Callable[[], object]
Scenes = Iterator[SceneView]


class Changes:
    """The models that the changes are tried on; each change takes new scenes, and gives the work
    as it was done before and as it is done."""

    def __init__(self, assets: Path) -> None:
        self.engine, self.inputs = Engine.load(assets), load_family(assets).inputs
        made = {form: form(load_backbone(assets / "backbone")) for form in (plain, folded)}
        self.plain, self.folded = (made[form].image_encoder for form in (plain, folded))
        self.channels_first = folded(load_backbone(assets / "backbone")).image_encoder
        self.channels_first.to(memory_format=torch.contiguous_format)

    def kept(self, scenes: Scenes) -> tuple[Work, Work]:
        new, known = next(scenes), next(scenes)
        self.engine.ask(known.image, question(known, 0))
        return (
            lambda: self.engine.ask(new.image, question(new, 1)),
            lambda: self.engine.ask(known.image, question(known, 1)),
        )

    def together(self, scenes: Scenes) -> tuple[Work, Work]:
        image, asked = (scene := next(scenes)).image, question(scene, 0)
        self.engine.ask(image, asked)
        return (
            lambda: [self.engine.ask(image, asked, keep=keep) for keep in KEPT.values()],
            lambda: self.engine.masking(image, asked),
        )

    def batches(self, scenes: Scenes) -> tuple[Work, Work]:
        image = next(scenes).image
        rows, columns = self.inputs.grid(*image.size)
        hidden = torch.arange(AT_ONCE).view(-1, 1, 1) == torch.arange(rows * columns).view(
            rows, columns
        )

        def see(at_once: int) -> list[Any]:
            return list(self.inputs.see_without(image, None, hidden, at_once=at_once))

        return lambda: see(1), lambda: see(AT_ONCE)

    def channels_last(self, scenes: Scenes) -> tuple[Work, Work]:
        numbers = self._numbers(scenes, 1)
        return (
            lambda: self.channels_first(numbers.contiguous()),
            lambda: self.folded(numbers),
        )

    def fewer_layers(self, scenes: Scenes) -> tuple[Work, Work]:
        numbers = self._numbers(scenes, AT_ONCE)
        return lambda: self.plain(numbers), lambda: self.folded(numbers)

    def _numbers(self, scenes: Scenes, count: int) -> Tensor:
        """One picture so many times, as the encoder takes it."""
        pixels = self.inputs.sight.pixels(next(scenes).image)
        return self.inputs.sight.numbers(np.repeat(pixels[None], count, axis=0))


CHANGES: Mapping[str, tuple[str, Callable[[Changes, Scenes], tuple[Work, Work]]]] = {
    "kept": ("an image is encoded once, and kept for the questions that follow", Changes.kept),
    "together": ("the four passes of a masking view are one batch", Changes.together),
    "batches": ("twelve images with parts erased are encoded at once", Changes.batches),
    "channels_last": ("convolutions keep the channels last; one image", Changes.channels_last),
    "folded": (
        "batch normalisation is folded into the convolutions; twelve images",
        Changes.fewer_layers,
    ),
}


@torch.inference_mode()
def measure_changes(*, repeats: int, threads: int = 2, assets: Path = ASSETS) -> dict[str, Any]:
    """Milliseconds of each change's work before and after it."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        times = _times(Changes(assets), repeats)
    finally:
        torch.set_num_threads(before)
    entries = {
        name: {
            "what": what,
            "before": summary(times[name][0]),
            "after": summary(times[name][1]),
        }
        for name, (what, _) in CHANGES.items()
    }
    return {"threads": threads, "changes": entries}


def _times(changes: Changes, repeats: int) -> dict[str, tuple[list[float], list[float]]]:
    times: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in CHANGES}
    scenes = map(changes.engine.scene, range(FIRST_SCENE, FIRST_SCENE + 10 * (WARM_UP + repeats)))
    for turn in trange(WARM_UP + repeats, desc="changes", leave=False):
        for name, (_, work) in CHANGES.items():
            for taken, action in zip(times[name], work(changes, scenes), strict=True):
                duration = milliseconds(action)
                if turn >= WARM_UP:
                    taken.append(duration)
    return times
