"""The words that all pages share, and those of the Ask and About pages.

Functions are sentences with numbers in them. Nothing here is HTML: what shows it escapes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from viz.words.common import percent, points

NAME = "Duet"
TAGLINE = "see how a model fuses an image and a question"
TAB_ASK, TAB_ABOUT = "Ask", "About"
THEME_SWITCH = "Light or dark"
LANGUAGE_SWITCH = "Language"

# What Gradio itself writes in English, whatever the language; what ends in a space goes on
GRADIO = {
    "Error": "Error",
    "Warning": "Warning",
    "Reset to default value": "Reset to default value",
    "number input for ": "number input for ",
    "range slider for ": "range slider for ",
}

QUESTION = "Your question"
QUESTION_HINT = "Ask about the picture, in English or 中文"
ASK = "Ask"
FUSION = "Fusion"
TRY = "Questions about this scene"
TRY_NONE = "Your own picture: type any question about it above."

NEW_SCENE, UPLOAD = "New scene", "Upload"
PICTURE = {
    "draw": "Draw",
    "webcam": "Webcam",
    "hint": "or paste or drop a picture",
    "drawTitle": "Draw a picture",
    "webcamTitle": "Take a picture",
    "use": "Use this picture",
    "clear": "Clear",
    "cancel": "Cancel",
    "brush": "Brush",
    "paper": "Paper to draw on, with mouse, pen or finger",
    "noWebcam": "No camera",
}
INKS = {
    "#111111": "black",
    "#d62728": "red",
    "#ff7f0e": "orange",
    "#f2c80f": "yellow",
    "#2ca02c": "green",
    "#1a9e96": "teal",
    "#1f5fd0": "blue",
    "#8e44ad": "purple",
    "#f48fb1": "pink",
    "#7b4a2d": "brown",
    "#888888": "gray",
    "#ffffff": "white",
}

ANSWER = "Answer"
RIGHT, WRONG = "right", "wrong"
DECIDED = "Who decided?"
WHAT_IF = "What if it had seen less?"

IMAGE, QUESTION_SIDE = "image", "question"
CASE_NAMES = {
    "both": "image + question",
    "image": "only the image",
    "text": "only the question",
    "none": "neither",
}
CASE_HEADINGS = ("It saw", "Answer", "Probability")
CHANGE = "Change"
HINT_BEFORE = (
    "Flip a switch, click a word, or erase a part of the picture: "
    "before and after appear here side by side."
)
BEFORE, AFTER = "Before", "Now"

STAGE = {
    "map": "Map",
    "opacity": "Opacity",
    "scale": "× uniform",
    "erase": "Erase",
    "restore": "Restore",
    "image": "Image",
    "question": "Question",
    "on": "on",
    "off": "off",
    "imageHidden": "Image hidden",
    "numbers": "Numbers",
    "photo": "The picture",
    "words": "Words of the question. Press one to switch it off or on.",
    "hint": "Point at the picture or at a word. Click a word to switch it off.",
    "eraseHint": "Paint over what the model shall not see; or arrow keys and space.",
    "region": "row {row}, column {column}: {times}× uniform ({share} of the weight)",
    "regionPlain": "row {row}, column {column}: no weight here to show",
    "looks": "looked at by: {words}",
    "token": "“{word}” looks here; mean over layers and heads",
    "tokenPlain": "“{word}” has {share} of the weight on words",
    "tokenOnly": "“{word}”",
    "tokenOff": "“{word}” is switched off",
    "chip": "{word}, {share}",
    "keypoints": "Keypoints",
    "row": "row",
    "stop": ". ",
}

NOT_HERE = (
    "This picture has been idle for too long and is gone. Give it again, or make a new scene."
)
BUG = "Something went wrong inside Duet, not with your question. It has been logged."
MALFORMED = "What was sent is not of the kind that is asked for; the list of endpoints says which."
MISSING_ARGUMENT = "The argument {name} is missing; the list of endpoints says what is asked for."
UNKNOWN_ARGUMENT = "There is no argument {name!r}; the list of endpoints says what is asked for."
NO_ENDPOINT = "There is no endpoint {name!r}; /gradio_api/info lists those that there are."
NO_CALL = "There is no call of this number, or its answer has been fetched already."
NO_FILE = "There is no file in what was sent."
NOT_UPLOADED = "A file can only be taken from here after it has been uploaded; upload it first."
BUSY = "So many wait for an answer that no more can be taken now. Try again in a minute."
TOO_LARGE = "This is larger than the {most} million bytes that are taken at once."
UNREADABLE = (
    "What was sent cannot be read, or something went wrong inside Duet. It has been logged."
)
NO_ROOM = "There is no room left here for what is sent. Try again later."
BAD_CHANGE = "This change to the picture or the question cannot be read: {got!r}."

ABOUT = f"""
## What this is
{NAME} gives a small model a picture and a question, and shows its answers, how much weight each
modality got, where in the picture and on which words it attended, and what changes when you hide
something.

