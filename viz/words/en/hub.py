"""The words about a pretrained model from the hub and about the sample photographs."""

from __future__ import annotations

from viz.words.common import percent

STOP = "Stop"
LAYER, HEAD, MEAN = "Layer", "Attention head", "mean of all"
STOPPED = "Stopped. What was fetched is kept; choose it again to go on."
READY = "{label} is loaded."
PROGRESS = "How much of it has been fetched"
PROGRESS_ANSWER = "It is answering"
ANSWERING = "{label} answers in four passes, each through all of its layers …"
NOT_YET = (
    "{label} is not loaded yet. Choose it under Backbone on the Ask page; programs call "
    "/load_model first."
)
NO_HUB = "No pretrained model is served here; start Duet with --hub-model."
COMPARE = (
    "{label} answers on the Ask page and on Explain. It is not among these, which were trained on "
    "the same scenes and have the same answers."
)
EXPLAIN = "{label} (raw attention: that of [CLS], mean over layers and attention heads)"
INSIDE = (
    "{label} cannot be followed step by step: it gives its attention weights, and nothing of what "
    "they are made of. Ask shows them by layer and attention head, Explain what follows from them; "
    "here, choose the main model on the Ask page."
)
STEER = (
    "The attention of {label} cannot be changed by hand; only Duet's own fusions take other "
    "weights in the place of theirs. Choose the main model on the Ask page, or hide words and "
    "parts of the picture there, which works with every model."
)
HELP = (
    "It never saw anything hidden in training. Its answers are a fixed English list; it was "
    "trained with a score of its own for each, which are made to sum to 100\u00a0% here."
)
FACTS = "{label} · pretrained, from {where}"


PHOTO_TITLES = {
    "chelsea": "Chelsea the cat",
    "coffee": "A cup of coffee",
    "astronaut": "Eileen Collins, astronaut",
    "rocket": "A rocket takes off",
}
PHOTOS = "Photographs"
PHOTOS_FROM = "from scikit-image"


def progress(label: str, phase: str, done: int, total: int) -> str:
    """How far loading is, in a sentence.

    >>> progress("ViLT", "fetching", 47_000_000, 470_000_000)
    'Fetching ViLT: 47 of 470 MB.'
    >>> progress("ViLT", "reading", 0, 0)
    'Reading ViLT …'
    """
    if phase == "fetching" and total:
        return f"Fetching {label}: {done / 1e6:.0f} of {total / 1e6:.0f} MB."
    begun = {"looking": "Looking for", "fetching": "Fetching"}.get(phase, "Reading")
    return f"{begun} {label} …"


def offered(label: str, megabytes: int | None, ready: bool) -> str:
    """What the menu calls it, with what choosing it would fetch.

    >>> offered("ViLT", 470, False), offered("ViLT", None, False)
    ('ViLT (fetches 470 MB once)', 'ViLT')
    """
    return f"{label} (fetches {megabytes} MB once)" if megabytes and not ready else label


def read_from(special: float, layers: str, heads: str) -> str:
    """Which tensor the weights are, and what was left out of it; see `which_layer`.

    >>> read_from(0.31, "all 12 layers", "attention head 3").replace("\u00a0", " ")
    'Weights of [CLS], from which it answers: all 12 layers, attention head 3. 31 % of them lie on \
special tokens and are left out; the rest is made to sum to 100 %.'
    """
    return (
        f"Weights of [CLS], from which it answers: {layers}, {heads}. {percent(special)} of them "
        "lie on special tokens and are left out; the rest is made to sum to 100\u00a0%."
    )


def which_layer(number: int | None, count: int) -> str:
    """One layer, counted from 1 as the menu does, or the mean of them.

    >>> which_layer(None, 12), which_layer(0, 12)
    ('mean of all 12 layers', 'layer 1')
    """
    return f"mean of all {count} layers" if number is None else f"layer {number + 1}"


def which_head(number: int | None, count: int) -> str:
    """One attention head, or the mean of them.

    >>> which_head(0, 12)
    'attention head 1'
    """
    heads = f"mean of all {count} attention heads"
    return heads if number is None else f"attention head {number + 1}"
