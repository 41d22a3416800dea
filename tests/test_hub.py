"""Published encoders: ours at that size is the same network, its word pieces and vectors survive
the change of order, and what cannot be reached is said with the way without it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer
from torchvision.models import resnet50
from transformers import BertConfig, BertModel

from fusion.config import BackboneConfig
from fusion.models.hub import (
    IMAGE_MODELS,
    TEXT_MODELS,
    fetch_resnet50,
    fill_bert,
    fill_resnet,
    read_bert,
)
from fusion.models.image_encoders.resnet import ResNetEncoder
from fusion.models.model import Backbone, build_fusion
from fusion.models.text_encoders.bert import BertEncoder
from fusion.models.tokenizer import SPECIAL, QuestionTokenizer
from fusion.training.__main__ import main
from fusion.training.own.options import OwnConfig
from fusion.training.own.stage import OwnBatch, OwnModel
from tests.conftest import SENTENCES

TINY_BERT = BackboneConfig(
    text_width=16, text_layers=2, text_heads=2, text_hidden=24, max_tokens=20, text_pooling="pooler"
)
RESNET50_FILE = "resnet50-0676ba61.pth"
NOWHERE = "http://127.0.0.1:9"


# ------------------------------------------------------------------ ResNet-50


def test_resnet50_is_torchvisions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the file that torchvision keeps, with a dilated last stage; running averages too."""
    torch.manual_seed(0)
    theirs = resnet50(replace_stride_with_dilation=[False, False, True]).eval()
    theirs.bn1.running_mean += 0.1
    cache = tmp_path / "hub" / "checkpoints"
    cache.mkdir(parents=True)
    torch.save(theirs.state_dict(), cache / RESNET50_FILE)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    sizes = IMAGE_MODELS["resnet50"].sizes
    ours = ResNetEncoder(BackboneConfig(width=12, **sizes)).eval()
    fill_resnet(ours, fetch_resnet50())
    pixels = torch.randn(1, 3, 64, 96)
    with torch.no_grad():
        x = theirs.maxpool(theirs.relu(theirs.bn1(theirs.conv1(pixels))))
        x = theirs.layer4(theirs.layer3(theirs.layer2(theirs.layer1(x))))
        described = ours.describe(pixels)
    assert described.shape == (1, 4, 6, 2048)
    torch.testing.assert_close(described, x.permute(0, 2, 3, 1))


def test_a_resnet_of_another_size_is_refused() -> None:
    narrow = ResNetEncoder(BackboneConfig(width=12, widths=(16, 16, 16), blocks=(1, 1, 1)))
    with pytest.raises(ValueError, match=r"ResNet does not fit.*0\.weight"):
        fill_resnet(narrow, {"conv1.weight": torch.zeros(64, 3, 7, 7)})


