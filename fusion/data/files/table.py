"""A folder of images with a CSV file that has a line for each question: image, question, answer."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from fusion.data import DATASETS
from fusion.data.files.answers import normalise_answer
from fusion.data.files.reading import ImageFolder, folder, read_text
from fusion.data.files.record import FilesDataset, Record

COLUMNS = ("image", "question", "answer")
Asked = dict[tuple[Path, str], tuple[str, str]]  # an image and a question: answer and place


@DATASETS.register(
    "csv",
    label="Folder with a CSV file",
    summary="Your own images and questions: a CSV file with the columns image, question and "
    "answer; an answer is right or wrong.",
)
class Table(FilesDataset):
    """A CSV file (UTF-8, comma separated, first line image,question,answer) whose images lie in its
    folder, or in the one given. Further columns are left alone."""

    def _read(self) -> Iterator[Record]:
        if self.annotations is not None:
            raise ValueError("a CSV file has no annotation file: the answers stand in it")
        text = read_text(self.questions)
        images = ImageFolder(folder(self.images or self.questions.parent, "the folder of images"))
        asked: Asked = {}
        for line, cells in self._rows(text):
            where = f"{self.questions.name}, line {line}"
            name, question, given = (self._cell(cells, column, where) for column in COLUMNS)
            answer = normalise_answer(unicodedata.normalize("NFKC", given))
            image = images.find(name, where)
            _agrees(asked, image, question, answer, where)
            yield Record(
                id=str(line),
                image=image,
                question=question,
                answer=answer,
                targets={answer: 1.0},
                kind="",
                where=where,
            )

    def _rows(self, text: str) -> Iterator[tuple[int, dict[str, str]]]:
        """The cells of each row by column, with the line the row ends on; empty lines are passed
        over."""
        name = self.questions.name
        rows = csv.reader(io.StringIO(text, newline=""), strict=True)
        try:
            header = [cell.strip() for cell in next(rows, [])]
            self._check_header(header)
            empty = True
            for row in rows:
                if not any(cell.strip() for cell in row):
                    continue
                if len(row) != len(header):
                    raise ValueError(
                        f"{name}, line {rows.line_num}: {len(row)} cells, but the header has "
                        f"{len(header)}: a text with a comma needs quotation marks around it"
                    )
                empty = False
                yield rows.line_num, dict(zip(header, row, strict=True))
        except csv.Error as error:
            raise ValueError(f"{name}, line {rows.line_num}: not CSV: {error}") from error
        if empty:
            raise ValueError(f"{name}: there are no questions, only the header")

    def _check_header(self, header: list[str]) -> None:
        name = self.questions.name
        if not any(header):
            raise ValueError(f"{name}: the file is empty; line 1 must be {','.join(COLUMNS)}")
        wrong = [c for c in COLUMNS if header.count(c) != 1]
        if wrong:
            raise ValueError(
                f"{name}, line 1: the header must have one column each of {', '.join(COLUMNS)}, "
                f"separated by commas; got {','.join(header)[:80]!r}"
            )

    def _cell(self, cells: dict[str, str], column: str, where: str) -> str:
        text = cells[column].strip()
        if not text:
            raise ValueError(f"{where}: the column {column!r} is empty")
        return text


def _agrees(asked: Asked, image: Path, question: str, answer: str, where: str) -> None:
    """Raise when a question about an image was answered otherwise before."""
    before, place = asked.setdefault((image, question), (answer, where))
    if before != answer:
        raise ValueError(
            f"{where}: the answer to {question!r} about {image.name} is {answer!r}, but in "
            f"{place} it is {before!r}"
        )
