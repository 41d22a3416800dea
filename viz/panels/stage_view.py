"""What the stage shows: picture, map, words and outlines as plain JSON. Pure: no gradio, no torch.

It goes to the browser whole, because hovering must need no round trip. Maps are packed floats.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from fusion.outputs import Explanation, Keypoints
from viz.panels.links import link
from viz.panels.visit import Visit
from viz.plots.maps import COLUMNS, ROWS, mean_over_layers_and_heads, share_inside, weight_by_ninth
from viz.plots.pictures import data_uri, pack, shown
from viz.words import backbones as words_backbones
from viz.words import page as words

NAMED_PLACES = 2
WORTH_NAMING = 0.1


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Extras:
    """What a backbone has to show besides: keypoints of the picture, and for each token of the
    question its nearest words with their cosines."""

    keypoints: Keypoints | None = None
    nearest: Sequence[Sequence[tuple[str, float]]] | None = None


def stage(
    visit: Visit, explanation: Explanation, sequence: int, extras: Extras | None = None
) -> dict[str, Any]:
    """Everything the picture and the words need, as JSON; maps as packed floats."""
    extras = extras or Extras()
    image_map, cross = explanation.image_attention, explanation.cross_attention
    mean = None if cross is None else mean_over_layers_and_heads(cross)
    grid = image_map.shape if image_map is not None else None
    link_query, no_link = link(visit)
    grid = mean.shape[1:] if grid is None and mean is not None else grid
    return {
        "sequence": sequence,
        "took": words.took(explanation.milliseconds),
        "shown": _shown(visit),
        "link": link_query,
        "noLink": no_link,
        "grid": None if grid is None else list(grid),
        "map": None if image_map is None else pack(image_map),
        "notes": notes(explanation),
        "cross": None if mean is None else pack(mean),
        "crossNote": words.NO_CROSS if mean is None and explanation.keep else "",
        "tokens": _tokens(explanation, extras),
        "keypoints": _keypoints(extras),
        "description": map_description(explanation),
        "tally": "" if explanation.counts is None else words.tally(explanation.counts),
        **_truth(visit, explanation),
    }


def _shown(visit: Visit) -> dict[str, Any]:
    return {
        "image": visit.shown.image,
        "question": visit.shown.question,
        "dropped": list(visit.shown.dropped),
        "erased": [list(box) for box in visit.shown.erased],
    }


def _keypoints(extras: Extras) -> dict[str, Any] | None:
    """Circles as x, y, radius (all in shares of width, height, width) and angle, and in words."""
    found = extras.keypoints
    if found is None:
        return None
    circles = np.column_stack([found.places, found.radii, found.angles]).round(4)
    thirds = np.minimum((found.places * 3).astype(int), 2)
    ninths = Counter((ROWS[y], COLUMNS[x]) for x, y in thirds.tolist())
    count = len(circles)
    named = [(words.PLACES[place], n / count) for place, n in ninths.most_common(NAMED_PLACES)]
    return {
        "circles": circles.tolist(),
        "description": words_backbones.keypoints(count, named),
    }


def _tokens(explanation: Explanation, extras: Extras) -> list[dict[str, Any]]:
    given, near = explanation.token_attention, extras.nearest
    return [
        {
            "text": piece.removeprefix("##"),
            "joined": piece.startswith("##"),
            "weight": None if given is None else round(given[i][1], 5),
            "near": "" if near is None else words_backbones.nearest(near[i]),
        }
        for i, piece in enumerate(explanation.tokens)
    ]


def referents(visit: Visit) -> tuple[str, Bool[np.ndarray, "h w"] | None]:
    """Outlines of what the question is about, and the mask of all of it; "" and None where the
    question is about no object, or about none that is known."""
    truth = visit.truth()
    if truth is None or visit.scene is None or not truth.referents:
        return "", None
    chosen = list(truth.referents)
    mask = np.asarray(visit.scene.masks[chosen].any(axis=0))
    return " ".join(visit.scene.outlines[i] for i in chosen), mask


def _truth(visit: Visit, explanation: Explanation) -> dict[str, Any]:
    """Outlines of what the question is about, and the share of the attention inside them."""
    outline, mask = referents(visit)
    truth, inside = visit.truth(), ""
    if mask is not None and truth is not None and explanation.image_attention is not None:
        share, count = share_inside(explanation.image_attention, mask), len(truth.referents)
        inside = words.inside(share) if count == 1 else words.inside_many(share, count)
    return {"outline": outline, "inside": inside}


def picture(visit: Visit) -> dict[str, Any]:
    """The picture itself; sent only when it changed."""
    width, height = visit.picture.size
    return {
        "uri": data_uri(shown(visit.picture)),
        "width": width,
        "height": height,
        "label": visit.called,
    }


def notes(explanation: Explanation) -> str:
    """Why something of the stage is missing, in one line; empty when nothing is."""
    found = [map_note(explanation), tokens_note(explanation)]
    if found == [words.NO_MAP_FUSION, words.NO_WORDS_FUSION]:
        return words.NO_ATTENTION
    return words.joined(found)


def map_note(explanation: Explanation) -> str:
    """Why there is no map; empty when there is one."""
    if explanation.image_attention is not None:
        return ""
    if "image" not in explanation.keep:
        return words.NO_MAP_HIDDEN
    given = explanation.modality_weights
    all_erased = given is not None and given["image"] == 0
    return words.ALL_ERASED if all_erased else words.NO_MAP_FUSION


def tokens_note(explanation: Explanation) -> str:
    """Why the words have no weights; empty when they have."""
    if explanation.token_attention is not None:
        return ""
    if "text" not in explanation.keep:
        return words.NO_WORDS_HIDDEN
    all_off = len(explanation.dropped_tokens) >= len(explanation.tokens)
    return words.ALL_WORDS_OFF if all_off else words.NO_WORDS_FUSION


def map_description(explanation: Explanation) -> str:
    """The map in a sentence, for those who cannot see it."""
    weights = explanation.image_attention
    if weights is None:
        return map_note(explanation)
    return described(weights)


def described(weights: Float[np.ndarray, "H W"]) -> str:
    """Where a map's weight lies, in a sentence."""
    ranked = sorted(weight_by_ninth(weights).items(), key=lambda item: -item[1])
    named = [item for item in ranked[:NAMED_PLACES] if item[1] >= WORTH_NAMING] or ranked[:1]
    return words.map_description(named, float(weights.max()) * weights.size, weights.size)
