"""The truth per region of the image grid, for warming the image encoder up.

Computed from the scene and the masks, never from the image.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from fusion.data.shapes.scene import Scene
from fusion.data.shapes.vocabulary import COLOURS, SHAPES, SIZES

OWNED_SHARE = 0.25
FINE_ENOUGH = 160  # px; masks of larger canvases are thinned before they are averaged


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class DenseTruth:
    """What each cell of a (rows, cols) grid over the whole image shows.

    `coverage` (N, rows, cols) is the share of the cell each object covers, 0..1. `owner` is
    the object the cell belongs to, or -1; labels are taken from the owner, indices into
    COLOURS, SHAPES and SIZES, -1 where there is none. `dx`, `dy` lead from the cell's centre
    to the owner's centre, in cells (0 without an owner); `radius` is the owner's. `centre`
    marks the cells that hold the centre of an object; `share` is 1 / the number of the owner's
    cells (0 without an owner), so that it sums to the number of objects that own cells.
    `odd_colour` and `odd_shape` mark the cells of an object that alone differs while all others
    (at least two) agree.
    """

    owner: np.ndarray
    coverage: np.ndarray
    centre: np.ndarray
    colour: np.ndarray
    shape: np.ndarray
    size: np.ndarray
    dx: np.ndarray
    dy: np.ndarray
    radius: np.ndarray
    share: np.ndarray
    odd_colour: np.ndarray
    odd_shape: np.ndarray
    background: int


def dense_truth(scene: Scene, masks: np.ndarray, rows: int, cols: int) -> DenseTruth:
    """The truth on a grid of `rows` by `cols` cells; `masks` is bool (N, height, width).

    Raises ValueError when the grid is finer than the masks.
    """
    things = scene.objects
    x, y = np.array([(o.x * cols, o.y * rows) for o in things]).T
    coverage = _coverage(masks, rows, cols)
    owner, centre = _owners(coverage, x, y)

    def of_owner(values: list[float] | list[int] | np.ndarray, none: int) -> np.ndarray:
        table: np.ndarray = np.append(np.asarray(values), none)
        return np.take(table, owner)  # owner -1 takes the last: none

    across, down = np.arange(cols)[None, :] + 0.5, np.arange(rows)[:, None] + 0.5
    owned = owner >= 0
    cells = np.bincount(owner[owned], minlength=len(things)).clip(min=1)
    return DenseTruth(
        owner=owner,
        coverage=coverage,
        centre=centre,
        colour=of_owner([COLOURS.index(o.colour) for o in things], -1),
        shape=of_owner([SHAPES.index(o.shape) for o in things], -1),
        size=of_owner([SIZES.index(o.size) for o in things], -1),
        dx=((of_owner(x, 0) - across) * owned).astype(np.float32),
        dy=((of_owner(y, 0) - down) * owned).astype(np.float32),
        radius=of_owner([o.radius for o in things], 0).astype(np.float32),
        share=of_owner(1 / cells, 0).astype(np.float32),
        odd_colour=of_owner(_odd([o.colour for o in things]), 0).astype(bool),
        odd_shape=of_owner(_odd([o.shape for o in things]), 0).astype(bool),
        background=COLOURS.index(scene.background),
    )


def _coverage(masks: np.ndarray, rows: int, cols: int) -> np.ndarray:
    """Exact area average, also where a cell's edge falls inside a pixel."""
    height, width = masks.shape[1:]
    if rows > height or cols > width:
        raise ValueError(
            f"a grid of {rows} by {cols} cells is finer than the {height} by {width} px mask"
        )
    thin = max(min(height, width) // max(FINE_ENOUGH, rows, cols), 1)
    sums = _cell_sums(masks[:, ::thin, ::thin], rows, axis=1)
    sums = _cell_sums(sums, cols, axis=2)
    cell = (-(-height // thin) / rows) * (-(-width // thin) / cols)
    return np.clip(sums / np.float32(cell), 0, 1)


def _cell_sums(pixels: np.ndarray, cells: int, *, axis: int) -> np.ndarray:
    """Sums over `cells` equal parts of an axis; a pixel on an edge counts for both, by share.

    With P the running sum, a part is P(e_k+1) - P(e_k), where P(e) = P(⌊e⌋) + (e - ⌊e⌋) * pixel.
    """
    edges = np.arange(1, cells) * (pixels.shape[axis] / cells)
    whole = edges.astype(int)
    sums = np.add.reduceat(pixels, np.append(0, whole), axis=axis, dtype=np.float32)
    shape = [1] * pixels.ndim
    shape[axis] = -1
    share = (edges - whole).astype(np.float32).reshape(shape)
    carried = share * np.take(pixels, whole, axis=axis)
    before = [(1, 0) if k == axis else (0, 0) for k in range(pixels.ndim)]
    after = [(0, 1) if k == axis else (0, 0) for k in range(pixels.ndim)]
    exact: np.ndarray = sums + np.pad(carried, after) - np.pad(carried, before)
    return exact


def _owners(coverage: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The owner of each cell, and where the centres are; x, y are centres in cells."""
    rows, cols = coverage.shape[1:]
    owner = np.where(coverage.max(axis=0) >= OWNED_SHARE, coverage.argmax(axis=0), -1)
    centre = np.zeros((rows, cols), bool)
    column = np.minimum(x.astype(int), cols - 1)
    row = np.minimum(y.astype(int), rows - 1)
    off_centre = (x - column - 0.5) ** 2 + (y - row - 0.5) ** 2
    for i in np.argsort(-off_centre, kind="stable"):  # the nearest writes last
        owner[row[i], column[i]] = i
    centre[row, column] = True
    return owner, centre


def _odd(values: list[str]) -> list[int]:
    """1 for the only value that differs from all others, which agree; else 0.

    >>> _odd(["red", "blue", "red"]), _odd(["red", "blue"])
    ([0, 1, 0], [0, 0])
    """
    counts = Counter(values)
    if len(values) < 3 or len(counts) != 2 or min(counts.values()) != 1:
        return [0] * len(values)
    return [int(counts[v] == 1) for v in values]
