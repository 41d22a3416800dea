"""Every text encoder: shapes, masks, batches, gradients, pooling, and what each is known for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from fusion.models.text_encoders import TEXT_ENCODERS
from fusion.models.text_encoders.base import SEPARATOR, TextEncoder
from fusion.models.text_encoders.word2vec import Word2VecEncoder
from fusion.models.tokenizer import QuestionTokenizer
from fusion.outputs import TextEncoding
from fusion.training.word_vectors import fill_table, trained_table
from tests.conftest import SENTENCES, TINY
from tests.test_encoders import QUESTIONS, B, D, T, close, name_of, text_encoder


@pytest.fixture(params=list(TEXT_ENCODERS))
def texts(request: pytest.FixtureRequest) -> TextEncoder:
    return text_encoder(request.param)


def encoded(
    encoder: TextEncoder, ids: Tensor = QUESTIONS, mask: Tensor | None = None
) -> TextEncoding:
    with torch.no_grad():
        encoding: TextEncoding = encoder(ids, ids != 0 if mask is None else mask)
    return encoding


# ------------------------------------------------------------------ what all have


def test_text_shapes(texts: TextEncoder) -> None:
    out = encoded(texts)
    assert out.tokens.shape == (B, T, D) and out.pooled.shape == (B, D)
    assert out.mask.sum(1).tolist() == [T, 3, 1]  # words alone
    assert (out.tokens[~out.mask] == 0).all() and (out.tokens[out.mask] != 0).any(-1).all()


def test_a_question_alone_is_that_in_a_batch(texts: TextEncoder) -> None:
    whole = encoded(texts)
    for k in range(B):
        length = int((QUESTIONS[k] != 0).sum())
        alone = encoded(texts, QUESTIONS[k : k + 1, :length])
        close(alone.tokens, whole.tokens[k : k + 1, : length - 2])
        close(alone.pooled, whole.pooled[k : k + 1])
    assert torch.equal(encoded(texts).tokens, whole.tokens)


def test_a_masked_token_is_seen_by_nobody(texts: TextEncoder) -> None:
    for pooling in texts.poolings:
        encoder = text_encoder(name_of(texts, TEXT_ENCODERS), text_pooling=pooling)
        mask = QUESTIONS != 0
        mask[0, 3] = mask[0, 5] = False
        other = QUESTIONS.clone()
        other[0, 3], other[0, 5] = 60, 61
        a, b = encoded(encoder, QUESTIONS, mask), encoded(encoder, other, mask)
        close(a.tokens, b.tokens)
        close(a.pooled, b.pooled)
        assert a.mask[0].tolist() == [True, True, False, True, False, True]
        assert (a.tokens[0, [2, 4]] == 0).all()


def test_a_question_without_words_is_zero(texts: TextEncoder) -> None:
    mask = QUESTIONS != 0
    mask[1, 1:4] = False
    for pooling in texts.poolings:
        encoder = text_encoder(name_of(texts, TEXT_ENCODERS), text_pooling=pooling)
        out = encoded(encoder, QUESTIONS, mask)
        assert (out.pooled[1] == 0).all() and (out.pooled[[0, 2]] != 0).any(-1).all()
        assert out.pooled.isfinite().all()


def test_text_pooling(texts: TextEncoder) -> None:
    for pooling in texts.poolings:
        encoder = text_encoder(name_of(texts, TEXT_ENCODERS), text_pooling=pooling)
        out = encoded(encoder)
        with torch.no_grad():
            vectors = encoder.vectors(QUESTIONS, QUESTIONS != 0)
        for row, words in enumerate((T, 3, 1)):
            tokens = vectors[row, 1 : 1 + words]
            expected = {
                "mean": tokens.mean(0),
                "max": tokens.max(0).values,
                "cls": vectors[row, 0],
                "pooler": vectors[row, 0],
                "last": tokens[-1],
            }
            close(out.pooled[row], expected[pooling])


def test_the_last_token_is_the_last_that_is_present() -> None:
    encoder = text_encoder("gpt", text_pooling="last")
    mask = QUESTIONS != 0
    mask[0, 4:7] = mask[0, 2] = False
    out = encoded(encoder, QUESTIONS, mask)
    assert torch.equal(out.pooled[0], out.tokens[0, 2])
    assert torch.equal(out.pooled[1], out.tokens[1, 2])


def test_every_parameter_of_a_text_encoder_gets_a_gradient(texts: TextEncoder) -> None:
    out = texts(QUESTIONS, QUESTIONS != 0)
    (out.tokens.square().mean() + out.pooled.square().mean()).backward()
    for name, parameter in texts.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name
    parameters = sum(p.numel() for p in texts.parameters())
    projection = sum(p.numel() for n, p in texts.named_parameters() if n.startswith("project"))
    assert texts.learns == (parameters > projection)


# ------------------------------------------------------------------ one by one


def test_the_bert_of_the_document_is_a_configuration() -> None:
    """bert-base-uncased has 109 482 240 parameters, 590 592 of them in an unused pooler."""
    with torch.device("meta"):
        encoder = text_encoder(
            "bert",
            vocabulary=30_522,
            text_width=768,
            text_layers=12,
            text_heads=12,
            text_hidden=3072,
            max_tokens=510,
        )
    found = sum(p.numel() for name, p in encoder.named_parameters() if name.startswith("bert."))
    assert found == 109_482_240 - 590_592


def test_only_bert_knows_what_follows() -> None:
    """Another fourth word: GPT's first three stay as they were, what follows changes."""
    other = QUESTIONS[:1].clone()
    other[0, 4] = 90
    for name in TEXT_ENCODERS:
        encoder = text_encoder(name)
        a, b = encoded(encoder, QUESTIONS[:1]).tokens[0], encoded(encoder, other).tokens[0]
        changed = (a != b).any(-1).tolist()
        assert changed == {
            "bert": [True] * T,
            "gpt": [False, False, False, True, True, True],
        }.get(name, [False, False, False, True, False, False])


