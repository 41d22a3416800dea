"""Pictures for transformers that cut them into square patches, by their own image processors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from PIL import Image
from torch import Tensor

from fusion.errors import InputError
from fusion.images import Sight, fill


class PatchSight(Sight):
    """Resizes and normalises as a processor of transformers does: the shorter side to a length, the
    longer one in proportion up to a limit, both rounded down to whole patches.

    So a picture is stretched by less than a patch, and its patches cover all of it. One that is so
    long and thin that its shorter side would vanish is squeezed first.
    """

    def __init__(self, processor: Any, *, patch: int) -> None:
        """Raises ValueError when the processor does not give whole patches."""
        step = getattr(processor, "size_divisor", None)
        if not processor.do_resize or not step or step % patch:
            raise InputError(
                "its pictures are not resized to whole patches of {patch} pixels, so a map could "
                "not be laid over them",
                patch=patch,
            )
        self.processor, self.patch = processor, patch

    def grid(self, width: int, height: int) -> tuple[int, int]:
        pixels = self.pixels(Image.new("RGB", (width, height)))
        return pixels.shape[0] // self.patch, pixels.shape[1] // self.patch

    def pixels(self, picture: Image.Image) -> UInt8[np.ndarray, "h w 3"]:
        given = self.processor(
            images=self._squeezed(picture),
            do_rescale=False,
            do_normalize=False,
            return_tensors="pt",
        )
        pixels = given["pixel_values"][0]
        if "pixel_mask" in given:  # padding is at the right and at the bottom
            mask = given["pixel_mask"][0].bool()
            pixels = pixels[:, : int(mask[:, 0].sum()), : int(mask[0].sum())]
        return pixels.to(torch.uint8).permute(1, 2, 0).numpy().copy()

    def eraser(self, picture: Image.Image) -> Callable[..., UInt8[np.ndarray, "h w 3"]]:
        whole = np.asarray(picture)

        def erased(*erase: Bool[np.ndarray, "_ _"]) -> UInt8[np.ndarray, "h w 3"]:
            return self.pixels(Image.fromarray(fill(whole, *erase)))

        return erased

    def numbers(self, pixels: UInt8[np.ndarray, "N h w 3"]) -> Float[Tensor, "N 3 h w"]:
        images = list(torch.from_numpy(pixels).permute(0, 3, 1, 2))
        given = self.processor(images=images, do_resize=False, do_pad=False, return_tensors="pt")
        numbers: Tensor = given["pixel_values"]
        return numbers

    def _squeezed(self, picture: Image.Image) -> Image.Image:
        """The picture, at most as long as leaves its shorter side a patch."""
        short, long = sorted(picture.size)
        most = self._longest * short
        if long <= most:
            return picture
        width, height = (round(min(side, most)) for side in picture.size)
        return picture.resize((max(1, width), max(1, height)), Image.Resampling.BICUBIC)

    @property
    def _longest(self) -> int:
        """The most that the longer side may be of the shorter one."""
        shorter = int(self.processor.size["shortest_edge"])
        return max(1, int(shorter * 1333 / 800) // int(self.processor.size_divisor))
