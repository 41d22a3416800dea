"""From what a user gives to encodings: checked, made into tensors, encoded once, and kept."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from operator import index
from threading import Lock
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, UInt8
from PIL import Image, ImageFile
from torch import Tensor

from fusion.cache import Cache
from fusion.errors import InputError
from fusion.images import Sight, coverage
from fusion.models.model import Backbone
from fusion.models.novelty import Novelty
from fusion.models.tokenizer import QuestionTokenizer
from fusion.opening import open_image
from fusion.outputs import ImageEncoding, Keypoints, TextEncoding
from fusion.question import LANGUAGES, clean_question, language_of, unknown_share

# A notice is due when at least this share of the words is unknown: true of 0.02 % of the dataset's
# questions (held-out phrasings and typing errors among them), of 15 of 16 in other languages.
STRANGE = 0.3


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Seen:
    """Encoded images, mostly one; the mask is True for regions that are present; `unlike`:
    unlike the images that the model was made for. `milliseconds` is what the encoding took when it
    was made."""

    encoding: ImageEncoding
    region_mask: Bool[Tensor, "N P"]
    unlike: bool
    milliseconds: float = 0.0


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Read:
    """One encoded question; dropped tokens stay in `pieces` and are masked in `encoding`.
    `milliseconds` is what the encoding took when it was made; `foreign`: in a language that the
    model was not taught."""

    question: str
    language: str
    pieces: tuple[str, ...]
    dropped: frozenset[int]
    encoding: TextEncoding
    strange: bool
    milliseconds: float
    foreign: bool = False


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class _Encoded:
    encoding: ImageEncoding
    novelty: float
    milliseconds: float


class Inputs:
    """Encodes images and questions with one backbone, and remembers the last ones.

    Where the backbone has no detector of its own, `judge` says which images are unlike. `sight` is
    how the backbone is shown an image, ours unless given; questions in none of `languages` are
    `foreign` to it, and those of whose words a share of `strange` is unknown are (above 1: none).
    """

    def __init__(
        self,
        backbone: Backbone,
        tokenizer: QuestionTokenizer,
        novelty: Novelty | None,
        *,
        judge: Inputs | None = None,
        sight: Sight | None = None,
        languages: tuple[str, ...] = LANGUAGES,
        strange: float = STRANGE,
        images: int = 64,
        questions: int = 256,
    ) -> None:
        self.backbone, self.tokenizer, self.novelty = backbone, tokenizer, novelty
        self._judge, self._languages, self._strange = judge, languages, strange
        config = backbone.config
        self.sight = sight or Sight(regions=config.regions, square=config.square)
        self._images: Cache[_Encoded] = Cache(images)
        self._questions: Cache[Read] = Cache(questions)
        self._loading = Lock()

    def picture(self, image: Any) -> Image.Image:
        """The image as an upright RGB picture; see `fusion.opening.open_image`."""
        if isinstance(image, ImageFile.ImageFile):  # not decoded yet, and perhaps in two threads
            with self._loading:
                return open_image(image)
        return open_image(image)

    def see(self, image: Any, erase: Any = None) -> Seen:
        """The encoding of an image, with the part of it gone that `erase` marks.

        `erase` is a 2-D array of any size, true = erased, stretched over the image. A region is
        masked when at least half of it is erased; every erased pixel is filled before encoding.
        """
        picture = self.picture(image)
        whole = self._encoded(self.sight.pixels(picture))
        rows, columns = whole.encoding.regions.shape[1:3]
        encoded, mask = whole, torch.ones(1, rows * columns, dtype=torch.bool)
        erased = checked_erase(erase)
        if erased is not None and erased.any():
            encoded = self._encoded(self.sight.eraser(picture)(erased))
            mask = _left(erased, rows, columns)
        unlike = whole.novelty > 1
        if self.novelty is None and self._judge is not None:
            unlike = self._judge.see(picture).unlike
        return Seen(
            encoding=encoded.encoding,
            region_mask=mask,
            unlike=unlike,
            milliseconds=encoded.milliseconds,
        )

    def keypoints(self, image: Any, erase: Any = None) -> Keypoints:
        """What the image encoder finds in the pixels that `see` encodes; ValueError when it looks
        for no keypoints."""
        find = getattr(self.backbone.image_encoder, "keypoints", None)
        if find is None:
            encoder = self.backbone.config.image_encoder
            raise InputError(
                "the image encoder {encoder} looks for no keypoints; sift does", encoder=encoder
            )
        picture, erased = self.picture(image), checked_erase(erase)
        pixels = (
            self.sight.pixels(picture)
            if erased is None or not erased.any()
            else self.sight.eraser(picture)(erased)
        )
        found: Keypoints = find(self.sight.numbers(pixels[None].copy()))[0]
        return found

    def nearest_words(self, token: str, *, count: int) -> list[tuple[str, float]]:
        """The word pieces that stand nearest to one, with the cosine; ValueError when the text
        encoder has no table of word vectors, or no such word piece."""
        nearest = getattr(self.backbone.text_encoder, "nearest", None)
        if nearest is None:
            encoder = self.backbone.config.text_encoder
            raise InputError(
                "the text encoder {encoder} has no nearest words; word2vec has", encoder=encoder
            )
        found: list[tuple[str, float]] = nearest(token, self.tokenizer.vocabulary(), count=count)
        return found

    def grid(self, width: int, height: int) -> tuple[int, int]:
        """Rows and columns of the regions of an image of this size."""
        return self.sight.grid(width, height)

    @torch.no_grad()
    def see_without(
        self, image: Any, erase: Any, windows: Bool[Tensor, "N H W"], *, at_once: int = 12
    ) -> Iterator[Seen]:
        """The encodings of an image with each of N sets of regions erased besides `erase`.

        Up to `at_once` images come in each result; nothing of it is kept.
        """
        picture = self.picture(image)
        rows, columns = windows.shape[1:]
        eraser, erased = self.sight.eraser(picture), checked_erase(erase)
        already = [] if erased is None else [erased]
        left = torch.tensor(True) if erased is None else _left(erased, rows, columns)
        for chunk in windows.split(at_once):
            pixels = np.stack([eraser(window, *already) for window in chunk.numpy()])
            yield Seen(
                encoding=self.backbone.encode_image(self.sight.numbers(pixels)),
                region_mask=(~chunk).flatten(1) & left,
                unlike=False,
            )

    def digest(self, image: Any) -> bytes:
        """A short name of an image's content, as the model gets it with nothing erased."""
        pixels = self.sight.pixels(self.picture(image))
        return blake2b(pixels.tobytes(), digest_size=16).digest()

    def _encoded(self, pixels: UInt8[np.ndarray, "h w 3"]) -> _Encoded:
        key = (pixels.shape, blake2b(pixels.tobytes()).digest())
        return self._images.get(key, lambda: self._encode(pixels))

    @torch.no_grad()
    def _encode(self, pixels: UInt8[np.ndarray, "h w 3"]) -> _Encoded:
        start = time.perf_counter()
        normalised = self.sight.numbers(pixels[None].copy())
        encoding = self.backbone.encode_image(normalised)
        took = milliseconds_since(start)
        score = 0.0 if self.novelty is None else float(self.novelty.score(encoding, normalised))
        return _Encoded(encoding=encoding, novelty=score, milliseconds=took)

    def read(self, question: object, drop_tokens: Any = ()) -> Read:
        """The encoding of a question; dropped tokens leave the text encoder's attention too."""
        text = clean_question(question)
        dropped = _checked_indices(drop_tokens)
        key = (text, dropped)
        return self._questions.get(key, lambda: self._read(text, dropped))

    @torch.no_grad()
    def _read(self, question: str, dropped: frozenset[int]) -> Read:
        start = time.perf_counter()
        pieces = tuple(self.tokenizer.pieces(question))
        self._check_length(question)
        if outside := sorted(i for i in dropped if not 0 <= i < len(pieces)):
            raise InputError(
                "drop_tokens names {outside}, but the question has {count} tokens, numbered 0 to "
                "{last}: {tokens}",
                outside=outside,
                count=len(pieces),
                last=len(pieces) - 1,
                tokens=list(pieces),
            )
        batch = self.tokenizer.encode([question])
        mask = batch.mask.clone()
        mask[0, [i + 1 for i in dropped]] = False  # + 1: [CLS] comes first
        encoding = self.backbone.encode_text(batch.ids, mask)
        return Read(
            question=question,
            language=language_of(question),
            pieces=pieces,
            dropped=dropped,
            encoding=encoding,
            strange=unknown_share(pieces) >= self._strange,
            foreign=language_of(question) not in self._languages,
            milliseconds=milliseconds_since(start),
        )

    @torch.no_grad()
    def read_without(self, read: Read, gone: Bool[Tensor, "N T"]) -> TextEncoding:
        """The encodings of a question with each of N sets of tokens dropped besides those that
        are dropped in `read`; nothing of it is kept."""
        batch = self.tokenizer.encode([read.question])
        mask = batch.mask.repeat(len(gone), 1)
        mask[:, 1:-1] = ~gone & read.encoding.mask  # [CLS] comes first, [SEP] last
        return self.backbone.encode_text(batch.ids.repeat(len(gone), 1), mask)

    def _check_length(self, question: str) -> None:
        length, most = self.tokenizer.length(question), self.tokenizer.max_tokens
        if length > most:
            raise InputError(
                "The question is too long: it has {got} word pieces; at most {most} are allowed.",
                got=length,
                most=most,
            )


