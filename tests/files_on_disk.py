"""Scenes of shapes written to disk in every format that is read, as it is published."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from fusion.data import DATASETS, files
from fusion.data.files.record import FilesDataset
from fusion.data.shapes.draw import draw
from fusion.data.shapes.questions import Question, questions_of
from fusion.data.shapes.scene import make_scene
from fusion.data.shapes.vocabulary import answer_name

FIRST_SEED = 700_000
QUESTIONS = 3  # per scene, one of them Chinese
PART = "val2014"
ASSETS = Path(files.__file__).parents[3] / "assets"


@dataclass(frozen=True, eq=False, kw_only=True)
class Drawn:
    """A scene as a picture with its questions."""

    image: Image.Image
    questions: tuple[Question, ...]


def drawn(count: int) -> list[Drawn]:
    scenes = [
        make_scene(FIRST_SEED + i, objects=3, size=(96 + 16 * (i % 3), 96)) for i in range(count)
    ]
    return [
        Drawn(
            image=draw(scene).image,
            questions=(
                *questions_of(scene, 0, QUESTIONS - 1, language="en"),
                *questions_of(scene, 1, 1, language="zh"),
            ),
        )
        for scene in scenes
    ]


def name_of(question: Question) -> str:
    return answer_name(question.answer, question.language)


# ------------------------------------------------------------------ the formats, as published


def write_csv(folder: Path, scenes: list[Drawn]) -> None:
    """questions.csv with images in a folder beside it, as a spreadsheet saves it."""
    (folder / "pictures").mkdir(parents=True)
    with (folder / "questions.csv").open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("image", "question", "answer"))
        for i, scene in enumerate(scenes):
            scene.image.save(folder / "pictures" / f"{i}.png")
            rows.writerows((f"pictures/{i}.png", q.text, name_of(q)) for q in scene.questions)


def write_clevr(folder: Path, scenes: list[Drawn]) -> None:
    """questions.json and images/val, with a program for each question."""
    (folder / "images" / "val").mkdir(parents=True)
    questions: list[dict[str, Any]] = []
    for i, scene in enumerate(scenes):
        name = f"CLEVR_val_{i:06d}.png"
        scene.image.save(folder / "images" / "val" / name)
        for q in scene.questions:
            questions.append(
                {
                    "split": "val",
                    "image_index": i,
                    "image_filename": name,
                    "question_index": len(questions),
                    "question": q.text,
                    "answer": name_of(q),
                    "question_family_index": 7,
                    "program": [
                        {"function": "scene", "inputs": [], "value_inputs": []},
                        {"function": q.family, "inputs": [0], "value_inputs": []},
                    ],
                }
            )
    info = {"split": "val", "version": "1.0", "date": "2/14/2017", "license": "CC BY 4.0"}
    write_json(folder / "questions.json", {"info": info, "questions": questions})


def write_vqa2(folder: Path, scenes: list[Drawn]) -> None:
    """questions.json, annotations.json and images; three of ten people say something else."""
    (folder / "images").mkdir(parents=True)
    common = {
        "info": {"description": "a test", "version": "2.0"},
        "license": {"name": "CC BY 4.0", "url": "http://creativecommons.org/licenses/by/4.0/"},
        "data_subtype": PART,
        "data_type": "mscoco",
    }
    questions, annotations = [], []
    for i, scene in enumerate(scenes):
        picture = 42 + i
        scene.image.save(folder / "images" / f"COCO_{PART}_{picture:012d}.jpg", quality=95)
        for j, q in enumerate(scene.questions):
            key = {"image_id": picture, "question_id": 1000 * picture + j}
            questions.append({**key, "question": q.text})
            said = [name_of(q)] * 7 + ["unsure"] * 2 + ["a  Thing."]
            answers = [
                {"answer": a, "answer_confidence": "yes", "answer_id": n}
                for n, a in enumerate(said, start=1)
            ]
            annotations.append(
                {
                    **key,
                    "question_type": "what",
                    "answer_type": "yes/no" if q.answer in ("yes", "no") else "other",
                    "multiple_choice_answer": name_of(q),
                    "answers": answers,
                }
            )
    task = {"task_type": "Open-Ended"}
    write_json(folder / "questions.json", {**common, **task, "questions": questions})
    write_json(folder / "annotations.json", {**common, "annotations": annotations})


WRITERS = {"csv": write_csv, "clevr": write_clevr, "vqa2": write_vqa2}


def write_json(path: Path, document: object) -> None:
    path.write_text(json.dumps(document), encoding="utf-8")


def places(data: str, folder: Path) -> dict[str, Path]:
    """What `evaluate --data` must be told of a folder that one of the writers wrote."""
    if data == "csv":
        return {"questions": folder / "questions.csv"}
    found = {"questions": folder / "questions.json", "images": folder / "images"}
    return found | ({"annotations": folder / "annotations.json"} if data == "vqa2" else {})


def read(data: str, folder: Path) -> FilesDataset:
    paths = places(data, folder)
    dataset: FilesDataset = DATASETS[data].build(paths.pop("questions"), **paths)
    return dataset


@pytest.fixture(scope="module")
def scenes() -> list[Drawn]:
    return drawn(4)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory, scenes: list[Drawn]) -> Path:
    """A folder for each format; tests that damage one work on a copy."""
    root = tmp_path_factory.mktemp("data")
    for data, write in WRITERS.items():
        write(root / data, scenes)
    return root
