"""The plots: fixed scale, exact pooling, outlines in place, numbers that survive packing."""

from __future__ import annotations

import base64

import numpy as np
import pytest
from PIL import Image

from viz.plots import scale
from viz.plots.maps import (
    coverage,
    mean_over_layers_and_heads,
    share_inside,
    weight_by_ninth,
)
from viz.plots.outline import UNITS, outline
from viz.plots.pictures import data_uri, overlay, pack, shown

H, W = 4, 7


def uniform() -> np.ndarray:
    return np.full((H, W), 1 / (H * W))


def test_uniform_weights_are_once_uniform_and_all_alike() -> None:
    times = scale.times_uniform(uniform())
    np.testing.assert_allclose(times, 1.0)
    assert len(np.unique(scale.colours(times).reshape(-1, 3), axis=0)) == 1


def test_the_scale_is_fixed_and_clips() -> None:
    table = scale.lookup_table()
    assert table.shape == (256, 3)
    assert (scale.colours(np.array([scale.TOP, 3 * scale.TOP])) == table[255]).all()
    assert (scale.colours(np.array([0.0])) == table[0]).all()
    brightness = table.astype(float) @ (0.299, 0.587, 0.114)
    assert (np.diff(brightness) > -1).all(), "a sequential scale gets brighter all the way"


def test_the_scale_reaches_the_browser_whole() -> None:
    packed = base64.b64decode(scale.packed_lookup_table())
    assert packed == scale.lookup_table().tobytes()


def test_where_little_weight_is_the_map_fades() -> None:
    np.testing.assert_allclose(scale.opacities(np.array([0, 1, 2, 9]), 0.6), [0, 0.3, 0.6, 0.6])


@pytest.mark.parametrize("size", [(8, 14), (5, 11), (3, 2), (100, 37)])
def test_coverage_is_exact_for_any_size(size: tuple[int, int]) -> None:
    mask = np.zeros(size, dtype=bool)
    mask[: size[0] // 2 + 1, : size[1] // 3 + 1] = True
    covered = coverage(mask, (H, W))
    assert covered.shape == (H, W)
    assert covered.min() >= -1e-9
    assert covered.max() <= 1 + 1e-9
    assert covered.mean() == pytest.approx(mask.mean())


def test_share_inside_counts_the_regions_of_the_object() -> None:
    mask = np.zeros((H * 10, W * 10), dtype=bool)
    mask[10:20, 20:40] = True  # regions (1, 2) and (1, 3)
    weights = np.zeros((H, W))
    weights[1, 2], weights[1, 3], weights[0, 0] = 0.5, 0.2, 0.3
    assert share_inside(weights, mask) == pytest.approx(0.7)


def test_share_inside_of_a_tiny_object_and_of_none() -> None:
    mask = np.zeros((H * 10, W * 10), dtype=bool)
    assert share_inside(uniform(), mask) == 0
    mask[12, 23] = True
    assert share_inside(uniform(), mask) == pytest.approx(1 / (H * W))


def test_ninths_sum_to_one_and_know_their_corner() -> None:
    weights = np.zeros((H, W))
    weights[0, W - 1] = 1
    ninths = weight_by_ninth(weights)
    assert ninths["top", "right"] == 1
    assert sum(weight_by_ninth(uniform()).values()) == pytest.approx(1)


def test_ninths_of_a_single_region() -> None:
    assert sum(weight_by_ninth(np.ones((1, 1))).values()) == pytest.approx(1)


def test_cross_attention_is_averaged_over_layers_and_heads_only() -> None:
    cross = np.arange(2 * 3 * 5 * H * W, dtype=float).reshape(2, 3, 5, H, W)
    mean = mean_over_layers_and_heads(cross)
    assert mean.shape == (5, H, W)
    assert mean[4, 1, 2] == pytest.approx(cross[:, :, 4, 1, 2].mean())


def test_outline_goes_around_the_object() -> None:
    mask = np.zeros((40, 70), dtype=bool)
    mask[10:20, 35:70] = True
    path = outline(mask)
    points = np.array([p.split(",") for p in path.strip("MZ").split()], dtype=float)
    np.testing.assert_allclose(points.min(axis=0), [UNITS / 2, UNITS / 4], atol=15)
    np.testing.assert_allclose(points.max(axis=0), [UNITS, UNITS / 2], atol=15)


def test_outline_of_two_parts_and_of_nothing() -> None:
    mask = np.zeros((40, 70), dtype=bool)
    assert outline(mask) == ""
    mask[5:10, 5:10] = mask[25:35, 50:60] = True
    assert outline(mask).count("M") == 2


def test_pack_keeps_shape_and_values() -> None:
    array = np.random.default_rng(0).random((5, H, W))
    packed = pack(array)
    back = np.frombuffer(base64.b64decode(str(packed["data"])), dtype="<f4")
    np.testing.assert_allclose(back.reshape(packed["shape"]), array, rtol=1e-6)


def test_pictures_are_never_enlarged_and_never_changed() -> None:
    image = Image.new("RGB", (60, 30), "red")
    assert shown(image, 100) is image
    assert shown(image, 30).size == (30, 15)
    before = image.tobytes()
    assert overlay(image, uniform(), longest=40).size == (40, 20)
    assert overlay(image, None, longest=100) is not image
    assert image.tobytes() == before


def test_overlay_is_brightest_where_the_weight_is() -> None:
    weights = np.zeros((2, 3))
    weights[1, 2] = 1
    laid = np.asarray(overlay(Image.new("RGB", (30, 20)), weights, longest=30, opacity=1.0))
    assert laid[15, 25].sum() > laid[15, 15].sum()
    assert laid[5, 5].sum() == 0


def test_data_uri_is_a_picture_again() -> None:
    uri = data_uri(Image.new("RGBA", (9, 5), "blue"))
    assert uri.startswith("data:image/jpeg;base64,")
