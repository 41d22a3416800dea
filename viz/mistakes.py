"""What Gradio raises over a request that is not what it asks for, told to whoever sent it."""

from __future__ import annotations

import errno
import json
import logging
import re

from starlette.exceptions import HTTPException

from viz.words import page as words

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
MISSING = re.compile(r"No value provided for required argument: (.+)", re.DOTALL)
UNKNOWN = re.compile(r"Parameter `(.*)` is not a valid key-word argument", re.DOTALL)
LONGEST = 40  # characters of a name that somebody made up

logger = logging.getLogger(__name__)


def refusal(error: Exception, path: str) -> tuple[int, str]:
    """The status and the sentence that answer a request to `path` which ended in `error`; what is
    nobody's mistake but ours is logged."""
    if isinstance(error, OSError) and error.errno in FULL:
        return 507, words.NO_ROOM
    _, by_name, endpoint = path.rstrip("/").partition("/call/v2/")
    if by_name and isinstance(error, TypeError):
        for pattern, sentence in (
            (MISSING, words.MISSING_ARGUMENT),
            (UNKNOWN, words.UNKNOWN_ARGUMENT),
        ):
            found = pattern.match(str(error))
            if found:
                return 400, sentence.format(name=found[1][:LONGEST])
    if by_name and isinstance(error, KeyError) and error.args == (f"/{endpoint}",):
        return 404, words.NO_ENDPOINT.format(name=endpoint[:LONGEST])
    if path.rstrip("/").endswith("/upload") and isinstance(error, AttributeError | TypeError):
        return 400, words.NO_FILE  # a field of the form that holds no file
    logger.error("bug while reading a request", exc_info=error)
    return 500, words.UNREADABLE


def last_event(error: Exception) -> bytes:
    """The event with which a stream of events ends that `error` cut off."""
    cause = error.__cause__
    if isinstance(cause, HTTPException) and cause.status_code == 404:
        sentence = words.NO_CALL
    else:
        logger.error("bug while answering", exc_info=error)
        sentence = words.BUG
    return f"event: error\ndata: {json.dumps({'error': sentence})}\n\n".encode()
