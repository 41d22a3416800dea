"""Warming the image encoder up: each region says what it shows, from the scene's exact truth.

Linear read-outs of the region vectors: colour, shape and size of the object, whether there is one,
whether its centre is here, where its centre is, whether it is the odd one out; the background from
the pooled vector. The read-outs are thrown away afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sized
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar, cast

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from fusion.data.shapes.vocabulary import COLOURS, SHAPES, SIZES
from fusion.images import STRIDE, normalise
from fusion.models.image_encoders.base import ImageEncoder
from fusion.outputs import ImageEncoding
from fusion.training.bank import LABELS, PLACES, Shelf
from fusion.training.precision import autocast
from fusion.training.recipe import StageConfig

CLASSES = {"colour": len(COLOURS), "shape": len(SHAPES), "size": len(SIZES)}
SWITCHES = ("owner", "centre", "odd_colour", "odd_shape")
PARTS = 10.0  # weight of a cell's part of its object
WHOLE = 0.1  # weight of the squared error of the number of objects


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class DenseBatch:
    """Images of one size with their truth."""

    pixels: Tensor
    labels: Tensor
    places: Tensor
    share: Tensor
    background: Tensor
    described: Tensor | None = None  # what an encoder that does not learn says of the pixels
    wanted: Tensor | None = None  # the regions that the teacher gives, where they are known


class DenseHeads(nn.Module):
    """Linear read-outs of regions and pooled vector."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.classes = nn.ModuleDict({k: nn.Linear(width, n) for k, n in CLASSES.items()})
        self.switches = nn.Linear(width, len(SWITCHES))
        self.places = nn.Linear(width, len(PLACES))
        self.share = nn.Linear(width, 1)
        self.background = nn.Linear(width, len(COLOURS))


class ImageStage:
    """Dense truth on the image encoder, and what a `teacher` makes of the same images.

    With `described` (see fusion.training.described) the images are not changed in training, so
    that what does not learn is computed once; `taught` has the teacher's regions of them. Both
    are by the id of the shelf.
    """

    def __init__(
        self,
        config: StageConfig,
        encoder: ImageEncoder,
        width: int,
        *,
        bank: list[Shelf],
        validation: list[Shelf],
        seed: int,
        device: torch.device,
        teacher: ImageEncoder | None = None,
        described: Mapping[int, np.ndarray] = MappingProxyType({}),
        taught: Mapping[int, Tensor] = MappingProxyType({}),
    ) -> None:
        self.config, self.seed, self.device = config, seed, device
        self.encoder, self.teacher = encoder, teacher
        self.described, self.taught = described, taught
        self.heads = DenseHeads(width)
        self.model = nn.ModuleDict({"encoder": self.encoder, "heads": self.heads})
        self.bank, self.validation = bank, validation
        self.steps = len(shelf_batches(bank, config.batch, np.random.default_rng(0)))

    def batches(self, epoch: int) -> Iterator[DenseBatch]:
        rng = np.random.default_rng((self.seed, epoch))
        for shelf, index in shelf_batches(self.bank, self.config.batch, rng):
            batch = self.batch(shelf, index)
            yield batch if self.described else augmented(batch, rng)

    def batch(self, shelf: Shelf, index: np.ndarray) -> DenseBatch:
        def tensor(array: np.ndarray) -> Tensor:
            return torch.from_numpy(array[index]).to(self.device)

        known, taught = self.described.get(id(shelf)), self.taught.get(id(shelf))
        return DenseBatch(
            pixels=normalise(tensor(shelf.pixels)),
            labels=tensor(shelf.labels).long(),
            places=tensor(shelf.places).float(),
            share=tensor(shelf.share).float(),
            background=tensor(shelf.background).long(),
            described=None if known is None else tensor(known).float(),
            wanted=None if taught is None else taught[torch.from_numpy(index)].to(self.device),
        )

    def encode(self, batch: DenseBatch) -> ImageEncoding:
        if batch.described is None:
            return cast(ImageEncoding, self.encoder(batch.pixels))
        return self.encoder.encode_described(batch.described)

    def losses(self, batch: DenseBatch) -> Iterable[Tensor]:
        with autocast(self.device):
            encoding = self.encode(batch)
        loss = dense_loss(self.heads, encoding, batch)
        if self.teacher is not None and self.config.imitate:
            wanted = batch.wanted
            if wanted is None:
                with torch.no_grad(), autocast(self.device):
                    wanted = self.teacher(batch.pixels).regions
            loss = loss + self.config.imitate * distance(encoding.regions.float(), wanted.float())
        yield loss

    @torch.no_grad()
    def validate(self) -> dict[str, dict[str, float]]:
        """Share of owned cells right, centres found (both ways right), number of objects right,
        background right."""
        right: dict[str, list[float]] = {}
        heads = self.heads
        for shelf in self.validation:
            for start in range(0, len(shelf), 100):
                batch = self.batch(shelf, np.arange(start, min(start + 100, len(shelf))))
                encoding = self.encode(batch)
                owned = batch.labels[..., 0] >= 0
                for k, name in enumerate(CLASSES):
                    guess = heads.classes[name](encoding.regions).argmax(-1)
                    right.setdefault(name, []).extend(
                        (guess == batch.labels[..., k])[owned].float().tolist()
                    )
                centre = batch.labels[..., LABELS.index("centre")] > 0
                guess = heads.switches(encoding.regions)[..., 1] > 0
                right.setdefault("all centres", []).extend(
                    (guess == centre).all(-1).all(-1).float().tolist()
                )
                right.setdefault("odd", []).extend(
                    (heads.switches(encoding.regions)[..., 2:] > 0)
                    .eq(batch.labels[..., 4:] > 0)
                    .all(-1)[owned]
                    .float()
                    .tolist()
                )
                guess = heads.background(encoding.pooled).argmax(-1)
                right.setdefault("background", []).extend(
                    (guess == batch.background).float().tolist()
                )
                number = heads.share(encoding.regions).sigmoid().sum((1, 2, 3))
                right.setdefault("number", []).extend(
                    (number.round() == batch.share.sum((1, 2)).round()).float().tolist()
                )
                error = (heads.places(encoding.regions) - batch.places).abs()[owned]
                right.setdefault("place error", []).extend(error[:, :2].mean(-1).tolist())
        return {"validation": {k: float(np.mean(v)) for k, v in right.items()}}


