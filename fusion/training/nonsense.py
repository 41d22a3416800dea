"""Words the model does not know, put into questions in training.

People write words that no list of phrasings has ("as for", "isn't it"). Runs of word pieces that
hardly occur in the questions stand in for them, so that the encoder learns to read around them.
"""

from __future__ import annotations

import numpy as np

from fusion.models.tokenizer import SPECIAL

RARE = 1e-4  # a piece is rare when it makes up less than this share of all pieces
UNKNOWN = 1
LONGEST = 4  # pieces in one run


class Nonsense:
    """Runs of rare word pieces of a vocabulary, by how often each occurs in `ids`."""

    def __init__(self, ids: np.ndarray, *, vocabulary: int) -> None:
        counts = np.bincount(ids.reshape(-1), minlength=vocabulary)
        total = counts[len(SPECIAL) :].sum()
        rare = np.flatnonzero(counts < RARE * total)
        self.pieces = np.append(rare[rare >= len(SPECIAL)], UNKNOWN)

    def insert(
        self, ids: np.ndarray, rng: np.random.Generator, *, share: float, longest: int
    ) -> np.ndarray:
        """A copy of padded questions (B, S) in which a share has a run of one to four rare pieces
        before, behind or within it; never longer than `longest` pieces, [CLS] and [SEP] included.
        """
        lengths = (ids != 0).sum(1)
        width = min(longest, int(lengths.max()) + LONGEST)
        result = np.zeros((len(ids), width), ids.dtype)
        result[:, : min(width, ids.shape[1])] = ids[:, :width]
        for row in np.flatnonzero((rng.random(len(ids)) < share) & (lengths + LONGEST <= width)):
            run = rng.choice(self.pieces, rng.integers(1, LONGEST + 1))
            run[rng.random(len(run)) < 0.2] = UNKNOWN
            last = int(lengths[row]) - 1  # where [SEP] stands
            at = (1, last, int(rng.integers(1, last + 1)))[int(rng.integers(3))]
            question = np.concatenate([ids[row, :at], run, ids[row, at : last + 1]])
            result[row] = 0
            result[row, : len(question)] = question
        return result
