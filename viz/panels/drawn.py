"""In which language a figure is drawn: that of the page, or English where no font has its letters,
because a word in another language is better than a row of boxes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from viz.plots.fonts import undrawable
from viz.words import ENGLISH, language, page, spoken


@contextmanager
def drawable_words() -> Iterator[None]:
    """Speak a language inside whose words can be drawn."""
    sample = "".join(page.CASE_NAMES.values())
    with spoken(ENGLISH if undrawable(sample) else language()):
        yield
