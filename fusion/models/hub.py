"""Pretrained encoders by name: those of the reference document, as their makers publish them.

Each is one of our own encoders at a certain size, so that without its weights it can still be built
and trained from scratch; what is published only fills it. BERT comes from the Hugging Face hub at a
pinned revision, as safetensors. ResNet-50 comes from torchvision, which publishes it as a file of
torch's own format: it is checked against the hash in its name when it comes, and read by a reader
that knows tensors and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import BertModel

from fusion.models.image_encoders.resnet import ResNetEncoder
from fusion.models.text_encoders.bert import BertEncoder
from fusion.models.tokenizer import SPECIAL

BERT = "google-bert/bert-base-uncased"
BERT_REVISION = "86b5e0934494bd15c9632b12f734a8a67f723594"
BERT_FILES = ("config.json", "model.safetensors", "tokenizer.json")
RESNET_TRUNK = ("stem", "stages")


@dataclass(frozen=True, kw_only=True)
class Published:
    """An encoder that is published with weights: which of ours it is, at which size."""

    encoder: str
    sizes: Mapping[str, Any]
    source: str


#: image encoders by the name under which they are known
IMAGE_MODELS: Mapping[str, Published] = {
    "resnet50": Published(
        encoder="resnet",
        sizes={"block": "bottleneck", "widths": (64, 128, 256, 512), "blocks": (3, 4, 6, 3)},
        source="torchvision, ResNet50_Weights.IMAGENET1K_V1",
    )
}
#: text encoders, likewise
TEXT_MODELS: Mapping[str, Published] = {
    "bert-base-uncased": Published(
        encoder="bert",
        sizes={
            "vocabulary": 30_522,
            "text_width": 768,
            "text_layers": 12,
            "text_heads": 12,
            "text_hidden": 3072,
            "max_tokens": 510,
            "text_pooling": "pooler",
        },
        source=f"{BERT} of the Hugging Face hub, revision {BERT_REVISION}",
    )
}


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class PublishedBert:
    """BERT as published: its word pieces, in our order (`SPECIAL` first), and the weights by
    transformers' names, the embeddings in that order."""

    pieces: tuple[str, ...]
    weights: Mapping[str, Tensor]


def fetch_resnet50() -> dict[str, Tensor]:
    """torchvision's ResNet-50, by its own names; raises ValueError when it cannot be reached."""
    from torchvision.models import ResNet50_Weights

    try:
        return dict(
            ResNet50_Weights.IMAGENET1K_V1.get_state_dict(
                progress=False, check_hash=True, weights_only=True
            )
        )
    except Exception as error:  # the network, the hash and the archive each raise their own
        raise _unreachable("resnet50", IMAGE_MODELS["resnet50"], error) from error


def fetch_bert() -> PublishedBert:
    """BERT-base from the hub; raises ValueError when it cannot be reached."""
    from huggingface_hub import snapshot_download

    try:
        folder = snapshot_download(BERT, revision=BERT_REVISION, allow_patterns=list(BERT_FILES))
    except Exception as error:  # the network, the hub and its cache each raise their own
        name = "bert-base-uncased"
        raise _unreachable(name, TEXT_MODELS[name], error) from error
    return read_bert(Path(folder))


def read_bert(folder: Path) -> PublishedBert:
    """A BERT that transformers wrote (`BERT_FILES`); raises ValueError when it is damaged."""
    try:
        state = BertModel.from_pretrained(folder, use_safetensors=True).state_dict()
        ids = Tokenizer.from_file(str(folder / "tokenizer.json")).get_vocab()
    except Exception as error:  # transformers and tokenizers raise many kinds
        raise ValueError(f"{folder.name} holds no BERT that can be read: {error}") from error
    if missing := [piece for piece in SPECIAL if piece not in ids]:
        raise ValueError(f"the word pieces of {folder.name} lack {', '.join(missing)}")
    others = sorted(ids.keys() - set(SPECIAL), key=lambda piece: ids[piece])
    pieces = (*SPECIAL, *others)
    weights = {name: tensor.float() for name, tensor in state.items()}
    table = "embeddings.word_embeddings.weight"
    weights[table] = weights[table][[ids[piece] for piece in pieces]]
    return PublishedBert(pieces=pieces, weights=weights)


def fill_bert(encoder: BertEncoder, published: PublishedBert) -> None:
    """Give a BERT encoder of the same size the published weights."""
    _fill(encoder.bert, published.weights, what="BERT")


def fill_resnet(encoder: ResNetEncoder, published: Mapping[str, Tensor]) -> None:
    """Give a ResNet encoder of the same size the weights of torchvision's; its classifier is left
    out."""
    ours = dict(_renamed(published))
    for name in RESNET_TRUNK:
        part = {n.partition(".")[2]: t for n, t in ours.items() if n.partition(".")[0] == name}
        _fill(encoder.get_submodule(name), part, what="ResNet")


def _renamed(published: Mapping[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    """torchvision's names as ours: conv1 and bn1 are the stem, layer1 is stages.0."""
    for name, tensor in published.items():
        first, _, rest = name.partition(".")
        if first in ("conv1", "bn1"):
            yield f"stem.{int(first == 'bn1')}.{rest}", tensor
        elif first.startswith("layer"):
            yield f"stages.{int(first.removeprefix('layer')) - 1}.{rest}", tensor


def _fill(module: nn.Module, published: Mapping[str, Tensor], *, what: str) -> None:
    """Load the tensors that the module has; older files do not count batches."""
    known = {n: t for n, t in module.state_dict().items() if not n.endswith("num_batches_tracked")}
    wrong = [n for n, t in known.items() if n not in published or published[n].shape != t.shape]
    if wrong:
        raise ValueError(
            f"the published {what} does not fit the encoder: {', '.join(wrong[:3])} is missing or "
            "of another shape"
        )
    module.load_state_dict({n: published[n] for n in known}, strict=False)


def _unreachable(name: str, model: Published, error: Exception) -> ValueError:
    reason = " ".join(str(error).split())[:200] or type(error).__name__
    return ValueError(
        f"the pretrained weights of {name} ({model.source}) cannot be reached: {reason}"
    )


def published_encoder(name: str, models: Mapping[str, Published]) -> tuple[str, dict[str, Any]]:
    """The registry's name and the sizes of a published encoder; any other name as it is.

    >>> published_encoder("hog", IMAGE_MODELS)
    ('hog', {})
    """
    model = models.get(name)
    return (name, {}) if model is None else (model.encoder, dict(model.sizes))
