"""Accounts: what is posted to them, and what they hold.

Entries and balances change together or not at all, so that the sum over all balances, and over
all entries, is zero in each currency.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from sluice.rewards import rules
from sluice.rewards.refusals import BalanceTooLow, Outdated
from sluice.rewards.rules import transfers as moving
from sluice.rewards.rules.transfers import Leg, Transfer
from sluice.rewards.tables import Balance, Entry
from sluice.shared import cursors, ids
from sluice.shared.guard import Transaction

MAX_CURRENCIES = 20  # listed of one account; any other is found by naming it
NOTHING_OWED: Mapping[tuple[str, str], int] = {}


@dataclass(frozen=True)
class Statement:
    """What an account holds, and a page of its entries, newest first."""

    balances: dict[str, int]  # minor units by currency
    pending: dict[str, int]
    owed: dict[str, int]  # above zero: the owner's debt
    entries: list[Entry]
    next_cursor: str | None


def post_all(
    transaction: Transaction,
    organization_id: str,
    transfers: Sequence[Transfer],
    now: datetime,
    owed: Mapping[tuple[str, str], int] = NOTHING_OWED,
) -> None:
    """Add transfers to one transaction: two entries each, and each balance once.

    `owed` is what owners owe by (owner, currency), as far as the transfers collect of it.
    """
    changes: dict[tuple[str, str], Leg] = {}
    for transfer in transfers:
        for leg in moving.legs(transfer, transfers[0].transfer_id):
            partition = partition_of(organization_id, leg.account_id, leg.shard)
            transaction.put(_entry(partition, transfer, leg, now))
            at = (partition, transfer.currency)
            changes[at] = leg + changes[at] if at in changes else leg
    for (partition, currency), leg in changes.items():
        _add(transaction, partition, leg, currency, owed.get((leg.account_id, currency), 0))


def _entry(partition: str, transfer: Transfer, leg: Leg, now: datetime) -> Entry:
    return Entry(
        partition,
        ids.key("entry", transfer.currency, transfer.transfer_id),
        transfer_id=transfer.transfer_id,
        currency=transfer.currency,
        amount_minor=leg.change_minor,
        pending_minor=leg.pending_minor or None,
        owed_minor=leg.owed_minor or None,
        kind=transfer.kind,
        reason=transfer.reason,
        programme=transfer.programme,
        reward_id=transfer.reward_id,
        posted_at=now,
    )


def read(
    organization_id: str,
    account_id: str,
    currency: str | None,
    limit: int,
    cursor: str | None,
    *,
    times: tuple[datetime, datetime] | None = None,
) -> Statement:
    """Return the balances and the `limit` newest entries, from the cursor on.

    With `times` entries from the first of them to before the second; balances are as they are now.
    One query for the balances and one for each currency's entries; a system account costs that
    for each of its 16 shards. Raises Invalid: the cursor is none of ours.
    """
    first, last = "0", "~"  # ~ sorts after every id
    if times is not None:
        first, last = (ids.sortable_from(moment) for moment in times)
    if cursor:
        last = min(last, cursors.place_in(cursor, rules.TRANSFER_ID))
    balances: Counter[str] = Counter()
    pending: Counter[str] = Counter()
    owed: Counter[str] = Counter()
    entries: list[Entry] = []
    for shard in rules.shards_of(account_id):
        partition = partition_of(organization_id, account_id, shard)
        for found in _balances(partition, currency):
            balances[found.currency] += int(found.balance_minor)
            pending[found.currency] += int(found.pending_minor or 0)
            owed[found.currency] -= int(found.owed_minor or 0)
            entries += _entries(partition, found.currency, limit + 1, (first, last))
    entries.sort(key=lambda entry: entry.transfer_id, reverse=True)
    following = cursors.cursor_of(entries[limit].transfer_id) if len(entries) > limit else None
    return Statement(dict(balances), dict(pending), dict(owed), entries[:limit], following)


def _add(
    transaction: Transaction, partition: str, leg: Leg, currency: str, owed_minor: int
) -> None:
    balance = Balance(partition, ids.key("balance", currency))
    # An update does not write defaults, and this one may create the item.
    actions: list[Action] = [
        Balance.balance_minor.add(leg.change_minor),
        Balance.currency.set(currency),
    ]
    if leg.pending_minor:
        actions.append(Balance.pending_minor.add(leg.pending_minor))
    if leg.owed_minor:
        actions.append(Balance.owed_minor.add(leg.owed_minor))
    if leg.has_floor:
        held = Balance.balance_minor >= -leg.change_minor
        transaction.update(balance, actions, condition=held, otherwise=BalanceTooLow())
    elif leg.is_credit:
        transaction.update(balance, actions, condition=_owes(owed_minor), otherwise=Outdated())
    else:
        transaction.upsert(balance, actions)


def _owes(owed_minor: int) -> Condition:
    """Whoever owes is not credited past the debt: what is owed is what was found."""
    found: Condition = Balance.owed_minor == -owed_minor
    return found if owed_minor else Balance.owed_minor.does_not_exist() | found


def _balances(partition: str, currency: str | None) -> list[Balance]:
    prefix = Balance.item.startswith(f"balance#{currency or ''}")
    return list(Balance.query(partition, prefix, limit=MAX_CURRENCIES, consistent_read=True))


def _entries(partition: str, currency: str, limit: int, ids_: tuple[str, str]) -> list[Entry]:
    first, last = (ids.key("entry", currency, each) for each in ids_)
    if last < first:  # a cursor of another range
        return []
    page = Entry.query(
        partition,
        Entry.item.between(first, last),
        limit=limit,
        scan_index_forward=False,
        consistent_read=True,
    )
    return list(page)


def partition_of(organization_id: str, account_id: str, shard: int | None) -> str:
    """Return where an account, or a shard of a system account, is kept."""
    if shard is None:
        return ids.key(organization_id, account_id)
    return ids.key(organization_id, account_id, f"{shard:02}")
