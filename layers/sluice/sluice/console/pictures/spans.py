"""A push on an axis of time: when each attempt was tried and until when waited for, in percent."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

_SHORTEST = 1.0  # percent: so that it can be seen
_LEAST = timedelta(seconds=1)  # of an axis


class Span(NamedTuple):
    """A stretch on the axis, in percent of it; `mark` is when the message left, if it did."""

    left: float
    width: float
    mark: float | None


class Axis(NamedTuple):
    """From when to when it goes, and the attempts on it, in their order."""

    begins: datetime
    ends: datetime
    spans: list[Span]


def axis_of(push: Mapping[str, Any], now: datetime) -> Axis:
    """Return the axis of a push as the API answers it; one that runs goes on until now."""
    attempts = push["attempts"]
    begins = _time(push["created_at"])
    told = [entry["at"] for entry in push["timeline"]]
    ends = max([begins + _LEAST, *map(_time, told)])
    if push["status"] == "running":
        ends = max(ends, now, *(_time(one["due_at"]) for one in attempts[-1:]))
    spans = [_span(one, begins, ends, push) for one in attempts]
    return Axis(begins, ends, spans)


def _span(
    attempt: Mapping[str, Any], begins: datetime, ends: datetime, push: Mapping[str, Any]
) -> Span:
    over = attempt.get("settled_at") or push.get("ended_at") or attempt["due_at"]
    if push["status"] == "running" and not _is_over(attempt):
        over = attempt["due_at"]
    left = _percent(_time(attempt["begun_at"]), begins, ends)
    right = _percent(_time(over), begins, ends)
    width = max(_SHORTEST, right - left)
    sent = attempt.get("sent_at")
    mark = _percent(_time(sent), begins, ends) if sent else None
    return Span(min(left, 100 - width), width, mark)


def _is_over(attempt: Mapping[str, Any]) -> bool:
    return bool(attempt.get("failed")) or attempt["level"] == attempt["wanted"]


def _percent(moment: datetime, begins: datetime, ends: datetime) -> float:
    share = (moment - begins) / (ends - begins)
    return round(100 * min(1.0, max(0.0, share)), 2)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
