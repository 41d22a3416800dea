"""The run on own data: read, build, fill with published weights, train, write what Duet loads.

    python -m fusion.training fit --data csv --questions a.csv --validation-questions b.csv --out m

The folder of the run keeps the options, the word pieces and the last epoch; the same command goes
on where it was stopped, and refuses to mix two runs.
"""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path
from typing import Any

import torch

from fusion.models.hub import fetch_bert, fetch_resnet50, fill_bert, fill_resnet
from fusion.models.model import Backbone, build_fusion
from fusion.models.store import read_json, save_family, write_atomically
from fusion.models.tokenizer import QuestionTokenizer
from fusion.question import LANGUAGES, clean_question
from fusion.training.loop import run_stage
from fusion.training.own.data import Files, OwnData, read_data
from fusion.training.own.options import PARTS, OwnConfig, flag
from fusion.training.own.stage import OwnModel, OwnStage
from fusion.training.recipe import MaskRates, StageConfig
from fusion.training.team import Team
from fusion.training.word_vectors import fill_table

RUN = Path("runs/own")
WORKERS = 2
STAGE = "fit"
OPTIONS, TOKENIZER = "options.json", "tokenizer.json"
UNTRAINED = "give --untrained to build it with random weights and train it from scratch"


def fit_own(given: Namespace, team: Team) -> None:
    """Train by the command line's options; raises ValueError with a sentence for the user."""
    for name in ("questions", "validation_questions", "out"):
        if getattr(given, name) is None:
            raise ValueError(f"{flag(name)} must be given with --data")
    workers = WORKERS if given.workers is None else given.workers
    if workers < 0:
        raise ValueError(f"--workers must be 0 or more, got {workers}")
    config = OwnConfig.of(given)
    training = Files(questions=given.questions, annotations=given.annotations, images=given.images)
    validation = Files(
        questions=given.validation_questions,
        annotations=given.validation_annotations,
        images=given.validation_images or given.images,
    )
    data = read_data(config.data, training, validation, answers=config.answers)
    OwnRun(config, data, given.run or RUN, team=team).fit(given.out, workers=workers)


