"""Look at the data: `python -m fusion.data preview` and `python -m fusion.data contact-sheet`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from fusion.data.shapes.looks import LOOKS
from fusion.data.shapes.preview import contact_sheet, preview


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one of the commands; `arguments` are those of the command line unless given."""
    chosen = _parser().parse_args(arguments)
    if chosen.command == "preview":
        preview(chosen.seed, chosen.out, looks=chosen.looks, count=chosen.questions)
    else:
        contact_sheet(chosen.out)
    print(f"wrote {chosen.out}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m fusion.data", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    scene = commands.add_parser("preview", help="draw one scene with its questions and answers")
    scene.add_argument("--seed", type=int, default=7)
    scene.add_argument("--looks", choices=LOOKS, default="train")
    scene.add_argument("--questions", type=int, default=8, help="questions per language")
    scene.add_argument("--out", type=Path, required=True, help="the PNG to write")
    sheet = commands.add_parser("contact-sheet", help="draw one scene per look")
    sheet.add_argument("--out", type=Path, required=True, help="the PNG to write")
    return parser


if __name__ == "__main__":
    main()
