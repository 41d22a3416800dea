"""Text encoders: word pieces to token vectors and one pooled vector. One file each."""

from fusion.registry import Registry

TEXT_ENCODERS = Registry("text encoder")

from fusion.models.text_encoders import bert, gpt, onehot, word2vec  # noqa: E402, F401
