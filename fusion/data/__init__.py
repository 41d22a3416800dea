"""Sources of images, questions and ground truth, each in a folder of its own."""

from fusion.registry import Registry

DATASETS = Registry("dataset")
SCENES = "shapes"  # the dataset that makes scenes for the page

from fusion.data import files  # noqa: E402, F401
from fusion.data.shapes import dataset  # noqa: E402, F401
