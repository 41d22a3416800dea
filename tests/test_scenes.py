"""Scenes, their pictures and their dense truth: one seed is one scene, and the truth is true."""

from __future__ import annotations

import hashlib
import math
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fusion.data.__main__ import main
from fusion.data.shapes.dense import DenseTruth, dense_truth
from fusion.data.shapes.draw import Drawing, draw
from fusion.data.shapes.layout import MIN_CENTRE_DISTANCE
from fusion.data.shapes.looks import (
    BACKGROUND_SHARES,
    BACKGROUNDS,
    DEGRADATION_SHARES,
    DEGRADATIONS,
    FILL_SHARES,
    FILLS,
    HELD_OUT_BACKGROUNDS,
    HELD_OUT_DEGRADATIONS,
    HELD_OUT_FILLS,
)
from fusion.data.shapes.palette import (
    MIDDLES,
    MIN_VISIBILITY,
    nearest_colour,
    sample_rgb,
    visibility,
)
from fusion.data.shapes.scene import Scene, SceneObject, make_scene
from fusion.data.shapes.vocabulary import COLOURS, SHAPES, SIZES

ROOT = Path(__file__).parents[1]
SEEDS = range(60)
# The pixels of one scene; changes only when the dataset changes, and then every model is stale.
GOLDEN_SEED = 11
GOLDEN_HASH = "6189fedc26549d84"


def pixel_hash(drawing: Drawing) -> str:
    digest = hashlib.sha256(np.asarray(drawing.image).tobytes())
    digest.update(np.packbits(drawing.masks).tobytes())
    return digest.hexdigest()[:16]


def scenes(looks: str = "train") -> list[Scene]:
    return [make_scene(seed, looks=looks) for seed in SEEDS]


def single(shape: str, fill: str = "flat") -> Scene:
    """One red shape in the middle of a plain white canvas of 200 by 150 px."""
    thing = SceneObject(
        shape=shape, colour="red", size="large", x=0.5, y=0.5, radius=0.2, rotation=0.0,
        rgb=(220, 20, 20), fill=fill,
    )  # fmt: skip
    return Scene(
        seed=0, width=200, height=150, background="white",
        objects=(thing,),
    )  # fmt: skip


# Determinism


def test_same_seed_same_scene_and_pixels() -> None:
    for seed in (0, 11, 12):
        assert make_scene(seed) == make_scene(seed)
        assert pixel_hash(draw(make_scene(seed))) == pixel_hash(draw(make_scene(seed)))
    assert make_scene(1) != make_scene(2)


def test_pixels_are_the_same_in_another_process() -> None:
    program = (
        "from tests.test_scenes import *\n"
        "print(*(pixel_hash(draw(make_scene(s, looks=l))) for s in range(5) for l in LOOKS))"
    ).replace("LOOKS", "('train', 'held-out')")
    there = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.split()
    here = [
        pixel_hash(draw(make_scene(s, looks=k))) for s in range(5) for k in ("train", "held-out")
    ]
    assert there == here


def test_golden_pixels() -> None:
    assert pixel_hash(draw(make_scene(GOLDEN_SEED))) == GOLDEN_HASH


# Scenes


@pytest.mark.parametrize("looks", ["train", "held-out"])
def test_attributes_are_in_range(looks: str) -> None:
    for scene in scenes(looks):
        assert all(64 <= side <= 1024 for side in (scene.width, scene.height))
        assert 0.5 <= scene.width / scene.height <= 2
        assert 1 <= len(scene.objects) <= 10
        assert scene.background in COLOURS
        for thing in scene.objects:
            assert thing.shape in SHAPES and thing.colour in COLOURS and thing.size in SIZES
            assert thing.colour != scene.background
            assert visibility(thing.rgb, scene.background_rgb) > MIN_VISIBILITY / 2


