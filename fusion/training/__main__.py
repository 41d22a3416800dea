"""Command line: fit a recipe, measure what is shipped, rewrite the README's tables."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

ASSETS = Path(__file__).resolve().parents[2] / "assets"
RECIPES = Path(__file__).parent / "recipes"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m fusion.training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    fit = commands.add_parser("fit", help="train backbone and fusions by a recipe")
    fit.add_argument("--config", type=Path, default=RECIPES / "default.json")
    fit.add_argument("--run", type=Path, default=Path("runs/default"), help="folder of the run")
    fit.add_argument("--out", type=Path, help="where to write models, e.g. assets")
    fit.add_argument("--only", nargs="*", default=[], help="names of stages of answers to run")
    fit.add_argument("--start", type=Path, help="models to go on from, e.g. assets")
    measure = commands.add_parser("evaluate", help="measure what is shipped, write metrics.json")
    measure.add_argument("--assets", type=Path, default=ASSETS)
    novel = commands.add_parser("novelty", help="fit the detector of unlike images, measure it")
    novel.add_argument("--assets", type=Path, default=ASSETS)
    write = commands.add_parser("tables", help="rewrite the README's tables from assets")
    write.add_argument("--write", type=Path, default=Path("README.md"))
    write.add_argument("--assets", type=Path, default=ASSETS)
    arguments = parser.parse_args()
    COMMANDS[arguments.command](arguments)


def _fit(arguments: argparse.Namespace) -> None:
    from fusion.training.fit import Run
    from fusion.training.recipe import Recipe

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    run = Run(Recipe.load(arguments.config), arguments.run, device=device, start=arguments.start)
    run.fit(out=arguments.out, only=arguments.only)


def _evaluate(arguments: argparse.Namespace) -> None:
    from fusion.training.evaluate import evaluate
    from fusion.training.tables import render

    evaluate(arguments.assets)
    print(render(arguments.assets))


def _novelty(arguments: argparse.Namespace) -> None:
    from fusion.training.novelty import fit_novelty
    from fusion.training.tables import novelty_table

    print(novelty_table(fit_novelty(arguments.assets)))


def _tables(arguments: argparse.Namespace) -> None:
    from fusion.training.tables import update

    update(arguments.write, arguments.assets)


COMMANDS = {"fit": _fit, "evaluate": _evaluate, "novelty": _novelty, "tables": _tables}

if __name__ == "__main__":
    main()
