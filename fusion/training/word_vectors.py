"""Word2Vec's table: skip-gram with negative sampling (Mikolov et al. 2013) on the questions alone.

gensim trains it and is needed for nothing else: the vectors are kept as a tensor with the weights,
so answering needs no gensim. One thread and one seed, so the same questions give the same table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from safetensors.torch import load_file
from torch import Tensor

from fusion.models.store import save_tensors
from fusion.models.text_encoders.word2vec import Word2VecEncoder
from fusion.models.tokenizer import QuestionTokenizer

WINDOW = 3  # word pieces on either side: the questions are short
NEGATIVE = 10
EPOCHS = 8
RAREST = 5  # a piece seen less often has no vector
FREQUENT = 1e-2  # share of all pieces from which on one is left out at times; few pieces, so high


@torch.no_grad()
def fill_table(
    encoder: Word2VecEncoder,
    questions: Iterable[str],
    tokenizer: QuestionTokenizer,
    *,
    file: Path,
    seed: int = 0,
) -> None:
    """Give a Word2Vec encoder its table, trained on first use and kept in `file` from then on."""
    if not file.exists():
        V, D = encoder.table.shape
        batch = tokenizer.encode(list(questions))
        rows = zip(batch.ids, batch.mask, strict=True)
        sentences = [ids[mask][1:-1].tolist() for ids, mask in rows]  # no [CLS], no [SEP]
        table = trained_table(sentences, vocabulary=V, width=D, seed=seed)
        save_tensors({"table": table}, file)
    encoder.table.copy_(load_file(file)["table"])


def trained_table(
    sentences: Sequence[Sequence[int]], *, vocabulary: int, width: int, seed: int = 0
) -> Float[Tensor, "V D"]:
    """Vectors of word pieces from sentences of their ids; zeros for pieces that are too rare.

    The table is scaled as a whole so that a coordinate's mean square is 1. Raises ValueError when
    gensim is not installed or no piece is frequent enough.
    """
    if find_spec("gensim") is None:
        raise ValueError(
            "word vectors are trained by gensim, which is not installed (pip install gensim)"
        )
    from gensim.models import Word2Vec

    words = [[str(i) for i in sentence] for sentence in sentences]
    counts = Counter(word for sentence in words for word in sentence)
    if max(counts.values(), default=0) < RAREST:
        raise ValueError(f"no word piece occurs {RAREST} times in {len(words)} questions")
    model = Word2Vec(
        words,
        vector_size=width,
        window=WINDOW,
        negative=NEGATIVE,
        epochs=EPOCHS,
        min_count=RAREST,
        sample=FREQUENT,
        sg=1,
        workers=1,
        seed=seed + 1,
    )
    learned = model.wv.vectors / np.sqrt(np.mean(np.square(model.wv.vectors)))
    table = torch.zeros(vocabulary, width)
    table[[int(word) for word in model.wv.index_to_key]] = torch.from_numpy(learned)
    return table
