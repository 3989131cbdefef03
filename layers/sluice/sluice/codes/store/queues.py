"""Who waits, in which order: the reading side of the waiting list (A4).

The list is read from an index, a moment behind the writes; what is done with a place is guarded
by the place itself. Whether anybody waits at all is known from the organisation's mark, so that a
join of an organisation where nobody does asks for nothing more.
"""

import heapq
import zlib
from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import islice

from sluice.codes.rules import waiting
from sluice.codes.rules.choice import Rule
from sluice.codes.store.pool import Pool
from sluice.codes.tables.waiting import Ticket, TicketsByPlace, WaitingMark
from sluice.shared import cursors, ids
from sluice.shared.table import find

PARTS = 4  # of each queue: a partition of the index takes 1,000 entries a second
PAGE_TICKETS = 25
PLACE = r"[0-9TZ:.-]{24}#[0-9a-z]{26}"


def queue_name(organization_id: str, kind: str, key: str) -> str:
    """Return the part of the list in which a ticket stands."""
    return ids.key(organization_id, kind, str(zlib.crc32(key.encode()) % PARTS))


def in_order(
    organization_id: str, kinds: Collection[str], after: str = "", limit: int | None = None
) -> Iterator[Ticket]:
    """Yield those who wait in these queues, the first to enter first, from a place on.

    Four queries for each queue and one for each further 25 of a part.
    """
    found = [
        Ticket.by_place.query(
            queue,
            TicketsByPlace.place > after if after else None,
            limit=limit,
            page_size=min(limit or PAGE_TICKETS, PAGE_TICKETS),
        )
        for queue in _parts(organization_id, kinds)
    ]
    yield from heapq.merge(*found, key=lambda ticket: str(ticket.place))


def ahead(organization_id: str, kinds: Collection[str], place: str, now: datetime) -> int:
    """Count those who entered before a place and wait for the same, up to 100.

    Four queries for each queue.
    """
    counted = 0
    for queue in _parts(organization_id, kinds):
        counted += Ticket.by_place.count(
            queue,
            TicketsByPlace.place < place,
            filter_condition=Ticket.expires_at > now,
            limit=waiting.MAX_AHEAD,
        )
        if counted >= waiting.MAX_AHEAD:
            return waiting.MAX_AHEAD
    return counted


def page(
    organization_id: str, code: str | None, limit: int, cursor: str
) -> tuple[list[Ticket], str | None]:
    """Return a page of an organisation's list in the order of entering, and the next's cursor.

    Twelve queries of `limit` places at most. Of one code a page holds those among `limit` places
    of all, so that it may be short, even empty, before the last.
    """
    after = cursors.place_in(cursor, PLACE) if cursor else ""
    in_line = in_order(organization_id, waiting.QUEUES, after, limit)
    tickets = list(islice(in_line, limit))
    last = str(tickets[-1].place) if len(tickets) == limit else None
    if code is not None:
        tickets = [ticket for ticket in tickets if ticket.key.split("#")[1] == code]
    return tickets, cursors.cursor_of(last) if last else None


def has_any(organization_id: str, kind: str, now: datetime) -> bool:
    """Tell whether somebody stands in a queue whose time is not over: 4 queries at most."""
    first = in_order(organization_id, (kind,), limit=1)
    return any(ticket.expires_at > now for ticket in first)


def is_empty(organization_id: str, kind: str) -> bool:
    """Tell whether nobody stands in a queue, not even one whose time is over."""
    return next(in_order(organization_id, (kind,), limit=1), None) is None


def must_wait(pool: Pool, organization_id: str, rule: Rule, now: datetime) -> bool:
    """Tell whether somebody waits whom a newcomer by this rule could pass.

    Known of the pool for 3 s: one read, and where there is a mark 4 queries for each queue that
    competes.
    """
    marked = marks(pool, organization_id)
    return any(
        _is_waited(pool, organization_id, kind, now)
        for kind in waiting.competing(rule.kind)
        if kind in marked
    )


def marks(pool: Pool, organization_id: str) -> dict[str, datetime]:
    """Return when somebody last entered each queue, as this pool knows it."""
    known = pool.marks
    if known is None:
        mark = find(WaitingMark, organization_id)
        known = times_of(mark) if mark else {}
        pool.learn_marks(known)
    return known


def times_of(mark: WaitingMark) -> dict[str, datetime]:
    """Return when somebody last entered each queue that is marked."""
    times = {kind: getattr(mark, f"{kind}_at") for kind in waiting.QUEUES}
    return {kind: at for kind, at in times.items() if at is not None}


def _is_waited(pool: Pool, organization_id: str, kind: str, now: datetime) -> bool:
    if kind not in pool.waited:
        pool.waited[kind] = has_any(organization_id, kind, now)
    return pool.waited[kind]


def _parts(organization_id: str, kinds: Collection[str]) -> list[str]:
    return [ids.key(organization_id, kind, str(n)) for kind in kinds for n in range(PARTS)]
