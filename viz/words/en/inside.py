"""The words of the Look inside page; what it shares with the Ask page is in `viz.words`."""

from __future__ import annotations

from viz.words.common import percent

TAB = "Look inside"
QUESTION = "One question, step by step"
ASK = "Ask"

VIEW = {
    "fusion": "Fusion",
    "loading": "Following the question through the model …",
    "diagram": "From the picture and the question on the left to the answers on the right.",
    "picture": "picture, {rows} × {columns} regions",
    "pictureHelp": "Regions of the picture: arrow keys move, Enter opens the numbers, "
    "Delete hides a region or shows it again.",
    "question": "question",
    "round": "after round {round}",
    "roundRegions": "regions, mixed",
    "vectors": "two vectors",
    "fused": "fused ({count})",
    "answers": "answers",
    "image": "image",
    "text": "question",
    "switchImage": "Image",
    "switchText": "Question",
    "on": "on",
    "off": "off",
    "hidden": "hidden",
    "hide": "Hide {name}",
    "show": "Show {name} again",
    "hideNone": "Press a word or a region to hide it",
    "showImage": "Show the image again",
    "showQuestion": "Show the question again",
    "restore": "Show everything hidden",
    "wordOn": "{word}; Enter opens its numbers, Delete hides it",
    "wordOff": "{word}, hidden; Delete shows it again",
    "noWeights": "no weights",
    "steps": "The steps, in the order in which they are taken. Press one to open it.",
    "head": "Attention head",
    "mean": "mean",
    "temperature": "Temperature",
    "temperatureReset": "1 (as served)",
    "region": "row {row}, column {column}",
    "summary": "the whole question",
    "joint": "the joint summary",
    "bothVectors": "both vectors, added",
    "looking": "{name}: {parts}.",
    "toVector": "{share} of the {vector} vector",
    "toQuery": "{share} of what “{query}” takes in",
    "takes": "takes in {parts}",
    "fromKey": "{share} from {key}",
    "more": "{count} more",
    "nothing": "no weight",
    "hint": "Point at a region or a word to follow it; press it to see its numbers below, "
    "or to hide it.",
    "drawn": "Drawn here: {share} of the weight in this step, in its {count} widest ribbons.",
    "matrix": "Weights: each row is one query, each column one key. Press a cell.",
    "query": "Query",
    "entropy": "Entropy",
    "bits": "{value} of at most {most} bits",
    "most": "Most on",
    "peak": "× uniform",
    "uniform": "1× = {share}",
    "rows": "Every row",
    "cell": "From {key} into {query}",
    "cellHead": "attention head {head} of {heads}",
    "strongest": "attention head {head} of {heads}, which gives this cell the most",
    "softmaxRow": "Its softmax row, largest first",
    "columns": ["key j", "e", "e / T", "exp", "α"],
    "sum": "sum over all {count}",
    "absent": "hidden, so it has left the softmax",
    "values": "{label}: numbers from {low} to {high}",
    "numbers": "All numbers",
    "table": "All weights of this step as a table",
    "source": "Source",
    "answerColumns": ["answer", "score", "exp", "probability"],
    "scale": "× uniform",
    "sign": "blue below 0, red above; full colour at ±{most}",
    "served": "at temperature 1",
}

