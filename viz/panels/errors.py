"""A visitor's mistake is told in words; everything else is logged whole and told plainly."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import Any

import gradio as gr

from fusion.errors import InputError, Sentence
from viz.words import errors
from viz.words import page as words

logger = logging.getLogger(__name__)


@contextmanager
def told_plainly() -> Iterator[None]:
    """`ValueError` becomes its own text; any other exception a plain sentence and a log entry."""
    try:
        yield
    except ValueError as error:
        raise _shown(told(error)) from error
    except Exception as error:
        logger.exception("bug while answering")
        raise _shown(words.BUG) from error


def told(error: ValueError) -> str:
    """What was wrong, in the language of whoever asked."""
    return _filled(error.sentence) if isinstance(error, InputError) else str(error)


def warn(sentence: str, seconds: float) -> None:
    """Say something that is not wrong enough to stop for."""
    gr.Warning(escape(sentence), duration=seconds, title=errors.WARNING)


def _shown(sentence: str) -> gr.Error:
    return gr.Error(escape(sentence), title=errors.ERROR, print_exception=False)


def _filled(sentence: Sentence) -> str:
    values = {name: _value(value) for name, value in sentence.values.items()}
    return errors.sentence(sentence.text).format(**values)


def _value(value: Any) -> Any:
    if isinstance(value, InputError):
        return _filled(value.sentence)
    return _filled(value) if isinstance(value, Sentence) else value
