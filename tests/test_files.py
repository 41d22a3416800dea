"""Data sets on disk: what is read, what is refused and how, and that images come one by one."""

from __future__ import annotations

import ast
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fusion.data import DATASETS, SCENES, files
from fusion.data.files.answers import normalise_answer
from fusion.data.files.record import grouped
from fusion.data.files.stream import stream
from fusion.data.shapes.vocabulary import COLOURS
from fusion.images import grid_shape, resize
from fusion.opening import open_image
from tests.files_on_disk import (
    PART,
    QUESTIONS,
    WRITERS,
    Drawn,
    name_of,
    read,
    scenes,
    write_json,
    written,
)

__all__ = ["scenes", "written"]
Mutation = Callable[[Path], object]


def test_every_format_is_registered_and_written_here() -> None:
    assert set(files.formats()) == set(WRITERS)
    assert SCENES not in files.formats()


def test_the_formats_know_no_other_dataset() -> None:
    for path in Path(files.__file__).parent.glob("*.py"):
        source = path.read_text(encoding="utf-8")
        named = {ast.unparse(n) for n in ast.walk(ast.parse(source)) if isinstance(n, ast.stmt)}
        assert not any("fusion.data.shapes" in line for line in named), path.name
        assert not set(re.findall(r"[a-z]+", source.lower())) & set(COLOURS), path.name


# ------------------------------------------------------------------ what is read


@pytest.mark.parametrize("data", WRITERS)
def test_every_question_is_read_with_its_image(
    data: str, written: Path, scenes: list[Drawn]
) -> None:
    dataset = read(data, written / data)
    asked = [(i, q) for i, scene in enumerate(scenes) for q in scene.questions]
    assert len(dataset) == len(asked)
    for record, (i, question) in zip(dataset, asked, strict=True):
        assert record.question == question.text
        assert record.answer == normalise_answer(name_of(question))
        assert record.targets[record.answer] == 1.0
        assert open_image(record.image).size == scenes[i].image.size
    assert len({record.id for record in dataset}) == len(asked)


def test_places_and_kinds_are_those_of_the_file(written: Path, scenes: list[Drawn]) -> None:
    assert [r.where for r in read("csv", written / "csv")][:2] == [
        "questions.csv, line 2",
        "questions.csv, line 3",
    ]
    clevr, vqa2 = read("clevr", written / "clevr").records, read("vqa2", written / "vqa2").records
    assert clevr[1].where == "questions.json, entry 2 of 'questions'"
    assert clevr[1].kind == scenes[0].questions[1].family
    assert {r.kind for r in vqa2} <= {"yes/no", "other"}
    assert vqa2[0].targets["unsure"] == pytest.approx(0.6)
    assert vqa2[0].targets["thing"] == pytest.approx(0.3)


@pytest.mark.parametrize("name", [f"{PART}/COCO_{PART}_{42:012d}.jpg", f"{42:012d}.jpg"])
def test_images_of_coco_are_found_where_people_put_them(
    name: str, written: Path, tmp_path: Path
) -> None:
    shutil.copytree(written / "vqa2", tmp_path / "vqa2")
    images = tmp_path / "vqa2" / "images"
    (images / name).parent.mkdir(exist_ok=True)
    (images / f"COCO_{PART}_{42:012d}.jpg").rename(images / name)
    assert read("vqa2", tmp_path / "vqa2").records[0].image == images / name


def test_a_csv_may_have_commas_lines_and_further_columns(
    tmp_path: Path, scenes: list[Drawn]
) -> None:
    scenes[0].image.save(tmp_path / "a.png")
    (tmp_path / "q.csv").write_bytes(
        b'id,answer,question,image\r\n1,"One, maybe","two\r\nlines?",a.png\r\n\r\n'
        + "2,３,多少？,a.png\r\n".encode()
    )
    first, second = DATASETS["csv"].build(tmp_path / "q.csv")
    assert (first.question, first.answer) == ("two\r\nlines?", "1 maybe")
    assert (second.question, second.answer, second.where) == ("多少？", "3", "q.csv, line 5")


# ------------------------------------------------------------------ what is refused


def edited(name: str, edit: Callable[[Any], object]) -> Mutation:
    """Change a JSON file of a data set."""

    def change(folder: Path) -> None:
        document = json.loads((folder / name).read_text(encoding="utf-8"))
        edit(document)
        write_json(folder / name, document)

    return change


def without(list_of: str, key: str) -> Callable[[Any], object]:
    return lambda d: d[list_of][1].pop(key)


def with_value(list_of: str, key: str, value: object) -> Callable[[Any], object]:
    return lambda d: d[list_of][1].update({key: value})


def rewritten(name: str, content: bytes) -> Mutation:
    return lambda folder: (folder / name).write_bytes(content)


def appended(name: str, line: str) -> Mutation:
    return lambda folder: (folder / name).write_bytes(
        (folder / name).read_bytes() + line.encode() + b"\r\n"
    )


def removed(name: str) -> Mutation:
    return lambda folder: (folder / name).unlink()


