"""Is an image like those the model was trained on? Mahalanobis distance of a feature vector.

    d(x) = sqrt((x - mu)^T S^-1 (x - mu)),   S = (1 - s) * covariance + s * mean variance * I

(Lee et al. 2018, without classes.) The vector is any description of an image, each a function in
`DESCRIPTIONS`. It says that an image is unlike the training images; it cannot say that an answer
is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from fusion.outputs import ImageEncoding
from fusion.registry import Registry

DESCRIPTIONS = Registry("image description")
Describe = Callable[[ImageEncoding, Tensor], Tensor]


@DESCRIPTIONS.register(
    "regions",
    label="mean and spread of the regions",
    summary="Mean and standard deviation over the regions of each encoded feature.",
)
def describe_regions(
    encoding: ImageEncoding, pixels: Float[Tensor, "B 3 h w"]
) -> Float[Tensor, "B F"]:
    """Mean and standard deviation over the regions, F = 2 D."""
    regions = encoding.regions.flatten(1, 2)
    return torch.cat([regions.mean(1), regions.std(1, unbiased=False)], dim=1)


EDGES = (0.01, 0.03, 0.06, 0.12, 0.25, 0.5)  # of brightness steps between neighbouring pixels
COLOUR_BINS = 6  # per channel
COMMONEST = (1, 2, 4, 8, 16)  # how many colour bins are summed


@DESCRIPTIONS.register(
    "texture",
    label="smoothness and palette",
    summary="How large the steps between neighbouring pixels are, and how few colours cover how "
    "much of the image.",
)
def describe_texture(
    encoding: ImageEncoding, pixels: Float[Tensor, "B 3 h w"]
) -> Float[Tensor, "B F"]:
    """Shares of brightness steps above each edge, across and down, and the shares of the image
    that its commonest colours cover; F = 2 * 6 + 5."""
    low, high = pixels.amin((1, 2, 3), keepdim=True), pixels.amax((1, 2, 3), keepdim=True)
    plain = (pixels - low) / (high - low).clamp(min=1e-6)
    brightness = plain.mean(1)
    steps = (brightness.diff(dim=2).abs(), brightness.diff(dim=1).abs())
    shares = [(s > edge).float().mean((1, 2)) for s in steps for edge in EDGES]
    binned = (plain * (COLOUR_BINS - 1e-3)).long()
    place = (binned[:, 0] * COLOUR_BINS + binned[:, 1]) * COLOUR_BINS + binned[:, 2]
    counts = torch.stack([row.bincount(minlength=COLOUR_BINS**3) for row in place.flatten(1)])
    covered = (counts.float() / place[0].numel()).sort(descending=True).values.cumsum(1)
    features = torch.stack([*shares, *(covered[:, n - 1] for n in COMMONEST)], dim=1)
    return torch.logit(features.clamp(0.002, 0.998))


@DESCRIPTIONS.register(
    "both",
    label="regions and texture",
    summary="The encoded regions' mean and spread, and the pixels' smoothness and palette.",
)
def describe_both(
    encoding: ImageEncoding, pixels: Float[Tensor, "B 3 h w"]
) -> Float[Tensor, "B F"]:
    """Both descriptions side by side."""
    return torch.cat(
        [describe_regions(encoding, pixels), describe_texture(encoding, pixels)], dim=1
    )


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Novelty:
    """Mean, precision (inverse covariance) and the distance above which an image is unlike."""

    description: str
    mean: Float[Tensor, " F"]
    precision: Float[Tensor, "F F"]
    threshold: float

    @classmethod
    def fit(
        cls,
        features: Float[Tensor, "N F"],
        *,
        description: str = "regions",
        shrinkage: float = 0.02,
        flagged: float = 0.01,
    ) -> Novelty:
        """Fit to the features of N training images; the share `flagged` of them lies above the
        threshold (set it on other images with `with_threshold`, for these were fitted)."""
        if features.shape[0] < 2:
            raise ValueError(f"at least 2 images are needed, got {features.shape[0]}")
        x = features.double()
        mean = x.mean(0)
        covariance = torch.cov(x.T).reshape(x.shape[1], x.shape[1])
        variance = covariance.diagonal().mean()
        shrunk = (1 - shrinkage) * covariance
        shrunk = shrunk + shrinkage * variance.clamp(min=1e-12) * torch.eye(len(mean))
        fitted = cls(
            description=description,
            mean=mean.float(),
            precision=torch.linalg.inv(shrunk).float(),
            threshold=0.0,
        )
        return fitted.with_threshold(features, flagged=flagged)

    def with_threshold(self, features: Float[Tensor, "N F"], *, flagged: float) -> Novelty:
        """The same detector with the threshold that flags this share of these images."""
        threshold = float(torch.quantile(self.distance(features).double(), 1 - flagged))
        return Novelty(
            description=self.description,
            mean=self.mean,
            precision=self.precision,
            threshold=threshold,
        )

    def distance(self, features: Float[Tensor, "N F"]) -> Float[Tensor, " N"]:
        """Mahalanobis distance to the training images, 0 or more."""
        away = features.float() - self.mean
        return torch.einsum("nf,fg,ng->n", away, self.precision, away).clamp(min=0).sqrt()

    def score(
        self, encoding: ImageEncoding, pixels: Float[Tensor, "B 3 h w"]
    ) -> Float[Tensor, " B"]:
        """Distance over threshold: an image is unlike the training images when above 1."""
        describe: Describe = DESCRIPTIONS[self.description].build
        return self.distance(describe(encoding, pixels)) / self.threshold

    def save(self, path: Path) -> None:
        """Write a safetensors file, atomically."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        tensors = {"mean": self.mean.contiguous(), "precision": self.precision.contiguous()}
        save_file(
            tensors,
            part,
            metadata={"description": self.description, "threshold": repr(self.threshold)},
        )
        part.replace(path)

    @classmethod
    def load(cls, path: Path) -> Novelty:
        """Read what `save` wrote; raises ValueError when it is damaged."""
        try:
            with safe_open(path, framework="pt") as file:
                words = file.metadata() or {}
                mean, precision = file.get_tensor("mean"), file.get_tensor("precision")
            threshold = float(words["threshold"])
            DESCRIPTIONS[words["description"]]
        except (OSError, SafetensorError, KeyError, ValueError) as error:
            raise ValueError(f"the novelty detector {path.name} is damaged: {error}") from error
        if precision.shape != (len(mean), len(mean)) or not threshold > 0:
            raise ValueError(f"the novelty detector {path.name} does not fit itself")
        return cls(
            description=words["description"], mean=mean, precision=precision, threshold=threshold
        )
