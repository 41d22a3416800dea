"""Typed results, and the one place where the shape letters are declared.

B batch, T tokens, H and W rows and columns of the region grid, P = H * W regions, D width,
K attention heads, L layers, A answers, M = 2 modalities in the order of `MODALITIES`.

The first half are tensors that pass between the parts of a model; the second half is what
`fusion.Engine` returns: numpy and plain Python, checked on construction. What explainers find is in
`fusion.attributions`, and can be had from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from PIL import Image
from torch import Tensor

from fusion.attributions import Attribution as Attribution
from fusion.attributions import Credit as Credit
from fusion.attributions import Doubt as Doubt
from fusion.attributions import ExplainerInfo as ExplainerInfo
from fusion.attributions import Faithfulness as Faithfulness
from fusion.attributions import Pointing as Pointing
from fusion.inside import Inside as Inside
from fusion.inside import InsideStep as InsideStep
from fusion.learning import ENDINGS as ENDINGS
from fusion.learning import PHASES as PHASES
from fusion.learning import Learning as Learning
from fusion.learning import LearningPoint as LearningPoint
from fusion.measurements import Measured as Measured
from fusion.measurements import MeasuredModel as MeasuredModel
from fusion.measurements import Share as Share
from fusion.reading import Reading as Reading

MODALITIES = ("image", "text")
CASES = ("none", "text", "image", "both")
MAIN = "main"  # the backbone that all fusions share, beside those that are only compared
TOLERANCE = 1e-4


# ------------------------------------------------------------------ inside a model (tensors)


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class ImageEncoding:
    """An image as a grid of regions and one pooled vector; `pooling` names how it was pooled."""

    regions: Float[Tensor, "B H W D"]
    pooled: Float[Tensor, "B D"]
    pooling: str


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class TextEncoding:
    """A question as a sequence of tokens and one vector, pooled as `pooling` says from the tokens
    that are present; mask True = present."""

    tokens: Float[Tensor, "B T D"]
    mask: Bool[Tensor, "B T"]
    pooled: Float[Tensor, "B D"]
    pooling: str


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Attended:
    """What attention computed: `context` is `weights @ values`, heads joined; `output` is what was
    made of it and of the `mass`.

    `weights` are the tensor that was multiplied: each row sums to 1 over the keys that are
    `present`, and is all zero when no key is. `scores` are those of the projected `queries` and
    `keys`, before temperature and mask; `unit_weights` is v_a of additive attention.
    """

    output: Float[Tensor, "B Q D"]
    context: Float[Tensor, "B Q D"]
    values: Float[Tensor, "B K N d"]
    weights: Float[Tensor, "B K Q N"]
    mass: Float[Tensor, "B Q K"]
    queries: Float[Tensor, "B K Q u"]
    keys: Float[Tensor, "B K N u"]
    scores: Float[Tensor, "B K Q N"]
    present: Bool[Tensor, "B 1 _ N"]
    unit_weights: Float[Tensor, "K u"] | None = None


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class AttentionStep:
    """One attention of a fusion: what of `over` went into `into`, with the tensor that was
    multiplied, so that an answer's gradient can be taken with respect to it.

    `over` is "regions", "tokens" or "joined" (regions, then tokens). Where `into` is one of these
    too, what was there before stays beside it (a residual); else it is a new vector: "image",
    "text" or "answer". B questions about N images share a row: weights over an image's regions
    have the queries of its B / N questions one after the other. `attended` is all of the attention.
    """

    into: str
    over: str
    weights: Float[Tensor, "N K Q J"]
    attended: Attended | None = None


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class FusionOutput:
    """Everything a fusion computed. Weights are the tensors that were multiplied, or None
    when the fusion has no such thing; a fully masked modality has weights of zero."""

    logits: Float[Tensor, "B A"]
    fused: Float[Tensor, "B E"]
    modality_weights: Float[Tensor, "B M"] | None = None
    region_weights: Float[Tensor, "B H W"] | None = None
    token_weights: Float[Tensor, "B T"] | None = None
    cross_weights: Float[Tensor, "B L K T H W"] | None = None
    counts: Float[Tensor, "B C"] | None = None  # of fusion.models.tally, which is no attention
    steps: tuple[AttentionStep, ...] = ()  # in the order in which they were taken
    weighing: Attended | None = None  # over the modality vectors, where there is such an attention
    special: int = 0  # tokens of neither modality, behind regions and tokens in what is joined
    reads: int | None = None  # the one in what is joined that is answered from, if it is one
    read_weights: Float[Tensor, "B L K J"] | None = None  # that one's row in every attention


# ------------------------------------------------------------------ what the engine returns


def _check_distribution(name: str, weights: np.ndarray) -> None:
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise ValueError(f"{name} must be finite and non-negative")
    if abs(float(weights.sum()) - 1.0) > TOLERANCE:
        raise ValueError(f"{name} must sum to 1, got {float(weights.sum()):.6f}")


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Explanation:
    """One answered question, with every weight that was used to answer it.

    `answers` is the whole vocabulary, best first, in the question's language (`answer_ids` are
    the same answers' language-free names). Attention fields are None when the fusion has no
    such attention or when nothing of that modality was present. `tokens` are the question's
    word pieces, special tokens left out; `token_attention` and the T axis of
    `cross_attention` are in the same order. `notice` is a sentence for the user when the image
    is unlike anything the model was made for. `counts` is what the fusion's tally counted, by the
    names of its channels: an input to the classifier that no map shows. `reading` is the attention
    by layer and head where the answer is read from one token; the weights are then its mean, or
    what `at` takes of it.
    """

    question: str
    language: str
    fusion: str
    keep: frozenset[str]
    answers: list[tuple[str, float]]
    answer_ids: list[str]
    tokens: list[str]
    dropped_tokens: frozenset[int]
    modality_weights: dict[str, float] | None
    image_attention: Float[np.ndarray, "H W"] | None
    token_attention: list[tuple[str, float]] | None
    cross_attention: Float[np.ndarray, "L K T H W"] | None
    notice: str | None
    milliseconds: float
    counts: dict[str, float] | None = None
    backbone: str = MAIN
    reading: Reading | None = None

    def __post_init__(self) -> None:
        _check_distribution("answers", np.array([p for _, p in self.answers]))
        if len(self.answers) != len(self.answer_ids):
            raise ValueError(f"{len(self.answers)} answers but {len(self.answer_ids)} answer ids")
        if self.modality_weights is not None:
            _check_distribution("modality_weights", np.array(list(self.modality_weights.values())))
        if self.image_attention is not None:
            _check_distribution("image_attention", self.image_attention)
        if self.token_attention is not None:
            _check_distribution("token_attention", np.array([w for _, w in self.token_attention]))
            if len(self.token_attention) != len(self.tokens):
                raise ValueError(
                    f"{len(self.token_attention)} token weights for tokens {self.tokens}"
                )
        if self.cross_attention is not None and self.cross_attention.shape[2] != len(self.tokens):
            raise ValueError(
                f"cross_attention has {self.cross_attention.shape[2]} tokens, not {self.tokens}"
            )

    @property
    def answer(self) -> str:
        """The most probable answer, in the question's language."""
        return self.answers[0][0]

    def at(self, layer: int | None = None, head: int | None = None) -> Explanation:
        """The same with the attention of one layer, one attention head, or both, numbered from 0;
        the mean over those that are None. Raises ValueError where there is no such choice."""
        if self.reading is None:
            raise ValueError(f"The fusion {self.fusion} has no layers to choose one of.")
        cross = self.cross_attention
        return replace(
            self,
            cross_attention=None if cross is None else cross[self.reading.chosen(layer, head)],
            **self.reading.weights(self.tokens, layer, head),
        )

    def probability_of(self, answer_id: str) -> float:
        """Probability of one answer by its language-free name."""
        return self.answers[self.answer_ids.index(answer_id)][1]


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Masking:
    """The four passes none / text / image / both, and what they say about one answer.

    `values` are the probabilities v of `answer_id` in each case of `CASES`. `shapley` has
    phi_I = 1/2 [v(I) - v(none)] + 1/2 [v(IT) - v(T)], phi_T likewise; `interaction` is
    v(IT) - v(I) - v(T) + v(none). phi_I + phi_T = v(IT) - v(none).
    """

    answer_id: str
    answer: str
    cases: Mapping[str, Explanation]
    values: dict[str, float]
    shapley: dict[str, float]
    interaction: float

    def __post_init__(self) -> None:
        if tuple(self.cases) != CASES or tuple(self.values) != CASES:
            raise ValueError(f"cases must be {CASES}, got {tuple(self.cases)}")
        gain = self.values["both"] - self.values["none"]
        if abs(sum(self.shapley.values()) - gain) > TOLERANCE:
            raise ValueError(f"Shapley values must sum to v(both) - v(none) = {gain:.6f}")


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Comparison:
    """The same image and question through every fusion, one encoding; or through every backbone,
    each with its own encoding; order of registration.

    The milliseconds of a fusion's explanation are those of its pass, those of a backbone's have
    both encodings in them. `failed` has a sentence for each backbone that cannot be used.
    """

    explanations: Mapping[str, Explanation]
    milliseconds: float
    failed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Steered:
    """One question as the fusion answers it, and with its attention changed by hand.

    The weights are those that were put in the place of its own, each summing to 1 (None: left
    alone), `strength` how far regions and tokens were moved towards them, `heads_off` pairs of
    layer and attention head. `heads` has the numbers of layers and of heads in each.
    """

    before: Explanation
    after: Explanation
    region_weights: Float[np.ndarray, "H W"] | None
    token_weights: Float[np.ndarray, " T"] | None
    modality_weights: dict[str, float] | None
    heads_off: frozenset[tuple[int, int]]
    strength: float
    heads: tuple[int, int]


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Keypoints:
    """Keypoints of one image. `places` (x, y) are fractions 0..1 of width and height, `radii`
    (the scale at which each was found) shares of the width, `angles` those of the main gradient
    in radians, from right (0) towards down; `descriptors` have length 1 or nearly."""

    places: Float[np.ndarray, "N 2"]
    radii: Float[np.ndarray, " N"]
    angles: Float[np.ndarray, " N"]
    descriptors: Float[np.ndarray, "N 128"]


