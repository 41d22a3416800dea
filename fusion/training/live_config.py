"""What somebody may choose of a training that they watch, and how much of it a server permits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from fusion.config import BackboneConfig, Config, FusionConfig
from fusion.data.shapes.vocabulary import FAMILIES
from fusion.errors import InputError, said
from fusion.shipped import COMPARED
from fusion.training.recipe import MaskRates, Recipe

MOST_SECONDS = 120.0
# Smaller than what is shipped, so that a minute is enough to see them learn.
SIZES = {
    "feature-self": {"width": 64, "heads": 2, "layers": 1},
    "hybrid-additive": {"heads": 2, "units": 16, "layers": 1},
    "hybrid-dot": {"layers": 1},
    "hybrid-self": {"layers": 1},
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """The least and the most of something, and the step of its slider; whole numbers where `step`
    is one."""

    what: str
    low: int | float
    high: int | float
    step: int | float

    def check(self, value: object) -> None:
        """Raise ValueError, saying what is allowed, unless the value is."""
        whole = isinstance(self.step, int)
        if not (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and not (whole and isinstance(value, float))
            and self.low <= value <= self.high  # NaN is not between anything
        ):
            raise InputError(
                "{what} must be {kind} from {low} to {high}, got {got!r}.",
                what=said(self.what),
                kind=said("a whole number") if whole else said("a number"),
                low=self.low,
                high=self.high,
                got=value,
            )


LIMITS: Mapping[str, Limit] = MappingProxyType(
    {
        "mask_rate": Limit(what="The mask rate", low=0.0, high=0.5, step=0.05),
        "epochs": Limit(what="The number of epochs", low=1, high=20, step=1),
        "scenes": Limit(what="The number of scenes", low=50, high=600, step=50),
    }
)


@dataclass(frozen=True, kw_only=True)
class LiveConfig(Config):
    """A training that fits a visit: ValueError, saying what is allowed, when it does not. What
    comes from outside goes through `from_dict`, which checks the kinds of the values as well.

    `mask_rate` is the share of the questions that lose a modality; regions and words are hidden
    in proportion. `seconds` is how long it may take altogether.
    """

    fusion: str = "hybrid-dot"
    mask_rate: float = 0.15
    epochs: int = 6
    scenes: int = 300
    families: tuple[str, ...] = ("colour", "shape", "size", "exist")
    seconds: float = MOST_SECONDS

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> LiveConfig:
        for name in LIMITS.keys() & values.keys():
            LIMITS[name].check(values[name])
        families = values.get("families", ())
        if not isinstance(families, list | tuple) or not all(isinstance(f, str) for f in families):
            raise InputError("The families of questions must be a list, got {got!r}.", got=families)
        if not isinstance(values.get("fusion", ""), str):
            raise InputError(
                "The fusion must be given by its name, got {got!r}.", got=values["fusion"]
            )
        rate = {n: float(rate) for n, rate in values.items() if n == "mask_rate"}
        return super().from_dict({**values, **rate})

    def __post_init__(self) -> None:
        for name, limit in LIMITS.items():
            limit.check(getattr(self, name))
        if self.fusion not in COMPARED:
            raise InputError(
                "There is no fusion {got!r}; known: {known}.",
                got=self.fusion,
                known=", ".join(COMPARED),
            )
        known = ", ".join(FAMILIES)
        if not self.families:
            raise InputError(
                "Choose at least one family of questions; there are {known}.", known=known
            )
        if unknown := [family for family in self.families if family not in FAMILIES]:
            raise InputError(
                "There is no family of questions {got!r}; there are {known}.",
                got=unknown[0],
                known=known,
            )
        if not 0 < self.seconds <= MOST_SECONDS:
            raise InputError(
                "A training may take up to {most:.0f} seconds, got {got!r}.",
                most=MOST_SECONDS,
                got=self.seconds,
            )

    @property
    def masks(self) -> MaskRates:
        """How often what is hidden: what training at length hides, more or less often."""
        usual = MaskRates()
        times = self.mask_rate / (usual.image + usual.text + usual.both)
        return MaskRates(**{name: times * rate for name, rate in usual.to_dict().items()})

    def fusion_config(self, answers: tuple[str, ...], backbone: BackboneConfig) -> FusionConfig:
        """The fusion to train, of the size that is trained here."""
        recipe = Recipe(backbone=backbone, sizes=SIZES)
        described = recipe.fusion_config(self.fusion, answers)
        return replace(described, masked_training=self.mask_rate > 0)
