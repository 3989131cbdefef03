"""The audit log, a page at a time, newest first."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from sluice.organizations import calendar
from sluice.organizations.audit_tables import AuditEntry
from sluice.shared import clock, cursors, ids
from sluice.shared.errors import Invalid
from sluice.shared.table import start_behind

FIRST_YEAR, LAST_YEAR = 2000, 9000  # of the days that are asked for
MAX_LOOKED_AT = 1000  # entries, for a page of those that are wanted
_ENTRY = r"[0-9a-z]{26}"
_LOWEST, _HIGHEST = "0", "~"  # before and after every id


class Wanted(NamedTuple):
    """Which entries, all of it at once: so many from a cursor on."""

    limit: int
    cursor: str = ""
    first: date | None = None  # days of the organisation's calendar
    last: date | None = None
    member_id: str | None = None
    operation: str | None = None
    about: str | None = None  # `channel_id:front-desk`

    @property
    def most(self) -> int:
        """How many to look at."""
        looked_for = (self.member_id, self.operation, self.about)
        return self.limit if looked_for == (None, None, None) else MAX_LOOKED_AT

    def takes(self, entry: AuditEntry) -> bool:
        """Tell whether an entry is one of those."""
        return (
            self.member_id in {None, entry.member_id}
            and self.operation in {None, entry.operation}
            and (self.about is None or self.about in (entry.about or ()))
        )


def page(organization_id: str, wanted: Wanted) -> tuple[list[AuditEntry], str | None]:
    """Return a page of entries and the cursor of the next.

    Where something is looked for a page may be short, even empty, and a cursor leads on. One query
    of 1,000 at most; for days a read of the organisation a minute. Raises Invalid.
    """
    taken: list[AuditEntry] = []
    looked_at, last = 0, ""
    for entry in _query(organization_id, wanted):
        looked_at += 1
        last = entry.entry_id
        if wanted.takes(entry):
            taken.append(entry)
            if len(taken) == wanted.limit:
                break
    more = looked_at == wanted.most or len(taken) == wanted.limit
    return taken, cursors.cursor_of(last) if more else None


def _query(organization_id: str, wanted: Wanted) -> Iterable[AuditEntry]:
    low, high = _span(organization_id, wanted)
    start = None
    if wanted.cursor:
        place = cursors.place_in(wanted.cursor, _ENTRY)
        if not low <= place <= high:
            raise Invalid("This cursor is of other days.", [("cursor", "of other days")])
        start = start_behind(organization_id=organization_id, entry_id=place)
    return AuditEntry.query(
        organization_id,
        AuditEntry.entry_id.between(low, high),
        scan_index_forward=False,
        consistent_read=True,
        limit=wanted.most,
        last_evaluated_key=start,
    )


def _span(organization_id: str, wanted: Wanted) -> tuple[str, str]:
    """Return what ids begin and end with on the days that are wanted."""
    first, last = wanted.first, wanted.last
    for field, day in (("from", first), ("to", last)):
        if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
            reason = f"not from {FIRST_YEAR} to {LAST_YEAR}"
            raise Invalid(f"{field} is {reason}.", [(field, reason)])
    if first is not None and last is not None and last < first:
        raise Invalid("to is before from.", [("to", "before from")])
    low, high = _LOWEST, _HIGHEST
    if first is not None:
        low = ids.sortable_from(clock.local_days(first, first, calendar.zone(organization_id))[0])
    if last is not None:
        high = ids.sortable_from(clock.local_days(last, last, calendar.zone(organization_id))[1])
    return low, high
