"""Every number of the Ask page's current view, as JSON and CSV. Pure: no gradio, no torch."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from fusion.outputs import Masking, Version
from viz.panels import plain_json
from viz.panels.links import link
from viz.panels.visit import Visit

JSON = dict[str, Any]
HEADINGS = ("quantity", "item", "row", "column", "value")
INDICES = len(HEADINGS) - 2


def numbers(visit: Visit, masking: Masking, version: Version) -> JSON:
    """What was asked, all that came out, and the versions of the model and the data."""
    truth, shown = visit.truth(), visit.shown
    return {
        "version": version._asdict(),
        "link": link(visit)[0] or None,
        "picture": {
            "name": visit.picture_id,
            "seed": None if visit.scene is None else visit.scene.seed,
            "width": visit.picture.width,
            "height": visit.picture.height,
        },
        "truth": None if truth is None else truth.answer_id,
        "shown": {
            "image": shown.image,
            "question": shown.question,
            "dropped": list(shown.dropped),
            "erased": [list(box) for box in shown.erased],
        },
        "explanation": plain_json.explanation(masking.cases[shown.case]),
        "masking": plain_json.masking(masking),
    }


def as_csv(found: JSON) -> str:
    """One line per value: its place among the keys, up to three positions in lists, and itself.

    >>> as_csv({"map": [[0.25, 0.75]], "answer": "red"}).splitlines()[1:]
    ['map,0,0,,0.25', 'map,0,1,,0.75', 'answer,,,,red']
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(HEADINGS)
    for path, value in _leaves(found, ()):
        names = [str(part) for part in path if isinstance(part, str)]
        places: list[int | str] = [part for part in path if isinstance(part, int)]
        writer.writerow([".".join(names), *(places + [""] * INDICES)[:INDICES], value])
    return buffer.getvalue()


def _leaves(found: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if isinstance(found, dict | list):
        inside = found.items() if isinstance(found, dict) else enumerate(found)
        for key, value in inside:
            yield from _leaves(value, (*path, key))
    elif found is not None:
        yield path, found
