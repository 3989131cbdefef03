"""Imports of people: ordered, set going, brought on piece by piece, ended; all under conditions."""

from datetime import datetime
from typing import Any

from sluice.invitations.people_tables import PeopleImport
from sluice.invitations.refusals import ImportCannot, ImportExists, ImportMoved
from sluice.invitations.rules.imports import REACHED_FROM, Status, status_of
from sluice.shared import guard, ids, outbox
from sluice.shared.claims import Claim
from sluice.shared.errors import NotFound
from sluice.shared.guard import Transaction
from sluice.shared.table import find, mirror, set_all

MAX_TRIES = 5


def start_import(
    organization_id: str,
    list_name: str | None,
    action: str,
    size_bytes: int,
    created_by: str,
    *,
    claim: Claim | None,
    now: datetime,
) -> str:
    """Store an import whose list is to be uploaded; return its id. One transaction, 1 or 2 items.

    Raises AlreadyClaimed.
    """
    import_id = ids.sortable(now)
    item = PeopleImport(
        *_place(organization_id, import_id),
        organization_id=organization_id,
        import_id=import_id,
        list_name=list_name,
        action=action,
        size_bytes=size_bytes,
        status=Status.UPLOADING,
        slice=0,
        offset_bytes=0,
        next_line=1,
        stored=0,
        rejected=0,
        created_at=now,
        created_by=created_by,
    )
    transaction = Transaction()
    if claim is not None:
        claim.take(transaction, now, {"import_id": import_id})
    transaction.put(item, PeopleImport.key.does_not_exist(), ImportExists())
    transaction.commit()
    return import_id


def find_import(organization_id: str, import_id: str) -> PeopleImport | None:
    """Return an import: one read."""
    return find(PeopleImport, *_place(organization_id, import_id))


def load_import(organization_id: str, import_id: str) -> PeopleImport:
    """Return an import: one read. Raises NotFound."""
    found = find_import(organization_id, import_id)
    if found is None:
        raise NotFound("There is no such import.")
    return found


def list_imports(organization_id: str, before: str, limit: int) -> list[PeopleImport]:
    """Return imports, newest first, from behind one: one query."""
    place, name = _place(organization_id, before or "~")
    older = PeopleImport.item < name
    return list(PeopleImport.query(place, older, scan_index_forward=False, limit=limit))


def change_import(
    organization_id: str, import_id: str, wanted: Status, now: datetime
) -> PeopleImport:
    """Set an import going, or cancel it: one read and one transaction of 1 or 2 items.

    Both again, at most 5 times, where it changed in between; one that has the status is left as it
    is. Raises NotFound, ImportCannot, Contention.
    """
    for _ in guard.attempts(MAX_TRIES):
        found = load_import(organization_id, import_id)
        status = status_of(found.status, found.moved_at, now)
        if status == wanted:
            return found
        if status not in REACHED_FROM[wanted]:
            raise ImportCannot(f"This import is {status}.")
        is_done = wanted is Status.CANCELLED
        changed = resume(found, now) if not is_done else end(found, wanted, now)
        if changed:
            return load_import(organization_id, import_id)
    raise AssertionError  # the loop ends in Contention


def resume(item: PeopleImport, now: datetime) -> bool:
    """Begin the next slice, and tell the worker in the same transaction: 2 items.

    So nothing is lost between two slices. Returns False where the import moved on meanwhile.
    """
    number = int(item.slice) + 1
    data = {"import_id": item.import_id, "slice": number}
    changes = {
        "slice": number,
        "status": Status.RUNNING,
        "moved_at": now,
        "why": None,
        "ended_at": None,
    }
    return _change(item, changes, "people_import.requested.v1", data, now)


def checkpoint(
    item: PeopleImport,
    *,
    offset: int,
    line: int,
    stored: int,
    rejected: int,
    now: datetime,
    rejects_at: int | None,
) -> bool:
    """Record up to where everything is stored: one write. False: it moved on, or ended."""
    changes = {
        "offset_bytes": offset,
        "next_line": line,
        "stored": int(item.stored) + stored,
        "rejected": int(item.rejected) + rejected,
        "rejects_at": rejects_at,
        "moved_at": now,
    }
    return _change(item, changes, None, {}, now)


def end(item: PeopleImport, status: Status, now: datetime, why: str | None = None) -> bool:
    """End an import, and tell: 1 transaction of 2 items. False: it moved on meanwhile."""
    changes = {"status": status, "ended_at": now, "why": why}
    data = {"import_id": item.import_id, "list": item.list_name, "stored": int(item.stored)}
    return _change(item, changes, f"people_import.{status}.v1", data, now)


def _change(
    item: PeopleImport,
    changes: dict[str, Any],
    event_type: str | None,
    data: dict[str, Any],
    now: datetime,
) -> bool:
    transaction = Transaction()
    transaction.update(
        item,
        set_all(PeopleImport, changes),
        condition=(PeopleImport.slice == int(item.slice))
        & (PeopleImport.offset_bytes == int(item.offset_bytes))
        & (PeopleImport.next_line == int(item.next_line))
        & (PeopleImport.status == item.status),
        otherwise=ImportMoved(),
    )
    if event_type is not None:
        outbox.emit(transaction, _event(item, event_type, data, now))
    try:
        transaction.commit()
    except ImportMoved:
        return False
    mirror(item, changes)
    return True


def _event(
    item: PeopleImport, event_type: str, data: dict[str, Any], now: datetime
) -> outbox.Event:
    return outbox.Event(
        id=ids.sortable(now),
        type=event_type,
        organization_id=item.organization_id,
        occurred_at=now,
        version=int(data.get("slice", item.slice)),
        data=data,
    )


def _place(organization_id: str, import_id: str) -> tuple[str, str]:
    return ids.key(organization_id, "imports"), ids.key("import", import_id)