# ------------------------------------------------------------------ BERT


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A BERT as transformers writes it, whose special pieces do not come first."""
    own = QuestionTokenizer.train(SENTENCES * 5, vocabulary=250, max_tokens=20)
    pieces = own.vocabulary()
    moved = [*pieces[4:30], *SPECIAL[2:], *pieces[30:], SPECIAL[1], SPECIAL[0]]
    QuestionTokenizer.of_pieces(pieces, max_tokens=20).save(tmp_path / "ours.json")
    torch.manual_seed(1)
    BertModel(
        BertConfig(
            vocab_size=len(moved), hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
            intermediate_size=24, max_position_embeddings=22,
        )
    ).save_pretrained(tmp_path)  # fmt: skip
    text = Tokenizer.from_file(str(tmp_path / "ours.json")).to_str()
    (tmp_path / "tokenizer.json").write_text(with_ids(text, moved))
    return tmp_path


def with_ids(tokenizer: str, pieces: list[str]) -> str:
    """A tokenizer.json with its word pieces in another order."""
    import json

    document = json.loads(tokenizer)
    ids = {piece: i for i, piece in enumerate(pieces)}
    document["model"]["vocab"] = ids
    for token in document["added_tokens"]:
        token["id"] = ids[token["content"]]
    for pair in ("sep", "cls"):
        name = document["post_processor"][pair][0]
        document["post_processor"][pair] = [name, ids[name]]
    return json.dumps(document, ensure_ascii=False)


def test_bert_is_transformers(published: Path) -> None:
    """The same question through theirs, with their ids, and through ours, with ours."""
    bert = read_bert(published)
    config = BackboneConfig.from_dict({**TINY_BERT.to_dict(), "vocabulary": len(bert.pieces)})
    ours = BertEncoder(config).eval()
    fill_bert(ours, bert)
    tokenizer = QuestionTokenizer.of_pieces(bert.pieces, max_tokens=20)
    theirs = BertModel.from_pretrained(published).eval()
    for question in SENTENCES:
        ids = Tokenizer.from_file(str(published / "tokenizer.json")).encode(question)
        batch = tokenizer.encode([question])
        assert tokenizer.pieces(question) == ids.tokens[1:-1]
        with torch.no_grad():
            output = theirs(input_ids=torch.tensor([ids.ids]))
            text = ours(batch.ids, batch.mask)
        torch.testing.assert_close(text.tokens, ours.project(output.last_hidden_state[:, 1:-1]))
        torch.testing.assert_close(text.pooled, ours.project(output.pooler_output))


def test_a_bert_of_another_size_or_none_is_refused(published: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="BERT does not fit"):
        fill_bert(BertEncoder(TINY_BERT), read_bert(published))
    (published / "model.safetensors").write_bytes(b"no")
    with pytest.raises(ValueError, match="holds no BERT that can be read"):
        read_bert(published)


def test_word_pieces_begin_with_the_special_ones() -> None:
    with pytest.raises(ValueError, match=r"first word pieces must be \[PAD\]"):
        QuestionTokenizer.of_pieces(["star", *SPECIAL], max_tokens=5)


# ------------------------------------------------------------------ the document's pipeline


def test_the_documents_pipeline_is_built_and_learns() -> None:
    """ResNet-50 and BERT-base with random weights, on small images: sizes, and a gradient for
    everything that is trained."""
    config = OwnConfig(data="csv", untrained=True, size=64, freeze=("image",))
    torch.manual_seed(0)
    backbone = Backbone(config.backbone())
    fusion = build_fusion(config.fusion(("no", "yes", "2")))
    model = OwnModel(backbone, fusion, freeze=config.freeze).train()
    sizes = {
        part: sum(p.numel() for layer in model.trunk(part).values() for p in layer.parameters())
        for part in ("image", "text")
    }
    assert sizes == {"image": 23_508_032, "text": 109_482_240}  # as published, without a classifier
    assert fusion.fused_width == 512
    assert not backbone.image_encoder.stem.training and backbone.text_encoder.bert.training
    B, P = 3, 16
    batch = OwnBatch(
        pixels=torch.randint(0, 256, (2, 64, 64, 3), dtype=torch.uint8),
        image=torch.tensor([0, 0, 1]), ids=torch.tensor([[2, 7, 9, 3]] * B),
        words=torch.ones(B, 4, dtype=torch.bool), keep=torch.ones(B, 2, dtype=torch.bool),
        regions=torch.ones(2, P, dtype=torch.bool), earned=torch.eye(3), weight=3.0,
    )  # fmt: skip
    logits = model(batch)
    assert logits.shape == (B, 3) and logits.isfinite().all()
    logits.square().sum().backward()
    frozen = {n for n, p in model.named_parameters() if p.grad is None}
    own = tuple(model.trunk("image"))
    assert frozen == {n for n, _ in model.named_parameters() if n.startswith(own)}


@pytest.mark.parametrize("part", ["image", "text"])
def test_what_cannot_be_reached_names_the_way_without_it(
    part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy where nobody listens, an empty cache, and the hub's own switch for being offline."""
    monkeypatch.setenv("https_proxy", NOWHERE)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    (tmp_path / "a.png").write_bytes(b"")
    (tmp_path / "q.csv").write_text("image,question,answer\na.png,is it red?,yes\n")
    encoders = {"image": ("resnet50", "onehot"), "text": ("hog", "bert-base-uncased")}[part]
    options = [
        "--data", "csv", "--questions", tmp_path / "q.csv",
        "--validation-questions", tmp_path / "q.csv", "--image-encoder", encoders[0],
        "--text-encoder", encoders[1], "--run", tmp_path / "run", "--out", tmp_path / "models",
    ]  # fmt: skip
    monkeypatch.setattr(sys, "argv", ["training", "fit", *map(str, options)])
    named = {"image": "resnet50", "text": "bert-base-uncased"}[part]
    message = f"^error: the pretrained weights of {named} .* cannot be reached: .*--untrained"
    with pytest.raises(SystemExit, match=message):
        main()
    assert not (tmp_path / "run").exists()


def test_what_is_published_is_pinned() -> None:
    assert "IMAGENET1K_V1" in IMAGE_MODELS["resnet50"].source
    assert len(TEXT_MODELS["bert-base-uncased"].source.rpartition(" ")[2]) == 40