def test_small_and_large_are_apart() -> None:
    for scene in scenes():
        for thing in scene.objects:
            low, high = (0.11, 0.165) if thing.size == "small" else (0.20, 0.28)
            assert low - 1e-9 <= 2 * thing.radius <= high + 1e-9
            assert 2 * thing.radius * math.sqrt(scene.width * scene.height) > 10


def test_objects_lie_inside_and_apart() -> None:
    for scene in scenes():
        unit = math.sqrt(scene.width * scene.height)
        for i, a in enumerate(scene.objects):
            for position, side in ((a.x, scene.width), (a.y, scene.height)):
                assert a.radius <= position * side / unit <= side / unit - a.radius
            for b in scene.objects[:i]:
                dx, dy = (a.x - b.x) * scene.width / unit, (a.y - b.y) * scene.height / unit
                assert math.hypot(dx, dy) >= max(MIN_CENTRE_DISTANCE, a.radius, b.radius) - 1e-9


@pytest.mark.parametrize("count", [1, 4, 10])
def test_objects_and_size_can_be_chosen(count: int) -> None:
    for seed in range(20):
        scene = make_scene(seed, objects=count, size=(160, 240))
        assert (len(scene.objects), scene.width, scene.height) == (count, 160, 240)


def test_themes_make_odd_ones_and_repeats() -> None:
    many = [make_scene(seed, objects=6) for seed in range(300)]
    odd = [s for s in many if 1 in _counts(s, "colour") or 1 in _counts(s, "shape")]
    lone = [s for s in many if any(sorted(_counts(s, a)) == [1, 5] for a in ("colour", "shape"))]
    assert len(odd) > len(lone) > 40
    assert sum(max(_counts(s, "colour")) >= 3 for s in many) > 90


def _counts(scene: Scene, attribute: str) -> list[int]:
    values = [getattr(thing, attribute) for thing in scene.objects]
    return [values.count(v) for v in set(values)]


