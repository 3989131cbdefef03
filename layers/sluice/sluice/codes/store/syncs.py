"""Syncs as they are asked for (A9): by operators, by what a provider tells, and by the clock."""

import contextlib
from datetime import datetime, timedelta

from sluice.codes.refusals import NoSuchProviderAccount, SyncJustWanted
from sluice.codes.rules import syncing as rules
from sluice.codes.store import later, pool
from sluice.codes.store.sync_reports import find_sync
from sluice.codes.store.sync_rounds import BUCKETS, SyncMoved, add, due, go_on
from sluice.codes.tables.syncs import Sync, SyncSchedule
from sluice.organizations.store import SANDBOX
from sluice.organizations.tables import ProviderAccount
from sluice.shared import ids, sweeping
from sluice.shared.claims import Claim
from sluice.shared.guard import Transaction
from sluice.shared.table import find

OPERATOR, PROVIDER, SCHEDULE = "operator", "provider", "schedule"
CALM = timedelta(seconds=10)  # between two syncs of an account
DUE = sweeping.Waiting(Sync.by_due, Sync.due_at, BUCKETS)


def want(
    organization_id: str,
    account_id: str,
    now: datetime,
    *,
    cause: str,
    customers: bool = False,
    claim: Claim | None = None,
) -> str:
    """Ask for a sync of an account; return its id. From now on it is also due each hour.

    One transaction of 4 items (8 write units and 1 of the index), a claim beside where there is
    one. Raises AlreadyClaimed, NoSuchProviderAccount, SyncJustWanted: one was in the last 10 s.
    """
    sync_id = ids.sortable(now)
    transaction = Transaction()
    if claim is not None:
        claim.take(transaction, now, sync_id)
    if account_id != SANDBOX:
        transaction.check(
            ProviderAccount(organization_id, ids.key("provider", account_id)),
            condition=ProviderAccount.type.exists(),
            otherwise=NoSuchProviderAccount(),
        )
    calm = SyncSchedule.calm_until
    transaction.update(
        _schedule(organization_id, account_id),
        [
            SyncSchedule.account_id.set(account_id),
            calm.set(now + CALM),
            *due(SyncSchedule, account_id, rules.next_due(organization_id, account_id, now)),
        ],
        condition=calm.does_not_exist() | (calm <= now),
        otherwise=SyncJustWanted(),
    )
    add(transaction, organization_id, account_id, sync_id, now, cause=cause, customers=customers)
    transaction.commit()
    return sync_id


def want_soon(organization_id: str, account_id: str, now: datetime) -> str | None:
    """Ask for a sync because the provider told of a change: at once, or when it is calm.

    What is told within 10 s of the last sync makes one more, with the next sweep: None is
    returned then. Raises NoSuchProviderAccount.
    """
    try:
        return want(organization_id, account_id, now, cause=PROVIDER)
    except SyncJustWanted as refusal:
        calm_until = refusal.current.calm_until
    transaction = Transaction()
    transaction.update(
        _schedule(organization_id, account_id),
        [SyncSchedule.due_at.set(calm_until)],
        condition=SyncSchedule.due_at > calm_until,
        otherwise=SyncJustWanted(),
    )
    with contextlib.suppress(SyncJustWanted):  # it is due by then
        transaction.commit()
    return None


def start_due(now: datetime, until: float) -> None:
    """Start what is due: each account's next sync, the next round of those that wait, events.

    `until` is on the monotonic clock, in seconds. 4 queries of the index, one more for each
    further 100; for each a read and a transaction of 2 or 3 items. One that fails is put off.
    """

    def work(found: Sync) -> str:
        kind, account_id, *sync_id = found.item.split("#")
        if kind == "schedule":
            return _start_scheduled(found.organization_id, account_id, now)
        if kind == "later":
            return later.tell_again(found.organization_id, found.item, now)
        return _carry_on(found.organization_id, account_id, sync_id[0], now)

    sweeping.sweep(DUE, work, now, until)


def _start_scheduled(organization_id: str, account_id: str, now: datetime) -> str:
    item = _schedule(organization_id, account_id)
    found = find(SyncSchedule, item.organization_id, item.item)
    if found is None or found.due_at > now:
        return "moved"
    zone = pool.organization(organization_id).time_zone
    night = rules.night_of(now, zone, found.customers_day)
    transaction = Transaction()
    transaction.update(
        item,
        [
            SyncSchedule.calm_until.set(now + CALM),
            *([SyncSchedule.customers_day.set(night)] if night else []),
            *due(SyncSchedule, account_id, rules.next_due(organization_id, account_id, now)),
        ],
        condition=SyncSchedule.due_at == found.due_at,
        otherwise=SyncMoved(),
    )
    sync_id = ids.sortable(now)
    customers = night is not None
    add(transaction, organization_id, account_id, sync_id, now, cause=SCHEDULE, customers=customers)
    return _commit(transaction, "started")


def _carry_on(organization_id: str, account_id: str, sync_id: str, now: datetime) -> str:
    found = find_sync(organization_id, account_id, sync_id)
    due_at: datetime | None = found.due_at if found else None
    if found is None or due_at is None or due_at > now:
        return "moved"
    transaction = Transaction()
    go_on(transaction, found, now)
    return _commit(transaction, "carried on")


def _commit(transaction: Transaction, done: str) -> str:
    try:
        transaction.commit()
    except SyncMoved:
        return "moved"
    return done


def _schedule(organization_id: str, account_id: str) -> SyncSchedule:
    return SyncSchedule(organization_id, ids.key("schedule", account_id))
