"""Attention: the only softmax over keys in Duet.

Three mechanisms differ in how they score a query x_i against a key y_j; the softmax and the
weighted sum are the same code. With K attention heads of width d:

- additive      e_ij = v_a^T tanh(W_a x_i + U_a y_j + b_a)       (Bahdanau et al. 2015)
- dot-product   e_ij = x_i^T y_j / sqrt(d)                        (Luong et al. 2015)
- self          e_ij = (Q x_i)^T (K y_j) / sqrt(d), values V y_j  (Vaswani et al. 2017)

    alpha_ij = softmax_j(e_ij / t)    z_i = sum_j alpha_ij y_j

The temperature t is 1 in everything that is trained and served; `tempered` gives a fusion another
one, so that one can see what the softmax does.

A softmax cannot count: twice as many matching keys give the same z. So attention also returns its
`mass`, log(1 + sum_j exp e_ij): how much there was to attend to. It is 0 when nothing is present.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from copy import deepcopy
from typing import TypeVar

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional as F

from fusion.errors import InputError
from fusion.outputs import Attended
from fusion.registry import Registry

ATTENTION = Registry("attention")
Change = Callable[[Tensor], Tensor]  # weights (B, K, Q, N) to those that are multiplied instead
ABSENT = -1e4  # a score low enough that exp() is exactly 0 in float32


M = TypeVar("M", bound=nn.Module)
Projected = tuple[Float[Tensor, "B K Q u"], Float[Tensor, "B K N u"], Float[Tensor, "B K N d"]]


class Attention(nn.Module, ABC):
    """Scores, one softmax over the keys that are present, and the weighted sum of the values."""

    temperature = 1.0

    @property
    def unit_weights(self) -> Float[Tensor, "K d"] | None:
        """v_a, where there is one."""
        return None

    def __init__(self, width: int, *, heads: int = 1) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(f"width {width} must be a multiple of the {heads} attention heads")
        self.heads = heads
        self.join = nn.Linear(width + heads, width)

    def split(self, x: Float[Tensor, "B N D"]) -> Float[Tensor, "B K N d"]:
        """Cut the width into attention heads."""
        B, N, D = x.shape
        return x.view(B, N, self.heads, D // self.heads).transpose(1, 2)

    @abstractmethod
    def project(self, queries: Float[Tensor, "B Q D"], keys: Float[Tensor, "B N D"]) -> Projected:
        """Queries and keys as they are compared, and the values that are summed."""

    def fit(
        self, x: Float[Tensor, "B K Q d"], y: Float[Tensor, "B K N d"]
    ) -> Float[Tensor, "B K Q N"]:
        """How well each projected query fits each projected key: x_i^T y_j / sqrt(d)."""
        return x @ y.transpose(2, 3) / math.sqrt(x.shape[-1])

    def forward(
        self,
        queries: Float[Tensor, "B Q D"],
        keys: Float[Tensor, "B N D"],
        mask: Bool[Tensor, "B Q N"] | Bool[Tensor, "B 1 N"],
        change: Change | None = None,
    ) -> Attended:
        """Attend from `queries` over `keys`; mask True = the key is present for that query.

        `change` puts other weights in the place of those computed. Scores and mass stay as they
        are, but a row that it empties has attended to nothing, and has no mass.
        """
        x, y, values = self.project(queries, keys)
        scores = self.fit(x, y)
        present = mask.unsqueeze(1)  # (B, 1, Q or 1, N)
        heated = (scores.float() / self.temperature).masked_fill(~present, ABSENT)
        weights = torch.softmax(heated, dim=-1)
        top, index = heated.max(dim=-1)  # log sum exp = highest score - log of its weight
        total = top - weights.gather(-1, index.unsqueeze(-1)).squeeze(-1).log()
        mass = F.softplus(total).transpose(1, 2)  # (B, Q, K)
        weights = weights.masked_fill(~present.any(dim=-1, keepdim=True), 0.0)
        if change is not None:
            weights = change(weights)
            mass = mass * weights.any(dim=-1).transpose(1, 2)
        context = (weights.to(values.dtype) @ values).transpose(1, 2).flatten(2)  # (B, Q, D)
        output = self.join(torch.cat([context, mass.to(context.dtype)], dim=-1))
        return Attended(
            output=output,
            context=context,
            values=values,
            weights=weights,
            mass=mass,
            queries=x,
            keys=y,
            scores=scores,
            present=present,
            unit_weights=self.unit_weights,
        )


def tempered(model: M, temperature: float) -> M:
    """The same model with all scores divided by `temperature` before the softmax: a new one that
    shares its parameters, so that `model` stays as it is. ValueError unless it is above 0."""
    if not 0 < temperature < math.inf:
        raise InputError("The temperature must be a number above 0, got {got!r}.", got=temperature)
    if temperature == 1:
        return model
    shared = {id(tensor): tensor for tensor in (*model.parameters(), *model.buffers())}
    twin = deepcopy(model, shared)
    for module in twin.modules():
        if isinstance(module, Attention):
            module.temperature = temperature
    return twin


@ATTENTION.register(
    "additive",
    label="additive",
    summary="A small network scores each pair: both vectors are added, squashed by tanh and "
    "weighed by a learned vector.",
    source="Bahdanau, Cho, Bengio 2015",
)
class AdditiveAttention(Attention):
    """A small network scores each pair; the two sides are added before a tanh."""

    def __init__(self, width: int, *, heads: int = 1, units: int = 32) -> None:
        """`units` is the scoring network's hidden width, shared out among the heads."""
        super().__init__(width, heads=heads)
        if units % heads:
            raise ValueError(f"{units} hidden units must be a multiple of the {heads} heads")
        self.query = nn.Linear(width, units, bias=False)  # W_a
        self.key = nn.Linear(width, units)  # U_a and b_a
        self.value = nn.Linear(width, width)
        self.score = nn.Parameter(torch.randn(heads, units // heads))  # v_a

    @property
    def unit_weights(self) -> Float[Tensor, "K d"]:
        return self.score

    def project(self, queries: Float[Tensor, "B Q D"], keys: Float[Tensor, "B N D"]) -> Projected:
        x, y = self.split(self.query(queries)), self.split(self.key(keys))
        return x, y, self.split(self.value(keys))

    def fit(
        self, x: Float[Tensor, "B K Q d"], y: Float[Tensor, "B K N d"]
    ) -> Float[Tensor, "B K Q N"]:
        return additive_scores(x, y, self.score)


def additive_scores(
    x: Float[Tensor, "B K Q d"], y: Float[Tensor, "B K N d"], v: Float[Tensor, "K d"]
) -> Float[Tensor, "B K Q N"]:
    """e_ij = v^T tanh(x_i + y_j), for projected queries x and keys y.

    One hidden unit at a time: the (B, K, Q, N, d) tensor of all pairs would be too large.
    """
    scores = x.new_zeros(())
    for unit in range(v.shape[1]):
        pairs = x[..., unit].unsqueeze(3) + y[..., unit].unsqueeze(2)  # (B, K, Q, N)
        scores = scores + v[:, unit, None, None].to(x.dtype) * torch.tanh(pairs)
    return scores


@ATTENTION.register(
    "dot",
    label="dot-product",
    summary="A key scores high when it points the same way as the query; the key is also the "
    "value that is summed.",
    source="Luong, Pham, Manning 2015",
)
class DotProductAttention(Attention):
    """A key scores high when it points the same way as the query; keys are also the values."""

    def __init__(self, width: int, *, heads: int = 1) -> None:
        super().__init__(width, heads=heads)
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)

    def project(self, queries: Float[Tensor, "B Q D"], keys: Float[Tensor, "B N D"]) -> Projected:
        x, y = self.split(self.query(queries)), self.split(self.key(keys))
        return x, y, y


@ATTENTION.register(
    "self",
    label="self-attention",
    summary="Multi-head attention as in transformers: separate learned queries, keys and values, "
    "several heads side by side.",
    source="Vaswani et al. 2017",
)
class MultiHeadAttention(Attention):
    """Multi-head attention with separate queries, keys and values."""

    def __init__(self, width: int, *, heads: int = 1) -> None:
        super().__init__(width, heads=heads)
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)

    def project(self, queries: Float[Tensor, "B Q D"], keys: Float[Tensor, "B N D"]) -> Projected:
        x, y = self.split(self.query(queries)), self.split(self.key(keys))
        return x, y, self.split(self.value(keys))
