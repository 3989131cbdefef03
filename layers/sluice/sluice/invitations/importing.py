"""The worker of an import: a list read on from its checkpoint, piece by piece (C1, C3).

What a piece says is written 25 items at a time, and again as it is after a failure: then its
checkpoint. All times in it are the import's own, so that a repetition writes the same.
"""

import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sluice.invitations import identities, import_files
from sluice.invitations.people_tables import IMPORTS, PeopleImport
from sluice.invitations.rules import imports as rules
from sluice.invitations.rules.identity import Identity, IdentityError
from sluice.invitations.rules.imports import Reject, Row, Status
from sluice.invitations.rules.lists import Entry, Statement, promotion_of
from sluice.invitations.store import imports, people
from sluice.organizations.rules import PhonePlan
from sluice.organizations.store import find_organization, phone_plan_of
from sluice.shared import batches, clock, ids, outbox, telemetry
from sluice.shared.table import Table

EVENT_PEOPLE = 100


def work(organization_id: str, import_id: str, number: int, until: float) -> None:
    """Bring an import on in its slice `number`, until the monotonic clock says so, in seconds.

    For each 256 KiB one request for the list, one for each 25 items and one for the checkpoint;
    with rejects two more. A slice that is over, cancelled or another's is left alone.
    """
    item = IMPORTS.find(organization_id, import_id)
    if item is None or item.status != Status.RUNNING or int(item.slice) != number:
        return
    try:
        _read_on(item, until)
    except rules.ListError as error:
        imports.end(item, Status.FAILED, clock.now(), str(error))
    telemetry.note(status=item.status, stored=int(item.stored), offset=int(item.offset_bytes))


def _read_on(item: PeopleImport, until: float) -> None:
    columns = rules.header_of(import_files.read_part(item, 0)[0])
    plan = phone_plan_of(find_organization(item.organization_id))
    while time.monotonic() < until:
        offset = int(item.offset_bytes)
        data, is_end = import_files.read_part(item, offset)
        piece = rules.read_piece(data, columns, int(item.next_line), is_end=is_end)
        stored, wrong = _store(item, piece.rows, plan)
        rejects = sorted([*piece.rejects, *wrong], key=lambda one: one.line)
        ends_at = offset + piece.read_bytes
        moved = imports.checkpoint(
            item,
            offset=ends_at,
            line=int(item.next_line) + piece.lines,
            stored=stored,
            rejected=len(rejects),
            rejects_at=import_files.add_rejects(item, rejects, ends_at),
            now=clock.now(),
        )
        if not moved:
            return
        if is_end and piece.read_bytes == len(data):
            if imports.end(item, Status.DONE, clock.now()):
                import_files.forget_list(item)
            return
    imports.resume(item, clock.now())


def _store(
    item: PeopleImport, rows: Sequence[Row], plan: PhonePlan | None
) -> tuple[int, list[Reject]]:
    """Write what rows say; return of how many people, and what is nobody's."""
    said: list[Statement] = []
    rejects: list[Reject] = []
    now = clock.now()
    for row in rows:
        if row.at is not None and row.at > now:
            rejects.append(Reject(row.line, "at is not past"))
            continue
        try:
            keys = tuple(_key(item.organization_id, one, plan) for one in row.identities)
        except IdentityError as error:
            rejects.append(Reject(row.line, str(error)))
        else:
            said.append(_statement(item, row, keys))
    if item.action == rules.REMOVE:
        batches.write([], _once(_left(item, said)))
    else:
        made = (
            made
            for one in said
            for made in people.items_of(item.organization_id, one, item.created_at)
        )
        batches.write(_once(made))
        batches.write([outbox.item_of(event) for event in _acts(item, said)])
    return len(said), rejects


def _key(organization_id: str, identity: Identity, plan: PhonePlan | None) -> str:
    try:
        return identities.key_of(organization_id, identity, plan)
    except IdentityError as error:
        raise IdentityError(f"{identity.kind}: {error}") from None


def _statement(item: PeopleImport, row: Row, keys: tuple[str, ...]) -> Statement:
    at = row.at or item.created_at
    entry = Entry(at, f"import:{item.import_id}", row.reference)
    return Statement(
        keys=tuple(dict.fromkeys(keys)),
        user_id=identities.user_in(row.identities),
        attributes=row.attributes or None,
        joins={item.list_name: entry} if item.list_name else {},
    )


def _left(item: PeopleImport, said: Iterable[Statement]) -> Iterable[Table]:
    """Yield the entries that a list of people who leave a list takes away."""
    for one in said:
        for name in one.joins:
            for key in one.keys:
                yield people.entry_item(item.organization_id, name, key)


def _once(items: Iterable[Any]) -> list[Table]:
    """Return items, of those under the same key the last: a request names none twice."""
    return list({(item.key, item.item): item for item in items}.values())


def _acts(item: PeopleImport, said: Sequence[Statement]) -> Iterable[outbox.Event]:
    """Yield the events of people who did a promotion's act: 100 in each, the same when repeated."""
    promotion_id = promotion_of(item.list_name or "")
    if promotion_id is None:
        return
    for first in range(0, len(said), EVENT_PEOPLE):
        told = [_act(one) for one in said[first : first + EVENT_PEOPLE]]
        place = f"{item.offset_bytes}:{first}"
        event_id = ids.derived(b"activity", promotion_id, item.import_id, place)
        now: datetime = item.created_at
        yield people.activity_event(event_id, item.organization_id, promotion_id, told, now)


def _act(said: Statement) -> dict[str, Any]:
    (entry,) = said.joins.values()
    return {"person_keys": list(said.keys), "occurred_at": entry.at}
