"""Streams of seats and visits: count every change once (A8).

Changes of an organisation share transactions: 2 write units for each change and each row of
statistics it touches. A visitor's first view of a code on a day asks whether it is the first of
all: 2 write units, 4 where it is not.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence

from sluice.codes.rules import counts
from sluice.codes.rules.counts import Count
from sluice.codes.store import pool, statistics, visits
from sluice.codes.tables import SeatItem, Visit
from sluice.shared import clock, events
from sluice.shared.claims import hash_of


@events.changes
def handler(changes: Sequence[events.Change]) -> None:
    """Count a batch of changes."""
    by_organization: dict[str, dict[str, Counter[Count]]] = defaultdict(dict)
    for change in changes:
        if change.new is None:
            continue  # visits are cleared away after 90 days; what they counted stays
        counted = _of_seat(change) if "seat" in change.new else _of_visit(change)
        organization_id, name, found = counted
        if found:  # a sweep that puts a seat off writes it too, under the version it had
            by_organization[organization_id][name] = found
    for organization_id, named in by_organization.items():
        statistics.count(organization_id, named, clock.now())


def _of_seat(change: events.Change) -> tuple[str, str, Counter[Count]]:
    new = SeatItem.from_raw_data(change.new or {})
    old = SeatItem.from_raw_data(change.old) if change.old else None
    organization_id = new.customer.split("#")[0]
    time_zone = pool.organization(organization_id).time_zone
    found = counts.of_seat_change(old.seat if old else None, new.seat, time_zone)
    return organization_id, hash_of("seat", new.customer, new.scope, str(new.version)), found


def _of_visit(change: events.Change) -> tuple[str, str, Counter[Count]]:
    new = Visit.from_raw_data(change.new or {})
    organization_id, code, _ = new.visitor.split("#")
    before = int(Visit.from_raw_data(change.old).views) if change.old else 0
    found = counts.of_visit(code, new.day, before, int(new.views))
    name = hash_of("visit", new.visitor, new.day, str(new.views))
    visitor = hash_of("visitor", new.visitor)
    if not before and visits.is_first_view(organization_id, visitor, name, clock.now()):
        found.update(counts.of_new_visitor(code))
    return organization_id, name, found
