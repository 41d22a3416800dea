"""Explainers: maps made after the fact, by asking the same model about changed inputs."""

from fusion.registry import Registry

EXPLAINERS = Registry("explainer")

from fusion.explain import occlusion  # noqa: E402, F401
