"""Exports: ordered, brought on file by file, ended; all under conditions (F7)."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from sluice.exports import running
from sluice.exports.export_tables import EXPORTS, Export, ExportPart
from sluice.exports.refusals import TooManyExports
from sluice.exports.rules import LISTED, STOPPED, Place, Status, status_of
from sluice.shared import guard, ids, jobs, outbox
from sluice.shared.claims import Claim
from sluice.shared.guard import Transaction

_REQUESTED = "export.requested.v1"


class Order(NamedTuple):
    """What is to be exported, and how."""

    kinds: Sequence[str]
    format: str
    base_url: str
    by: str  # a member


class File(NamedTuple):
    """A file that was written."""

    kind: str
    name: str
    rows: int
    size_bytes: int
    sha256: str


def start_export(organization_id: str, order: Order, *, claim: Claim | None, now: datetime) -> str:
    """Store an export and tell its worker; return its id. One transaction of 3 or 4 items.

    Where others are under way, those whose worker stopped are ended to make room: a read and a
    transaction of 3 items each, and the order's again. Raises AlreadyClaimed, TooManyExports.
    """
    try:
        return _start(organization_id, order, claim, now)
    except TooManyExports as full:
        if not _make_room(organization_id, running.counted(full), now):
            raise
    return _start(organization_id, order, claim, now)


def _make_room(organization_id: str, export_ids: Sequence[str], now: datetime) -> bool:
    """End those of some exports whose worker is not heard of; tell whether there is room now."""
    ended = False
    for export_id in export_ids:
        found = EXPORTS.find(organization_id, export_id)
        if found is None or found.status != Status.RUNNING:  # forgotten, or it ended meanwhile
            transaction = Transaction()
            running.leave(transaction, organization_id, [export_id])
            transaction.commit()
            ended = True
        elif status_of(found.status, found.created_at, found.moved_at, now) != Status.RUNNING:
            ended |= end(found, Status.FAILED, now, why=STOPPED)
    return ended


def _start(organization_id: str, order: Order, claim: Claim | None, now: datetime) -> str:
    export_id = ids.sortable(now)
    item = Export(
        *EXPORTS.place(organization_id, export_id),
        organization_id=organization_id,
        export_id=export_id,
        format=order.format,
        kinds=list(order.kinds),
        base_url=order.base_url,
        status=Status.RUNNING,
        slice=1,
        place_kind=0,
        place_inside="",
        parts=0,
        rows={},
        size_bytes=0,
        created_at=now,
        created_by=order.by,
        moved_at=now,
        expires=now + LISTED,
    )
    transaction = Transaction()
    EXPORTS.add(transaction, item, claim)
    running.enter(transaction, item)
    outbox.emit(transaction, EXPORTS.event(item, _REQUESTED, {"slice": 1}, now))
    transaction.commit()
    return export_id


def list_parts(item: Export, after: int, limit: int | None = None) -> list[ExportPart]:
    """Return the files of an export from behind a number, in order: one query, or all of them."""
    between = ExportPart.item.between(_part(after + 1), _part(int(item.parts)))
    if after >= int(item.parts):
        return []
    return list(ExportPart.query(_parts(item), between, limit=limit, consistent_read=True))


def cancel_export(organization_id: str, export_id: str, now: datetime) -> Export:
    """End an export that runs, and hand out no files of one that has ended.

    One read and one transaction of 3 items, at most 5 times; one that was cancelled is left as it
    is. Raises NotFound, Contention.
    """
    for _ in guard.attempts(jobs.MAX_TRIES):
        found = EXPORTS.load(organization_id, export_id)
        if found.status == Status.CANCELLED or end(found, Status.CANCELLED, now):
            return found
    raise AssertionError  # the loop ends in Contention


def resume(item: Export, now: datetime) -> bool:
    """Begin the next slice, and tell the worker: as `Jobs.resume`."""
    return EXPORTS.resume(item, _REQUESTED, now)


def checkpoint(item: Export, place: Place, file: File | None, now: datetime) -> bool:
    """Record up to where everything is in files, and the latest: one transaction of 1 or 2 items.

    False: it moved on, or ended; then the file is nobody's, and goes with the others.
    """
    changes: dict[str, Any] = {
        "place_kind": place.kind,
        "place_inside": place.inside,
        "moved_at": now,
    }
    if file is None:
        return EXPORTS.change(item, changes)
    number = int(item.parts) + 1
    rows = dict(item.rows)
    rows[file.kind] = int(rows.get(file.kind, 0)) + file.rows
    changes |= {"parts": number, "rows": rows}
    changes |= {"size_bytes": int(item.size_bytes) + file.size_bytes}
    part = ExportPart(
        _parts(item),
        _part(number),
        number=number,
        row_kind=file.kind,
        name=file.name,
        rows=file.rows,
        size_bytes=file.size_bytes,
        sha256=file.sha256,
        expires=item.expires,
    )
    return EXPORTS.change(item, changes, also=partial(Transaction.put, item=part))


def end(item: Export, status: Status, now: datetime, **known: str) -> bool:
    """End an export, with `why` or `manifest_sha256`, and tell: 1 transaction of 3 items.

    Where it was is forgotten: a place in a whole table is the key of anybody's item. False: it
    moved on meanwhile.
    """
    changes = {"status": status, "ended_at": now, "place_inside": "", **known}
    told = {"parts": int(item.parts), "rows": sum(map(int, item.rows.values()))}
    event = EXPORTS.event(item, f"export.{status}.v1", told, now)
    leave = partial(
        running.leave, organization_id=item.organization_id, export_ids=[item.export_id]
    )
    return EXPORTS.change(item, changes, event, leave)


def _parts(item: Export) -> str:
    return ids.key(item.organization_id, "export", item.export_id)


def _part(number: int) -> str:
    return ids.key("part", f"{number:05}")
