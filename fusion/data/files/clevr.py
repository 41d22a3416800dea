"""CLEVR (Johnson et al. 2017) as published: a question file and a folder of images."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fusion.data import DATASETS
from fusion.data.files.answers import normalise_answer
from fusion.data.files.reading import ImageFolder, entries, field, folder, read_document, words
from fusion.data.files.record import FilesDataset, Record


@DATASETS.register(
    "clevr",
    label="CLEVR",
    summary="Questions about rendered scenes that take several steps to answer; an answer is right "
    "or wrong.",
    source="Johnson et al. 2017",
)
class Clevr(FilesDataset):
    """Questions (`CLEVR_val_questions.json`) and the folder that holds the images they name, itself
    or in a folder of the split's name (images/val)."""

    def _read(self) -> Iterator[Record]:
        if self.annotations is not None:
            raise ValueError("CLEVR has no annotation file: the answers stand with the questions")
        images = ImageFolder(folder(self.images, "the folder of images"))
        seen: dict[int, str] = {}
        for where, entry in entries(read_document(self.questions), "questions", self.questions):
            number = self._number(entry, where, seen)
            name = words(entry, "image_filename", where)
            split = entry.get("split")
            others = (f"{split}/{name}",) if isinstance(split, str) else ()
            answer = normalise_answer(_answer(entry, where))
            yield Record(
                id=str(number),
                image=images.find(name, where, *others),
                question=words(entry, "question", where),
                answer=answer,
                targets={answer: 1.0},
                kind=_kind(entry, where),
                where=where,
            )

    def _number(self, entry: dict[str, Any], where: str, seen: dict[int, str]) -> int:
        """The question's index; its place among the questions where the file gives none."""
        given = "question_index" in entry
        number = field(entry, "question_index", int, where) if given else len(seen)
        if number in seen:
            raise ValueError(f"{where}: question_index {number} is that of {seen[number]} too")
        seen[number] = where
        return number


def _answer(entry: dict[str, Any], where: str) -> str:
    if "answer" not in entry:
        raise ValueError(
            f"{where}: the key 'answer' is missing; CLEVR's test questions have none, so use those "
            "of train or val"
        )
    return words(entry, "answer", where)


def _kind(entry: dict[str, Any], where: str) -> str:
    """The last step of the question's program, such as count or exist; empty without a program."""
    if not entry.get("program"):
        return ""
    last = field(entry, "program", list, where)[-1]
    if not isinstance(last, dict):
        raise ValueError(f"{where}: the steps of 'program' must be objects, got {last!r}")
    return words(last, "function" if "function" in last else "type", f"{where}, last step")
