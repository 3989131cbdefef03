"""Rows of what the ledger and its causes hold: the views of the API, and whose each is."""

from pynamodb.expressions.condition import Condition

from sluice.exports.scans import fields_of, parts_of
from sluice.exports.walks import Asked
from sluice.promoters import commission_sheets
from sluice.promoters.bonus_tables import TaskItem
from sluice.promoters.bonus_views import BonusTaskView, task_view
from sluice.promoters.commission_sheets import CommissionView
from sluice.promoters.payment_tables import Payment
from sluice.promoters.store import payments
from sluice.rewards import statements
from sluice.rewards.statements import BalanceView, EntryView
from sluice.rewards.tables import Balance, Entry


class AccountRow(BalanceView, kw_only=True):
    """What an account holds in a currency; a programme's is spread, and has a row for each part."""

    owner_id: str
    shard: str | None = None


class EntryRow(EntryView, kw_only=True):
    """An entry of an account. In each currency all of them add up to zero: double entry.

    Both sides of a transfer are posted at one time, and what was posted after the order is not in
    the export.
    """

    owner_id: str


class BonusTaskRow(BonusTaskView, kw_only=True):
    """A bonus task, and whose."""

    member_id: str


def are_balances(_: Asked) -> Condition:
    """Tell balances from entries, which are in one table."""
    balances: Condition = Balance.item.startswith("balance#")
    return balances


def are_entries(asked: Asked) -> Condition:
    """Tell entries from balances: those up to the order, so that no transfer is in it by half."""
    entries: Condition = Entry.item.startswith("entry#") & (Entry.posted_at <= asked.now)
    return entries


def account(item: Balance) -> AccountRow:
    """Return the row of what an account, or a part of it, holds in a currency."""
    owner_id, shard = _owner(item.account)
    return AccountRow(
        owner_id=owner_id,
        shard=shard,
        currency=item.currency,
        balance_minor=int(item.balance_minor),
        pending_minor=int(item.pending_minor or 0),
        owed_minor=-int(item.owed_minor or 0),
    )


def entry(item: Entry) -> EntryRow:
    """Return the row of an entry."""
    owner_id, _ = _owner(item.account)
    return EntryRow(owner_id=owner_id, **fields_of(statements.entry_of(item)))


def commission(item: Payment) -> CommissionView | None:
    """Return the row of a payment; where only refunds were told of, there is none yet."""
    if not payments.is_settled(item):
        return None
    return commission_sheets.commission_of(item, with_others=True)


def bonus_task(item: TaskItem) -> BonusTaskRow:
    """Return the row of a bonus task."""
    return BonusTaskRow(member_id=item.member_id, **fields_of(task_view(item)))


def _owner(partition: str) -> tuple[str, str | None]:
    """Return whose account a partition is, and which part of it."""
    owner_id, *shard = parts_of(partition)
    return owner_id, shard[0] if shard else None
