"""Gives memory that is free again back to the computer.

The C library of Linux keeps what a thread has freed, to be quick with the thread's next request; a
thread that ends leaves it lying, 200 MB after a training. Does nothing with other C libraries.
"""

from __future__ import annotations

import ctypes
from functools import lru_cache
from typing import Any


def release_memory() -> None:
    """Return what is free; takes some milliseconds."""
    trim = _trim()
    if trim is not None:
        trim(0)


@lru_cache(1)
def _trim() -> Any:
    """glibc's malloc_trim, None where there is none."""
    try:
        return ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # another C library; Windows takes no None
        return None
