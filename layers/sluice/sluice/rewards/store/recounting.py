"""Accounts counted again: is a balance the sum of its entries? (D5)."""

from dataclasses import replace

import msgspec

from sluice.rewards import rules
from sluice.rewards.rules import recounts
from sluice.rewards.rules.recounts import NOTHING, Recount, Sums
from sluice.rewards.store.accounts import partition_of
from sluice.rewards.tables import Balance, Entry
from sluice.shared import cursors, ids
from sluice.shared.errors import Invalid
from sluice.shared.table import find

MAX_ENTRIES = 5_000  # of one call
MAX_CURSOR = 1_100
_PLACE = r"\{[ -~]{1,820}\}"


def recount(
    organization_id: str, account_id: str, currency: str, cursor: str | None
) -> tuple[Recount, str | None]:
    """Count at most 5,000 entries, from the cursor on; return the cursor of the rest.

    The balance is read before the first entry and after the last: where it is not the sum and has
    changed between, nothing is said against it. Two reads and a query for each part, of which a
    system account has 16, and a query for each further page. Raises Invalid: the cursor is none
    of ours.
    """
    so_far = _place_in(cursor) if cursor else Recount()
    shards = rules.shards_of(account_id)
    left = MAX_ENTRIES
    while so_far.part < len(shards) and left > 0:
        partition = partition_of(organization_id, account_id, shards[so_far.part])
        if not so_far.last:
            so_far = replace(so_far, before=_balance(partition, currency))
        found = _entries(partition, currency, so_far.last, left)
        if found:
            sums = sum(map(_sums, found), NOTHING)
            so_far = recounts.added(so_far, len(found), found[-1].transfer_id, sums)
        if len(found) < left:
            so_far = recounts.ended(so_far, _balance(partition, currency))
        left -= max(1, len(found))
    if so_far.part == len(shards):
        return so_far, None
    return so_far, cursors.cursor_of(msgspec.json.encode(so_far).decode())


def _place_in(cursor: str) -> Recount:
    place = cursors.place_in(cursor, _PLACE)
    try:
        found = msgspec.json.decode(place, type=Recount)
    except msgspec.DecodeError:
        found = Recount(part=-1)
    if found.part < 0:
        raise Invalid("Not a cursor of this recount.", [("cursor", "unknown")])
    return found


def _balance(partition: str, currency: str) -> Sums:
    found = find(Balance, partition, ids.key("balance", currency))
    if found is None:
        return NOTHING
    pending, owed = int(found.pending_minor or 0), int(found.owed_minor or 0)
    return Sums(int(found.balance_minor), pending, owed)


def _entries(partition: str, currency: str, last: str, limit: int) -> list[Entry]:
    after = ids.key("entry", currency, f"{last}!" if last else "0")  # ! sorts before every id
    page = Entry.query(
        partition,
        Entry.item.between(after, ids.key("entry", currency, "~")),
        limit=limit,
        consistent_read=True,
    )
    return list(page)


def _sums(entry: Entry) -> Sums:
    return Sums(int(entry.amount_minor), int(entry.pending_minor or 0), int(entry.owed_minor or 0))
