"""What every explainer is given, and what it says of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Subject:
    """One image, one question, one fusion and one answer, to be asked again and again.

    `grid` is rows and columns of the image's regions, `probability` the answer's with nothing
    taken away. `without` takes a bool array (N, H, W) and gives the answer's probability (N,)
    with the regions that are True erased from the image.
    """

    grid: tuple[int, int]
    probability: float
    without: Callable[[np.ndarray], np.ndarray]


@runtime_checkable
class Explainer(Protocol):
    """A method that gives every region a number; `signed`: below 0 speaks against the answer."""

    signed: bool

    def __call__(self, subject: Subject) -> Float[np.ndarray, "H W"]: ...