- **Attention weight** is what the model multiplied by. It is printed on a fixed scale: 1× is the
  share every region would get if the model looked everywhere alike.
- **Measured share** is what happens to the answer's probability when the picture or the question
  is hidden: the Shapley value of each over the four cases. **Interaction** is the part that
  needs both together.
- **Counting**: a softmax cannot count, so the hybrid fusions also have a *tally*, which adds up the
  parts of the picture that fit the question. It was told in training what fits; attention never
  was. The map does not show the tally; what it counted stands under *Numbers*.
- **Hidden** things are multiplied by 0 and leave every softmax, so the weights of what remains
  sum to 1 again.

## What to keep in mind
- The fusion that the page opens with is right in more than nine of ten questions of every kind; the
  others are not. The Results tab says which is how sure at what.
- **Attention is not explanation.** It shows where weight went, not why the answer is what it is.
  When attention weight and measured share disagree, believe the measurement.
- The model was trained on generated **scenes of shapes** and answers from a fixed list. A
  photograph gets an answer, too, and a warning beside it: do not believe it there.
- It knows English and Simplified Chinese, and only the kinds of questions it was trained on.

## What is stored
Nothing about you. A picture that you give lies in a folder for passing files for an hour at most,
and your last result in memory as long; both are bounded, and the oldest goes first. There is no
account, no log of pictures or questions, and nothing is sent to another host.

