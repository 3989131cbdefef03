"""The rounds of a sync (A9): begun, carried on by the next event, ended.

While a sync goes on it is due some minutes later, so one that was lost on the way is found by the
sweep. Whoever took it over last may write; a run that was taken for dead may not.
"""

import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sluice.codes.store.sync_reports import find_sync
from sluice.codes.tables.syncs import Later, Sync, SyncSchedule
from sluice.shared import ids, outbox
from sluice.shared.errors import Refusal
from sluice.shared.guard import Transaction
from sluice.shared.outbox import Event

WANTED, RUNNING, WAITING, DONE, FAILED = "wanted", "running", "waiting", "done", "failed"
LEASE = timedelta(minutes=20)  # of a round, with its retries: then the sweep carries it on
KEPT = timedelta(days=90)
MAX_ROUNDS = 60
BUCKETS = 4


class SyncMoved(Refusal):
    """Another run of this sync goes on with it, or it has ended."""


def add(
    transaction: Transaction,
    organization_id: str,
    account_id: str,
    sync_id: str,
    now: datetime,
    *,
    cause: str,
    customers: bool,
) -> None:
    """Add a new sync and the event of its first round."""
    sync = Sync(
        organization_id,
        ids.key("sync", account_id, sync_id),
        sync_id=sync_id,
        account_id=account_id,
        cause=cause,
        customers=customers,
        status=WANTED,
        wanted_at=now,
        round=1,
        version=1,
        phase="channels",
        counts={},
        listed={},
        expires=now + KEPT,
        due_bucket=_bucket(account_id),
        due_at=now + LEASE,
    )
    transaction.put(sync, Sync.item.does_not_exist(), SyncMoved())
    outbox.emit(transaction, _event(organization_id, sync, 1, now))


def begin(
    organization_id: str, account_id: str, sync_id: str, round_: int, now: datetime
) -> Sync | None:
    """Take a round of a sync over; None where that round is over.

    A transaction of 1 item and a read. A run that had it writes nothing more.
    """
    item = Sync(organization_id, ids.key("sync", account_id, sync_id))
    transaction = Transaction()
    transaction.update(
        item,
        [
            Sync.status.set(RUNNING),
            Sync.version.add(1),
            *due(Sync, account_id, now + LEASE),
        ],
        condition=(Sync.round == round_) & Sync.ended_at.does_not_exist(),
        otherwise=SyncMoved(),
    )
    try:
        transaction.commit()
    except SyncMoved:
        return None
    return find_sync(organization_id, account_id, sync_id)


def go_on(
    transaction: Transaction,
    sync: Sync,
    now: datetime,
    *,
    wait: timedelta | None = None,
    found: Sequence[Any] = (),
) -> None:
    """Add the end of a round, with what it found, and the next one: at once or after a `wait`.

    A sync of 60 rounds fails instead. Refuses with SyncMoved.
    """
    if sync.round >= MAX_ROUNDS:
        failure = "It did not end in 60 rounds: ask for another one."
        end(transaction, sync, now, failure=failure, found=found)
        return
    following = int(sync.round) + 1
    change(
        transaction,
        sync,
        [
            Sync.status.set(WAITING),
            Sync.round.set(following),
            *due(Sync, sync.account_id, now + (wait or LEASE)),
            *found,
        ],
    )
    if wait is None:
        outbox.emit(transaction, _event(sync.organization_id, sync, following, now))


def end(
    transaction: Transaction,
    sync: Sync,
    now: datetime,
    *,
    failure: str | None = None,
    found: Sequence[Any] = (),
) -> None:
    """Add the end of a sync, with what it found. Refuses with SyncMoved."""
    actions: list[Any] = [
        Sync.status.set(FAILED if failure else DONE),
        Sync.ended_at.set(now),
        Sync.due_bucket.remove(),
        Sync.due_at.remove(),
        Sync.sweep_failures.remove(),
    ]
    if failure is not None:
        actions.append(Sync.failure.set(failure))
    change(transaction, sync, [*actions, *found])


def change(transaction: Transaction, sync: Sync, actions: Sequence[Any]) -> None:
    """Add a change of a sync by the run that has it; refuses with SyncMoved."""
    transaction.update(
        Sync(sync.organization_id, sync.item),
        [Sync.version.set(sync.version + 1), *actions],
        condition=Sync.version == sync.version,
        otherwise=SyncMoved(),
    )


def due(model: type[Sync | SyncSchedule | Later], account_id: str, moment: datetime) -> list[Any]:
    """Return the actions by which an item is due at a time."""
    return [
        model.due_bucket.set(_bucket(account_id)),
        model.due_at.set(moment),
        model.sweep_failures.remove(),
    ]


def _bucket(account_id: str) -> str:
    return str(zlib.crc32(account_id.encode()) % BUCKETS)


def _event(organization_id: str, sync: Sync, round_: int, now: datetime) -> Event:
    return Event(
        id=f"{sync.sync_id}.{round_}",
        type="sync.wanted.v1",
        organization_id=organization_id,
        occurred_at=now,
        version=round_,
        data={"account_id": sync.account_id, "sync_id": sync.sync_id, "round": round_},
    )
