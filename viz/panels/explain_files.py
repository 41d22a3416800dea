"""What the Explain page gives as files: values and curves as CSV, JSON, PNG and SVG. Pure."""

from __future__ import annotations

import csv
import io
import json
from base64 import b64encode

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from fusion.outputs import Attribution, Doubt, Faithfulness, Version
from viz.panels.drawn import drawable_words
from viz.panels.foot import foot_line
from viz.panels.visit import Visit
from viz.plots.answered import undrawable, written
from viz.plots.curves_figure import Chart, curves_figure
from viz.words import explain as words_explain

MIMES = {"png": "image/png", "svg": "image/svg+xml"}


def credits_csv(found: Attribution) -> str:
    """Every value of an attribution: a line for each region and each word piece."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(("method", "fusion", "answer", "unit", "modality", "row", "column", "token",
                     "value", "times_even", "standard_error"))  # fmt: skip
    head = (found.method, found.fusion, found.answer_id, found.unit)
    for modality, credit in (("image", found.image), ("text", found.text)):
        if credit is None:
            continue
        times, error = credit.times_even, credit.error
        for place in np.ndindex(*credit.values.shape):
            where = (*(i + 1 for i in place), "") if modality == "image" else (
                "", place[0] + 1, found.tokens[place[0]])  # fmt: skip
            off = "" if error is None else float(error[place])
            numbers = (float(credit.values[place]), float(times[place]), off)
            writer.writerow((*head, modality, *where, *numbers))
    for modality, value in (found.modalities or {}).items():
        writer.writerow((*head, f"all of {modality}", "", "", "", value, "", ""))
    return buffer.getvalue()


def curves_csv(found: Doubt, version: Version) -> str:
    """Every point of the deletion curves, random orders each on their own, with the versions of
    model and data in every line."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(("method", "fusion", "answer", "modality", "order", "removed", "probability",
                     "model", "data"))  # fmt: skip
    told = found.attribution
    for modality, curves in found.curves.items():
        for order, curve in _orders(curves).items():
            for share, value in zip(curves.removed.tolist(), curve, strict=True):
                head = (told.method, told.fusion, told.answer_id, modality)
                writer.writerow((*head, order, share, value, *version))
    return buffer.getvalue()


def _orders(curves: Faithfulness) -> dict[str, list[float]]:
    drawn = {f"random {i + 1}": curve for i, curve in enumerate(curves.random)}
    named = {"most": curves.most, "least": curves.least, **drawn}
    return {name: curve.tolist() for name, curve in named.items()}


def curves_json(visit: Visit, found: Doubt, version: Version) -> str:
    """The same points and the areas below them, with what was asked."""
    told = found.attribution
    content = {
        "version": version._asdict(),
        "picture": visit.picture_id,
        "question": visit.question,
        "fusion": told.fusion,
        "backbone": told.backbone,
        "method": told.method,
        "answer": told.answer_id,
        "curves": {
            modality: {
                "removed": curves.removed.tolist(),
                "probability": _orders(curves),
                "areas": curves.areas,
            }
            for modality, curves in found.curves.items()
        },
    }
    return json.dumps(content, ensure_ascii=False, indent=1)


def curves_drawn(visit: Visit, label: str, found: Doubt, version: Version) -> dict[str, str]:
    """The charts as a figure in a "png" and an "svg" URI; none where nothing was tested, or where
    this machine has no font for the question."""
    with drawable_words():
        figure = _curves(visit, label, found, version) if found.curves else None
    if figure is None:
        return {}
    return {kind: uri(written(figure, kind), mime) for kind, mime in MIMES.items()}


def _curves(visit: Visit, label: str, found: Doubt, version: Version) -> Figure | None:
    told = found.attribution
    title = words_explain.figure_title(visit.question, label, told.answer)
    foot = foot_line(visit, told.fusion, told.backbone, version)
    if undrawable(title + foot):
        return None
    charts = [
        Chart(
            title=words_explain.CURVES[modality, kind],
            axis=axis,
            share=side(kind, "most", curves)[0],
            **{order: side(kind, order, curves)[1] for order in ("most", "least", "random")},
        )
        for modality, curves in found.curves.items()
        for kind, axis in words_explain.AXES.items()
    ]
    return curves_figure(
        charts,
        title=title,
        foot=foot,
        orders=words_explain.ORDERS,
        ylabel=words_explain.PROBABILITY,
    )


def side(
    kind: str, order: str, curves: Faithfulness
) -> tuple[Float[np.ndarray, " S"], Float[np.ndarray, "*O S"]]:
    """The share and the curve of an order, or the curves of the random ones, taken away or
    shown."""
    if kind == "insertion":
        return curves.insertion(order)
    return curves.removed, getattr(curves, order)


def uri(content: str | bytes, mime: str) -> str:
    """A file inside a URI."""
    raw = content.encode() if isinstance(content, str) else content
    return f"data:{mime};base64,{b64encode(raw).decode()}"