@dataclass(frozen=True, kw_only=True, slots=True)
class FusionInfo:
    """What a person should know of one loaded fusion; accuracy is that on test scenes, 0..1."""

    name: str
    label: str
    summary: str
    accuracy: float | None
    parameters: int
    in_comparison: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class BackboneInfo:
    """What a person should know of one backbone that is compared.

    The summaries are those of its two encoders, and `*_learns` say whether each learns what it
    describes. `accuracy` is that on test scenes, 0..1, None where it was not measured; `parameters`
    and `bytes` are those of both encoders and of its fusion, a table of word vectors counted in.
    `has_keypoints` and `has_neighbours`: the engine can give keypoints, nearest words.
    """

    name: str
    label: str
    image_summary: str
    text_summary: str
    image_learns: bool
    text_learns: bool
    fusion: str
    accuracy: float | None
    parameters: int
    bytes: int
    has_keypoints: bool
    has_neighbours: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class HubInfo:
    """What a person should know of a pretrained model that is served beside the shipped ones.

    `where` is the repository or the folder of its weights, `megabytes` what would be fetched, None
    where it is not known or nothing would be; `fusion` is the one that it has, and it is `ready`
    once its weights are read.
    """

    name: str
    label: str
    summary: str
    source: str
    where: str
    megabytes: int | None
    fusion: str
    ready: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetch:
    """How far a pretrained model is: its files are looked for ("looking"), fetched ("fetching",
    `done` of `total` bytes, which is 0 while unknown) or read ("reading")."""

    phase: str
    done: int = 0
    total: int = 0


class Version(NamedTuple):
    """Names for exactly the weights that answer and exactly the data that the generator makes."""

    model: str
    data: str


class SceneQuestion(NamedTuple):
    """A question with its true answer; `referents` are the objects it is read from."""

    text: str
    answer_id: str
    referents: tuple[int, ...]


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class SceneView:
    """A made image with questions and the truth: `masks` are the visible pixels of each of the N
    objects, `boxes` are x0, y0, x1, y1 around them in pixels, x1 and y1 exclusive, `names` what
    each is, in English."""

    seed: int
    image: Image.Image
    questions: tuple[SceneQuestion, ...]
    masks: Bool[np.ndarray, "N h w"]
    boxes: Int[np.ndarray, "N 4"]
    names: tuple[str, ...] = ()
