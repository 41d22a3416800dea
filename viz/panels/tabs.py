"""The tabs, by the names that they have in a link, with what stands on them."""

from __future__ import annotations

from viz.words import compare, explain, inside, learn, page, results, steer, train


def tab_names() -> dict[str, str]:
    """In the order of the page, in the language that is spoken."""
    return {
        "ask": page.TAB_ASK,
        "compare": compare.TAB,
        "inside": inside.TAB,
        "explain": explain.TAB,
        "steer": steer.TAB,
        "learn": learn.TAB,
        "results": results.TAB,
        "train": train.TAB,
        "about": page.TAB_ABOUT,
    }
