"""What programs give to the endpoints: of the kind that is asked for, or told in a sentence."""

from __future__ import annotations

from typing import Any

from viz.panels.errors import told_plainly
from viz.panels.visit import Shown, shown_from
from viz.words import page as words


def given_shown(
    image: bool, question: bool, dropped: list[int] | None, erased: list[list[float]] | None
) -> Shown:
    """What of the image and the question is shown; `ValueError` when it is nothing of the kind."""
    change = {"dropped": dropped or [], "erased": erased or []}
    with told_plainly():
        return shown_from({"image": image, "question": question, **change})


def number(given: Any) -> float:
    """A number, 1 for none; `ValueError` when a program sent anything else."""
    try:
        return 1.0 if given is None else float(given)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(words.MALFORMED) from error


def whole(given: Any) -> int:
    """A whole number of any length, 0 for none; `ValueError` when a program sent anything else."""
    try:
        return 0 if given is None else int(given)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(words.MALFORMED) from error


def pairs(given: Any) -> list[tuple[int, int]]:
    """Pairs of whole numbers; `ValueError` when a program sent anything else."""
    try:
        return [(int(first), int(second)) for first, second in given or ()]
    except (TypeError, ValueError) as error:
        raise ValueError(words.MALFORMED) from error
