"""A visitor's mistake is told in words; everything else is logged whole and told plainly."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape

import gradio as gr

from viz import words

logger = logging.getLogger(__name__)


@contextmanager
def told_plainly() -> Iterator[None]:
    """`ValueError` becomes its own text; any other exception a plain sentence and a log entry."""
    try:
        yield
    except ValueError as error:
        raise gr.Error(escape(str(error)), print_exception=False) from error
    except Exception as error:
        logger.exception("bug while answering")
        raise gr.Error(words.BUG, print_exception=False) from error
