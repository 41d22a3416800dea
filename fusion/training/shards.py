"""Questions for training, drawn anew for every epoch: one shard holds Q questions per scene.

A shard depends on the scenes' seeds and its number alone. A worker process keeps the scenes and
draws the next shard while the current one is trained on.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Int
from safetensors.torch import load_file
from torch import Tensor

from fusion.data.shapes.families.view import View
from fusion.data.shapes.questions import FORM_FIELDS, Question, questions_of
from fusion.data.shapes.scene import Scene, make_scene
from fusion.data.shapes.steps import STEPS, UNKNOWN, steps_of
from fusion.data.shapes.vocabulary import ANSWERS, FAMILIES, LANGUAGES
from fusion.models.store import save_tensors
from fusion.models.tokenizer import QuestionTokenizer
from fusion.training.recipe import Focus
from fusion.training.workers import worker_pool

FURTHER = 1_000_000  # keeps the draws of the focus and of the rest apart
NO_ANSWER = -1  # fills a row where a scene has fewer questions


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Shard:
    """Questions of n scenes, Q each, the shortest first; answers and families are indices."""

    ids: np.ndarray  # (n, Q, S), padded with 0
    answers: np.ndarray  # (n, Q)
    families: np.ndarray  # (n, Q)
    languages: np.ndarray  # (n, Q)
    forms: np.ndarray  # (n, Q, fields)
    steps: np.ndarray  # (n, Q, steps)

    def rows(self, index: slice | np.ndarray) -> Shard:
        """The same for some of the scenes."""
        return Shard(**{name: getattr(self, name)[index] for name in self.__slots__})

    def word_pieces(self) -> Int[Tensor, "B S"]:
        """The ids of all n * Q questions in a row, padded no further than the longest."""
        ids = self.ids.reshape(-1, self.ids.shape[-1])
        return torch.from_numpy(ids[:, : max(3, int((ids != 0).sum(1).max()))].astype(np.int64))


def sample_questions(seeds: Iterable[int], *, per_scene: int = 8, shard: int = 0) -> Iterator[str]:
    """Question texts of scenes, to train a tokenizer on."""
    for seed in seeds:
        for question in questions_of(make_scene(seed), shard, per_scene):
            yield question.text


class ShardMaker:
    """Draws shards for fixed scenes; meant to live in a worker process."""

    def __init__(
        self, seeds: Sequence[int], tokenizer: Path, max_tokens: int, focus: Focus | None = None
    ) -> None:
        self.scenes: list[Scene] = [make_scene(int(s)) for s in seeds]
        self.focus = focus or Focus()
        self.tokenizer = QuestionTokenizer.load(tokenizer, max_tokens=max_tokens)
        self.index = [{v: i for i, v in enumerate(values)} for values in FORM_FIELDS.values()]

    def _families(self, number: int, count: int) -> list[tuple[tuple[str, ...], int]]:
        """Which families are asked about each scene, and how many questions of them."""
        focus = self.focus
        if not focus.families or number < focus.start:
            return [(FAMILIES, count)]
        many = round(focus.share * count)
        rest = tuple(f for f in FAMILIES if f not in focus.families)
        return [(focus.families, many), (rest, count - many)]

    def make(
        self, number: int, *, count: int, phrasings: str = "train", language: str | None = None
    ) -> Shard:
        """The shard of a number: `count` questions per scene."""
        n, fields = len(self.scenes), tuple(FORM_FIELDS)
        answers = np.full((n, count), NO_ANSWER, np.int8)
        families = np.zeros((n, count), np.int8)
        languages = np.zeros((n, count), np.int8)
        forms = np.zeros((n, count, len(fields)), np.int8)
        steps = np.full((n, count, len(STEPS)), UNKNOWN, np.int8)
        texts: list[str] = []
        for i, scene in enumerate(self.scenes):
            view = View(scene)
            questions = [
                q
                for k, (families, n) in enumerate(self._families(number, count))
                for q in questions_of(
                    scene,
                    number + FURTHER * k,
                    n,
                    language=language,
                    phrasings=phrasings,
                    families=families,
                )
            ]
            questions.sort(key=_length)
            for j, q in enumerate(questions):
                answers[i, j] = ANSWERS.index(q.answer)
                families[i, j] = FAMILIES.index(q.family)
                languages[i, j] = LANGUAGES.index(q.language)
                forms[i, j] = [
                    self.index[k][getattr(q.form, name)] for k, name in enumerate(fields)
                ]
                steps[i, j] = steps_of(view, q)
            texts += [q.text for q in questions] + [""] * (count - len(questions))
        ids = self.tokenizer.encode(texts).ids.numpy().astype(np.int16)
        return Shard(
            ids=ids.reshape(n, count, -1),
            answers=answers,
            families=families,
            languages=languages,
            forms=forms,
            steps=steps,
        )


def _length(question: Question) -> int:
    """About the number of word pieces: Chinese characters count singly, English words whole."""
    return len(question.text) if question.language == "zh" else question.text.count(" ") + 2


_maker: ShardMaker | None = None  # of the worker process


def _make(
    file: Path,
    scenes: tuple[list[int], Path, int, Focus],
    number: int,
    count: int,
) -> None:
    """Draw a shard into its file, unless another process has."""
    global _maker
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if file.exists():
            return
        if _maker is None:
            _maker = ShardMaker(*scenes)
        shard = _maker.make(number, count=count)
        arrays = {name: torch.from_numpy(getattr(shard, name)) for name in Shard.__slots__}
        save_tensors(arrays, file)


class ShardQueue:
    """Shards in order, kept in files; the next one is drawn in the background."""

    def __init__(
        self, folder: Path, seeds: np.ndarray, tokenizer: Path, *, max_tokens: int, focus: Focus
    ) -> None:
        self.folder = folder
        self._scenes = (seeds.tolist(), tokenizer, max_tokens, focus)
        self._pool = worker_pool(1)
        self._ahead: dict[Path, Future[None]] = {}

    def get(self, number: int, *, count: int) -> Shard:
        """A shard, and the next one begun."""
        wanted, _ = (self._begin(n, count) for n in (number, number + 1))
        if wanted in self._ahead:
            self._ahead.pop(wanted).result()
        return Shard(**{name: t.numpy() for name, t in load_file(wanted).items()})

    def _begin(self, number: int, count: int) -> Path:
        file = self.folder / f"{number}x{count}.safetensors"
        if not file.exists() and file not in self._ahead:
            self._ahead[file] = self._pool.submit(_make, file, self._scenes, number, count)
        return file
