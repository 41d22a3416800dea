"""Fonts for figures: matplotlib's own, and one with Chinese where the machine has one.

What cannot be drawn with them can be asked for before: no text ever becomes boxes.
"""

from __future__ import annotations

from functools import cache

from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager, get_font
from matplotlib.text import Text

LATIN = "DejaVu Sans"  # comes with matplotlib
CHINESE = (
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans SC", "Source Han Sans SC", "PingFang SC",
    "Hiragino Sans GB", "Heiti SC", "Microsoft YaHei", "SimHei", "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei", "Droid Sans Fallback", "Noto Serif CJK SC",
)  # fmt: skip


@cache
def families() -> tuple[str, ...]:
    """The fonts that are tried for each letter: matplotlib's own, then one with Chinese if any."""
    there = {font.name for font in fontManager.ttflist}
    return (LATIN, *[name for name in CHINESE if name in there][:1])


def undrawable(text: str) -> str:
    """The letters that no font of this machine has, each once.

    >>> undrawable("red"), undrawable(chr(0x10FFFE)) == chr(0x10FFFE)
    ('', True)
    """
    fonts = [get_font(fontManager.findfont(name)) for name in families()]
    letters = dict.fromkeys(c for c in text if not c.isspace())
    return "".join(c for c in letters if not any(f.get_char_index(ord(c)) for f in fonts))


def in_fonts(figure: Figure) -> Figure:
    """The same figure, every letter of it in the first of the fonts that has it."""
    for artist in figure.findobj(Text):
        if isinstance(artist, Text):
            artist.set_fontfamily(list(families()))
    return figure


def written(figure: Figure) -> str:
    """All that a figure writes."""
    found = (artist.get_text() for artist in figure.findobj(Text) if isinstance(artist, Text))
    return "".join(found)
