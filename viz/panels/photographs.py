"""The sample photographs that scikit-image brings along, opened from its package; no network."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from PIL import Image

from viz.plots.pictures import data_uri, shown
from viz.words_hub import PHOTOGRAPHS, Photograph

KIND = "photo"  # of a picture's id
THUMBNAIL = 120


def picture_id(photo: Photograph) -> str:
    return f"{KIND}-{photo.name}"


def photograph(name: str) -> Photograph | None:
    """The photograph of a picture's id, if it is one."""
    return next((photo for photo in PHOTOGRAPHS if picture_id(photo) == name), None)


def opened(photo: Photograph) -> Image.Image:
    """The picture, upright and in colour."""
    with files("skimage.data").joinpath(photo.file).open("rb") as file:
        return Image.open(file).convert("RGB")


@lru_cache(1)
def thumbnails() -> list[tuple[Photograph, str]]:
    """Every photograph with a small picture of it as a URI."""
    return [(photo, data_uri(shown(opened(photo), THUMBNAIL))) for photo in PHOTOGRAPHS]
