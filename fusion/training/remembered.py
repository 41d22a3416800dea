"""Encodings of one image with parts of it erased, kept while that image is asked about.

What an image looks like without some of its regions is the same for every fusion, and so are the
sets of regions that occlusion, the Shapley values and the random orders hide: with several fusions
asked about one scene after the other, only the first one encodes these.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import torch
from jaxtyping import Bool
from torch import Tensor

from fusion.inputs import Inputs, Seen
from fusion.outputs import ImageEncoding

MOST = 640  # encodings that are kept of one image, of about 0.1 MB each


class Remembered(Inputs):
    """Inputs that keep what was encoded of the last image with nothing else erased."""

    def __init__(self, inputs: Inputs, *, most: int = MOST) -> None:
        super().__init__(inputs.backbone, inputs.tokenizer, inputs.novelty)
        self.most = most
        self._of = b""
        self._kept: dict[bytes, ImageEncoding] = {}

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
        for some in torch.arange(len(names)).split(at_once):
            yield Seen(
                encoding=joined([found[names[i]] for i in some.tolist()]),
                region_mask=~windows[some].flatten(1),
                unlike=False,
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