def moved(name: str) -> Mutation:
    return lambda folder: (folder / name).rename(folder / "elsewhere")


Q, A = "questions.json", "annotations.json"
ENTRY = r"questions\.json, entry 2 of 'questions'"
NOTE = r"annotations\.json, entry 2 of 'annotations'"
WRONG: list[tuple[str, Mutation, str]] = [
    # files
    ("vqa2", removed(Q), r"the file questions\.json is missing"),
    ("vqa2", removed(A), r"the file annotations\.json is missing"),
    ("clevr", removed(Q), r"the file questions\.json is missing"),
    ("csv", removed("questions.csv"), r"the file questions\.csv is missing"),
    ("clevr", moved("images"), r"the folder of images must be a folder, but images is not there"),
    ("clevr", rewritten(Q, b'{"questions":\n [,]}'), r"line 2, column 3: not JSON"),
    ("clevr", rewritten(Q, b"[" * 100_000), r"questions\.json: not JSON.*nested too deep"),
    ("clevr", rewritten(Q, b"[]"), r"questions\.json: must hold a JSON object, got \[\] \(list\)"),
    ("clevr", rewritten(Q, b'{\n"a": "\xff"}'), r"questions\.json, line 2: byte 0xff is not UTF-8"),
    ("csv", rewritten("questions.csv", b"image,question,answer\na.png,\xe9,b\n"),
     r"questions\.csv, line 2: byte 0xe9 is not UTF-8"),
    # lists and entries
    ("vqa2", edited(Q, lambda d: d.pop("questions")), r"the key 'questions' is missing; there is"),
    ("vqa2", edited(Q, lambda d: d.pop("data_subtype")), r"the key 'data_subtype' is missing"),
    ("clevr", edited(Q, lambda d: d.update(questions=[])), r"the list 'questions' is empty"),
    ("clevr", edited(Q, lambda d: d.update(questions={})), r"'questions' must be a list, got \{\}"),
    ("clevr", edited(Q, lambda d: d["questions"].insert(1, "x")), ENTRY + ": must be an object"),
    # questions
    *((data, edited(Q, without("questions", key)), f"{ENTRY}: the key '{key}' is missing")
      for data, keys in (("vqa2", ("question_id", "image_id", "question")),
                         ("clevr", ("image_filename", "question", "answer")))
      for key in keys),
    *((data, edited(Q, with_value("questions", key, value)), f"{ENTRY}: '{key}' must be {kind}")
      for data, key, value, kind in (
          ("vqa2", "question_id", "7", "a whole number, got '7'"),
          ("vqa2", "image_id", True, "a whole number, got True"),
          ("vqa2", "question", None, "text, got None"),
          ("clevr", "answer", 3, "text, got 3"),
          ("clevr", "program", {"a": 1}, "a list"),
          ("clevr", "question_index", 1.5, "a whole number"))),
    ("clevr", edited(Q, with_value("questions", "question", " ")), f"{ENTRY}: 'question' is empty"),
    ("clevr", edited(Q, with_value("questions", "program", ["count"])), f"{ENTRY}: the steps of"),
    ("clevr", edited(Q, with_value("questions", "question_index", 0)),
     ENTRY + r": question_index 0 is that of questions\.json, entry 1"),
    ("vqa2", edited(Q, with_value("questions", "question_id", 42000)),
     ENTRY + r": question_id 42000 is that of questions\.json, entry 1"),
    # annotations
    ("vqa2", edited(Q, lambda d: d["questions"].pop(1)),
     NOTE + r": question 42001 is not among those of questions\.json"),
    ("vqa2", edited(A, lambda d: d["annotations"].pop(1)), ENTRY + r": question 42001 has no ann"),
    ("vqa2", edited(A, with_value("annotations", "question_id", 42000)),
     NOTE + r": question_id 42000 is that of annotations\.json, entry 1"),
    ("vqa2", edited(A, with_value("annotations", "image_id", 43)),
     NOTE + ": image_id is 43, but question 42001 is about the image 42"),
    ("vqa2", edited(A, with_value("annotations", "answers", [])), NOTE + ": there are 0 answers"),
    ("vqa2", edited(A, with_value("annotations", "answers", ["yes"] * 10)),
     NOTE + ", answer 1: must be an object"),
    ("vqa2", edited(A, lambda d: d["annotations"][1]["answers"][4].pop("answer")),
     NOTE + ", answer 5: the key 'answer' is missing"),
    *(("vqa2", edited(A, without("annotations", key)), f"{NOTE}: the key '{key}' is missing")
      for key in ("question_id", "image_id", "answers", "multiple_choice_answer")),
    # tables
    ("csv", rewritten("questions.csv", b""), r"questions\.csv: the file is empty"),
    ("csv", rewritten("questions.csv", b"image,question,answer\n \n"), "no questions, only"),
    ("csv", rewritten("questions.csv", b"image;question;answer\n"), r"line 1: the header .*got"),
    ("csv", rewritten("questions.csv", b"image,question,image,answer\n"), "one column each of"),
    ("csv", appended("questions.csv", "pictures/0.png,two,three,four"), "line 14: 4 cells, but"),
    ("csv", appended("questions.csv", "pictures/0.png,,red"), "the column 'question' is empty"),
    ("csv", appended("questions.csv", 'pictures/0.png,"why"?,red'), "line 14: not CSV"),
    ("csv", appended("questions.csv", "pictures/0.png,x,1\r\npictures/0.png,x,2"),
     r"line 15: the answer to 'x' about 0\.png is '2', but in questions\.csv, line 14 it is '1'"),
    # images
    ("csv", removed("pictures/1.png"), r"line 5: the image pictures/1\.png is not in"),
    ("clevr", removed("images/val/CLEVR_val_000001.png"),
     r"questions\.json, entry 4 of 'questions': the image CLEVR_val_000001\.png is not in"),
    ("vqa2", removed(f"images/COCO_{PART}_{43:012d}.jpg"), r"entry 4 .*the image COCO_val2014_0"),
    ("csv", appended("questions.csv", "../other.png,x,y"), "line 14: the image .* outside"),
    ("csv", appended("questions.csv", "/etc/hostname,x,y"), "line 14: the image .* outside"),
    ("csv", appended("questions.csv", "pictures,x,y"), "line 14: the image pictures is not"),
    ("csv", appended("questions.csv", "a\0b.png,x,y"), "line 14: .* is no file name"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "damage", "message"), WRONG, ids=[m for _, _, m in WRONG])
