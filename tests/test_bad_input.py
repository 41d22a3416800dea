"""What people give by mistake or on purpose: each gets an answer, or one plain sentence."""

from __future__ import annotations

import inspect
import io
import struct
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fusion.engine import Engine
from fusion.opening import MOST_PIXELS, open_image
from fusion.question import LONGEST, clean_question, language_of

QUESTION = "what colour is the star?"
RED, WHITE = (255, 0, 0), (255, 255, 255)


def refused(message: str, ask: Callable[[], object]) -> None:
    """A ValueError of plain sentences: no traceback, no path of this machine, no type names."""
    with pytest.raises(ValueError, match=message) as caught:
        ask()
    text = str(caught.value)
    assert text[0].isupper() and text.endswith((".", "?")), text
    assert "Traceback" not in text and "/tmp" not in text and len(text) < 400


def unchecked(name: str) -> Callable[..., object]:
    """A method of the engine as people call it: without the type checks of the tests."""
    return inspect.unwrap(getattr(Engine, name))


def split_picture(mode: str = "RGB") -> Image.Image:
    """Left half red, right half white, 8 by 4."""
    image = Image.new("RGB", (8, 4), WHITE)
    image.paste(RED, (0, 0, 4, 4))
    return image.convert(mode)


def is_split(image: Image.Image, *, tolerance: int = 3) -> None:
    assert (image.mode, image.size) == ("RGB", (8, 4))
    for x, colour in ((1, RED), (6, WHITE)):
        pixel = np.asarray(image)[2, x].astype(int)
        assert np.abs(pixel - colour).max() <= tolerance, pixel


# ------------------------------------------------------------------ questions


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (None, "must be text.*NoneType"),
        (7, "must be text.*int"),
        ("", "is empty"),
        (" \n\t ", "is empty"),
        ("\x00\x07\u200b", "is empty"),
        ("\ud800", "is empty"),
        ("what " * 1000, "5000 characters; at most 300"),
        ("a b c d e f g h i j k l m n o p q r s t u v w", "word pieces; at most 20"),
        ("🎉🎉🦄", "no words in it"),
        ("???!!!", "no words in it"),
        ("12345", "no words in it"),
        ("какого цвета звезда?", "Cyrillic.*English or Chinese"),
        ("星は何色ですか", "Hiragana.*English or Chinese"),
        ("ما لون النجمة؟", "Arabic.*English or Chinese"),
        ("별은 무슨 색입니까", "Hangul.*English or Chinese"),
        ("τι χρώμα είναι το αστέρι", "Greek.*English or Chinese"),
        ("what colour is the звезда?", "Cyrillic"),
    ],
)
def test_bad_question(tiny: Engine, picture: Image.Image, question: Any, message: str) -> None:
    for name in ("ask", "masking", "compare", "explain"):
        refused(message, partial(unchecked(name), tiny, picture, question))


@pytest.mark.parametrize(
    "question",
    [
        "<script>alert('star')</script>",
        "<b>what</b> colour &amp; {x} %s \\",
        "what [SEP] colour [PAD] [CLS] [MASK]",
        "WHAT COLOUR IS THE STAR",
        "ＷＨＡＴ colour",
        "a",
        "星",
        "星形 colour?",
        "café déjà-vu ﬁ",
        "𝐰𝐡𝐚𝐭 colour",
        "supercalifragilisticexpialidocious",
        "x" * 200,
        "龘龘龘龘",
        "what 🎉 colour",
    ],
)
def test_odd_question_is_answered(tiny: Engine, picture: Image.Image, question: str) -> None:
    e = tiny.ask(picture, question)
    assert e.question == question and len(e.tokens) >= 1
    assert e.token_attention is not None and len(e.token_attention) == len(e.tokens)
    assert all(weight > 0 for _, weight in e.token_attention), "each token is a real one"


def test_question_rules() -> None:
    assert clean_question("x" * LONGEST) == "x" * LONGEST
    refused("too long", lambda: clean_question("x" * (LONGEST + 1)))
    assert language_of("the 星 thing") == "zh" and language_of("Stern?") == "en"


