"""Pictures of the dataset for people: one scene with its questions, and a sheet of all looks."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from PIL import Image

from fusion.data.shapes.draw import draw
from fusion.data.shapes.looks import (
    BACKGROUNDS,
    DEGRADATIONS,
    FILLS,
    HELD_OUT_BACKGROUNDS,
    HELD_OUT_DEGRADATIONS,
    HELD_OUT_FILLS,
)
from fusion.data.shapes.questions import Question, questions_of
from fusion.data.shapes.scene import Scene, make_scene
from fusion.data.shapes.vocabulary import LANGUAGES, answer_name

CHINESE_FONTS = ("CJK SC", "CJK", "WenQuanYi", "SimHei", "YaHei", "PingFang", "Source Han Sans")
SHEET_COLUMNS = 7
SHEET_SEED = 40


def preview(seed: int, out: Path, *, looks: str = "train", count: int = 8) -> None:
    """Write a PNG of the seed's scene with `count` questions and answers per language.

    Chinese is left out when no font of this machine has its characters.
    """
    scene = make_scene(seed, looks=looks)
    font = _chinese_font()
    figure = Figure(figsize=(9, 4.6), dpi=120)
    picture, text = figure.subplots(1, 2, width_ratios=(1, 1.15))
    picture.imshow(draw(scene).image)
    picture.set_title(f"seed {seed} · {scene.width} by {scene.height} px", fontsize=9)
    picture.set(xticks=[], yticks=[])  # the frame stays: white canvases need it
    text.set_axis_off()
    lines = _question_lines(scene, seed, LANGUAGES if font else ("en",), count)
    families = ["DejaVu Sans", *([font] if font else [])]
    text.text(0, 1, "\n".join(lines), va="top", fontsize=8.5, family=families, linespacing=1.45)
    figure.tight_layout()
    _save(figure, out)


def _question_lines(scene: Scene, seed: int, languages: Sequence[str], count: int) -> list[str]:
    lines: list[str] = []
    for language in languages:
        questions = questions_of(scene, seed, count, language=language)
        lines += [line for question in questions for line in _wrapped(question)] + [""]
    return lines


def _wrapped(question: Question) -> list[str]:
    answer = answer_name(question.answer, question.language)
    return textwrap.wrap(f"{question.text}  → {answer}", 62, subsequent_indent="    ")


def contact_sheet(out: Path) -> None:
    """Write a PNG sheet with one small scene per look, held-out looks marked."""
    tiles = _sheet_scenes()
    rows = -(-len(tiles) // SHEET_COLUMNS)
    figure = Figure(figsize=(1.5 * SHEET_COLUMNS, 1.68 * rows), dpi=110)
    axes = figure.subplots(rows, SHEET_COLUMNS, squeeze=False)
    for panel in axes.flat[len(tiles) :]:
        panel.set_axis_off()
    for panel, (label, scene) in zip(axes.flat, tiles, strict=False):
        _show_tile(panel, label, scene)
    figure.text(0.01, 0.012, "* held out of training", fontsize=7.5)
    figure.subplots_adjust(left=0.01, right=0.99, top=0.96, bottom=0.04, wspace=0.06, hspace=0.16)
    _save(figure, out)


def _show_tile(panel: Axes, label: str, scene: Scene) -> None:
    panel.imshow(draw(scene).image, interpolation="antialiased")
    panel.set_title(label, fontsize=7.5, pad=3)
    panel.set(xticks=[], yticks=[])
    panel.spines[:].set(color="0.8", linewidth=0.6)


def _sheet_scenes() -> list[tuple[str, Scene]]:
    """A label and a scene per fill, per background and per degradation."""
    held_out = {*HELD_OUT_FILLS, *HELD_OUT_BACKGROUNDS, *HELD_OUT_DEGRADATIONS}
    tiles = []
    for i, look in enumerate((*FILLS, *BACKGROUNDS, *DEGRADATIONS)):
        scene = make_scene(SHEET_SEED + i, objects=5, size=(160, 160))
        fill = look if look in FILLS else "flat"
        scene = replace(
            scene,
            objects=tuple(replace(thing, fill=fill) for thing in scene.objects),
            background_look=look if look in BACKGROUNDS else "plain",
            degradation=look if look in DEGRADATIONS else "none",
            strength=0.8,
            smooth=True,
        )
        name = f"{look} background" if look in BACKGROUNDS else look
        name = "no degradation" if look == "none" else name
        tiles.append((f"{name}{' *' if look in held_out else ''}", scene))
    return tiles


def _chinese_font() -> str | None:
    """The family name of an installed font with Chinese characters, sans serif if possible."""
    names = sorted({font.name for font in fontManager.ttflist}, key=lambda n: "Serif" in n)
    return next((n for wanted in CHINESE_FONTS for n in names if wanted in n), None)


def _save(figure: Figure, out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    stream = io.BytesIO()
    figure.savefig(stream, format="png")
    Image.open(stream).convert("RGB").save(out, "PNG", optimize=True)
