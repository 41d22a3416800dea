"""Runs a recipe: scenes, image warm-up, text warm-up, fusions; then writes what Duet ships."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from fusion.data.shapes.vocabulary import ANSWERS, LANGUAGES, answer_name
from fusion.models.model import Backbone, build_fusion
from fusion.models.store import load_backbone, load_weights, save_family, write_atomically
from fusion.models.strategies.base import Fusion
from fusion.models.tally import Tally
from fusion.models.tokenizer import QuestionTokenizer
from fusion.training.answer_stage import AnswerStage, EncodedShelf, encode_bank
from fusion.training.bank import Shelf, load_bank, make_bank
from fusion.training.described import describe_bank
from fusion.training.image_stage import ImageStage
from fusion.training.loop import Stage, run_stage
from fusion.training.pretrained import extend_tokenizer, initialise_text_encoder
from fusion.training.recipe import Recipe, StageConfig
from fusion.training.shards import Shard, ShardMaker, ShardQueue, sample_questions
from fusion.training.tally_stage import GroundedShelf, TallyStage
from fusion.training.text_stage import TextStage
from fusion.training.word_vectors import fill_table

TOKENIZER_SCENES = 8_000
VALIDATION_QUESTIONS = 6
SETS = {"seen": ("train", None), "new en": ("held-out", "en"), "new zh": ("held-out", "zh")}


class Run:
    """One training run in a folder of its own; every part of it can be resumed.

    With `start`, a folder such as assets, its backbone is taken as it is (no warm-up stages) and
    training goes on from its fusions. With `teacher`, another such folder, this run's encoders
    learn to give what the teacher's give (`StageConfig.imitate`), so that training goes on from
    the teacher's fusions too; the word pieces are the teacher's, and so is an encoder that the
    recipe has no stage for.
    """

    def __init__(
        self,
        recipe: Recipe,
        folder: Path,
        *,
        device: torch.device,
        start: Path | None = None,
        teacher: Path | None = None,
    ) -> None:
        self.recipe, self.folder, self.device, self.start = recipe, folder, device, start
        torch.manual_seed(recipe.seed)
        self.tokenizer_file = folder / "tokenizer.json"
        self.backbone = Backbone(recipe.backbone)
        if start is not None:
            load_weights(self.backbone, start / "backbone" / "model.safetensors")
            words = (start / "backbone" / "tokenizer.json").read_text(encoding="utf-8")
            write_atomically(self.tokenizer_file, words)
        self.fusions_from = start or teacher
        self.teacher: Backbone | None = None
        if teacher is not None:
            self.teacher = load_backbone(teacher / "backbone").to(device)
            self._take_from_teacher(self.teacher)
            words = (teacher / "backbone" / "tokenizer.json").read_text(encoding="utf-8")
            write_atomically(self.tokenizer_file, words)
        self.tally: Tally | None = None
        self._described: dict[str, dict[int, np.ndarray]] = {}
        self._banks: dict[str, list[Shelf]] = {}
        self._encoded: dict[str, list[EncodedShelf]] = {}
        self._queue: ShardQueue | None = None
        self._validation: dict[str, Shard] | None = None

    def _take_from_teacher(self, teacher: Backbone) -> None:
        """Its encoders, where the recipe trains none. ValueError when they are others."""
        trained = {stage.kind for stage in self.recipe.stages}
        for kind in {"image", "text"} - trained:
            name = f"{kind}_encoder"
            mine, its = getattr(self.backbone, name), getattr(teacher, name)
            try:
                mine.load_state_dict(its.state_dict())
            except RuntimeError as error:
                raise ValueError(
                    f"the recipe has no stage for its {kind} encoder, and the teacher's is another"
                ) from error

    # ---------------------------------------------------------------- what the stages share

    def bank(self, name: str) -> list[Shelf]:
        """The training or the validation scenes, drawn on first use."""
        if name not in self._banks:
            first, count = {
                "bank": (self.recipe.first_scene, self.recipe.scenes),
                "bank-val": (self.recipe.first_validation_scene, self.recipe.validation_scenes),
            }[name]
            make_bank(
                self.folder / name,
                first_seed=first,
                scenes=count,
                regions=self.recipe.backbone.regions,
                looks="train",
                workers=os.cpu_count() or 1,
            )
            self._banks[name] = load_bank(self.folder / name)
        return self._banks[name]

    def seeds(self, name: str) -> np.ndarray:
        """The scenes of a bank in the order of its shelves."""
        return np.concatenate([shelf.seeds for shelf in self.bank(name)])

    def encoded(self, name: str) -> list[EncodedShelf]:
        """The regions of a bank's scenes, by the image encoder as it is now."""
        if name not in self._encoded:
            self._encoded[name] = encode_bank(
                self.backbone,
                self.bank(name),
                cache=self.folder / f"encoded-{name}",
                device=self.device,
                described=self.described(name),
            )
        return self._encoded[name]

    def described(self, name: str) -> dict[int, np.ndarray]:
        """What an image encoder that does not learn says of a bank's scenes; empty if it does."""
        if self.backbone.image_encoder.learns:
            return {}
        if name not in self._described:
            self._described[name] = describe_bank(
                self.bank(name),
                self.folder / name,
                self.recipe.backbone,
                cache=self.folder / f"described-{name}",
                workers=os.cpu_count() or 1,
            )
        return self._described[name]

    def tokenizer(self) -> Path:
        """The word pieces, learned from the questions of many scenes on first use.

        The library breaks ties at random, so two runs may differ in rare pieces; within a run
        the file is kept."""
        if not self.tokenizer_file.exists():
            first = self.recipe.first_scene
            scenes = min(TOKENIZER_SCENES, self.recipe.scenes)
            texts = sample_questions(range(first, first + scenes))
            QuestionTokenizer.train(
                texts,
                vocabulary=self.recipe.backbone.vocabulary,
                max_tokens=self.recipe.backbone.max_tokens,
            ).save(self.tokenizer_file)
            if self.recipe.text_initial is not None:
                extend_tokenizer(self.tokenizer_file, self.recipe.text_initial)
        return self.tokenizer_file

    def queue(self) -> ShardQueue:
        """Fresh questions about the training scenes."""
        if self._queue is None:
            self._queue = ShardQueue(
                self.folder / "shards",
                self.seeds("bank"),
                self.tokenizer(),
                max_tokens=self.recipe.backbone.max_tokens,
                focus=self.recipe.focus,
            )
        return self._queue

    def validation(self) -> dict[str, Shard]:
        """Questions about the validation scenes, seen phrasings and held-out ones."""
        if self._validation is None:
            maker = ShardMaker(
                self.seeds("bank-val").tolist(),
                self.tokenizer(),
                self.recipe.backbone.max_tokens,
            )
            self._validation = {
                name: maker.make(0, count=VALIDATION_QUESTIONS, phrasings=p, language=language)
                for name, (p, language) in SETS.items()
            }
        return self._validation

    # ---------------------------------------------------------------- stages

    def stage(self, config: StageConfig) -> Stage:
        """The stage of a configuration, on this run's backbone."""
        builders = {
            "image": self._image,
            "text": self._text,
            "tally": self._tally,
            "answers": self._answers,
        }
        if config.kind not in builders:
            raise ValueError(f"unknown kind of stage {config.kind!r}; known: {', '.join(builders)}")
        torch.manual_seed(self.recipe.seed)  # read-outs start the same in a resumed run
        return builders[config.kind](config)

    def _image(self, config: StageConfig) -> Stage:
        return ImageStage(
            config,
            self.backbone.image_encoder,
            self.recipe.backbone.width,
            bank=self.bank("bank"),
            validation=self.bank("bank-val"),
            seed=self.recipe.seed,
            device=self.device,
            teacher=None if self.teacher is None else self.teacher.image_encoder,
            described=self.described("bank") | self.described("bank-val"),
            taught=self._taught("bank"),
        )

    def _taught(self, name: str) -> dict[int, Tensor]:
        """The teacher's regions of a bank whose images stay as they are in training."""
        if self.teacher is None or not self.described(name):
            return {}
        encoded = encode_bank(
            self.teacher, self.bank(name), cache=self.folder / f"taught-{name}", device=self.device
        )
        return {id(b): e.regions for b, e in zip(self.bank(name), encoded, strict=True)}

    def _text(self, config: StageConfig) -> Stage:
        if self.recipe.backbone.text_encoder == "word2vec":
            self._fill_word_vectors()
        if self.recipe.text_initial is not None:
            initialise_text_encoder(
                self.backbone.text_encoder.bert, self.tokenizer(), self.recipe.text_initial
            )
        return TextStage(
            config,
            self.backbone.text_encoder,
            self.recipe.backbone,
            queue=self.queue(),
            scenes=config.scenes or self.recipe.scenes,
            validation=self.validation(),
            seed=self.recipe.seed,
            device=self.device,
            teacher=None if self.teacher is None else self.teacher.text_encoder,
        )

    def _tally(self, config: StageConfig) -> Stage:
        shelves = {
            name: [
                GroundedShelf(encoded=encoded, truth=truth)
                for encoded, truth in zip(self.encoded(name), self.bank(name), strict=True)
            ]
            for name in ("bank", "bank-val")
        }
        self.tally = Tally(self.recipe.backbone.width)
        return TallyStage(
            config,
            self.backbone,
            self.tally,
            training=shelves["bank"],
            validation=shelves["bank-val"],
            queue=self.queue(),
            questions=self.validation()[next(iter(SETS))],
            seed=self.recipe.seed,
            device=self.device,
        )

    def _fill_word_vectors(self) -> None:
        """Word2Vec's table, trained on the questions alone on first use; a file keeps it."""
        first, scenes = self.recipe.first_scene, min(TOKENIZER_SCENES, self.recipe.scenes)
        fill_table(
            self.backbone.text_encoder,
            sample_questions(range(first, first + scenes)),
            QuestionTokenizer.load(self.tokenizer(), max_tokens=self.recipe.backbone.max_tokens),
            file=self.folder / "word-vectors.safetensors",
            seed=self.recipe.seed,
        )

    def _answers(self, config: StageConfig) -> Stage:
        return AnswerStage(
            config,
            self.backbone,
            self.fusions(config),
            encoded=self.encoded("bank"),
            queue=self.queue(),
            encoded_validation=self.encoded("bank-val"),
            validation=self.validation(),
            masks=self.recipe.masks,
            seed=self.recipe.seed,
            device=self.device,
        )

    def fusions(self, config: StageConfig) -> dict[str, Fusion]:
        """Fresh fusions of a stage, with the tally as it was warmed up."""
        torch.manual_seed(self.recipe.seed)
        fusions = {
            name: build_fusion(self.recipe.fusion_config(name, ANSWERS)) for name in config.fusions
        }
        for fusion in fusions.values():
            tally = getattr(fusion, "tally", None)
            if self.tally is not None and isinstance(tally, Tally):
                tally.load_state_dict(self.tally.state_dict())
        if self.fusions_from is not None:
            for name, fusion in fusions.items():
                weights = self.fusions_from / "fusions" / name / "model.safetensors"
                if weights.exists():
                    load_weights(fusion, weights)
        return fusions

    # ---------------------------------------------------------------- the whole

    def fit(self, *, out: Path | None = None, only: Sequence[str] = ()) -> None:
        """All stages in order; one that is finished is only loaded. `only` picks among the
        stages of answers, which do not depend on each other, so that several processes can share
        them. With `out`, what such a stage trained is written there as soon as it is finished."""
        names = [c.name for c in self.recipe.stages]
        if unknown := sorted(set(only) - set(names)):
            raise ValueError(f"no stage {', '.join(unknown)}; known: {', '.join(names)}")
        for config in self.recipe.stages:
            if config.kind == "answers" and only and config.name not in only:
                continue
            if config.kind != "answers" and self.start is not None:
                continue
            stage = self.stage(config)
            run_stage(stage, self.folder / config.name, seed=self.recipe.seed, device=self.device)
            if out is not None and isinstance(stage, AnswerStage):
                self.export(out, stage.fusions)

    def export(self, out: Path, fusions: dict[str, Fusion]) -> None:
        """Write backbone, words and fusions as `Engine.load` reads them."""
        save_family(
            out,
            self.backbone,
            tokenizer=self.tokenizer().read_text(encoding="utf-8"),
            answers={a: {lang: answer_name(a, lang) for lang in LANGUAGES} for a in ANSWERS},
            fusions=fusions.values(),
        )
