"""Has anything become slower? Ratios to the yardstick, beside those that were recorded.

A ratio says on every machine about the same, for the yardstick is measured in the same turns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

SLOWER = 1.5  # times the recorded ratio, which no chance explains any more


def slower(
    measured: Mapping[str, Any], recorded: Mapping[str, Any], *, limit: float = SLOWER
) -> Iterator[str]:
    """A sentence for each engine action whose ratio is more than `limit` times the recorded one,
    or that was recorded and is measured no more. ValueError where nothing is recorded."""
    try:
        before = {name: a["ratio"] for name, a in recorded["engine"]["actions"].items()}
    except (KeyError, TypeError) as error:
        raise ValueError("the recorded file has no engine part: run python -m fusion.bench") from (
            error
        )
    now = {name: a["ratio"] for name, a in measured["engine"]["actions"].items()}
    for name, ratio in before.items():
        if name not in now:
            yield f"{name} is not measured any more"
        elif now[name] > limit * ratio:
            yield (
                f"{name} takes {now[name]:.2f} times the yardstick, {now[name] / ratio:.1f} times "
                f"what was recorded ({ratio:.2f}); at most {limit:g} times is allowed"
            )
