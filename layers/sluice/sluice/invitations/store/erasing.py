"""Erasure of a person: everything under every identity of theirs (C6)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sluice.invitations.people_tables import ListEntry, PersonItem, SamePerson
from sluice.invitations.rules.lists import BLACKLIST
from sluice.invitations.store import people
from sluice.shared import clock, ids, outbox
from sluice.shared.errors import Contention
from sluice.shared.guard import Transaction

BATCH = 50  # items in a transaction
MAX_KEYS = 40
BUDGET = timedelta(seconds=20)  # of a function's 29


def erase(
    organization_id: str, person_keys: Sequence[str], now: datetime, *, keep_blacklisted: bool
) -> None:
    """Delete what is known of a person, and tell: `person.erased.v1` with their keys.

    `keep_blacklisted`: entries on the blacklist stay, so that nobody invites the person again. One
    query for each identity and 1 transaction; for each 50 items a query and a transaction (2 write
    units each). Raises Contention where that takes too long: what is gone stays gone, ask again.
    """
    known = people.find_known(organization_id, person_keys, limit=MAX_KEYS)
    transaction = Transaction()
    outbox.emit(
        transaction,
        outbox.Event(
            id=ids.derived(b"erased", str(now.date()), *known.keys),
            type="person.erased.v1",
            organization_id=organization_id,
            occurred_at=now,
            version=1,
            data={"person_keys": list(known.keys)},
        ),
    )
    transaction.commit()
    ends = clock.now() + BUDGET
    # The farthest first: if this is cut short, those asked for still lead to what is left.
    for key in reversed(known.keys):
        _erase(ids.key(organization_id, key), ends, keep_blacklisted=keep_blacklisted)


def _erase(key: str, ends: datetime, *, keep_blacklisted: bool) -> None:
    last = None
    links: list[PersonItem] = []
    while True:
        if clock.now() > ends:
            raise Contention("There is more to erase: ask again.")
        page = PersonItem.query(key, limit=BATCH, consistent_read=True, last_evaluated_key=last)
        found = list(page)
        links += [item for item in found if isinstance(item, SamePerson)]
        _delete(
            [
                i
                for i in found
                if not isinstance(i, SamePerson)
                and not _stays(i, keep_blacklisted=keep_blacklisted)
            ]
        )
        last = page.last_evaluated_key
        if last is None:
            break
    for first in range(0, len(links), BATCH):
        _delete(links[first : first + BATCH])


def _stays(item: PersonItem, *, keep_blacklisted: bool) -> bool:
    return keep_blacklisted and isinstance(item, ListEntry) and item.list_name == BLACKLIST


def _delete(items: Sequence[PersonItem]) -> None:
    if not items:
        return
    transaction = Transaction()
    for item in items:
        transaction.erase(item)
    transaction.commit()