def test_every_attribute_and_background_occurs() -> None:
    many = [make_scene(seed) for seed in range(400)]
    things = [thing for scene in many for thing in scene.objects]
    assert {t.shape for t in things} == set(SHAPES)
    assert {t.colour for t in things} == set(COLOURS) == {s.background for s in many}
    assert {len(s.objects) for s in many} == set(range(1, 11))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"looks": "odd"}, "unknown looks 'odd'; allowed are train, held-out"),
        ({"objects": 11}, "1 to 10, got 11"),
        ({"objects": 0}, "1 to 10, got 0"),
        ({"size": (32, 64)}, "64 to 1024 px, got 32 by 64"),
        ({"size": (300, 100)}, "1:2 and 2:1, got 300 by 100"),
    ],
)
def test_wrong_arguments_are_named(arguments: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make_scene(0, **arguments)


# Looks


def test_looks_are_split() -> None:
    assert set(FILLS) == set(FILL_SHARES) | set(HELD_OUT_FILLS)
    assert set(BACKGROUNDS) == set(BACKGROUND_SHARES) | set(HELD_OUT_BACKGROUNDS)
    assert set(DEGRADATIONS) == set(DEGRADATION_SHARES) | set(HELD_OUT_DEGRADATIONS)
    for shares in (FILL_SHARES, BACKGROUND_SHARES, DEGRADATION_SHARES):
        assert not set(shares) & _held_out()
        assert sum(shares.values()) == pytest.approx(1.0)


def test_training_scenes_use_no_held_out_look_and_the_others_do() -> None:
    for seed in range(300):
        assert not _looks_of(make_scene(seed)) & _held_out()
        assert _looks_of(make_scene(seed, looks="held-out")) & _held_out()


def _held_out() -> set[str]:
    return {*HELD_OUT_FILLS, *HELD_OUT_BACKGROUNDS, *HELD_OUT_DEGRADATIONS}


def _looks_of(scene: Scene) -> set[str]:
    return {scene.background_look, scene.degradation, *(o.fill for o in scene.objects)}


@pytest.mark.parametrize("fill", FILLS)
def test_every_fill_shows_its_colour_on_its_own_mask(fill: str) -> None:
    drawing = draw(single("square", fill=fill))
    differs = np.abs(np.asarray(drawing.image, int) - 255).max(axis=2) > 40
    assert (differs & drawing.masks[0]).sum() > 0.3 * drawing.masks[0].sum()
    if fill != "shadowed":
        assert (differs & ~drawing.masks[0]).sum() < 0.05 * drawing.masks[0].sum()


@pytest.mark.parametrize("look", BACKGROUNDS)
@pytest.mark.parametrize("colour", COLOURS)
def test_backgrounds_keep_their_name(look: str, colour: str) -> None:
    scene = Scene(
        seed=3, width=90, height=70, background=colour, objects=(),
        background_rgb=MIDDLES[colour], background_look=look,
    )  # fmt: skip
    pixels = np.asarray(draw(scene).image).reshape(-1, 3)
    named = [nearest_colour(tuple(p)) for p in pixels[::97].tolist()]
    assert named.count(colour) > 0.9 * len(named)


def test_no_two_colours_confuse() -> None:
    rng = np.random.default_rng(5)
    for colour in COLOURS:
        assert {nearest_colour(sample_rgb(colour, rng)) for _ in range(40)} == {colour}


# Drawing


def test_drawing_matches_its_scene() -> None:
    for scene in scenes()[:25]:
        drawing = draw(scene)
        assert isinstance(drawing.image, Image.Image) and drawing.image.mode == "RGB"
        assert drawing.image.size == (scene.width, scene.height)
        assert drawing.masks.shape == (len(scene.objects), scene.height, scene.width)
        assert drawing.masks.sum(axis=0).max() <= 1
        for thing, mask, box in zip(scene.objects, drawing.masks, drawing.boxes, strict=True):
            ys, xs = np.nonzero(mask)
            assert box.tolist() == [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]
            unit = math.sqrt(scene.width * scene.height)
            assert max(box[2:] - box[:2]) <= 2 * thing.radius * unit + 2


def test_no_object_hides_another() -> None:
    for scene in scenes()[:30]:
        drawing = draw(replace(scene, degradation="none"))
        covers = [single_mask(scene, i) for i in range(len(scene.objects))]
        for mask, alone in zip(drawing.masks, covers, strict=True):
            assert mask.sum() >= 0.85 * alone


def single_mask(scene: Scene, index: int) -> int:
    thing = replace(scene.objects[index], fill="flat")
    alone = replace(scene, objects=(thing,), degradation="none", background_look="plain")
    return int(draw(alone).masks.sum())


@pytest.mark.parametrize("shape", SHAPES)
def test_radius_is_that_of_the_smallest_circle(shape: str) -> None:
    mask = draw(single(shape)).masks[0]
    ys, xs = np.nonzero(mask)
    unit = math.sqrt(200 * 150)
    reach = np.hypot(xs + 0.5 - 100, ys + 0.5 - 75).max()
    assert reach == pytest.approx(0.2 * unit, abs=1.0)
    assert mask[75, 100]


def test_flat_objects_have_the_named_colour() -> None:
    for scene in scenes()[:30]:
        plain = replace(
            scene, degradation="none", objects=tuple(replace(o, fill="flat") for o in scene.objects)
        )
        drawing = draw(plain)
        pixels = np.asarray(drawing.image)
        for thing, mask in zip(plain.objects, drawing.masks, strict=True):
            r, g, b = (int(v) for v in np.median(pixels[mask], axis=0))
            assert nearest_colour((r, g, b)) == thing.colour


# Dense truth


def test_dense_truth_of_one_square() -> None:
    """A 40 px square at (60, 30) of a 120 by 60 canvas, on cells of 20 px."""
    thing = SceneObject(
        shape="square", colour="teal", size="large", x=0.5, y=0.5, radius=0.3, rotation=0.0
    )
    scene = Scene(seed=0, width=120, height=60, background="black", objects=(thing,))
    mask = np.zeros((1, 60, 120), bool)
    mask[0, 10:50, 40:80] = True
    truth = dense_truth(scene, mask, 3, 6)
    expected = np.zeros((3, 6))
    expected[:, 2:4] = np.array([0.5, 1, 0.5])[:, None]
    np.testing.assert_allclose(truth.coverage[0], expected, atol=1e-6)
    np.testing.assert_array_equal(truth.owner, np.where(expected > 0, 0, -1))
    assert np.argwhere(truth.centre).tolist() == [[1, 3]]
    assert (truth.dx[1, 3], truth.dy[1, 3], truth.dx[0, 2], truth.dy[0, 2]) == (-0.5, 0, 0.5, 1)
    assert truth.colour[1, 3] == COLOURS.index("teal") and truth.colour[0, 0] == -1
    assert truth.background == COLOURS.index("black")
    assert truth.radius[1, 3] == pytest.approx(0.3) and truth.radius[0, 0] == 0
    assert not truth.odd_colour.any()


def test_dense_truth_of_scenes() -> None:
    for scene in scenes():
        truth = dense_truth(scene, draw(scene).masks, 9, 14)
        assert all(getattr(truth, f.name) is not None for f in fields(DenseTruth))
        assert truth.owner.shape == (9, 14) and truth.coverage.shape == (len(scene.objects), 9, 14)
        assert truth.coverage.min() >= 0 and truth.coverage.sum(axis=0).max() <= 1.001
        cells = [(int(o.y * 9), int(o.x * 14)) for o in scene.objects]
        assert truth.centre.sum() == len(set(cells))
        for i, cell in enumerate(cells):
            if cells.count(cell) == 1:
                assert truth.owner[cell] == i
                assert abs(truth.dx[cell]) <= 0.5 and abs(truth.dy[cell]) <= 0.5
        assert ((truth.shape >= 0) == (truth.owner >= 0)).all()


def test_coverage_is_the_exact_area_on_uneven_cells() -> None:
    masks = np.random.default_rng(2).random((2, 67, 101)) > 0.4
    scene = make_scene(0, objects=2, size=(101, 67))
    coverage = dense_truth(scene, masks, 9, 14).coverage
    np.testing.assert_allclose(coverage.mean(axis=(1, 2)), masks.mean(axis=(1, 2)), atol=1e-5)
    first = masks[:, :8, :8].astype(float)
    first[:, 7] *= 67 / 9 - 7
    first[:, :, 7] *= 101 / 14 - 7
    area = first.sum(axis=(1, 2)) / (67 / 9 * 101 / 14)
    np.testing.assert_allclose(coverage[:, 0, 0], area, atol=1e-5)


def test_odd_ones_are_marked() -> None:
    scene = make_scene(4, objects=4, size=(200, 200))
    colours = ("red", "blue", "blue", "blue")
    things = tuple(replace(o, colour=c) for o, c in zip(scene.objects, colours, strict=True))
    scene = replace(scene, objects=things)
    truth = dense_truth(scene, draw(scene).masks, 12, 12)
    np.testing.assert_array_equal(truth.odd_colour, truth.owner == 0)


def test_too_fine_a_grid_is_refused() -> None:
    scene = make_scene(0, objects=1, size=(64, 64))
    with pytest.raises(ValueError, match="100 by 8 cells is finer than the 64 by 64 px mask"):
        dense_truth(scene, draw(scene).masks, 100, 8)


# Pictures for people


@pytest.mark.parametrize(
    "arguments", [["preview", "--seed", "7", "--questions", "3"], ["contact-sheet"]]
)
def test_commands_write_a_png(arguments: list[str], tmp_path: Path) -> None:
    out = tmp_path / "new" / "picture.png"
    main([*arguments, "--out", str(out)])
    assert Image.open(out).format == "PNG"
    assert 5_000 < out.stat().st_size < 400_000
