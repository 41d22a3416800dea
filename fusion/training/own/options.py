"""What a run on own data depends on, and the command line's options for it.

The defaults are the reference document's pipeline: ResNet-50, BERT-base, concatenation, images of
224 x 224 pixels, 1,000 answers, a learning rate of 0.001.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

from fusion.config import BackboneConfig, Config, FusionConfig
from fusion.data.files import formats
from fusion.images import STRIDE
from fusion.models.attention import ATTENTION
from fusion.models.hub import IMAGE_MODELS, TEXT_MODELS, published_encoder
from fusion.models.image_encoders import IMAGE_ENCODERS
from fusion.models.strategies import STRATEGIES
from fusion.models.text_encoders import TEXT_ENCODERS

PARTS = ("image", "text")
WIDTH, PUBLISHED_WIDTH = 128, 512  # of what both encoders return; 512 is the document's
GENTLE = 0.05  # the rate of pretrained layers beside that of fresh ones, unless it is given
PATHS = (
    "questions",
    "annotations",
    "images",
    "validation_questions",
    "validation_annotations",
    "validation_images",
    "workers",
)


@dataclass(frozen=True, kw_only=True)
class OwnConfig(Config):
    """The choices that make a run what it is; raises ValueError naming the option."""

    data: str
    image_encoder: str = "resnet50"
    text_encoder: str = "bert-base-uncased"
    strategy: str = "concat"
    attention: str | None = None
    untrained: bool = False
    freeze: tuple[str, ...] = ()
    rate: float = 1e-3
    rate_image: float | None = None
    rate_text: float | None = None
    class_weights: bool = False
    answers: int = 1000
    epochs: int = 5
    batch: int = 32
    size: int = 224
    seed: int = 0

    def __post_init__(self) -> None:
        _known("--image-encoder", self.image_encoder, (*IMAGE_MODELS, *IMAGE_ENCODERS))
        _known("--text-encoder", self.text_encoder, (*TEXT_MODELS, *TEXT_ENCODERS))
        _known("--strategy", self.strategy, STRATEGIES)
        if self.strategy == "concat" and self.attention is not None:
            raise ValueError("--attention: concat has no attention; leave the option out")
        if self.attention is not None:
            _known("--attention", self.attention, ATTENTION)
        for part in self.freeze:
            _known("--freeze", part, PARTS)
        for name in ("answers", "epochs", "batch"):
            if getattr(self, name) < 1:
                raise ValueError(f"--{name} must be 1 or more, got {getattr(self, name)}")
        for name in ("rate", "rate_image", "rate_text"):
            rate = getattr(self, name)
            if rate is not None and not 0 < rate < 1:
                raise ValueError(f"{flag(name)} must lie between 0 and 1, got {rate}")
        if self.size < 2 * STRIDE or self.size % STRIDE:
            raise ValueError(
                f"--size must be a multiple of {STRIDE} from {2 * STRIDE} pixels up, got "
                f"{self.size}"
            )
        if not 0 <= self.seed < 2**31:
            raise ValueError(f"--seed must be a whole number from 0 up, got {self.seed}")

    @property
    def pretrained(self) -> tuple[str, ...]:
        """The parts that start from published weights."""
        published = {
            "image": self.image_encoder in IMAGE_MODELS,
            "text": self.text_encoder in TEXT_MODELS,
        }
        return tuple(part for part in PARTS if published[part] and not self.untrained)

    def part_rate(self, part: str) -> float | None:
        """The learning rate of an encoder's own layers; None when it is that of all the others."""
        given: float | None = getattr(self, f"rate_{part}")
        return self.rate * GENTLE if given is None and part in self.pretrained else given

    def backbone(self) -> BackboneConfig:
        """The sizes of the two encoders."""
        image, image_sizes = published_encoder(self.image_encoder, IMAGE_MODELS)
        text, text_sizes = published_encoder(self.text_encoder, TEXT_MODELS)
        return BackboneConfig(
            image_encoder=image,
            text_encoder=text,
            width=PUBLISHED_WIDTH if image_sizes or text_sizes else WIDTH,
            regions=(self.size // STRIDE) ** 2,
            square=True,
            **image_sizes,
            **text_sizes,
        )

    def fusion(self, answers: tuple[str, ...]) -> FusionConfig:
        """The fusion for an answer vocabulary."""
        attention = self.attention
        if attention is None and self.strategy != "concat":
            attention = next(iter(ATTENTION))
        return FusionConfig(
            strategy=self.strategy,
            attention=attention,
            encoding_width=self.backbone().width,
            answers=answers,
        )

    @classmethod
    def of(cls, given: argparse.Namespace) -> OwnConfig:
        """The configuration of a command line, defaults where an option is not given."""
        values = {f.name: getattr(given, f.name) for f in fields(cls)}
        return cls.from_dict({name: v for name, v in values.items() if v is not None})


def flag(name: str) -> str:
    """An option as it is typed."""
    return "--" + name.replace("_", "-")


def _known(option: str, name: str, known: Iterable[str]) -> None:
    names = list(known)
    if name not in names:
        raise ValueError(f"{option}: unknown {name!r}; known: {', '.join(names)}")


def add_own_options(parser: argparse.ArgumentParser) -> None:
    """The options of `fit --data`; every default is None, which means: not given."""
    own = parser.add_argument_group("on a data set on disk, instead of a recipe")
    own.add_argument("--data", choices=formats(), help="the format; a recipe is run if none")
    own.add_argument("--questions", type=Path, help="training: the question file or CSV file")
    own.add_argument("--annotations", type=Path, help="training, VQA v2: the annotation file")
    own.add_argument("--images", type=Path, help="training: folder of images; of the CSV if none")
    own.add_argument("--validation-questions", type=Path, help="likewise for validation")
    own.add_argument("--validation-annotations", type=Path)
    own.add_argument("--validation-images", type=Path, help="that of training if none")
    own.add_argument("--image-encoder", help="resnet50 (pretrained; the default) or one of ours")
    own.add_argument("--text-encoder", help="bert-base-uncased (likewise) or one of ours")
    own.add_argument("--strategy", help=f"{', '.join(STRATEGIES)}; concat if none")
    own.add_argument("--attention", help=f"{', '.join(ATTENTION)}; the first if none")
    own.add_argument("--untrained", action="store_true", default=None, help="no pretrained weights")
    own.add_argument("--freeze", nargs="+", metavar="PART", help="image, text: not trained")
    own.add_argument("--rate", type=float, help="top learning rate; 0.001 if none")
    own.add_argument("--rate-image", type=float, help="of the image encoder's own layers")
    own.add_argument("--rate-text", type=float, help="of the text encoder's own layers")
    own.add_argument(
        "--class-weights", action="store_true", default=None, help="rare answers weigh more"
    )
    own.add_argument("--answers", type=int, help="so many most frequent answers; 1000 if none")
    own.add_argument("--epochs", type=int, help="5 if none")
    own.add_argument("--batch", type=int, help="questions in a step, over all processes; 32")
    own.add_argument("--size", type=int, help="width and height of an image in pixels; 224")
    own.add_argument("--seed", type=int)
    own.add_argument("--workers", type=int, help="processes that decode images; 2 if none")


OWN_ONLY = (*(f.name for f in fields(OwnConfig)), *PATHS)