# ------------------------------------------------------------------ settings


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"fusion": "late"}, "unknown fusion 'late'; known: concat, feature-additive"),
        ({"keep": {"image", "audio"}}, "audio; allowed are image and text"),
        ({"keep": "sound"}, "sound; allowed"),
        ({"keep": [3]}, "3; allowed"),
        ({"drop_tokens": [6]}, r"\[6\], but the question has 6 tokens.*'star'"),
        ({"drop_tokens": [-1, 2]}, r"\[-1\], but the question has 6 tokens"),
        ({"drop_tokens": ["star"]}, "must be the numbers of tokens"),
        ({"drop_tokens": 3}, "must be the numbers of tokens"),
        ({"drop_tokens": [1.5]}, "must be the numbers of tokens"),
        ({"erase": np.ones(4, bool)}, r"height by width.*\(4,\)"),
        ({"erase": np.ones((0, 4), bool)}, r"height by width.*\(0, 4\)"),
        ({"erase": np.array([["a"]])}, "height by width"),
    ],
)
def test_bad_setting(
    tiny: Engine, picture: Image.Image, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        unchecked("ask")(tiny, picture, QUESTION, **arguments)


def test_bad_answer_and_method(tiny: Engine, picture: Image.Image) -> None:
    with pytest.raises(ValueError, match="unknown answer 'mauve'; known: red, green"):
        tiny.masking(picture, QUESTION, answer="mauve")
    with pytest.raises(ValueError, match="unknown answer 'mauve'"):
        tiny.explain(picture, QUESTION, answer="mauve")
    with pytest.raises(ValueError, match="unknown explainer 'magic'; known: raw-attention"):
        tiny.explain(picture, QUESTION, method="magic")
    with pytest.raises(ValueError, match=r"'rollout' does not support the fusion 'concat'.*hybrid"):
        tiny.explain(picture, QUESTION, method="rollout", fusion="concat")
    with pytest.raises(ValueError, match="unknown modality 'sound'; allowed: image, text"):
        tiny.explain(picture, QUESTION, modality="sound")
    with pytest.raises(ValueError, match="no map of the image; these do: raw-attention"):
        tiny.doubt(picture, QUESTION, method="modality-shapley", modality="image")
    with pytest.raises(ValueError, match="truth must be an array of height by width"):
        tiny.doubt(picture, QUESTION, truth=[True])


@pytest.mark.parametrize("seed", [-1, 1.5, "7", None])
def test_bad_seed(tiny: Engine, seed: Any) -> None:
    refused("whole number from 0 up", lambda: unchecked("scene")(tiny, seed))


def test_one_name_to_keep_is_enough(tiny: Engine, picture: Image.Image) -> None:
    assert tiny.ask(picture, QUESTION, keep="image").keep == {"image"}


# ------------------------------------------------------------------ files


def saved(image: Image.Image, path: Path, **options: Any) -> Path:
    image.save(path, **options)
    return path


def png_claiming(width: int, height: int) -> bytes:
    """A small PNG file whose header promises a huge picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


def cut_off(picture: Image.Image, kind: str) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind)
    return stream.getvalue()[: len(stream.getvalue()) // 2]


def test_no_picture(tiny: Engine) -> None:
    for name in ("ask", "masking", "compare", "explain"):
        refused("There is no picture", partial(unchecked(name), tiny, None, QUESTION))
    refused("of type int", lambda: tiny.ask(5, QUESTION))
    refused("of type bytes", lambda: tiny.ask(b"data", QUESTION))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"])
def test_truncated_file(tiny: Engine, picture: Image.Image, tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"cut.{kind.lower()}"
    path.write_bytes(cut_off(picture, kind))
    refused("'cut.*(damaged|cannot be|not a picture)", lambda: tiny.ask(path, QUESTION))


def test_truncated_picture_that_was_opened_already(picture: Image.Image) -> None:
    image = Image.open(io.BytesIO(cut_off(picture, "PNG")))
    refused("The picture is damaged", lambda: open_image(image))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("zero.png", b"", "has 0 bytes"),
        ("letter.png", b"Dear Sir or Madam, this is a letter.", "not a picture"),
        ("program.jpg", b"\x7fELF" + bytes(500), "not a picture"),
        ("page.gif", b"<html><script>alert(1)</script></html>", "not a picture"),
        ("drawing.png", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a picture"),
        ("header.png", b"\x89PNG\r\n\x1a\n", "not a picture|damaged"),
        ("bomb.png", png_claiming(9000, 9000), "81 million pixels; at most 50 million"),
        ("bomb.png", png_claiming(11_000, 11_000), "million pixels; at most 50 million"),
        ("bomb.png", png_claiming(60_000, 60_000), "million pixels; at most 50 million"),
    ],
    ids=range(9),
)
@pytest.mark.filterwarnings("default::PIL.Image.DecompressionBombWarning")
def test_bad_file(tiny: Engine, tmp_path: Path, name: str, content: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    refused(message, lambda: tiny.ask(path, QUESTION))


@pytest.mark.parametrize("path", ["nowhere.png", ".", "", "nul\0.png", "x" * 5000])
def test_no_such_file(path: str) -> None:
    with pytest.raises(ValueError, match="is not there, or is not a file"):
        open_image(path)


def test_renamed_picture_is_read(tmp_path: Path) -> None:
    """What counts is what is in the file."""
    path = saved(split_picture(), tmp_path / "really_png.jpg", format="PNG")
    is_split(open_image(path))


# ------------------------------------------------------------------ sizes and colour modes


@pytest.mark.parametrize("size", [(1, 1), (20_000, 10), (10, 20_000), (1, 300), (4000, 3000)])
def test_any_size_is_answered(tiny: Engine, size: tuple[int, int]) -> None:
    e = tiny.ask(Image.new("RGB", size, "orange"), QUESTION, erase=np.array([[True, False]]))
    assert e.image_attention is not None and np.isfinite(e.image_attention).all()


def test_too_large_and_empty_pictures() -> None:
    huge = np.broadcast_to(np.zeros((1, 1, 3), np.uint8), (MOST_PIXELS // 1000 + 1, 1000, 3))
    refused("at most 50 million", lambda: open_image(huge))
    refused("no pixels: it is 0 by 5", lambda: open_image(Image.new("RGB", (0, 5))))
    refused("no pixels", lambda: open_image(np.zeros((5, 0, 3), np.uint8)))


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "CMYK", "YCbCr", "HSV", "RGBX"])
def test_colour_modes(mode: str) -> None:
    is_split(open_image(split_picture(mode)), tolerance=6)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "I", "F", "I;16"])
def test_grey_modes(mode: str) -> None:
    scale = {"I": 255, "F": 255, "I;16": 65535}.get(mode)
    grey = Image.fromarray(np.repeat([[0, 255]], 4, 1).repeat(4, 0).astype(np.uint8))
    if scale is None:
        image = grey.convert(mode)
    else:
        dtype = {"I": np.int32, "F": np.float32, "I;16": np.uint16}[mode]
        image = Image.fromarray((np.asarray(grey) / 255 * scale).astype(dtype))
    assert image.mode == mode
    opened = open_image(image)
    assert opened.getpixel((1, 1)) == (0, 0, 0) and opened.getpixel((6, 1)) == WHITE


def test_transparent_is_on_white(tmp_path: Path) -> None:
    image = split_picture("RGBA")
    image.paste((0, 0, 255, 0), (4, 0, 8, 4))
    is_split(open_image(image))
    is_split(open_image(saved(image, tmp_path / "a.png")))
    palette = split_picture("P")
    palette.paste(1, (4, 0, 8, 4))
    is_split(open_image(saved(palette, tmp_path / "p.gif", transparency=1)))


def test_cmyk_file(tmp_path: Path) -> None:
    is_split(open_image(saved(split_picture("CMYK"), tmp_path / "c.jpg", quality=95)), tolerance=40)


def test_sixteen_bit_file(tmp_path: Path) -> None:
    levels = np.repeat(np.array([[0, 32896, 65535]], np.uint16), 3, 0)
    path = saved(Image.fromarray(levels), tmp_path / "deep.png")
    assert [open_image(path).getpixel((x, 1)) for x in range(3)] == [
        (0, 0, 0), (128, 128, 128), WHITE,
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["gif", "webp", "png", "tiff"])
def test_animation_gives_its_first_frame(tmp_path: Path, kind: str) -> None:
    frames = [split_picture(), Image.new("RGB", (8, 4), "blue")]
    options = {"lossless": True} if kind == "webp" else {}
    path = saved(
        frames[0], tmp_path / f"film.{kind}", save_all=True, append_images=frames[1:], **options
    )
    is_split(open_image(path))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation(tmp_path: Path, orientation: int) -> None:
    """Pillow's transpositions undo what a camera wrote; RGB pictures in memory count too."""
    turned = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    image = split_picture()
    as_shot = image.transpose(turned[orientation]) if orientation > 1 else image
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = saved(as_shot, tmp_path / "shot.png", exif=exif)
    is_split(open_image(path))
    with Image.open(path) as lazy:
        is_split(open_image(lazy))


def test_damaged_exif_is_ignored(tmp_path: Path) -> None:
    path = saved(split_picture(), tmp_path / "x.png", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff")
    is_split(open_image(path))


# ------------------------------------------------------------------ arrays


def test_arrays() -> None:
    pixels = np.asarray(split_picture())
    alpha = np.dstack([pixels, np.full((4, 8), 255, np.uint8)])
    for array in (
        pixels,
        alpha,
        pixels.astype(np.int64),
        pixels.astype(np.uint16) * 257,
        pixels / 255,
        (pixels / 255).astype(np.float16),
        pixels > 127,
        pixels[::1, ::-1][:, ::-1],
    ):
        is_split(open_image(array))
    grey = np.zeros((4, 8), np.uint8)
    for array in (grey, grey[..., None]):
        assert open_image(array).getpixel((0, 0)) == (0, 0, 0)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.array(5), "a single number"),
        (np.zeros(7), "is 7; allowed"),
        (np.zeros((3, 20, 30), np.uint8), "is 3 by 20 by 30; allowed.*channels last"),
        (np.zeros((4, 5, 2), np.uint8), "is 4 by 5 by 2; allowed"),
        (np.zeros((1, 4, 5, 3), np.uint8), "1 by 4 by 5 by 3"),
        (np.full((4, 5, 3), 200.0), "between 0 and 1, but they range from 200 to 200"),
        (np.full((4, 5, 3), -1), "between 0 and 255, but they range from -1"),
        (np.full((4, 5, 3), 256), "between 0 and 255"),
        (np.full((4, 5, 3), np.nan), "between 0 and 1"),
        (np.full((4, 5, 3), np.inf), "between 0 and 1"),
        (np.full((4, 5), 1j), "complex128; allowed"),
        (np.full((4, 5), "red"), "allowed are bool"),
    ],
)
def test_bad_array(array: np.ndarray, message: str) -> None:
    refused(message, lambda: open_image(array))


# ------------------------------------------------------------------ everything hidden


def test_everything_hidden_at_once(tiny: Engine, picture: Image.Image) -> None:
    nothing = tiny.ask(
        picture, QUESTION, keep=(), drop_tokens=range(6), erase=np.ones((1, 1), bool)
    )
    prior = tiny.ask(picture, QUESTION, keep=())
    assert dict(nothing.answers) == pytest.approx(dict(prior.answers), abs=1e-6)
    m = tiny.masking(picture, QUESTION, drop_tokens=range(6), erase=np.ones((1, 1), bool))
    assert m.interaction == pytest.approx(0, abs=1e-6)
