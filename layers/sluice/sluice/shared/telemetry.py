"""Structured logs with one correlation id: one line for each invocation, no personal data.

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


def note(**facts: Any) -> None:
    """Add facts to the line that this invocation will log."""
    _notes.update(facts)


@contextmanager
def invocation(name: str, event: Mapping[str, Any], context: Any) -> Iterator[str]:
    """Log one line when the block ends; yields the correlation id."""
    start.call()
    _notes.clear()
    started = time.perf_counter()
    correlation_id = str(
        event.get("requestContext", {}).get("requestId")
        or getattr(context, "aws_request_id", "")
        or "local"
    )
    logger.set_correlation_id(correlation_id)
    try:
        yield correlation_id
    finally:
        milliseconds = round((time.perf_counter() - started) * 1000)
        logger.info(name, extra={"milliseconds": milliseconds, **_notes})
