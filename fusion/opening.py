"""From what a user gives (a picture, a path, an array) to an upright RGB picture, or a ValueError
whose plain sentence says what was wrong, what was got and what is allowed.

Only formats that browsers and cameras write are tried, so that no file can start another program
(as PostScript would); the size is checked before a pixel is decoded.
"""

from __future__ import annotations

from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from fusion.errors import InputError, Sentence, said

MOST_PIXELS = 50_000_000
# AVIF last: a Pillow built without it fails there, when all others have been tried
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "AVIF")
ALLOWED = said("Give a PNG, JPEG, WebP, GIF, BMP or TIFF picture.")
ORIENTATION = 0x0112  # the EXIF tag


def open_image(source: Any) -> Image.Image:
    """The picture as RGB, upright, at its own size, on white where it was transparent.

    `source` is a PIL image, a path (str or Path) or an array of shape (h, w), (h, w, 1), (h, w, 3)
    or (h, w, 4): bool, integers 0..255, 16-bit 0..65535, or floats 0..1. An animation gives its
    first frame. A PIL image that is RGB and upright is returned itself. Raises ValueError.
    """
    if source is None:
        raise InputError("There is no picture. {allowed}", allowed=ALLOWED)
    if isinstance(source, Image.Image):
        return _upright_rgb(source, said("The picture"))
    if isinstance(source, np.ndarray):
        return _from_array(source)
    if isinstance(source, (str, Path)):
        return _from_file(Path(source))
    raise InputError(
        "The picture must be a PIL image, the path of a file or an array, but it is of type "
        "{kind}.",
        kind=type(source).__name__,
    )


def _from_file(path: Path) -> Image.Image:
    name = said("The file {name!r}", name=path.name)
    _check_file(path, name)
    try:
        image = Image.open(path, formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large(name, said("more than {most}", most=89)) from error
    except Exception as error:  # a damaged header makes decoders raise anything
        raise InputError(
            "{what} is not a picture that can be read. {allowed}", what=name, allowed=ALLOWED
        ) from error
    with image:
        return _upright_rgb(image, name)


def _check_file(path: Path, name: Sentence) -> None:
    try:
        size = path.stat().st_size if path.is_file() else None
    except (OSError, ValueError):  # no permission, or no name that a file can have
        size = None
    if size is None:
        raise InputError(
            "{what} is not there, or is not a file. {allowed}", what=name, allowed=ALLOWED
        )
    if size == 0:
        raise InputError("{what} is empty: it has 0 bytes. {allowed}", what=name, allowed=ALLOWED)


def _too_large(name: Sentence, millions: Sentence | str) -> InputError:
    return InputError(
        "{what} is too large: it has {millions} million pixels; at most {most} million are "
        "allowed. Make it smaller first.",
        what=name,
        millions=millions,
        most=MOST_PIXELS // 1_000_000,
    )


def _check_size(width: int, height: int, name: Sentence) -> None:
    if width * height > MOST_PIXELS:
        raise _too_large(name, f"{width * height / 1e6:.0f}")
    if width * height == 0:
        raise InputError(
            "{what} has no pixels: it is {width} by {height}.",
            what=name,
            width=width,
            height=height,
        )


def _upright_rgb(image: Image.Image, name: Sentence) -> Image.Image:
    _check_size(*image.size, name)
    try:
        image.load()
        return _as_rgb(_upright(image))
    except Exception as error:  # decoders raise anything: OSError, SyntaxError, struct.error, ...
        raise InputError(
            "{what} is damaged or cut short, and cannot be shown. {allowed}",
            what=name,
            allowed=ALLOWED,
        ) from error


def _upright(image: Image.Image) -> Image.Image:
    """Turned as its EXIF orientation says; the orientation of a damaged EXIF block is ignored."""
    try:
        turned = image.getexif().get(ORIENTATION, 1) != 1
        return ImageOps.exif_transpose(image) if turned else image
    except Exception:  # a malformed EXIF block raises anything; the pixels are still good
        return image


def _as_rgb(image: Image.Image) -> Image.Image:
    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    if image.mode.startswith("I") or image.mode == "F":
        return _from_numbers(np.asarray(image, dtype=np.float64))
    if image.has_transparency_data:
        return _on_white(image.convert("RGBA"))
    return image.convert("RGB")


def _on_white(image: Image.Image) -> Image.Image:
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


def _from_numbers(values: np.ndarray) -> Image.Image:
    """Grey values of unknown range: 0..1, 0..255 or 0..65535, whichever they fit first."""
    values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    most = values.max(initial=0.0)
    white = 1.0 if 0 < most <= 1 else 255.0 if most <= 255 else 65535.0
    grey = np.clip(values / white * 255.0, 0, 255).round().astype(np.uint8)
    return Image.fromarray(grey).convert("RGB")


def _from_array(array: np.ndarray) -> Image.Image:
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)):
        raise InputError(
            "The array is {shape}; allowed are height by width, or height by width by 1, 3 or 4 "
            "colour channels (the channels last).",
            shape=_shape(array),
        )
    _check_size(array.shape[1], array.shape[0], said("The array"))
    levels = _levels(array)
    if levels.ndim == 3 and levels.shape[2] == 1:
        levels = levels[:, :, 0]
    return _as_rgb(Image.fromarray(np.ascontiguousarray(levels)))


def _shape(array: np.ndarray) -> Sentence:
    sides = [said("{side}", side=side) for side in array.shape]
    if not sides:
        return said("a single number")
    return reduce(lambda one, other: said("{one} by {other}", one=one, other=other), sides)


def _levels(array: np.ndarray) -> np.ndarray:
    """Brightness 0..255 as bytes."""
    if array.dtype == np.uint8:
        return array
    if array.dtype.kind not in "bfui":
        raise InputError(
            "The array holds {kind}; allowed are bool, whole numbers and floats.", kind=array.dtype
        )
    white = {"b": 1.0, "f": 1.0}.get(array.dtype.kind, 255.0)
    if array.dtype == np.uint16:
        white = 65535.0
    least, most = float(array.min()), float(array.max())
    if not (least >= 0 and most <= white):  # false for NaN too
        raise InputError(
            "The array's {kind} values must lie between 0 and {white:g}, but they range from "
            "{least:g} to {most:g}.",
            kind=array.dtype,
            white=white,
            least=least,
            most=most,
        )
    return (array.astype(np.float64) * (255.0 / white)).round().astype(np.uint8)
