"""Lists within a transaction of somebody else's: joined, left, looked at under a condition (C5)."""

from collections.abc import Sequence

from sluice.invitations.people_tables import ListEntry
from sluice.invitations.rules.lists import Entry
from sluice.invitations.store.people import entry_item
from sluice.shared.errors import Refusal
from sluice.shared.guard import Transaction


def join(
    transaction: Transaction,
    organization_id: str,
    list_name: str,
    person_keys: Sequence[str],
    entry: Entry,
    *,
    otherwise: Refusal,
) -> None:
    """Put a person on a list where they are not: one item for each identity, 2 write units each.

    Refuses with `otherwise`, whose `current` is the entry there is.
    """
    for key in person_keys:
        item = entry_item(organization_id, list_name, key, entry)
        transaction.put(item, ListEntry.key.does_not_exist(), otherwise)


def check_on(
    transaction: Transaction,
    organization_id: str,
    list_name: str,
    person_key: str,
    *,
    otherwise: Refusal,
) -> None:
    """Refuse the rest unless a person is on a list by this identity: 1 item, 2 write units."""
    item = entry_item(organization_id, list_name, person_key)
    transaction.check(item, condition=ListEntry.key.exists(), otherwise=otherwise)


def check_not_on(
    transaction: Transaction,
    organization_id: str,
    list_name: str,
    person_keys: Sequence[str],
    *,
    otherwise: Refusal,
) -> None:
    """Refuse the rest if a person is on a list by any of these identities: 1 item for each."""
    for key in person_keys:
        item = entry_item(organization_id, list_name, key)
        transaction.check(item, condition=ListEntry.key.does_not_exist(), otherwise=otherwise)
