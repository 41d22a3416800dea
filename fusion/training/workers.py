"""Worker processes that start clean: a fork of a process with threads can hang."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor


def worker_pool(workers: int) -> ProcessPoolExecutor:
    """Processes forked from a server that has the dataset loaded and no threads."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["fusion.training.shards", "fusion.training.bank"])
    return ProcessPoolExecutor(workers, mp_context=context)