def test_what_is_wrong_is_said_with_its_place(
    data: str, damage: Mutation, message: str, written: Path, tmp_path: Path
) -> None:
    folder = tmp_path / data
    shutil.copytree(written / data, folder)
    Image.new("RGB", (9, 9)).save(tmp_path / "other.png")
    damage(folder)
    with pytest.raises(ValueError, match=message) as caught:
        read(data, folder)
    assert str(tmp_path) not in str(caught.value)


def test_a_link_out_of_the_folder_is_refused(written: Path, tmp_path: Path) -> None:
    shutil.copytree(written / "csv", tmp_path / "csv")
    Image.new("RGB", (9, 9)).save(tmp_path / "other.png")
    (tmp_path / "csv" / "link.png").symlink_to(tmp_path / "other.png")
    appended("questions.csv", "link.png,x,y")(tmp_path / "csv")
    with pytest.raises(ValueError, match=r"line 14: the image link\.png lies outside"):
        read("csv", tmp_path / "csv")


def test_what_a_format_needs_and_what_it_has_not(written: Path) -> None:
    with pytest.raises(ValueError, match="the annotation file must be given"):
        DATASETS["vqa2"].build(written / "vqa2" / Q, images=written / "vqa2" / "images")
    with pytest.raises(ValueError, match="the folder of images must be given"):
        DATASETS["clevr"].build(written / "clevr" / Q)
    for data in ("clevr", "csv"):
        with pytest.raises(ValueError, match="no annotation file"):
            DATASETS[data].build(written / data / "questions.csv", annotations=written / "x")


# ------------------------------------------------------------------ streaming


@pytest.mark.parametrize("workers", [0, 2])
def test_images_come_in_order_with_their_questions(
    workers: int, written: Path, scenes: list[Drawn]
) -> None:
    groups = read("csv", written / "csv").by_image()
    found = list(stream(groups, regions=35, workers=workers))
    assert [s.records for s in found] == [g.records for g in groups]
    for shown, scene in zip(found, scenes, strict=True):
        rows, columns = grid_shape(*scene.image.size, regions=35)
        np.testing.assert_array_equal(shown.pixels.numpy(), resize(scene.image, rows, columns))


@pytest.mark.parametrize("workers", [0, 2])
def test_an_image_that_cannot_be_read_is_named_when_it_comes(
    workers: int, written: Path, tmp_path: Path
) -> None:
    shutil.copytree(written / "csv", tmp_path / "csv")
    (tmp_path / "csv" / "pictures" / "2.png").write_bytes(b"no picture")
    dataset = read("csv", tmp_path / "csv")  # no image is opened here
    shown = stream(dataset.by_image(), regions=35, workers=workers)
    assert len([next(shown), next(shown)]) == 2
    with pytest.raises(
        ValueError, match=r"^questions\.csv, line 8: The file '2\.png' is not a pic"
    ):
        next(shown)


def test_the_first_questions_are_those_of_the_file(written: Path) -> None:
    dataset = read("csv", written / "csv")
    groups = dataset.by_image(limit=QUESTIONS + 1)
    assert [len(g.records) for g in groups] == [QUESTIONS, 1]
    with pytest.raises(ValueError, match="1 or more questions, got 0"):
        dataset.by_image(limit=0)
    scattered = grouped([dataset.records[i] for i in (0, 3, 1)])
    assert [[r.id for r in g.records] for g in scattered] == [["2", "3"], ["5"]]
    with pytest.raises(ValueError, match="workers must be 0 or more"):
        next(stream(groups, regions=35, workers=-1))