class OwnRun:
    """A run in a folder of its own, which is made when it starts."""

    def __init__(self, config: OwnConfig, data: OwnData, folder: Path, *, team: Team) -> None:
        self.config, self.data, self.folder, self.team = config, data, folder, team

    def fit(self, out: Path, *, workers: int) -> None:
        """Train to the end, from the last epoch if there is one, and write the model to `out`."""
        name = self.config.fusion(self.data.vocabulary.answers).name
        _check_free(out, name)
        self._check_same()
        with self.team.in_turn():
            model, tokenizer = self._built()
        stage = OwnStage(
            self._stage_config(model),
            model,
            self.data,
            tokenizer=tokenizer,
            masks=MaskRates(),
            class_weights=self.config.class_weights,
            workers=workers,
            seed=self.config.seed,
            team=self.team,
        )
        if self.team.first:
            print(self._summary(name), flush=True)
        run_stage(
            stage,
            self.folder / STAGE,
            seed=self.config.seed,
            device=self.team.device,
            team=self.team,
        )
        if self.team.first:
            self._export(out, model)
            print(f"written to {out}", flush=True)
        self.team.wait()

    # ---------------------------------------------------------------- what a run is

    def _identity(self) -> dict[str, Any]:
        """All that the weights depend on, but for what the files hold."""
        return {
            **json.loads(json.dumps(self.config.to_dict())),
            "training": len(self.data.training),
            "validation": len(self.data.validation),
            "names": list(self.data.vocabulary.answers),
        }

    def _check_same(self) -> None:
        path = self.folder / OPTIONS
        if not path.exists():
            return
        before, now = read_json(path), self._identity()
        other = [key for key in now if before.get(key) != now[key]]
        if other:
            shown = "; ".join(
                f"{k} was {_short(before.get(k))}, is {_short(now[k])}" for k in other
            )
            raise ValueError(
                f"--run: {self.folder} holds a run with other options or data ({shown}); name "
                "another folder, or give the same to go on with it"
            )

    def _start(self, tokenizer: QuestionTokenizer) -> None:
        """Keep the word pieces and the options, the options last: they say that a run is here."""
        tokenizer.save(self.folder / TOKENIZER)
        text = json.dumps(self._identity(), indent=1, ensure_ascii=False)
        write_atomically(self.folder / OPTIONS, text + "\n")

    def _summary(self, name: str) -> str:
        data, config = self.data, self.config
        return (
            f"{config.image_encoder} + {config.text_encoder} + {name}: {len(data.training)} "
            f"questions to train on ({data.unlearnable} left out: their answer is none of the "
            f"{len(data.vocabulary)}, or the question cannot be asked), "
            f"{len(data.validation) + data.refused} to validate, {self.team.size} "
            f"process{'es' if self.team.size > 1 else ''} on {self.team.device.type}"
        )

    # ---------------------------------------------------------------- the model

    def _built(self) -> tuple[OwnModel, QuestionTokenizer]:
        """The model with its starting weights and the word pieces, the same in every process."""
        torch.manual_seed(self.config.seed)
        backbone = Backbone(self.config.backbone())
        fusion = build_fusion(self.config.fusion(self.data.vocabulary.answers))
        model = OwnModel(backbone, fusion, freeze=self.config.freeze)
        self._stage_config(model)  # what the options say of it is checked before anything is kept
        trained = (self.folder / STAGE / "state.json").exists()
        wanted = () if trained else self.config.pretrained  # a checkpoint holds all weights
        bert = _or_untrained(fetch_bert) if "text" in wanted else None
        resnet = _or_untrained(fetch_resnet50) if "image" in wanted else None
        vectors = self.folder / "word-vectors.safetensors"
        if not (self.folder / OPTIONS).exists():
            vectors.unlink(missing_ok=True)
            self._start(self._tokenizer(None if bert is None else bert.pieces))
        tokenizer = QuestionTokenizer.load(
            self.folder / TOKENIZER, max_tokens=backbone.config.max_tokens
        )
        if bert is not None:
            fill_bert(backbone.text_encoder, bert)
        if resnet is not None:
            fill_resnet(backbone.image_encoder, resnet)
        if self.config.text_encoder == "word2vec":
            fill_table(backbone.text_encoder, self._questions(), tokenizer, file=vectors)
        return model, tokenizer

    def _tokenizer(self, pieces: tuple[str, ...] | None) -> QuestionTokenizer:
        """Published word pieces, or ones learned from the training questions."""
        sizes = self.config.backbone()
        if pieces is not None:
            return QuestionTokenizer.of_pieces(pieces, max_tokens=sizes.max_tokens)
        return QuestionTokenizer.train(
            self._questions(), vocabulary=sizes.vocabulary, max_tokens=sizes.max_tokens
        )

    def _questions(self) -> list[str]:
        return [clean_question(record.question) for record in self.data.training]

    def _stage_config(self, model: OwnModel) -> StageConfig:
        rates: dict[str, float] = {}
        for part in PARTS:
            rate, trunk = self.config.part_rate(part), model.trunk(part)
            for option, is_given in (
                ("--freeze", part in self.config.freeze),
                (f"--rate-{part}", getattr(self.config, f"rate_{part}") is not None),
            ):
                if is_given and not trunk:
                    encoder = getattr(self.config, f"{part}_encoder")
                    raise ValueError(f"{option}: {encoder} has no layers of its own that learn")
            rates |= {} if rate is None else dict.fromkeys(trunk, rate)
        return StageConfig(
            name=STAGE,
            kind="own",
            epochs=self.config.epochs,
            rate=self.config.rate,
            batch=self.config.batch,
            rates=rates,
        )

    def _export(self, out: Path, model: OwnModel) -> None:
        """Write the folder that `Engine.load` reads; an answer has one name in every language."""
        save_family(
            out,
            model.backbone,
            tokenizer=(self.folder / TOKENIZER).read_text(encoding="utf-8"),
            answers={a: dict.fromkeys(LANGUAGES, a) for a in self.data.vocabulary.answers},
            fusions=[model.fusion],
        )


def _or_untrained(fetch: Any) -> Any:
    """What is published, or an error that names the way without it."""
    try:
        return fetch()
    except ValueError as error:
        raise ValueError(f"{error}; {UNTRAINED}") from error


def _check_free(out: Path, name: str) -> None:
    """Raise when a folder holds fusions that a new backbone would make useless."""
    others = [f.parent.name for f in sorted(out.glob("fusions/*/config.json"))]
    if others and others != [name]:
        raise ValueError(
            f"--out: {out} holds other models ({', '.join(others[:3])}); name another folder"
        )


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:40]}…"
