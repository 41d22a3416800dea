"""The sample photographs that scikit-image brings along, opened from its package; no network."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from PIL import Image

from viz.plots.pictures import data_uri, shown
from viz.words import hub as words

KIND = "photo"  # of a picture's id
THUMBNAIL = 120


class Photograph(NamedTuple):
    """A sample photograph: its file in scikit-image, questions about it, and whose it is."""

    name: str
    file: str
    questions: tuple[str, ...]
    credit: str


PHOTOGRAPHS = (
    Photograph(
        "chelsea", "chelsea.png",
        ("what animal is this?", "what colour are its eyes?", "is it asleep?"),
        "Stéfan van der Walt, CC0",
    ),
    Photograph(
        "coffee", "coffee.png",
        ("what is in the cup?", "is there a spoon?", "what is the table made of?"),
        "Rachel Michetti, courtesy of Pikolo Espresso Bar, CC0",
    ),
    Photograph(
        "astronaut", "astronaut.png",
        ("what is the woman wearing?", "is she smiling?", "what is behind her?"),
        "NASA Great Images database, public domain",
    ),
    Photograph(
        "rocket", "rocket.jpg",
        ("what is taking off?", "is it night?", "what colour is the sky?"),
        "SpaceX, public domain",
    ),
)  # fmt: skip


def picture_id(photo: Photograph) -> str:
    return f"{KIND}-{photo.name}"


def photograph(name: str) -> Photograph | None:
    """The photograph of a picture's id, if it is one."""
    return next((photo for photo in PHOTOGRAPHS if picture_id(photo) == name), None)


def title(photo: Photograph) -> str:
    """What the page calls it."""
    return words.PHOTO_TITLES[photo.name]


def opened(photo: Photograph) -> Image.Image:
    """The picture, upright and in colour."""
    with files("skimage.data").joinpath(photo.file).open("rb") as file:
        return Image.open(file).convert("RGB")


@lru_cache(1)
def thumbnails() -> list[tuple[Photograph, str]]:
    """Every photograph with a small picture of it as a URI."""
    return [(photo, data_uri(shown(opened(photo), THUMBNAIL))) for photo in PHOTOGRAPHS]
