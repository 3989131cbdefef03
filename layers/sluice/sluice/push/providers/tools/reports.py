"""Arrays of reports, as SMS providers send them."""

from datetime import datetime, timedelta, timezone

import msgspec

from sluice.push.providers import MAX_RECEIPTS
from sluice.shared import telemetry, wire
from sluice.shared.errors import Invalid

_CHINA = timezone(timedelta(hours=8))  # of times that name no zone


def read[T](raw: bytes, expected: type[T]) -> list[T]:
    """Return the reports of an array, at most 100. Raises Invalid.

    One that cannot be read is left out, with a warning: the others must not be lost with it.
    """
    try:
        given = msgspec.json.decode(raw, type=list[msgspec.Raw])
    except wire.NOT_JSON as error:
        raise Invalid(f"The body is no array of reports: {error}") from None
    if len(given) > MAX_RECEIPTS:
        raise Invalid(f"The body has more than {MAX_RECEIPTS} reports.")
    found = [report for one in given if (report := _read(one, expected)) is not None]
    if given and not found:
        raise Invalid("The body's reports cannot be read.")
    return found


def china_time(text: str | None, now: datetime) -> datetime | None:
    """Return a time such as 2026-03-05 08:00:00; None where it is none, or still to come."""
    try:
        moment = datetime.strptime(text or "", "%Y-%m-%d %H:%M:%S").replace(tzinfo=_CHINA)
    except ValueError:
        return None
    return moment if moment <= now else None


def _read[T](raw: msgspec.Raw, expected: type[T]) -> T | None:
    try:
        return msgspec.json.decode(raw, type=expected)
    except wire.NOT_JSON:
        telemetry.logger.warning("report_unreadable")
        return None