Everything on this page can be called by programs, with `gradio_client`, curl or MCP; here is
[the list of its endpoints](gradio_api/info).
"""


# ------------------------------------------------------------------ answers and fusions


def truth(answer: str, share: float) -> str:
    return f"the truth is {answer}, which got {percent(share)}"


def fusion_facts(accuracy: float | None, parameters: int) -> str:
    right = (
        "accuracy not measured yet"
        if accuracy is None
        else f"{100 * accuracy:.1f}\u00a0% right on test scenes"
    )
    size = f"{parameters / 1e6:.1f} million" if parameters >= 1e6 else f"{parameters:,}"
    return f"{right} · {size} parameters"


# ------------------------------------------------------------------ maps

PLACES = {
    ("top", "left"): "the top left",
    ("top", "centre"): "the top centre",
    ("top", "right"): "the top right",
    ("middle", "left"): "the left",
    ("middle", "centre"): "the centre",
    ("middle", "right"): "the right",
    ("bottom", "left"): "the bottom left",
    ("bottom", "centre"): "the bottom centre",
    ("bottom", "right"): "the bottom right",
}


def map_description(places: list[tuple[tuple[str, str], float]], peak: float, count: int) -> str:
    parts = [f"{percent(share)} of the weight on {PLACES[place]}" for place, share in places]
    strongest = f"the strongest of {count} regions has {peak:.1f} times the uniform share"
    return f"Attention over the image: {', '.join(parts)}; {strongest}."


NO_MAP_HIDDEN = "The image is hidden, so no attention lies on it."
NO_MAP_FUSION = "This fusion has no attention over regions, so there is no map to show."
NO_WORDS_HIDDEN = "The question is hidden, so no attention lies on its words."
NO_WORDS_FUSION = "This fusion has no attention over words, so the words have no weights to show."
NO_CROSS = "This fusion has no attention from words to regions."
NO_ATTENTION = "This fusion has no attention: no map to show, and no weights on the words."
ALL_ERASED = "The whole image is erased, so no attention lies on it."
ALL_WORDS_OFF = "All words are switched off, so no attention lies on them."


def inside(share: float) -> str:
    return f"{percent(share)} of the attention lies on the outlined object"


def inside_many(share: float, count: int) -> str:
    return f"{percent(share)} of the attention lies on the {count} outlined objects"


# ------------------------------------------------------------------ who decided

ATTENTION_WEIGHT = "attention weight"
MEASURED_SHARE = "measured share"
NO_WEIGHT = "none: this fusion has no attention over modalities"
NO_WEIGHT_HIDDEN = "none: nothing is shown to the model"
NO_EFFECT = "no effect to share out"


def measured_numbers(image: float, text: float, interaction: float) -> str:
    return (
        f"image {points(image)}, question {points(text)} points; "
        f"interaction {points(interaction)} (needs both together)"
    )


AGREEMENT_NO_WEIGHT = (
    "There is no attention weight to compare with; the measured share is what hiding each "
    "modality does to the answer."
)
AGREEMENT_NO_EFFECT = (
    "The answer is about as probable with nothing shown: whatever the weights say, "
    "this answer is mostly habit."
)


def agreement(weight: float, share: float) -> str:
    return (
        f"They agree: {percent(weight)} of the weight and {percent(share)} "
        "of the measured effect are the image's."
    )


def disagreement(weight: float, share: float) -> str:
    return (
        f"They disagree: the image got {percent(weight)} of the weight but has "
        f"{percent(share)} of the measured effect. Weight given is not effect had."
    )


def agreement_hidden(names: str) -> str:
    return (
        f"The {names} is hidden, so the whole weight went to what is left; "
        "the measured share still compares all four cases."
    )


AGREEMENT_BOTH_HIDDEN = (
    "Nothing is shown: this is the answer the model would give blind. "
    "The measured share still compares all four cases."
)


def negative(name: str) -> str:
    return f" The {name} made this answer less probable."


# ------------------------------------------------------------------ before and after


def state(image: bool, question: bool, words_off: int, erased: bool) -> str:
    """What the model was shown, in a few words."""
    if not image and not question:
        return "nothing shown"
    parts = [CASE_NAMES["both"]] if image and question else []
    if not image:
        parts.append("image hidden")
    if not question:
        parts.append("question hidden")
    hidden = partly(words_off if question else 0, erased and image)
    return ", ".join([*parts, hidden] if hidden else parts)


def partly(words_off: int, erased: bool) -> str:
    """What is hidden of what is shown.

    >>> partly(2, True), partly(1, False)
    ('2 words off, part erased', '1 word off')
    """
    parts = [f"{words_off} {'word' if words_off == 1 else 'words'} off"] if words_off else []
    return ", ".join([*parts, "part erased"] if erased else parts)


def weights(image: float, text: float) -> str:
    return f"image {percent(image)} · question {percent(text)}"


def tally(counts: Mapping[str, float]) -> str:
    """What the fusion counted; no map shows it."""
    found = ", ".join(f"{counts[name]:.1f} {what}" for name, what in TALLIED.items())
    return f"Counted beside the map: {found}."


TALLIED = {
    "first": "that fit the first thing named",
    "second": "that fit the second (all, if there is none)",
    "both": "that fit both",
    "beside": "of the first on the named side of the second, roughly",
}


def scene(seed: int) -> str:
    return f"scene {seed}"


def took(milliseconds: float) -> str:
    return f"{milliseconds:.1f} ms"


OWN_PICTURE = "your picture"


def listed(names: Iterable[str]) -> str:
    """Several names in a row."""
    return ", ".join(names)


def joined(sentences: Iterable[str]) -> str:
    """Several sentences, one after the other; empty ones are left out."""
    return " ".join(sentence for sentence in sentences if sentence)


def named(what: str, text: str) -> str:
    """A text, and before it what it is about."""
    return f"{what}: {text}"
