"""Structured logs with one correlation id: one line for each invocation, no personal data.

A story keeps its id over all that follows: a scan gives it to the token to join with, the join to
its seat, a write to its events, a consumer to the push it starts. Who takes one of these up logs
under that id (`follow`), beside the id of the request itself.

Lambda's own active tracing needs no import; Powertools' Tracer would more than double a cold
start (docs/decisions/0003).
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec
from aws_lambda_powertools import Logger

from sluice.shared import start


def _json(entry: Any) -> str:
    return msgspec.json.encode(entry, enc_hook=str).decode()


# Without the line of code that logs: every entry has a name of its own.
logger = Logger(
    service="sluice", log_uncaught_exceptions=False, location=None, json_serializer=_json
)
_notes: dict[str, Any] = {}
MAX_ID = 128  # characters of a correlation id; a longer one is nobody's


def note(**facts: Any) -> None:
    """Add facts to the line that this invocation will log."""
    _notes.update(facts)


def noted() -> Mapping[str, Any]:
    """Return what the line that this invocation will log says by now."""
    return _notes


def correlation_id() -> str:
    """Return the id under which is logged now; empty outside an invocation."""
    return str(logger.get_correlation_id() or "")


def follow(story: str | None) -> None:
    """Log from here on under the correlation id of what this is a part of, where it has one."""
    if story and len(story) <= MAX_ID:
        logger.set_correlation_id(story)


@contextmanager
def invocation(name: str, event: Mapping[str, Any], context: Any) -> Iterator[None]:
    """Log one line when the block ends."""
    start.call()
    _notes.clear()
    started = time.perf_counter()
    request_id = str(
        event.get("requestContext", {}).get("requestId")
        or getattr(context, "aws_request_id", "")
        or "local"
    )
    before = correlation_id()
    logger.append_keys(request_id=request_id)
    logger.set_correlation_id(request_id)
    try:
        yield
    finally:
        milliseconds = round((time.perf_counter() - started) * 1000)
        logger.info(name, extra={"milliseconds": milliseconds, **_notes})
        logger.set_correlation_id(before or None)  # what runs between calls is of no story
