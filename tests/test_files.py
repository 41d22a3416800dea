"""Data sets on disk: read in each exact format, refused with the place when anything is wrong,
streamed, made into targets, and measured as the engine would answer."""

from __future__ import annotations

import ast
import csv
import json
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from fusion.data import DATASETS, SCENES, files
from fusion.data.files.answers import leave_one_out, normalise_answer, soft_scores
from fusion.data.files.record import FilesDataset, Record, grouped
from fusion.data.files.stream import stream
from fusion.data.files.vocabulary import AnswerVocabulary
from fusion.data.shapes.draw import draw
from fusion.data.shapes.questions import Question, questions_of
from fusion.data.shapes.scene import make_scene
from fusion.data.shapes.vocabulary import COLOURS, answer_name
from fusion.engine import KEPT, Engine
from fusion.images import grid_shape, resize
from fusion.opening import open_image
from fusion.shipped import load_family
from fusion.training.__main__ import main
from fusion.training.evaluate import MASKS
from fusion.training.external import accepted_names, earnings, measure_files
from fusion.training.statistics import Z95, mean_score, wilson

FIRST_SEED = 700_000
QUESTIONS = 3  # per scene, one of them Chinese
PART = "val2014"
ASSETS = Path(files.__file__).parents[3] / "assets"
Mutation = Callable[[Path], object]


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


# ------------------------------------------------------------------ answers and what they earn


@pytest.mark.parametrize(
    ("given", "normalised"),
    [
        ("The Dog.", "dog"),
        ("a an the", ""),
        ("Two", "2"),
        ("none", "0"),
        ("eleven", "eleven"),
        ("dont", "don't"),
        ("couldnt've", "couldn't've"),
        ("yall'd've", "y'all'd've"),
        ("its", "its"),
        ("cat/dog", "cat dog"),
        ("cat / dog", "cat dog"),
        ("well-known", "well known"),
        ("is it, really?", "is it really"),
        ("1,000", "1000"),
        ("1,000 cats/dogs", "1000 catsdogs"),
        ("3.5", "3.5"),
        ("st. john's", "st john's"),
        (" two\nlines\t", "2 lines"),
        ("12:30 p.m.", "12:30 pm"),
    ],
)
def test_answers_are_normalised_as_officially(given: str, normalised: str) -> None:
    assert normalise_answer(given) == normalised


def test_normalising_twice_changes_nothing() -> None:
    for text in ("The Dog's dont-know, 3 of the two!", "a-an", "none / zero", "1,000.50"):
        once = normalise_answer(text)
        assert normalise_answer(once) == once


@pytest.mark.parametrize("people", [2, 5, 10])
def test_what_is_earned_is_the_mean_over_the_subsets(people: int) -> None:
    for matches in range(people + 1):
        given = [True] * matches + [False] * (people - matches)
        subsets = [min(sum(some) / 3, 1) for some in combinations(given, people - 1)]
        assert leave_one_out(matches, people) == pytest.approx(sum(subsets) / people)


def test_soft_scores_count_what_is_the_same_after_normalising() -> None:
    scores = soft_scores(["two", "2", "The 2", "3", "three", "4", "5", "6", "7", "8"])
    assert scores["2"] == pytest.approx(0.9) and scores["3"] == pytest.approx(0.6)
    assert scores["8"] == pytest.approx(0.3) and len(scores) == 7


def record(**targets: float) -> Record:
    answer = max(targets, key=lambda a: targets[a])
    return Record(
        id="1",
        image=Path("a.png"),
        question="?",
        answer=answer,
        targets=targets,
        kind="",
        where="x",
    )


def test_the_vocabulary_is_of_the_most_frequent_and_the_targets_are_soft() -> None:
    records = [record(b=1.0, c=0.3), record(a=1.0), record(b=0.9, a=0.6), record(d=1.0)]
    vocabulary = AnswerVocabulary.most_frequent(records, 3)
    assert vocabulary.answers == ("b", "a", "d")  # c is nobody's best; a before d by the alphabet
    expected = torch.tensor([[1.0, 0, 0], [0, 1.0, 0], [0.9, 0.6, 0], [0, 0, 1.0]])
    torch.testing.assert_close(vocabulary.targets(records), expected)
    small = AnswerVocabulary.most_frequent(records[::-1], 1)
    assert small.answers == ("b",)
    assert small.coverage(records) == pytest.approx(1.9 / 4)
    assert small.targets([records[1]]).sum() == 0


def test_a_vocabulary_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="1 answer or more, got 0"):
        AnswerVocabulary.most_frequent([record(a=1.0)], 0)
    with pytest.raises(ValueError, match="no answer"):
        AnswerVocabulary.most_frequent([], 5)


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


# ------------------------------------------------------------------ measuring


@pytest.mark.parametrize("data", WRITERS)
def test_the_shipped_model_scores_as_the_engine_answers(
    data: str, written: Path, shipped: Engine
) -> None:
    names = ("hybrid-additive", "concat")
    dataset = read(data, written / data)
    report = measure_files(load_family(ASSETS), dataset, fusions=names)
    for fusion in names:
        for mask in MASKS:
            earned = []
            for r in dataset:
                said = shipped.ask(r.image, r.question, fusion=fusion, keep=KEPT[mask])
                earned.append(r.targets.get(normalise_answer(said.answer), 0.0))
            found = report["fusions"][fusion]["masks"][mask]
            assert found["all"]["count"] == len(dataset)
            if data == "vqa2":
                assert found["all"]["mean"] == pytest.approx(np.mean(earned), abs=1e-4)
            else:
                assert found["all"]["correct"] == sum(earned)
            counts = [found[k]["count"] for k in {r.kind for r in dataset} - {""}]
            assert data == "csv" or sum(counts) == len(dataset)
    assert report["outside"] == 0 and report["best"] == 1.0
    assert report["images"] == 4 and report["questions"] == len(dataset)


