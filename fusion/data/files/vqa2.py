"""VQA v2 (Goyal et al. 2017) as published: a question file, an annotation file, COCO's images."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from fusion.data import DATASETS
from fusion.data.files.answers import normalise_answer, soft_scores
from fusion.data.files.reading import (
    ImageFolder,
    entries,
    field,
    folder,
    read_document,
    required,
    words,
)
from fusion.data.files.record import FilesDataset, Record

PEOPLE = 10


@DATASETS.register(
    "vqa2",
    label="VQA v2",
    summary="Questions about photographs with the answers of ten people each; an answer earns what "
    "the official evaluation gives it.",
    source="Goyal et al. 2017",
)
class Vqa2(FilesDataset):
    """Questions (`v2_OpenEnded_…_questions.json`), annotations (`v2_…_annotations.json`) and a
    folder of images named as COCO names them: COCO_val2014_000000000042.jpg, in the folder itself
    or in its folder val2014, or only 000000000042.jpg."""

    soft: ClassVar[bool] = True

    def _read(self) -> Iterator[Record]:
        annotations = self._annotations()
        images = ImageFolder(folder(self.images, "the folder of images"))
        document = read_document(self.questions)
        part = words(document, "data_subtype", self.questions.name)
        seen: dict[int, str] = {}
        for where, entry in entries(document, "questions", self.questions):
            number = field(entry, "question_id", int, where)
            _new(number, seen, where)
            if number not in annotations:
                raise ValueError(f"{where}: question {number} has no annotation")
            place, annotation = annotations[number]
            picture = field(entry, "image_id", int, where)
            if picture != field(annotation, "image_id", int, place):
                raise ValueError(
                    f"{place}: image_id is {annotation['image_id']}, but question {number} is "
                    f"about the image {picture}"
                )
            name = f"COCO_{part}_{picture:012d}.jpg"
            yield Record(
                id=str(number),
                image=images.find(name, where, f"{part}/{name}", f"{picture:012d}.jpg"),
                question=words(entry, "question", where),
                where=where,
                **_answers(annotation, place),
            )
        self._check_asked(annotations, seen)

    def _annotations(self) -> dict[int, tuple[str, dict[str, Any]]]:
        """Every annotation and its place, by question."""
        path = required(self.annotations, "the annotation file")
        found: dict[int, tuple[str, dict[str, Any]]] = {}
        seen: dict[int, str] = {}
        for where, entry in entries(read_document(path), "annotations", path):
            number = field(entry, "question_id", int, where)
            _new(number, seen, where)
            found[number] = where, entry
        return found

    def _check_asked(self, annotations: dict[int, tuple[str, Any]], asked: dict[int, str]) -> None:
        for number, (place, _) in annotations.items():
            if number not in asked:
                raise ValueError(
                    f"{place}: question {number} is not among those of {self.questions.name}"
                )


def _new(number: int, seen: dict[int, str], where: str) -> None:
    """Remember where a question stands; raise when it stood somewhere before."""
    if number in seen:
        raise ValueError(f"{where}: question_id {number} is that of {seen[number]} too")
    seen[number] = where


def _answers(annotation: dict[str, Any], where: str) -> dict[str, Any]:
    """The fields of a record that come from its annotation."""
    given = field(annotation, "answers", list, where)
    if len(given) != PEOPLE:
        raise ValueError(f"{where}: there are {len(given)} answers; VQA v2 has {PEOPLE} for each")
    said = []
    for number, answer in enumerate(given, start=1):
        place = f"{where}, answer {number}"
        if not isinstance(answer, dict):
            raise ValueError(f"{place}: must be an object with the key 'answer', got {answer!r}")
        said.append(field(answer, "answer", str, place))
    kind = field(annotation, "answer_type", str, where) if "answer_type" in annotation else ""
    common = words(annotation, "multiple_choice_answer", where)
    return {"targets": soft_scores(said), "answer": normalise_answer(common), "kind": kind}
