"""Data sets on disk in public formats: one file per format, each registered in DATASETS.

Reading a data set checks every entry and that every image is there; it opens no image. `stream`
decodes the images in worker processes, `vocabulary` makes answers into targets.
"""

from fusion.data import DATASETS
from fusion.data.files import clevr, table, vqa2  # noqa: F401
from fusion.data.files.record import FilesDataset


def formats() -> tuple[str, ...]:
    """The names in DATASETS that are read from files, in order of registration."""
    return tuple(
        name
        for name in DATASETS
        if isinstance(DATASETS[name].build, type) and issubclass(DATASETS[name].build, FilesDataset)
    )
