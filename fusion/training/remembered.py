"""Encodings of one image and of one question with parts missing, kept while these are asked about.

What an image looks like without some of its regions is the same for every fusion, and so are the
sets of regions that occlusion, the Shapley values and the random orders hide: with several fusions
asked about one scene after the other, only the first one encodes these. The same goes for words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import torch
from jaxtyping import Bool
from torch import Tensor

from fusion.inputs import Inputs, Read, Seen
from fusion.outputs import ImageEncoding, TextEncoding

MOST = 640  # encodings that are kept of one image, of about 0.1 MB each
MOST_READ = 4096  # of one question, of about 0.01 MB each
TOGETHER = 48  # encodings that were kept or made come in parts of so many


class Remembered(Inputs):
    """Inputs that keep what was encoded of the last image with nothing else erased, and of the last
    question."""

    def __init__(self, inputs: Inputs, *, most: int = MOST) -> None:
        super().__init__(inputs.backbone, inputs.tokenizer, inputs.novelty)
        self.most = most
        self._of = b""
        self._kept: dict[bytes, ImageEncoding] = {}
        self._about: Read | None = None
        self._kept_texts: dict[bytes, TextEncoding] = {}

    @torch.no_grad()
    def see_without(
        self, image: Any, erase: Any, windows: Bool[Tensor, "N H W"], *, at_once: int = 12
    ) -> Iterator[Seen]:
        """As `Inputs.see_without`, in the order of the windows; what is kept is not encoded."""
        if erase is not None:
            yield from super().see_without(image, erase, windows, at_once=at_once)
            return
        if (digest := self.digest(image)) != self._of:
            self._of, self._kept = digest, {}
        names = [window.numpy().tobytes() for window in windows]
        found = {name: self._kept[name] for name in names if name in self._kept}
        new = [i for i, name in enumerate(names) if name not in found]
        if new:
            batches = super().see_without(image, None, windows[new], at_once=at_once)
            fresh = [one for seen in batches for one in split(seen.encoding)]
            encoded = dict(zip([names[i] for i in new], fresh, strict=True))
            found |= encoded
            room = self.most - len(self._kept)
            self._kept |= dict(list(encoded.items())[:room])
        for some in torch.arange(len(names)).split(TOGETHER):
            yield Seen(
                encoding=joined([found[names[i]] for i in some.tolist()]),
                region_mask=~windows[some].flatten(1),
                unlike=False,
            )

    @torch.no_grad()
    def read_without(self, read: Read, gone: Bool[Tensor, "N T"]) -> TextEncoding:
        """As `Inputs.read_without`; what is kept is not encoded."""
        if read is not self._about:
            self._about, self._kept_texts = read, {}
        names = [row.numpy().tobytes() for row in gone]
        kept = {name: self._kept_texts[name] for name in names if name in self._kept_texts}
        new = [i for i, name in enumerate(names) if name not in kept]
        if new:
            fresh = super().read_without(read, gone[new])
            encoded = dict(zip([names[i] for i in new], split_text(fresh), strict=True))
            kept |= encoded
            room = MOST_READ - len(self._kept_texts)
            self._kept_texts |= dict(list(encoded.items())[:room])
        return joined_text([kept[name] for name in names])


def split_text(encoding: TextEncoding) -> list[TextEncoding]:
    """The encodings of a batch of questions, one by one."""
    parts = zip(
        encoding.tokens.split(1), encoding.mask.split(1), encoding.pooled.split(1), strict=True
    )
    return [replace(encoding, tokens=t, mask=m, pooled=p) for t, m, p in parts]


def joined_text(parts: list[TextEncoding]) -> TextEncoding:
    """Encodings of one question each as those of a batch."""
    return replace(
        parts[0],
        tokens=torch.cat([part.tokens for part in parts]),
        mask=torch.cat([part.mask for part in parts]),
        pooled=torch.cat([part.pooled for part in parts]),
    )


def split(encoding: ImageEncoding) -> list[ImageEncoding]:
    """The encodings of a batch, one by one."""
    parts = zip(encoding.regions.split(1), encoding.pooled.split(1), strict=True)
    return [replace(encoding, regions=regions, pooled=pooled) for regions, pooled in parts]


def joined(parts: list[ImageEncoding]) -> ImageEncoding:
    """Encodings of one image each as those of a batch."""
    return replace(
        parts[0],
        regions=torch.cat([part.regions for part in parts]),
        pooled=torch.cat([part.pooled for part in parts]),
    )