def distance(found: Float[Tensor, "*S D"], wanted: Float[Tensor, "*S D"]) -> Float[Tensor, ""]:
    """Mean squared difference, as a share of the variance of what is wanted."""
    variance = (wanted - wanted.flatten(0, -2).mean(0)).square().mean()
    return (found - wanted).square().mean() / variance


S = TypeVar("S", bound=Sized)


def shelf_batches(
    shelves: list[S], size: int, rng: np.random.Generator
) -> list[tuple[S, np.ndarray]]:
    """Shuffled batches of one grid shape each, in shuffled order."""
    batches = [
        (shelf, part)
        for shelf in shelves
        for part in np.array_split(rng.permutation(len(shelf)), max(1, round(len(shelf) / size)))
        if len(part)
    ]
    return [batches[i] for i in rng.permutation(len(batches))]


def augmented(batch: DenseBatch, rng: np.random.Generator) -> DenseBatch:
    """Mirror, change exposure a little, and fill a rectangle of regions with the mean colour
    (what erasing does), whose truth is then unknown."""
    pixels, labels, places, share = batch.pixels, batch.labels, batch.places, batch.share
    if rng.random() < 0.5:
        pixels, labels, share = pixels.flip(3), labels.flip(2), share.flip(2)
        places = places.flip(2).clone()
        places[..., 0] = (1 - places[..., 0]) * (labels[..., 0] >= 0)
    gain = torch.empty(len(pixels), 1, 1, 1, device=pixels.device).uniform_(0.93, 1.07)
    pixels = pixels * gain
    if rng.random() < 0.3:
        rows, columns = labels.shape[1:3]
        r, c = rng.integers(0, rows - 3), rng.integers(0, columns - 3)
        h, w = rng.integers(1, 5, size=2)
        mean = pixels.mean((2, 3), keepdim=True)
        pixels, labels = pixels.clone(), labels.clone()
        y, x = slice(r * STRIDE, (r + h) * STRIDE), slice(c * STRIDE, (c + w) * STRIDE)
        pixels[:, :, y, x] = mean
        labels[:, max(r - 1, 0) : r + h + 1, max(c - 1, 0) : c + w + 1] = UNKNOWN
        labels[:, r : r + h, c : c + w] = -1
        share = torch.full_like(share, UNKNOWN)
    return DenseBatch(
        pixels=pixels, labels=labels, places=places, share=share, background=batch.background
    )


UNKNOWN = -2  # beside a filled rectangle: an object may be cut, so its cells teach nothing


def dense_loss(heads: DenseHeads, encoding: ImageEncoding, batch: DenseBatch) -> Float[Tensor, ""]:
    """Cross-entropy of the attributes on owned cells, of the switches everywhere, squared error
    of the places; the share as `share_loss` has it."""
    regions = encoding.regions.float()
    known = batch.labels[..., 0] != UNKNOWN
    owned = batch.labels[..., 0] >= 0
    loss = F.cross_entropy(heads.background(encoding.pooled.float()), batch.background)
    for k, name in enumerate(CLASSES):
        loss = loss + F.cross_entropy(
            heads.classes[name](regions[owned]), batch.labels[..., k][owned]
        )
    switches = torch.cat([owned.unsqueeze(-1), batch.labels[..., 3:] > 0], dim=-1)[known].float()
    weight = torch.tensor([1.0, 4.0, 2.0, 2.0], device=regions.device)
    loss = loss + 2 * F.binary_cross_entropy_with_logits(
        heads.switches(regions[known]), switches, pos_weight=weight
    )
    places = heads.places(regions[owned]) - batch.places[owned]
    loss = loss + 20 * places.square().mean()
    if bool((batch.share == UNKNOWN).any()):
        return loss
    return loss + share_loss(heads.share(regions)[..., 0], batch.share)


def share_loss(logits: Float[Tensor, "B H W"], share: Float[Tensor, "B H W"]) -> Float[Tensor, ""]:
    """Each cell's part of its object, whose sum is the number of objects: cross-entropy per cell,
    squared error of the sum. Who knows the parts can count: see fusion.models.tally."""
    number = (logits.sigmoid() - share).sum((1, 2))
    return (
        PARTS * F.binary_cross_entropy_with_logits(logits, share) + WHOLE * number.square().mean()
    )
