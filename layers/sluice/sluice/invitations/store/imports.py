"""Imports of people: ordered, set going, brought on piece by piece, ended; all under conditions."""

from datetime import datetime

from sluice.invitations.people_tables import IMPORTS, PeopleImport
from sluice.invitations.refusals import ImportCannot
from sluice.invitations.rules.imports import REACHED_FROM, Status, status_of
from sluice.shared import guard, ids, jobs
from sluice.shared.claims import Claim
from sluice.shared.guard import Transaction


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
        *IMPORTS.place(organization_id, import_id),
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
    IMPORTS.add(transaction, item, claim)
    transaction.commit()
    return import_id


def change_import(
    organization_id: str, import_id: str, wanted: Status, now: datetime
) -> PeopleImport:
    """Set an import going, or cancel it: one read and one transaction of 1 or 2 items.

    Both again, at most 5 times, where it changed in between; one that has the status is left as it
    is. Raises NotFound, ImportCannot, Contention.
    """
    for _ in guard.attempts(jobs.MAX_TRIES):
        found = IMPORTS.load(organization_id, import_id)
        status = status_of(found.status, found.moved_at, now)
        if status == wanted:
            return found
        if status not in REACHED_FROM[wanted]:
            raise ImportCannot(f"This import is {status}.")
        is_done = wanted is Status.CANCELLED
        changed = resume(found, now) if not is_done else end(found, wanted, now)
        if changed:
            return IMPORTS.load(organization_id, import_id)
    raise AssertionError  # the loop ends in Contention


def resume(item: PeopleImport, now: datetime) -> bool:
    """Begin the next slice, and tell the worker: as `Jobs.resume`."""
    going = {"status": Status.RUNNING, "why": None, "ended_at": None}
    return IMPORTS.resume(item, "people_import.requested.v1", now, **going)


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
    return IMPORTS.change(item, changes)


def end(item: PeopleImport, status: Status, now: datetime, why: str | None = None) -> bool:
    """End an import, and tell: 1 transaction of 2 items. False: it moved on meanwhile."""
    told = {"list": item.list_name, "stored": int(item.stored)}
    event = IMPORTS.event(item, f"people_import.{status}.v1", told, now)
    return IMPORTS.change(item, {"status": status, "ended_at": now, "why": why}, event)
