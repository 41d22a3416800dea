"""Markdown tables, and text between markers in a file; used for what commands print and write."""

from __future__ import annotations

from collections.abc import Sequence
from unicodedata import east_asian_width


def table(heading: Sequence[str], rows: Sequence[Sequence[str]], *, texts: int = 1) -> str:
    """A table whose first `texts` columns are words; the others are numbers, right-aligned.

    >>> print(table(["what", "ms"], [["ask", "12"]]))
    | what | ms |
    |:-----|---:|
    | ask  | 12 |
    """
    if wrong := [row for row in rows if len(row) != len(heading)]:
        raise ValueError(f"each row must have {len(heading)} cells like {heading}, got {wrong[0]}")
    lines = [heading, *rows]
    widths = [max(_width(line[i]) for line in lines) for i in range(len(heading))]
    rule = [
        f":{'-' * (width + 1)}" if i < texts else f"{'-' * (width + 1)}:"
        for i, width in enumerate(widths)
    ]
    cells = [[_padded(line[i], widths[i], i < texts) for i in range(len(line))] for line in lines]
    body = [f"| {' | '.join(line)} |" for line in cells]
    return "\n".join([body[0], f"|{'|'.join(rule)}|", *body[1:]])


def _padded(cell: str, width: int, left: bool) -> str:
    spaces = " " * (width - _width(cell))
    return cell + spaces if left else spaces + cell


def _width(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def replace_between(text: str, name: str, new: str) -> str:
    r"""The text with `new` between the markers `<!-- name:begin -->` and `<!-- name:end -->`.

    >>> replace_between("<!-- a:begin -->old<!-- a:end -->", "a", "new")
    '<!-- a:begin -->\nnew\n<!-- a:end -->'
    """
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(end) < text.index(begin):
        raise ValueError(f"the text must have {begin} and, after it, {end}, each once")
    before, _, rest = text.partition(begin)
    return f"{before}{begin}\n{new}\n{end}{rest.partition(end)[2]}"
