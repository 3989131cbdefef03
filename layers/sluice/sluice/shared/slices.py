"""Slices: a worker works some minutes, then asks for the next; one that is not heard of stopped."""

from datetime import datetime, timedelta

SECONDS = 240  # of a function's 300: what was begun ends in time
STALLED = timedelta(minutes=20)  # over: all of Lambda's three tries at 300 s, and its pauses
RUNNING = "running"


def has_stopped(status: str, moved_at: datetime | None, now: datetime) -> bool:
    """Tell whether a job says that it runs, and its worker is not heard of, whatever became of it.

    `moved_at`: when it was set going, or its last checkpoint.
    """
    return status == RUNNING and (moved_at is None or moved_at <= now - STALLED)
