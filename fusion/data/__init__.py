"""Sources of images, questions and ground truth, each in a folder of its own."""

from fusion.registry import Registry

DATASETS = Registry("dataset")

from fusion.data.shapes import dataset  # noqa: E402, F401, I001
