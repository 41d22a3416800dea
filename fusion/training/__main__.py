"""Command line: fit a recipe or own data, measure what is shipped, rewrite the README's tables."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch

from fusion.data.files import formats
from fusion.training.own.options import OWN_ONLY, add_own_options, flag

ASSETS = Path(__file__).resolve().parents[2] / "assets"
RECIPES = Path(__file__).parent / "recipes"
EXPLAINER_OPTIONS = ("fusion", "limit", "workers", "out")
RUN = Path("runs/default")
RECIPE_ONLY = ("config", "only", "start", "teacher")
DATA_OPTIONS = ("questions", "annotations", "images", "fusion", "limit", "workers", "out")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m fusion.training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    fit = commands.add_parser("fit", help="train backbone and fusions by a recipe")
    fit.add_argument("--config", type=Path, help="the recipe; the default one if none")
    fit.add_argument("--run", type=Path, help="folder of the run; one in runs if none")
    fit.add_argument("--out", type=Path, help="where to write models, e.g. assets")
    fit.add_argument("--only", nargs="*", help="names of stages of answers to run")
    fit.add_argument("--start", type=Path, help="models to go on from, e.g. assets")
    fit.add_argument("--teacher", type=Path, help="models whose encodings are learned, e.g. assets")
    add_own_options(fit)
    measure = commands.add_parser("evaluate", help="measure what is shipped, write metrics.json")
    measure.add_argument("--assets", type=Path, default=ASSETS)
    measure.add_argument(
        "--explainers",
        action="store_true",
        help="put every explainer to the test on every fusion instead, write explainers.json; "
        "goes on where it was interrupted (--fusion, --limit: scenes, --workers, --out)",
    )
    measure.add_argument("--backbones", action="store_true", help="only those that are compared")
    _data_options(measure)
    novel = commands.add_parser("novelty", help="fit the detector of unlike images, measure it")
    novel.add_argument("--assets", type=Path, default=ASSETS)
    write = commands.add_parser("tables", help="rewrite the README's tables from assets")
    write.add_argument("--write", type=Path, default=Path("README.md"))
    write.add_argument("--assets", type=Path, default=ASSETS)
    arguments = parser.parse_args()
    own = EXPLAINER_OPTIONS if getattr(arguments, "explainers", False) else ()
    needs_data = {"evaluate": DATA_OPTIONS, "fit": OWN_ONLY}.get(arguments.command, ())
    with_data = [name for name in needs_data if name not in own]
    if with_data and arguments.data is None and (given := _given(arguments, with_data)):
        parser.error(f"{given}: only with --data ({', '.join(formats())})")
    if arguments.command == "evaluate":
        if arguments.data and (arguments.backbones or arguments.explainers):
            parser.error("--backbones, --explainers: only without --data")
        if arguments.backbones and arguments.explainers:
            parser.error("--backbones, --explainers: one at a time")
    if arguments.command == "fit" and arguments.data and (given := _given(arguments, RECIPE_ONLY)):
        parser.error(f"{given}: only without --data")
    try:
        COMMANDS[arguments.command](arguments)
    except OSError as error:  # such as a full disk
        raise SystemExit(f"error: {error}") from error


def _given(arguments: argparse.Namespace, names: Sequence[str]) -> str:
    """Those of the options that are on the command line."""
    return ", ".join(flag(name) for name in names if getattr(arguments, name) is not None)


def _data_options(measure: argparse.ArgumentParser) -> None:
    """What `evaluate` needs to measure on a data set on disk; all of it only with --data."""
    on_disk = measure.add_argument_group("on a data set on disk")
    on_disk.add_argument("--data", choices=formats(), help="the format; the shipped sets if none")
    on_disk.add_argument("--questions", type=Path, help="the question file or the CSV file")
    on_disk.add_argument("--annotations", type=Path, help="VQA v2: the annotation file")
    on_disk.add_argument("--images", type=Path, help="folder of images; of the CSV file if none")
    on_disk.add_argument("--fusion", nargs="+", help="names of fusions; all if none")
    on_disk.add_argument("--limit", type=int, help="only the first so many questions")
    on_disk.add_argument("--workers", type=int, help="processes that decode images; 2 if none")
    on_disk.add_argument("--out", type=Path, help="a JSON file to write the report to")


def _fit(arguments: argparse.Namespace) -> None:
    if arguments.data is not None:
        _fit_own(arguments)
        return
    from fusion.training.fit import Run
    from fusion.training.recipe import Recipe

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    recipe = Recipe.load(arguments.config or RECIPES / "default.json")
    run = Run(
        recipe,
        arguments.run or RUN,
        device=device,
        start=arguments.start,
        teacher=arguments.teacher,
    )
    run.fit(out=arguments.out, only=arguments.only or ())


def _fit_own(arguments: argparse.Namespace) -> None:
    from fusion.training.own.fit import fit_own
    from fusion.training.team import Team

    try:
        fit_own(arguments, Team.join())
    except ValueError as error:  # a mistake in the data or the options: a sentence, no traceback
        raise SystemExit(f"error: {error}") from error


def _evaluate(arguments: argparse.Namespace) -> None:
    if arguments.data is not None:
        _evaluate_files(arguments)
        return
    if arguments.explainers:
        _evaluate_explainers(arguments)
        return
    from fusion.training.evaluate import evaluate
    from fusion.training.evaluate_backbones import evaluate_backbones
    from fusion.training.tables import backbones, render

    if not arguments.backbones:
        evaluate(arguments.assets)
        print(render(arguments.assets))
    if arguments.backbones or (arguments.assets / "backbones").is_dir():
        evaluate_backbones(arguments.assets)
        print(backbones(arguments.assets))


def _evaluate_files(arguments: argparse.Namespace) -> None:
    from fusion.training.external_report import evaluate_files

    options = {name: getattr(arguments, name) for name in DATA_OPTIONS}
    try:
        print(evaluate_files(arguments.data, assets=arguments.assets, **options))
    except ValueError as error:  # a mistake in the data or the options: a sentence, no traceback
        raise SystemExit(f"error: {error}") from error


def _evaluate_explainers(arguments: argparse.Namespace) -> None:
    from fusion.training.explainers import evaluate_explainers

    options = {name: getattr(arguments, name) for name in EXPLAINER_OPTIONS}
    try:
        print(evaluate_explainers(arguments.assets, **options))
    except ValueError as error:
        raise SystemExit(f"error: {error}") from error


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