def test_what_cannot_be_said_or_asked_is_wrong_and_counted(
    tiny_assets: Path, tmp_path: Path, picture: Image.Image
) -> None:
    picture.save(tmp_path / "a.png")
    rows = ["a.png,what?,red", "a.png,what else?,a cube", "a.png,что это?,red",
            f"a.png,{'very ' * 30}long?,red", "a.png,?!,a cube"]  # fmt: skip
    (tmp_path / "q.csv").write_text("\n".join(["image,question,answer", *rows]), encoding="utf-8")
    family = load_family(tiny_assets)
    report = measure_files(family, DATASETS["csv"].build(tmp_path / "q.csv"))
    assert (report["questions"], report["outside"], report["refused"]) == (5, 2, 3)
    assert report["best"] == pytest.approx(3 / 5)
    assert set(report["fusions"]) == set(family.fusions)
    for entry in report["fusions"].values():
        for found in entry["masks"].values():
            assert found["all"]["correct"] <= 1 and found["all"]["count"] == 5
            assert found["all"]["interval"] == [
                round(x, 4) for x in wilson(found["all"]["correct"], 5)
            ]


def test_answers_are_compared_by_name_in_each_language() -> None:
    names = {"n.3": {"en": "three", "zh": "三"}, "c": {"en": "gray", "zh": "灰色"}}
    asked = [
        record(**{"3": 1.0}),
        record(三=1.0),
        record(grey=1.0),
        record(灰色=1.0),
        record(teal=1.0),
    ]
    hard = earnings(asked, accepted_names(names, spellings=True))
    np.testing.assert_array_equal(hard, [[1, 0], [1, 0], [0, 1], [0, 1], [0, 0]])
    soft = earnings(asked, accepted_names(names, spellings=False))
    np.testing.assert_array_equal(soft[2], [0, 0])  # official: another spelling, another answer


def test_an_unknown_fusion_names_the_known_ones(tiny_assets: Path, written: Path) -> None:
    with pytest.raises(ValueError, match=r"unknown fusion nope; known: concat, "):
        measure_files(load_family(tiny_assets), read("csv", written / "csv"), fusions=["nope"])


def test_the_interval_of_a_mean() -> None:
    scores = np.array([0.0, 0.3, 0.6, 1.0, 1.0, 1.0, 0.9, 0.0, 0.3, 0.6])
    found = mean_score(scores)
    half = Z95 * scores.std(ddof=1) / np.sqrt(10)
    assert found["mean"] == pytest.approx(0.57)
    assert found["interval"] == pytest.approx([0.57 - half, 0.57 + half], abs=1e-4)
    for even in (np.ones(7), np.zeros(7), np.full(1, 0.6), np.full(9, 0.3)):
        low, high = mean_score(even)["interval"]
        assert 0 <= low <= even.mean() <= high <= 1 and high - low > 0.2


# ------------------------------------------------------------------ the command


def command(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    monkeypatch.setattr(sys, "argv", ["training", "evaluate", *map(str, arguments)])
    main()


@pytest.mark.parametrize("data", WRITERS)
def test_the_command_prints_and_writes_the_report(
    data: str,
    written: Path,
    tiny_assets: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    options: list[object] = [
        x for name, path in places(data, written / data).items() for x in (f"--{name}", path)
    ]
    options += ["--fusion", "concat", "feature-dot", "--limit", 5, "--workers", 0]
    options += ["--assets", tiny_assets, "--out", tmp_path / "report.json"]
    command(monkeypatch, "--data", data, *options)
    printed = capsys.readouterr().out
    report = json.loads((tmp_path / "report.json").read_text())
    assert f"{DATASETS[data].label}: 5 questions about 2 images" in printed
    assert list(report["fusions"]) == ["concat", "feature-dot"]
    for name, entry in report["fusions"].items():
        assert set(entry["masks"]) == set(MASKS)
        row = next(line for line in printed.splitlines() if line.startswith(f"| {name}"))
        cells = re.findall(r"([\d.]+) \[([\d.]+), ([\d.]+)\]", row)
        for cell, mask in zip(cells, ("both", "image", "text", "none"), strict=True):
            found = entry["masks"][mask]["all"]
            mean = found["mean"] if data == "vqa2" else found["correct"] / found["count"]
            numbers = [100 * x for x in (mean, *found["interval"])]
            assert [float(x) for x in cell] == pytest.approx(numbers, abs=0.06)
    assert str(written) not in json.dumps(report)


def test_a_mistake_is_a_sentence_and_not_a_traceback(
    written: Path, tiny_assets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = written / "csv" / "questions.csv"
    for options, message in (
        ((), "error: --questions must name"),
        (("--questions", tmp_path / "no.csv"), r"error: the file no\.csv is missing"),
        (("--questions", there, "--fusion", "nope"), "error: unknown fusion nope"),
        (("--questions", there, "--limit", 0), "error: the limit must be"),
        (("--questions", there, "--out", tmp_path / "no" / "x.json"), "error: --out: the folder"),
    ):
        with pytest.raises(SystemExit, match=message):
            command(monkeypatch, "--data", "csv", *options, "--assets", tiny_assets)


def test_the_options_of_data_need_data(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        command(monkeypatch, "--limit", 3, "--out", "x.json")
    assert "--limit, --out: only with --data (" in capsys.readouterr().err
