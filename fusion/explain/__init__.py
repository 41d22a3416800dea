"""Explainers: what each part of the input did for one answer, one method per file.

Every method is a claim, and `faithfulness` puts it to the test. The order of the imports is that of
the menu: what attention says, what gradients say, what asking again says.
"""

from fusion.registry import Registry

EXPLAINERS = Registry("explainer")

from fusion.explain import (  # noqa: E402, I001
    raw, rollout, relevance, gradcam, integrated, occlusion, shapley, modality_shapley,  # noqa: F401
)  # fmt: skip
