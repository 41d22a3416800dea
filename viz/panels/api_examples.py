"""An example for every argument of every endpoint, in the lists that the page gives to programs."""

from __future__ import annotations

import inspect
from functools import partial
from typing import Any

import gradio as gr

FILE = "scene.jpg"
EXAMPLES: dict[str, Any] = {
    "image": {"path": FILE, "orig_name": FILE, "meta": {"_type": "gradio.FileData"}},
    "question": "what colour is the background?",
    "fusion": "hybrid-self",
    "backbone": "main",
    "method": "occlusion",
    "answer": "red",
    "show_image": True,
    "show_question": True,
    "dropped_tokens": [0],
    "erased": [[0.0, 0.0, 0.5, 0.5]],
    "temperature": 1.0,
    "region_weights": [[0, 1], [0, 1]],
    "token_weights": None,
    "modality_weights": {"image": 1, "text": 3},
    "heads_off": [[0, 0]],
    "strength": 1.0,
    "token": "star",
    "seed": 7,
    "figure": "fusion-families",
    "questions": "test",
    "mask": "both",
    "families": ["colour", "shape"],
    "scenes": 50,
    "epochs": 1,
    "mask_rate": 0.25,
}


def give_examples(page: gr.Blocks) -> None:
    """Give every public endpoint's arguments their examples; KeyError when one has none."""
    for endpoint in page.fns.values():
        if endpoint.fn is None or endpoint.api_visibility != "public":
            continue
        names = [n for n in inspect.signature(endpoint.fn).parameters if not n.startswith("_")]
        for name, component in zip(names, endpoint.inputs, strict=True):
            component.example_inputs = partial(EXAMPLES.__getitem__, name)
            component.example_inputs()
