"""Quiet hours (E7): when a message may go out, and when a wait of allowed time only is over.

Quiet is what the clock on the user's wall says: from `start` to before `end`, over midnight where
the end is earlier. So where clocks change a night is an hour longer or shorter, a time that is
skipped is over as soon as it is skipped, and one that comes twice is quiet twice.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta

MAX_QUIET = timedelta(hours=16)  # a day: something must be left to send in
_DAY = timedelta(days=1)
_SLACK = timedelta(hours=2)  # what changes of the clocks can add to a wait
_Time = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$(?!\n)")]


class QuietHours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No message from `start` to before `end`, `HH:MM` in the user's time zone."""

    start: _Time
    end: _Time


class _Stretch(NamedTuple):
    """From the moment before to this one it is quiet, or it is not."""

    until: datetime
    quiet: bool


def fault(quiet: QuietHours) -> str | None:
    """Return what is wrong with quiet hours; None where they can be kept."""
    if timedelta(0) < _length(quiet) <= MAX_QUIET:
        return None
    return f"more than none and at most {MAX_QUIET // timedelta(hours=1)} hours"


def next_allowed(now: datetime, quiet: QuietHours | None, zone: tzinfo) -> datetime:
    """Return when a message that is ready `now` may go out: now, or when quiet hours end."""
    if quiet is None:
        return now
    moment = now
    for stretch in _stretches(now, quiet, zone):
        if not stretch.quiet:
            break
        moment = stretch.until
    return moment


def add_allowed(
    start: datetime, wait_seconds: int, quiet: QuietHours | None, zone: tzinfo
) -> datetime:
    """Return when a wait that began at `start` is over: quiet hours do not count."""
    left, moment = timedelta(seconds=wait_seconds), start
    if quiet is None:
        return start + left
    for stretch in _stretches(start, quiet, zone):
        if not stretch.quiet:
            if moment + left <= stretch.until:
                break
            left -= stretch.until - moment
        moment = stretch.until
    return moment + left


def longest(wait_seconds: int, quiet: QuietHours | None) -> int:
    """Return an outer bound, in seconds, of such a wait and of what it waits for, begun any time.

    For what must be fixed before it is known when the wait begins and where the user lives.
    """
    if quiet is None:
        return wait_seconds
    wait = timedelta(seconds=wait_seconds)
    nights = wait // (_DAY - _length(quiet)) + 2
    return int((wait + nights * _length(quiet) + _SLACK).total_seconds())


def _length(quiet: QuietHours) -> timedelta:
    start, end = time.fromisoformat(quiet.start), time.fromisoformat(quiet.end)
    return (_of_day(end) - _of_day(start)) % _DAY


def _of_day(moment: time) -> timedelta:
    return timedelta(
        hours=moment.hour,
        minutes=moment.minute,
        seconds=moment.second,
        microseconds=moment.microsecond,
    )


def _stretches(start: datetime, quiet: QuietHours, zone: tzinfo) -> Iterator[_Stretch]:
    """Yield one stretch after another, without end: each ends at a border or as clocks change."""
    begins, length = _of_day(time.fromisoformat(quiet.start)), _length(quiet)
    moment = start.astimezone(UTC)
    while True:
        since = (_of_day(moment.astimezone(zone).time()) - begins) % _DAY  # quiet hours began
        until = moment + (length if since < length else _DAY) - since
        if _offset(until, zone) != _offset(moment, zone):
            until = _change(moment, until, zone)
        yield _Stretch(until, since < length)
        moment = until


def _change(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """Return the second at which clocks change between two moments."""
    first, last = int(before.timestamp()), int(after.timestamp())
    offset = _offset(before, zone)
    while last - first > 1:
        middle = (first + last) // 2
        if _offset(datetime.fromtimestamp(middle, UTC), zone) == offset:
            first = middle
        else:
            last = middle
    return datetime.fromtimestamp(last, UTC)


def _offset(moment: datetime, zone: tzinfo) -> timedelta | None:
    return moment.astimezone(zone).utcoffset()