def milliseconds_since(start: float) -> float:
    """What has passed since a reading of `time.perf_counter`."""
    return (time.perf_counter() - start) * 1000


def _left(erase: Bool[np.ndarray, "e f"], rows: int, columns: int) -> Bool[Tensor, "1 P"]:
    """The regions of which less than half is erased."""
    return torch.from_numpy(coverage(erase, rows, columns) < 0.5).view(1, -1)


def checked_erase(erase: Any, *, name: str = "erase") -> Bool[np.ndarray, "e f"] | None:
    """`erase` as a bool array, None when nothing is given; raises ValueError with its `name`."""
    if erase is None:
        return None
    array = np.asarray(erase)
    if array.ndim != 2 or array.size == 0 or array.dtype.kind not in "bfui":
        raise InputError(
            "{name} must be an array of height by width, true where the image is marked; got "
            "{kind} of shape {shape}",
            name=name,
            kind=array.dtype,
            shape=array.shape,
        )
    return array.astype(bool)


def _checked_indices(drop_tokens: Any) -> frozenset[int]:
    try:
        return frozenset(index(i) for i in drop_tokens)
    except TypeError as error:
        raise InputError(
            "drop_tokens must be the numbers of tokens, such as [0, 3]; got {got!r}",
            got=drop_tokens,
        ) from error
