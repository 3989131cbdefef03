"""Assignments by channel (A8): written from the stream of seats, read a page at a time."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sluice.codes.rules import standings
from sluice.codes.rules.standings import Standing
from sluice.codes.tables.assignments import AssignmentRow
from sluice.shared import cursors, ids
from sluice.shared.errors import Refusal
from sluice.shared.guard import MAX_PARTS, Transaction
from sluice.shared.table import start_behind

MAX_LOOKED_AT = 500  # rows of one page: those of another status are passed over
_PLACE = r"[a-z0-9.]{1,80}"

type Key = tuple[str, str]


class _Known(Refusal):
    """The row says this already, or something later."""


class Written(NamedTuple):
    """How an assignment stands, where, and since when."""

    organization_id: str
    standing: Standing
    at: datetime


def project(changes: Iterable[Written]) -> int:
    """Bring the rows in line with what is later than they are; return how many were.

    One transaction for a hundred rows, 2 write units each; once more for each row of it that was
    in line already. Raises Contention.
    """
    latest: dict[Key, Written] = {}
    for change in changes:
        key = _key(change)
        known = latest.get(key)
        if known is None or change.standing.order > known.standing.order:
            latest[key] = change
    written, waiting = 0, dict(latest)
    while waiting:
        some = dict(list(waiting.items())[:MAX_PARTS])
        in_line = _write(some.values())
        if in_line is not None:
            del waiting[in_line]
            continue
        written += len(some)
        for key in some:
            del waiting[key]
    return written


def _write(changes: Iterable[Written]) -> Key | None:
    """Write rows together; return the one that is in line already, if nothing was written."""
    transaction = Transaction()
    for change in changes:
        moves, version = change.standing.order
        transaction.put(
            _row(change),
            AssignmentRow.channel.does_not_exist()
            | (AssignmentRow.moves < moves)
            | ((AssignmentRow.moves == moves) & (AssignmentRow.version < version)),
            _Known(),
        )
    try:
        transaction.commit()
    except _Known as refusal:
        return refusal.current.channel, refusal.current.place
    return None


def _key(change: Written) -> Key:
    assignment = change.standing.assignment
    channel = ids.key(change.organization_id, assignment.channel_id)
    return channel, standings.place_of(assignment.assignment_id)


def _row(change: Written) -> AssignmentRow:
    assignment, customer_id, version = change.standing
    channel, place = _key(change)
    return AssignmentRow(
        channel,
        place,
        assignment_id=assignment.assignment_id,
        customer_id=customer_id,
        status=assignment.status,
        provider=assignment.provider,
        code=assignment.code,
        referrer_id=assignment.referrer_id,
        why=assignment.why or None,
        reserved_at=assignment.reserved_at,
        expires_at=assignment.expires_at if assignment.status == "reserved" else None,
        connected_at=assignment.connected[-1] if assignment.connected else None,
        lost_at=assignment.lost[-1] if assignment.lost else None,
        lost_by=assignment.lost_by or None,
        evidence=assignment.evidence or None,
        late=assignment.late,
        moves=assignment.moves,
        version=version,
        expires=standings.forgotten_at(assignment, change.at),
    )


def list_channel(
    organization_id: str, channel_id: str, status: str | None, limit: int, cursor: str
) -> tuple[Sequence[AssignmentRow], str | None]:
    """Return a page of a channel's assignments, newest first, and the cursor of the next.

    One query of at most 500 rows (30 read units); with a `status` a page may hold fewer than
    `limit` and still not be the last. Raises Invalid: a cursor of another list.
    """
    channel = ids.key(organization_id, channel_id)
    start = None
    if cursor:
        place = cursors.place_in(cursor, _PLACE)
        start = start_behind(channel=channel, place=place)
    look = limit if status is None else MAX_LOOKED_AT
    rows = list(
        AssignmentRow.query(
            channel, limit=look, page_size=look, last_evaluated_key=start, scan_index_forward=False
        )
    )
    found: list[AssignmentRow] = []
    for number, row in enumerate(rows):
        if status in {None, row.status}:
            found.append(row)
        if len(found) == limit and number + 1 < len(rows):
            return found, cursors.cursor_of(row.place)
    more = len(rows) == look
    return found, cursors.cursor_of(rows[-1].place) if more else None
