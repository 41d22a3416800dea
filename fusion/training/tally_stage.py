"""Warming the tally up: which regions fit the first description of a question, which the second,
and which lie on the side of it that the question names.

The truth is that of the bank (whose regions are whose) and of the question's logical form. The
tally is no attention, so no map of the page has been told where to look; see fusion.models.tally.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F

from fusion.data.shapes.families.counting import RELATION_MARGIN
from fusion.data.shapes.families.form import AHEAD, ATTRIBUTES
from fusion.data.shapes.questions import FORM_FIELDS
from fusion.data.shapes.steps import STEPS
from fusion.data.shapes.vocabulary import ANSWERS, FAMILIES
from fusion.models.masking import masked_mean
from fusion.models.model import Backbone
from fusion.models.tally import DESCRIPTIONS, Tally
from fusion.training.answer_stage import EncodedShelf
from fusion.training.bank import LABELS, Shelf
from fusion.training.image_stage import share_loss, shelf_batches
from fusion.training.nonsense import Nonsense
from fusion.training.precision import autocast
from fusion.training.recipe import StageConfig
from fusion.training.shards import Shard, ShardQueue

FIELDS = tuple(FORM_FIELDS)
COUNTS = ("first.count", "second.count")
BESIDE = "count beside"
ANCHORED = [FAMILIES.index(f) for f in ("count", "relation")]  # families of "left of the star"
SAME_PLACE = 1e-3  # places of one object's regions agree within this
PLACES_WEIGHT = 20.0


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class GroundedShelf:
    """Scenes of one grid shape: their encoded regions and what each region shows."""

    encoded: EncodedShelf
    truth: Shelf

    def __len__(self) -> int:
        return len(self.encoded)


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class RegionTruth:
    """What each region's owner is, labels -1 without one; `places` as fractions of the image."""

    labels: Int[Tensor, "N P 3"]  # in the order of ATTRIBUTES
    places: Float[Tensor, "N P 2"]
    share: Float[Tensor, "N H W"]

    @property
    def owned(self) -> Bool[Tensor, "N P"]:
        return self.labels[..., 0] >= 0


class TallyStage:
    """Regions that fit, on the tally; both encoders stay as they are."""

    def __init__(
        self,
        config: StageConfig,
        backbone: Backbone,
        tally: Tally,
        *,
        training: list[GroundedShelf],
        validation: list[GroundedShelf],
        queue: ShardQueue,
        questions: Shard,
        seed: int,
        device: torch.device,
    ) -> None:
        self.config, self.seed, self.device = config, seed, device
        self.text_encoder = backbone.text_encoder.to(device)
        self.vocabulary = backbone.config.vocabulary
        self.longest = backbone.config.max_tokens + 2
        self.model = tally
        self.training, self.validation = training, validation
        self.queue, self.questions = queue, questions
        self.steps = len(shelf_batches(training, config.batch, np.random.default_rng(0)))

    def batches(self, epoch: int) -> Iterator[tuple[GroundedShelf, np.ndarray, Shard]]:
        self.text_encoder.eval()
        shard = self.queue.get(self.config.first_shard + epoch, count=self.config.questions)
        rng = np.random.default_rng((self.seed, epoch))
        nonsense = Nonsense(shard.ids, vocabulary=self.vocabulary)
        for shelf, index in shelf_batches(self.training, self.config.batch, rng):
            rows = shard.rows(index + shelf.encoded.offset)
            ids = rows.ids.reshape(-1, rows.ids.shape[-1])
            ids = nonsense.insert(ids, rng, share=self.config.nonsense, longest=self.longest)
            yield shelf, index, replace(rows, ids=ids.reshape(len(index), -1, ids.shape[-1]))

    def losses(self, batch: tuple[GroundedShelf, np.ndarray, Shard]) -> Iterable[Tensor]:
        shelf, index, questions = batch
        regions, truth = self._regions(shelf, index)
        vectors = regions.flatten(1, 2)
        asked = self._question(questions)
        with autocast(self.device):
            scores = self.model.scores(asked, vectors).float()
            part = self.model.part(regions)[..., 0].float()
        forms = torch.from_numpy(questions.forms).to(self.device)
        fits = fitting(forms, truth.labels)
        families = torch.from_numpy(questions.families).to(self.device)
        ahead, clear = on_side(forms, families, fits, truth)
        places = self.model.place(vectors)
        sides = self.model.sides(asked, truth.places, fits[:, 1].float())
        owned = truth.owned[:, None, None].expand_as(fits)
        loss = F.binary_cross_entropy_with_logits(scores[owned], fits[owned].float())
        loss = loss + share_loss(part, truth.share)
        error = (places - truth.places)[truth.owned]
        loss = loss + PLACES_WEIGHT * error.square().mean()
        if bool(clear.any()):
            loss = loss + F.binary_cross_entropy_with_logits(sides[clear], ahead[clear].float())
        yield loss

    def _regions(self, shelf: GroundedShelf, index: np.ndarray) -> tuple[Tensor, RegionTruth]:
        """Encoded regions (N, H, W, D) of some scenes and what they show."""
        labels = np.array(shelf.truth.labels[index])[..., [LABELS.index(a) for a in ATTRIBUTES]]
        places = np.array(shelf.truth.places[index])[..., :2].astype(np.float32)
        truth = RegionTruth(
            labels=torch.from_numpy(labels).to(self.device).long().flatten(1, 2),
            places=torch.from_numpy(places).to(self.device).flatten(1, 2),
            share=torch.from_numpy(np.array(shelf.truth.share[index])).to(self.device).float(),
        )
        return shelf.encoded.regions[torch.from_numpy(index)].to(self.device).float(), truth

    @torch.no_grad()
    def _question(self, questions: Shard) -> Tensor:
        """What a fusion asks its tally with: the mean of the words, however the encoder pools."""
        ids = questions.word_pieces().to(self.device)
        text = self.text_encoder(ids, ids != 0)
        return masked_mean(text.tokens, text.mask)

    @torch.no_grad()
    def validate(self) -> dict[str, dict[str, float]]:
        """Share of the counts on the way to an answer that come out right when rounded."""
        right: dict[str, list[np.ndarray]] = {name: [] for name in (*COUNTS, BESIDE)}
        for shelf in self.validation:
            for start in range(0, len(shelf), 64):
                index = np.arange(start, min(start + 64, len(shelf)))
                rows = self.questions.rows(index + shelf.encoded.offset)
                regions = self._regions(shelf, index)[0].flatten(1, 2)
                question = self._question(rows)
                present = torch.ones(
                    len(question), regions.shape[1], dtype=torch.bool, device=self.device
                )
                counts = self.model(question, regions, present).round().cpu().numpy()
                truth = rows.steps.reshape(-1, len(STEPS))
                for channel, name in enumerate(COUNTS):
                    wanted = truth[:, tuple(STEPS).index(name)]
                    asked = wanted >= 0
                    right[name].append(counts[asked, channel] == wanted[asked])
                beside = rows.forms[..., FIELDS.index("relation")].reshape(-1) > 0
                beside &= rows.families.reshape(-1) == FAMILIES.index("count")
                wanted = rows.answers.reshape(-1)[beside] - ANSWERS.index("count.0")
                right[BESIDE].append(counts[beside, DESCRIPTIONS] == wanted)
        return {"counts right": {n: float(np.concatenate(r).mean()) for n, r in right.items()}}


