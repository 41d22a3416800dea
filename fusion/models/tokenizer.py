"""BERT word pieces over a vocabulary of our own: English words, Chinese characters.

The vocabulary is trained on the questions of a dataset; the normaliser is BERT's (lower case,
accents stripped, Chinese characters apart). One file, tokenizer.json, in the library's own format.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Bool, Int
from tokenizers import Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import WordPiece
from tokenizers.trainers import WordPieceTrainer
from torch import Tensor

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class TokenBatch:
    """Questions as padded ids with [CLS] and [SEP]; mask True = a real id. S = T + 2."""

    ids: Int[Tensor, "B S"]
    mask: Bool[Tensor, "B S"]


class QuestionTokenizer:
    """Questions to ids and pieces; longer ones are cut at `max_tokens` word pieces."""

    def __init__(self, tokenizer: Tokenizer, *, max_tokens: int) -> None:
        self._tokenizer = tokenizer
        self._tokenizer.encode_special_tokens = True  # "[SEP]" in a question is only text
        self._tokenizer.enable_truncation(max_tokens + 2)
        self._tokenizer.enable_padding(pad_id=0, pad_token=SPECIAL[0])
        self.max_tokens = max_tokens

    @classmethod
    def train(
        cls, questions: Iterable[str], *, vocabulary: int, max_tokens: int
    ) -> QuestionTokenizer:
        """Learn word pieces; the alphabet is kept whole so that a typo splits into letters."""
        tokenizer = _assembled(WordPiece(unk_token=SPECIAL[1]))
        tokenizer.train_from_iterator(
            questions,
            WordPieceTrainer(
                vocab_size=vocabulary,
                special_tokens=list(SPECIAL),
                initial_alphabet=[*"abcdefghijklmnopqrstuvwxyz0123456789?!.,'-"],
                min_frequency=5,
                show_progress=False,
            ),
        )
        return cls(tokenizer, max_tokens=max_tokens)

    @classmethod
    def of_pieces(cls, pieces: Sequence[str], *, max_tokens: int) -> QuestionTokenizer:
        """Word pieces that were learned elsewhere, in the order of their ids, `SPECIAL` first;
        raises ValueError when they are not."""
        if tuple(pieces[: len(SPECIAL)]) != SPECIAL:
            raise ValueError(f"the first word pieces must be {', '.join(SPECIAL)}")
        ids = {piece: i for i, piece in enumerate(pieces)}
        tokenizer = _assembled(WordPiece(ids, unk_token=SPECIAL[1]))
        tokenizer.add_special_tokens(list(SPECIAL))
        return cls(tokenizer, max_tokens=max_tokens)

    @classmethod
    def load(cls, path: Path, *, max_tokens: int) -> QuestionTokenizer:
        """Read tokenizer.json; raises ValueError when it is missing or damaged."""
        try:
            return cls(Tokenizer.from_file(str(path)), max_tokens=max_tokens)
        except Exception as error:  # the library raises bare Exception
            raise ValueError(f"the tokenizer {path.name} is missing or damaged: {error}") from error

    def save(self, path: Path) -> None:
        """Write tokenizer.json beside its place, then move it there."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        self._tokenizer.save(str(part))
        part.replace(path)

    def __len__(self) -> int:
        return self._tokenizer.get_vocab_size()

    def encode(self, questions: Sequence[str]) -> TokenBatch:
        """Ids of a batch, padded to its longest question."""
        encodings = self._tokenizer.encode_batch(list(questions))
        return TokenBatch(
            ids=torch.tensor([e.ids for e in encodings]),
            mask=torch.tensor([e.attention_mask for e in encodings], dtype=torch.bool),
        )

    def pieces(self, question: str) -> list[str]:
        """The word pieces that a fusion sees, without [CLS] and [SEP]."""
        pieces: list[str] = self._tokenizer.encode(question).tokens[1:-1]
        return pieces

    def vocabulary(self) -> list[str]:
        """Every word piece in the order of the ids."""
        ids: dict[str, int] = self._tokenizer.get_vocab()
        return sorted(ids, key=lambda piece: ids[piece])

    def length(self, question: str) -> int:
        """How many word pieces the whole question has, with those that would be cut."""
        encoding = self._tokenizer.encode(question)
        return sum(sum(e.attention_mask) - 2 for e in (encoding, *encoding.overflowing))


def _assembled(model: WordPiece) -> Tokenizer:
    """BERT's steps around a vocabulary of word pieces."""
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return tokenizer
