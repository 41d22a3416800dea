"""Scenes for a training that somebody watches: drawn, encoded and asked about, a piece at a time.

Everything is encoded once, by the frozen backbone that also answers. Scenes of all grid shapes
share one padded tensor, so that a batch can hold any of them: a fusion takes regions as a flat
list, and what is padded is masked like any hidden region.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count, cycle, islice

import numpy as np
import torch
from jaxtyping import Bool, Float16, Int
from torch import Tensor

from fusion.data.shapes.draw import draw
from fusion.data.shapes.questions import Question, prior_key, questions_of
from fusion.data.shapes.scene import Scene, make_scene
from fusion.errors import InputError
from fusion.images import normalise, resize
from fusion.inputs import Inputs
from fusion.models.text_encoders.base import PADDING
from fusion.outputs import ImageEncoding, TextEncoding

IMAGES, QUESTIONS = 32, 128  # encoded at once
WORDINGS = 4  # rounds in which a scene is asked about until it has its questions
RARE = 50  # what fewer than one scene in so many permits is not looked for


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class EncodedScenes:
    """N scenes with Q questions each, the shortest first; answers are numbers, and `questions`
    are all N * Q in a row. What is padded is 0 and masked; `image_pooling` and `text_pooling` name
    how the backbone pooled."""

    regions: Float16[Tensor, "N P D"]
    region_mask: Bool[Tensor, "N P"]
    image_pooled: Float16[Tensor, "N D"]
    image_pooling: str
    tokens: Float16[Tensor, "N Q T D"]
    token_mask: Bool[Tensor, "N Q T"]
    text_pooled: Float16[Tensor, "N Q D"]
    text_pooling: str
    answers: Int[Tensor, "N Q"]
    questions: tuple[Question, ...]
    seeds: tuple[int, ...]

    def images(self, scenes: Int[Tensor, " n"]) -> tuple[ImageEncoding, Bool[Tensor, "n P"]]:
        """Some scenes, each as one row of regions, and which of the regions there are."""
        image = ImageEncoding(
            regions=self.regions[scenes].float().unsqueeze(1),  # (n, 1, P, D)
            pooled=self.image_pooled[scenes].float(),
            pooling=self.image_pooling,
        )
        return image, self.region_mask[scenes]

    def texts(self, scenes: Int[Tensor, " n"], columns: slice) -> tuple[TextEncoding, Tensor]:
        """Some questions about each of some scenes, in a row per scene, and their answers."""
        mask = self.token_mask[scenes, columns].flatten(0, 1)
        T = int(mask.sum(1).max())
        text = TextEncoding(
            tokens=self.tokens[scenes, columns, :T].flatten(0, 1).float(),
            mask=mask[:, :T],
            pooled=self.text_pooled[scenes, columns].flatten(0, 1).float(),
            pooling=self.text_pooling,
        )
        return text, self.answers[scenes, columns].flatten()

    def halves(self) -> tuple[slice, slice]:
        """The short questions and the long ones, which are kept apart to pad less."""
        middle = self.answers.shape[1] // 2
        return slice(0, middle), slice(middle, None)


class LiveScenes:
    """Makes `EncodedScenes` of the first so many seeds whose scenes permit a question of some
    families; `draw`, `encode_images` and `encode_questions` do it in short steps, in this order,
    and say after each what share of it is done."""

    def __init__(
        self,
        inputs: Inputs,
        answers: Sequence[str],
        *,
        first_seed: int,
        scenes: int,
        per_scene: int,
        families: Sequence[str],
    ) -> None:
        self.inputs, self.families = inputs, tuple(families)
        self.numbers = {answer: number for number, answer in enumerate(answers)}
        self.first_seed, self.scenes, self.per_scene = first_seed, scenes, per_scene
        self._seeds: list[int] = []
        self._questions: list[Question] = []
        self._pixels: dict[tuple[int, int], list[tuple[int, np.ndarray]]] = defaultdict(list)
        self._images: list[tuple[Tensor, ImageEncoding]] = []
        self._texts: list[tuple[Tensor, TextEncoding]] = []

    def draw(self) -> Iterator[float]:
        """Make and draw the scenes; ValueError when hardly any permits a question."""
        for seed in count(self.first_seed):
            if len(self._seeds) == self.scenes:
                return
            if seed - self.first_seed > RARE * self.scenes:
                raise InputError(
                    "Hardly any scene permits a question of the families {families}; choose "
                    "others, or more of them.",
                    families=", ".join(self.families),
                )
            scene = make_scene(seed)
            questions = self._asked(scene)
            if questions:
                grid = self.inputs.grid(scene.width, scene.height)
                self._pixels[grid].append((len(self._seeds), resize(draw(scene).image, *grid)))
                self._questions += questions
                self._seeds.append(seed)
            yield len(self._seeds) / self.scenes

    def _asked(self, scene: Scene) -> list[Question]:
        """The questions of one scene, in several wordings where it permits fewer meanings; none
        where it permits nothing that the model has an answer for."""
        found: list[Question] = []
        for wording in range(WORDINGS):
            asked = questions_of(scene, wording, self.per_scene, families=self.families)
            found += [q for q in asked if q.answer in self.numbers]
            if not found or len(found) >= self.per_scene:
                break
        return list(islice(cycle(found), self.per_scene))

    def encode_images(self) -> Iterator[float]:
        """Regions of all scenes, some images of one grid shape at a time."""
        for shelf in self._pixels.values():
            for part in (shelf[i : i + IMAGES] for i in range(0, len(shelf), IMAGES)):
                numbers, pixels = zip(*part, strict=True)
                self._images.append((torch.tensor(numbers), self._see(pixels)))
                yield sum(len(numbers) for numbers, _ in self._images) / self.scenes
        self._pixels.clear()

    @torch.no_grad()
    def _see(self, pixels: Sequence[np.ndarray]) -> ImageEncoding:
        images = normalise(torch.from_numpy(np.stack(pixels)))
        images = images.contiguous(memory_format=torch.channels_last)  # faster on a CPU
        seen = self.inputs.backbone.encode_image(images)
        return replace(seen, regions=seen.regions.half(), pooled=seen.pooled.half())

    def encode_questions(self) -> Iterator[float]:
        """Tokens of all questions, some of about one length at a time."""
        ids = self.inputs.tokenizer.encode([q.text for q in self._questions]).ids
        lengths = (ids != PADDING).sum(1)
        order = lengths.view(self.scenes, -1).argsort(dim=1, stable=True)  # within a scene
        order = (order + torch.arange(self.scenes).unsqueeze(1) * self.per_scene).flatten()
        self._questions = [self._questions[i] for i in order.tolist()]
        ids, lengths = ids[order], lengths[order]
        for part in lengths.argsort(stable=True).split(QUESTIONS):
            self._texts.append((part, self._read(ids[part, : int(lengths[part].max())])))
            yield sum(len(numbers) for numbers, _ in self._texts) / len(ids)

    @torch.no_grad()
    def _read(self, ids: Int[Tensor, "B S"]) -> TextEncoding:
        read = self.inputs.backbone.encode_text(ids, ids != PADDING)
        return replace(read, tokens=read.tokens.half(), pooled=read.pooled.half())

    def encoded(self) -> EncodedScenes:
        """All of it, padded."""
        regions, region_mask = _padded(
            [(i, e.regions.flatten(1, 2), _all(e.regions)) for i, e in self._images]
        )
        tokens, token_mask = _padded([(i, e.tokens, e.mask) for i, e in self._texts])
        answers = torch.tensor([self.numbers[q.answer] for q in self._questions])
        shape = self.scenes, self.per_scene
        return EncodedScenes(
            regions=regions,
            region_mask=region_mask,
            image_pooled=_in_order([(i, e.pooled) for i, e in self._images]),
            image_pooling=self._images[0][1].pooling,
            tokens=tokens.unflatten(0, shape),
            token_mask=token_mask.unflatten(0, shape),
            text_pooled=_in_order([(i, e.pooled) for i, e in self._texts]).unflatten(0, shape),
            text_pooling=self._texts[0][1].pooling,
            answers=answers.view(shape),
            questions=tuple(self._questions),
            seeds=tuple(self._seeds),
        )


def _all(regions: Float16[Tensor, "n H W D"]) -> Bool[Tensor, "n P"]:
    return torch.ones(regions.shape[:3], dtype=torch.bool).flatten(1)


def _padded(parts: list[tuple[Tensor, Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
    """Parts of (row numbers, vectors, mask) as one tensor of vectors and one mask."""
    rows = sum(len(numbers) for numbers, _, _ in parts)
    longest = max(vectors.shape[1] for _, vectors, _ in parts)
    whole = torch.zeros(rows, longest, parts[0][1].shape[-1], dtype=torch.float16)
    mask = torch.zeros(rows, longest, dtype=torch.bool)
    for numbers, vectors, present in parts:
        whole[numbers, : vectors.shape[1]] = vectors
        mask[numbers, : vectors.shape[1]] = present
    return whole, mask


def _in_order(parts: list[tuple[Tensor, Tensor]]) -> Tensor:
    """Parts of (row numbers, rows) as one tensor."""
    order = torch.cat([numbers for numbers, _ in parts]).argsort()
    return torch.cat([rows for _, rows in parts])[order]


def image_free(train: EncodedScenes, test: EncodedScenes) -> Bool[np.ndarray, "N Q"]:
    """Which questions of `test` are guessed right without looking: by the answer that was most
    frequent in `train` for the same kind of question, or for the same family where the kind is
    new."""
    ladder: tuple[Callable[[Question], str], ...] = (prior_key, lambda q: q.family)
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for question in train.questions:
        for key in ladder:
            seen[key(question)][question.answer] += 1

    def guess(question: Question) -> str | None:
        known = next((seen[key(question)] for key in ladder if key(question) in seen), None)
        return known.most_common(1)[0][0] if known else None

    right = np.array([guess(q) == q.answer for q in test.questions])
    return right.reshape(test.answers.shape)
