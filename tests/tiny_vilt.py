"""A tiny ViLT with random weights, written to a folder as transformers writes a model: what the
tests of the adapter, of the hub and of the page share."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from transformers import (
    BertTokenizerFast,
    ViltConfig,
    ViltForQuestionAnswering,
    ViltImageProcessor,
    ViltProcessor,
)

PATCH, SHORTER = 8, 40
LAYERS, HEADS, WIDTH = 3, 2, 16
ANSWERS = ("yes", "no", "red", "two", "a cat", "coffee", "<b>bold</b>")
WORDS = "what colour color is the star cat how many are there in picture of a on left woman doing"
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789?!.,'是什么颜色"


def write_vilt(folder: Path, *, seed: int = 0, spread: float = 0.35) -> Path:
    """Model, image processor and tokenizer; `spread` is how far the weights are from 0, so that
    attention is far from even."""
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS.split()]
    pieces += [c for c in LETTERS if c not in pieces]
    pieces += [f"##{c}" for c in LETTERS]
    tokenizer = BertTokenizerFast(vocab={p: i for i, p in enumerate(pieces)}, do_lower_case=True)
    processor = ViltProcessor(
        ViltImageProcessor(size={"shortest_edge": SHORTER}, size_divisor=PATCH), tokenizer
    )
    config = ViltConfig(
        vocab_size=len(pieces),
        hidden_size=WIDTH,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        intermediate_size=24,
        max_position_embeddings=20,
        image_size=32,
        patch_size=PATCH,
        max_image_length=-1,
        id2label=dict(enumerate(ANSWERS)),
        label2id={name: i for i, name in enumerate(ANSWERS)},
    )
    torch.manual_seed(seed)
    model = ViltForQuestionAnswering(config).eval()
    with torch.no_grad():
        for name, tensor in model.named_parameters():
            if "norm" not in name.lower():
                tensor.normal_(0.0, spread)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def damaged(folder: Path, **changes: object) -> None:
    """Change entries of a folder's config.json; None takes one away."""
    path = folder / "config.json"
    config = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({k: v for k, v in config.items() if v is not None}))
