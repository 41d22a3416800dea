"""Command line: fit a recipe, evaluate what is shipped."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

RECIPES = Path(__file__).parent / "recipes"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m fusion.training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    fit = commands.add_parser("fit", help="train backbone and fusions by a recipe")
    fit.add_argument("--config", type=Path, default=RECIPES / "default.json")
    fit.add_argument("--run", type=Path, default=Path("runs/default"), help="folder of the run")
    arguments = parser.parse_args()

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    from fusion.training.fit import Run
    from fusion.training.recipe import Recipe

    Run(Recipe.load(arguments.config), arguments.run, device=device).fit()


if __name__ == "__main__":
    main()
