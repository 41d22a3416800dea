"""The backbones that are only compared: every image encoder with BERT, every text encoder with
ResNet, each a folder of its own with one fusion.

    backbones/<image encoder>-<text encoder>/    backbone/  fusions/hybrid-additive/
    backbones/metrics.json                       what the evaluation measured of them

What a person should know of them is read from their configurations and from the headers of their
weights; the weights themselves are read when one is asked for the first time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Generic, TypeVar

from fusion.cache import Cache
from fusion.config import BackboneConfig
from fusion.errors import InputError
from fusion.models.image_encoders import IMAGE_ENCODERS
from fusion.models.store import load_metrics, stored_numbers
from fusion.models.text_encoders import TEXT_ENCODERS
from fusion.outputs import BackboneInfo

FOLDER = "backbones"
FUSION = "hybrid-additive"  # the one that was trained with each of them
USUAL = BackboneConfig()  # its encoders are those that the others are paired with

F = TypeVar("F")


def pairs() -> Iterator[tuple[str, str]]:
    """Image and text encoders that are compared: one of the two is always the usual one."""
    usual = [USUAL.image_encoder, *(n for n in IMAGE_ENCODERS if n != USUAL.image_encoder)]
    yield from ((image, USUAL.text_encoder) for image in usual)
    yield from ((USUAL.image_encoder, text) for text in TEXT_ENCODERS if text != USUAL.text_encoder)


NAMES = tuple(f"{image}-{text}" for image, text in pairs())


class Backbones(Generic[F]):
    """The backbones of a folder; `load` reads one of its folders and raises ValueError.

    A damaged one costs a sentence when it is asked; the others stay what they are. Any number of
    threads may ask.
    """

    def __init__(self, root: Path | None, load: Callable[[Path], F]) -> None:
        self._root, self._load = root, load
        self._loaded: Cache[F] = Cache(len(NAMES))
        there = () if root is None else tuple(n for n in NAMES if (root / n).is_dir())
        self.names = there
        self.infos = tuple(info for name in there for info in self._described(name))

    def get(self, name: str) -> F:
        """One backbone, read on first use; ValueError when it is missing or damaged."""
        if self._root is None or name not in self.names:
            raise InputError(
                "there is no backbone {got!r}; beside the main one there are: {known}",
                got=name,
                known=", ".join(self.names) or "–",
            )
        folder = self._root / name
        try:
            return self._loaded.get(name, lambda: self._load(folder))
        except ValueError as error:
            raise InputError(
                "The backbone {name} cannot be used: {reason}", name=name, reason=error
            ) from error

    def _described(self, name: str) -> Iterator[BackboneInfo]:
        """What is known of a backbone; nothing where its files cannot be read."""
        if self._root is None:
            return
        folder = self._root / name
        try:
            yield describe(folder, _accuracy(self._root, name))
        except ValueError:  # told when it is asked for
            return


def describe(folder: Path, accuracy: float | None) -> BackboneInfo:
    """What a person should know of the backbone in a folder; raises ValueError when its
    configuration or the header of its weights cannot be read."""
    config = BackboneConfig.load(folder / "backbone" / "config.json")
    image, text = IMAGE_ENCODERS[config.image_encoder], TEXT_ENCODERS[config.text_encoder]
    if folder.name != f"{image.name}-{text.name}":
        raise ValueError(f"the folder {folder.name} holds {image.name} and {text.name}")
    parts = (folder / "backbone", folder / "fusions" / FUSION)
    return BackboneInfo(
        name=folder.name,
        label=f"{image.label} + {text.label}",
        image_summary=image.summary,
        text_summary=text.summary,
        image_learns=image.build.learns,
        text_learns=text.build.learns,
        fusion=FUSION,
        accuracy=accuracy,
        parameters=sum(map(stored_numbers, parts)),
        bytes=bytes_of(folder),
        has_keypoints=hasattr(image.build, "keypoints"),
        has_neighbours=hasattr(text.build, "nearest"),
    )


def bytes_of(folder: Path) -> int:
    """What the weights and everything beside them take on disk."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _accuracy(root: Path, name: str) -> float | None:
    """The measured share of right answers on test scenes; None before it was measured."""
    measured = load_metrics(root).get("backbones", {}).get(name)
    if measured is None:
        return None
    whole = measured["accuracy"]["test"]["both"]["all"]
    return float(whole["correct"] / whole["count"])
