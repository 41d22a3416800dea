"""Memory that is free again is used again, or goes back to the computer.

The C library of Linux keeps what a thread has freed, to be quick with the thread's next request,
and gives each of many threads a store of its own; one that ends leaves it lying, 200 MB after a
training. Nothing here does anything with other C libraries.
"""

from __future__ import annotations

import ctypes
from functools import lru_cache
from typing import Any

ARENA_MAX, ARENAS = -8, 2  # M_ARENA_MAX of malloc.h; the stores that all threads share


def share_arenas() -> None:
    """Let threads that begin from now on use what others have freed."""
    allow = _libc("mallopt")
    if allow is not None:
        allow(ARENA_MAX, ARENAS)


def release_memory() -> None:
    """Return what is free; takes some milliseconds."""
    trim = _libc("malloc_trim")
    if trim is not None:
        trim(0)


@lru_cache(2)
def _libc(name: str) -> Any:
    """A function of the C library, None where it has none of that name."""
    try:
        return getattr(ctypes.CDLL(None), name)
    except (AttributeError, OSError, TypeError):  # another C library; Windows takes no None
        return None
