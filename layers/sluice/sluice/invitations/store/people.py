"""People (C1, C3, C4): what is known of them, under each of their identities.

Whatever is said of a person is stored under every identity it is said with, and the identities
lead to one another: who looks finds it by any of them.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sluice.invitations.people_tables import (
    ListEntry,
    MappedUser,
    PersonAttributes,
    PersonItem,
    SamePerson,
)
from sluice.invitations.rules.lists import (
    MAX_KEYS,
    Entry,
    Known,
    Statement,
    promotion_of,
)
from sluice.shared import ids, outbox
from sluice.shared.claims import Claim
from sluice.shared.guard import Transaction
from sluice.shared.table import find

MAX_ITEMS = 200  # of one identity that are read: lists, activities, links, invitations
USER, ATTRIBUTES, LIST, SAME = "user", "attributes", "list", "same"


def find_user(organization_id: str, person_key: str) -> str | None:
    """Return who a person is in app 2 (C1): one GetItem, whatever the size of the table."""
    found = find(MappedUser, ids.key(organization_id, person_key), USER)
    return found.user_id if found else None


def find_entry(organization_id: str, list_name: str, person_key: str) -> Entry | None:
    """Return a person's entry on a list, by this identity alone: one GetItem."""
    found = find(ListEntry, ids.key(organization_id, person_key), ids.key(LIST, list_name))
    return entry_of(found) if found else None


def entry_of(item: ListEntry) -> Entry:
    """Read an entry from its item."""
    return Entry(item.at, item.source, item.reference)


def find_known(organization_id: str, person_keys: Sequence[str]) -> Known:
    """Return all that is known of a person, by these and all further identities of theirs.

    One query for each identity, at most 8 of them. Of two mappings or attributes the
    later one counts. Where there was more than is read, it `is_whole` no more.
    """
    found: dict[str, list[PersonItem]] = {}
    waiting = list(dict.fromkeys(person_keys))
    while waiting and len(found) < MAX_KEYS:
        key = waiting.pop(0)
        found[key] = _items_of(organization_id, key)
        for item in found[key]:
            if isinstance(item, SamePerson) and item.other_key not in {*found, *waiting}:
                waiting.append(item.other_key)
    is_whole = not waiting and all(len(items) < MAX_ITEMS for items in found.values())
    items = [item for items in found.values() for item in items]
    return _known(tuple(found), items, is_whole=is_whole)


def _items_of(organization_id: str, person_key: str) -> list[PersonItem]:
    key = ids.key(organization_id, person_key)
    return list(PersonItem.query(key, limit=MAX_ITEMS, consistent_read=True))


def _known(keys: tuple[str, ...], items: Sequence[PersonItem], *, is_whole: bool) -> Known:
    entries = [item for item in items if isinstance(item, ListEntry)]
    users = [item for item in items if isinstance(item, MappedUser)]
    described = [item for item in items if isinstance(item, PersonAttributes)]
    user = max(users, key=lambda item: item.at, default=None)
    last = max(described, key=lambda item: item.at, default=None)
    return Known(
        keys=keys,
        user_id=user.user_id if user else None,
        lists={
            item.list_name: entry_of(item)
            for item in sorted(entries, key=lambda item: item.at, reverse=True)
        },  # the earliest, where two identities have one each
        attributes=last.attributes if last else {},
        is_whole=is_whole,
    )


def put_person(
    organization_id: str, said: Statement, now: datetime, *, claim: Claim | None = None
) -> None:
    """Store what is said of a person, under each identity named. Safe to repeat.

    One transaction: 2 write units for each list joined or left, for the mapping and for the
    attributes under each identity, for each pair of identities twice, for a claim, and for each
    activity's event. Raises AlreadyClaimed, Contention.
    """
    transaction = Transaction()
    if claim is not None:
        claim.take(transaction, now)
    for item in items_of(organization_id, said, now):
        transaction.put(item)
    for name in sorted(said.leaves):
        for key in said.keys:
            transaction.erase(entry_item(organization_id, name, key))
    for name, entry in said.joins.items():
        promotion_id = promotion_of(name)
        if promotion_id is not None:
            people = [{"person_keys": list(said.keys), "occurred_at": entry.at}]
            event_id = ids.derived(b"activity", promotion_id, str(entry.at), *said.keys)
            event = activity_event(event_id, organization_id, promotion_id, people, now)
            outbox.emit(transaction, event)
    transaction.commit()


def items_of(organization_id: str, said: Statement, now: datetime) -> Iterator[PersonItem]:
    """Yield the items that a statement makes: the same again each time it is said."""
    for key in said.keys:
        place = ids.key(organization_id, key)
        for name, entry in said.joins.items():
            yield entry_item(organization_id, name, key, entry)
        for other in said.keys:
            if other != key:
                yield SamePerson(place, ids.key(SAME, other), other_key=other)
        if said.user_id is not None:
            yield MappedUser(place, USER, user_id=said.user_id, at=now)
        if said.attributes is not None:
            yield PersonAttributes(place, ATTRIBUTES, attributes=dict(said.attributes), at=now)


def entry_item(
    organization_id: str, list_name: str, person_key: str, entry: Entry | None = None
) -> ListEntry:
    """Return the item of an entry; without one it serves to delete it, or to look at it."""
    item = ListEntry(ids.key(organization_id, person_key), ids.key(LIST, list_name))
    if entry is not None:
        item.list_name, item.at, item.source = list_name, entry.at, entry.source
        item.reference = entry.reference
    return item


def activity_event(
    event_id: str,
    organization_id: str,
    promotion_id: str,
    people: list[dict[str, Any]],
    now: datetime,
) -> outbox.Event:
    """Return the event of people who did an act: person keys only, at most 100 people."""
    return outbox.Event(
        id=event_id,
        type="activity.recorded.v1",
        organization_id=organization_id,
        occurred_at=now,
        version=1,
        data={"promotion_id": promotion_id, "people": people},
    )