def test_one_hot_rows_are_multiplied_by_a_matrix() -> None:
    encoder = text_encoder("onehot")
    out = encoded(encoder, QUESTIONS[:1])
    rows = nn.functional.one_hot(QUESTIONS[0, 1:-1], TINY.vocabulary).float()
    (matrix,) = encoder.parameters()
    assert matrix.shape == (TINY.vocabulary, D)
    close(out.tokens[0], rows @ matrix)
    close(out.pooled[0], rows.sum(0) / rows.sum() @ matrix)


@pytest.mark.parametrize("name", list(TEXT_ENCODERS))
def test_a_bag_of_words_has_no_order(name: str) -> None:
    turned = QUESTIONS[:1].clone()
    turned[0, 1:-1] = turned[0, 1:-1].flip(0)
    encoder = text_encoder(name)
    same = torch.allclose(encoded(encoder, QUESTIONS[:1]).pooled, encoded(encoder, turned).pooled)
    assert same == (name in ("onehot", "word2vec"))


def corpus() -> Iterator[list[int]]:
    """Ids 10 to 14 stand among 30 and 31, ids 20 to 24 among 40 and 41; 50 occurs once."""
    rng = np.random.default_rng(0)
    for _ in range(1500):
        first, second = rng.integers(10, 15), rng.integers(20, 25)
        yield from ([30, int(first), 31], [40, int(second), 41])
    yield [30, 50, 31]


def test_word_vectors_of_a_tiny_corpus() -> None:
    encoder = text_encoder("word2vec")
    assert isinstance(encoder, Word2VecEncoder)
    table = trained_table(list(corpus()), vocabulary=TINY.vocabulary, width=TINY.text_width)
    assert torch.equal(
        table, trained_table(list(corpus()), vocabulary=TINY.vocabulary, width=TINY.text_width)
    )
    trained = [*range(10, 15), *range(20, 25), 30, 31, 40, 41]
    assert table.norm(dim=1).nonzero().flatten().tolist() == trained
    assert table[trained].square().mean().item() == pytest.approx(1.0, abs=1e-4)
    pieces = [f"piece {i}" for i in range(TINY.vocabulary)]
    untrained = {name for name, _ in encoder.nearest("piece 10", pieces, count=999)}
    assert untrained == set(pieces[4:]) - {"piece 10"}  # special pieces are no words
    encoder.table.copy_(table)
    for group in (range(10, 15), range(20, 25)):
        for i in group:
            near = encoder.nearest(f"piece {i}", pieces, count=4)
            assert {name for name, _ in near} == {f"piece {j}" for j in group if j != i}
            cosines = [cosine for _, cosine in near]
            assert cosines == sorted(cosines, reverse=True) and -1 <= min(cosines) <= 1.001
    assert len(encoder.nearest("piece 10", pieces, count=99)) == len(trained) - 1
    assert encoder.nearest("piece 50", pieces) == []
    with pytest.raises(ValueError, match="'zebra' is none of the 250 word pieces"):
        encoder.nearest("zebra", pieces)


def test_word_vectors_of_questions_are_kept_in_a_file(tmp_path: Path) -> None:
    tokenizer = QuestionTokenizer.train(SENTENCES * 9, vocabulary=250, max_tokens=20)
    encoder, other = text_encoder("word2vec"), text_encoder("word2vec")
    assert isinstance(encoder, Word2VecEncoder) and isinstance(other, Word2VecEncoder)
    before = encoder.table.clone()
    fill_table(encoder, SENTENCES * 9, tokenizer, file=tmp_path / "words.safetensors")
    assert not torch.equal(encoder.table, before)
    assert (encoder.table[: SEPARATOR + 1] == 0).all()
    fill_table(other, iter(()), tokenizer, file=tmp_path / "words.safetensors")
    assert torch.equal(encoder.table, other.table)
    assert "star" in dict(encoder.nearest("heart", tokenizer.vocabulary(), count=250))
    assert not any(p.data_ptr() == encoder.table.data_ptr() for p in encoder.parameters())


def test_questions_too_few_for_word_vectors() -> None:
    with pytest.raises(ValueError, match="no word piece occurs 5 times in 1 questions"):
        trained_table([[7, 8, 9]], vocabulary=20, width=4)