# What goes into what, as a step is called and told
ROUND = "Round {round}: "
TITLES = {
    ("tokens", "regions"): "words ← regions",
    ("tokens", "tokens"): "words ← words",
    ("regions", "regions"): "regions ← regions",
    ("joined", "joined"): "regions and words ← all",
    ("image", "regions"): "Image vector ← regions",
    ("text", "tokens"): "Question vector ← words",
    ("answer", "joined"): "Both parts ← all",
    ("answer", "modalities"): "Weigh image and question",
}
ANSWER_TITLE = "Fused vector → answers"
ABOUTS = {
    ("tokens", "regions"): "Every word looks at the regions and adds what it finds to itself.",
    ("tokens", "tokens"): "The words tell each other what they found.",
    ("regions", "regions"): "Every region looks at the others before any word looks at it.",
    ("joined", "joined"): "Regions and words stand in one sequence, and each looks at all of it.",
    ("image", "regions"): "The question asks every region; the weighted sum is the image vector.",
    ("text", "tokens"): "The question asks its own words; the weighted sum is its vector.",
    ("answer", "joined"): (
        "One softmax is shared out over all regions and words. The part that falls on the regions "
        "is the image's weight, the rest is the question's."
    ),
    ("answer", "modalities"): "The two vectors compete in one softmax over two.",
}
ANSWER_ABOUTS = {
    "concat": "No attention: both pooled vectors, side by side, through one layer.",
    "feature": "The fused vector is the sum that was read, and the summary that asked for it.",
    "modality": "The fused vector is the weighted sum of the two vectors, after one layer.",
    "hybrid": (
        "The fused vector is the weighted sum, both vectors beside it, and last what the tally "
        "counted, which is no attention."
    ),
}
ANSWER_FORMULA = "score = classifier(fused)     probability_a = exp(score_a) / Σ_b exp(score_b)"
SOFTMAX = "α_ij = exp(e_ij / T) / Σ_k exp(e_ik / T)     z_i = Σ_j α_ij v_j"
FORMULAS = {
    "additive": "e_ij = vᵀ tanh(W x_i + U y_j + b)",
    "dot": "e_ij = q_i · k_j / √{units}     v_j = k_j",
    "self": "e_ij = q_i · k_j / √{units}",
}
# The rows of numbers behind one cell
LINES = {
    "additive": ("W x_i", "U y_j + b", "tanh of the sum", "v", "v × tanh"),
    "dot": ("q_i", "k_j", "q_i × k_j"),
    "self": ("q_i", "k_j", "q_i × k_j"),
}
VALUE, CONTEXT = "v_j (value)", "z_i = Σ α v"
FUSED = "fused"

NO_STEPS = (
    "This fusion has no attention: there are no ribbons to follow, only the two pooled vectors."
)
NOTHING_SHOWN = "Nothing is shown to the model, so no attention lies on anything."


def score_sum(mechanism: str, units: int, total: float) -> str:
    """How a score comes of the last row of numbers.

    >>> score_sum("additive", 8, 1.25), score_sum("dot", 32, -2.0)
    ('e_ij = sum = 1.2500', 'e_ij = sum / √32 = −2.0000')
    """
    divided = "" if mechanism == "additive" else f" / √{units}"
    return f"e_ij = sum{divided} = {number(total)}"


def number(value: float, digits: int = 4) -> str:
    """A number with a proper minus.

    >>> number(-0.5, 2), number(3, 1)
    ('−0.50', '3.0')
    """
    return f"{value:.{digits}f}".replace("-", "−")


def title(into: str, over: str, round_: int, rounds: int) -> str:
    """What a step is called.

    >>> title("tokens", "regions", 2, 3), title("image", "regions", 1, 1)
    ('Round 2: words ← regions', 'Image vector ← regions')
    """
    prefix = ROUND.format(round=round_) if rounds > 1 else ""
    return prefix + TITLES[into, over]


def told(answer: str, share: float, image: float | None) -> str:
    """The way in a sentence."""
    weights = (
        ""
        if image is None
        else f"The image has {percent(image)} of the weight, the question {percent(1 - image)}. "
    )
    return f"{weights}The answer is {answer}, with {percent(share)}."


def strongest(word: str, share: float) -> str:
    return f"Of the words, “{word}” has the most: {percent(share)}."


def heated(temperature: float, before: str, was: float, now: str, share: float) -> str:
    """What a temperature did to the answer; the answer at temperature 1 comes first.

    >>> heated(2.0, "red", 0.97, "blue", 0.5).replace(chr(160), " ")
    'At temperature 2.00 (served: 1): red 97 % → blue 50 %. Hotter: every softmax is flatter.'
    >>> heated(1.0, "red", 0.97, "red", 0.97)
    'Temperature 1: exactly what the Ask page shows.'
    """
    if temperature == 1:
        return "Temperature 1: exactly what the Ask page shows."
    sense = (
        "Hotter: every softmax is flatter."
        if temperature > 1
        else ("Colder: every softmax is sharper.")
    )
    change = f"{before} {percent(was)} → {now} {percent(share)}"
    return f"At temperature {temperature:.2f} (served: 1): {change}. {sense}"
