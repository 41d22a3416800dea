"""The pretrained model's progress, what a page says that cannot work with it, and the sample
photographs, as HTML. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from fusion.outputs import Fetch, HubInfo
from viz.panels.photographs import Photograph, title
from viz.words import hub as words


def progress(info: HubInfo, now: Fetch) -> str:
    """A bar, empty of a value while nobody knows how much there is, and the sentence."""
    said = escape(words.progress(info.label, now.phase, now.done, now.total))
    known = f' max="{now.total}" value="{min(now.done, now.total)}"' if now.total else ""
    return (
        f'<p class="hub-status" role="status"><progress aria-label="{words.PROGRESS}"{known}>'
        f"</progress> {said}</p>"
    )


def answering(info: HubInfo) -> str:
    """That it is answering, with a bar that shows no more than that."""
    said = escape(words.ANSWERING.format(label=info.label))
    return (
        f'<p class="hub-status" role="status"><progress aria-label="{words.PROGRESS_ANSWER}">'
        f"</progress> {said}</p>"
    )


def told(text: str) -> str:
    """A sentence, nothing where there is none."""
    return f'<p class="hub-status" role="status">{escape(text)}</p>' if text else ""


def refused(text: str) -> str:
    """Why a page shows nothing of this model; nothing where it does."""
    return f'<p class="notice" role="alert">{escape(text)}</p>' if text else ""


def photographs(pictures: Sequence[tuple[Photograph, str]]) -> str:
    """Each photograph with its picture as a button that says which it is, its credit below."""
    shown = "".join(
        f'<figure><button type="button" data-index="{i}" title="{escape(title(photo))}">'
        f'<img src="{escape(uri)}" alt="{escape(title(photo))}"></button>'
        f"<figcaption>{escape(photo.credit)}</figcaption></figure>"
        for i, (photo, uri) in enumerate(pictures)
    )
    heading = f"{words.PHOTOS} <small>{words.PHOTOS_FROM}</small>"
    return (
        f'<section class="photos" aria-label="{words.PHOTOS}"><h2>{heading}</h2>{shown}</section>'
    )
