"""Every word of the state link, the class mode and the saved figure and numbers."""

from __future__ import annotations

from viz.words.en import page as words

SHARE = {
    "group": "Pass on what this page shows",
    "copy": "Copy link",
    "copied": "Copied: the link opens exactly this.",
    "byHand": "The browser does not let the page copy. Copy the link from here:",
    "save": "Save",
    "saving": "Making the file …",
    "cancel": "Cancel",
    "cancelled": "Given up; no file was made.",
    "saved": "Saved as {name}.",
    "failed": "The file could not be made.",
}
ASKING = "Asking the model …"
VERSIONS = "Looking up the versions of model and data …"
DRAWING = "Drawing the figure …"
WRITING = "Writing the file …"
SAVE_AS = {
    "png": "PNG: the figure as an image",
    "svg": "SVG: the figure for print, sharp at every size",
    "json": "JSON: every number",
    "csv": "CSV: every number, for a spreadsheet",
}

NO_LINK_PICTURE = (
    "There is no link to your own picture: a link holds only the number of a made scene. "
    "Save the figure or the numbers instead."
)
NO_LINK_FUSION = (
    "There is no link to a fusion that you trained: it is kept for you alone, and only for a while."
)
NO_LINK_LENGTH = "So much is erased that it does not fit in a link. Save the figure instead."

NO_FONT = (
    "The figure cannot be drawn here: this machine has no font for {missing!r}. "
    "JSON and CSV have every number all the same."
)
NOT_OFFERED = (
    "This page was opened for a class and takes only the questions that it offers. Press one of "
    "those below the question box."
)
UNKNOWN_KIND = "There is no file of kind {got!r}; known: {known}."
FILE = "duet-{picture}-{fusion}.{kind}"
FIGURE = {
    "answers": "answers, probability",
    "words": "weight on the words",
    "weight": "attention weight",
    "share": "measured share",
    "image": "image",
    "text": "question",
    "cases": "probability of “{answer}” when it saw …",
    "scale": "× uniform",
    "no_map": "no attention over regions",
    "no_words": "no attention over words",
    "none": "none",
}
FOOT = (
    "{picture} · fusion {fusion} · backbone {backbone} · {shown} · model {model} · data {data} · "
    "{name}"
)

# ------------------------------------------------------------------ what a link may hold

BAD_SCENE = "scene must be a whole number from 0 to {most}, but is {got!r}"
BAD_HIDE = "hide may list image and question, but is {got!r}"
BAD_OFF = "off must list numbers of words, such as 0,3, but is {got!r}"
BAD_ERASED = (
    "erased must list boxes of four whole numbers, left.top.right.bottom in 192nds of the picture, "
    "but is {got!r}"
)
BAD_TAB = "there is no tab {got!r}; known: {known}"
BAD_FREE = "free must be 0 or 1, but is {got!r}"
BAD_QUESTIONS = "questions may list at most {most} questions, with | between them"


def bad_link(reasons: str) -> str:
    """What is said when a link cannot be followed."""
    return f"This link cannot be followed: {reasons} The page is shown as it opens."


def bad_class(reasons: str) -> str:
    """What is said when a class mode cannot be followed."""
    return f"This link sets something up that there is not: {reasons} It is left out."


# ------------------------------------------------------------------ About

ABOUT = f"""
## Teaching with it
*Copy link* on the {words.TAB_ASK} tab gives an address that opens exactly what you see: the scene,
the question, fusion and backbone, what is hidden, switched off or erased. Add `&tab=compare` to
open it on another tab. Your own picture cannot be in a link.

Two more parameters make a page for a class: `tabs=ask,compare` shows only these tabs, and
`questions=what colour is the star?|how many are red?` offers these questions below the question
box, for every scene, in place of the scene's own. Other questions can still be written; with
`free=0` they cannot, and the box only shows what is asked. The tabs are called {{tabs}}.

Beside *Copy link*, the figure can be saved as PNG and SVG, and every number as JSON and CSV, with
the versions of the model and of the data: they change whenever a weight, or what the generator
draws, does. `assets/duet.ipynb` does the same in a notebook.
"""