def fitting(forms: Int[Tensor, "N Q F"], labels: Int[Tensor, "N P 3"]) -> Bool[Tensor, "N C Q P"]:
    """Which regions belong to an object that fits the first description, the second, both.

    `labels` are in the order of ATTRIBUTES. In a form 0 stands for "nothing said", so that
    everything fits it.
    """
    fits = []
    for operand in "12":
        values = [forms[..., FIELDS.index(f"{a}{operand}")].long() for a in ATTRIBUTES]
        each = [
            (value.unsqueeze(-1) == 0) | (value.unsqueeze(-1) - 1 == labels[:, None, :, k])
            for k, value in enumerate(values)
        ]
        fits.append(torch.stack(each).all(0))
    return torch.stack([*fits, fits[0] & fits[1]], dim=1)


def on_side(
    forms: Int[Tensor, "N Q F"],
    families: Int[Tensor, "N Q"],
    fits: Bool[Tensor, "N C Q P"],
    truth: RegionTruth,
) -> tuple[Bool[Tensor, "N Q P"], Bool[Tensor, "N Q P"]]:
    """Which regions' objects lie on the side that a question names of the one thing its second
    description fits, and where that can be said: not near the line, where nothing is asked."""
    anchors = fits[:, 1]  # (N, Q, P)
    places = truth.places.unsqueeze(1)
    inside = anchors.unsqueeze(3)
    lowest = places.masked_fill(~inside, torch.inf).amin(2)
    highest = places.masked_fill(~inside, -torch.inf).amax(2)
    one = ((highest - lowest) < SAME_PLACE).all(2)  # False where nothing fits
    relation = forms[..., FIELDS.index("relation")].long()
    ways = torch.zeros(len(FORM_FIELDS["relation"]), 2, device=forms.device)
    for name, (axis, sign) in AHEAD.items():
        ways[FORM_FIELDS["relation"].index(name), axis] = sign
    way = ways[relation]  # (N, Q, 2)
    asked = one & (way != 0).any(2) & torch.isin(families, torch.tensor(ANCHORED).to(families))
    origin = torch.where(one.unsqueeze(2), lowest, 0.0)
    ahead = ((places - origin.unsqueeze(2)) * way.unsqueeze(2)).sum(3)  # (N, Q, P)
    clear = (ahead.abs() >= RELATION_MARGIN) | anchors
    return ahead >= RELATION_MARGIN, asked.unsqueeze(2) & clear & truth.owned.unsqueeze(1)
