"""Batches of runs (E8): written as the audience is read, marked done with their counts."""

import contextlib
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from sluice.push.refusals import BatchDone
from sluice.push.rules.audiences import Entry
from sluice.push.rules.runs import KEPT, BatchStatus, Outcome, shard_of
from sluice.push.run_tables import Run, RunBatch, RunCounts, RunItem, RunUsers
from sluice.shared import guard, ids
from sluice.shared.table import find

MAX_LISTED = 10_000  # pending batches, of one round
_USERS = "users"


def put_batch(
    transaction: guard.Transaction, run: Run, number: int, users: Sequence[Entry]
) -> None:
    """Add a batch and its users to the transaction that tells how far the audience was read."""
    transaction.put(RunBatch(run.key, _item(number), number=number, status=BatchStatus.PENDING))
    transaction.put(
        RunUsers(
            _users_key(run, number),
            _USERS,
            users=msgspec.json.encode(users).decode(),
            expires=run.created_at + KEPT,
        )
    )


def pending_batches(run: Run) -> list[int]:
    """Return the numbers of the first 10,000 batches that are to be sent.

    Consistent queries of 1 MB, some 8,000 batches, each.
    """
    found: list[int] = []
    for item in RunItem.query(run.key, RunItem.item.startswith("batch#"), consistent_read=True):
        if isinstance(item, RunBatch) and item.status == BatchStatus.PENDING:
            found.append(int(item.number))
            if len(found) == MAX_LISTED:
                break
    return found


def users_of(run: Run, number: int) -> list[Entry] | None:
    """Return the users of a batch: one consistent read, of at most 100 KB.

    None: they are forgotten, since it is done or the run over.
    """
    item = find(RunItem, _users_key(run, number), _USERS)
    if not isinstance(item, RunUsers):
        return None
    return msgspec.json.decode(item.users, type=list[Entry])


def is_pending(run: Run, number: int) -> bool:
    """Tell whether a batch is to be sent: one consistent read."""
    item = find(RunItem, run.key, _item(number))
    return isinstance(item, RunBatch) and item.status == BatchStatus.PENDING


def finish_batch(run: Run, number: int, counts: Mapping[Outcome, int], now: datetime) -> None:
    """Mark a batch done, count its users and forget who they are, once.

    One transaction of 3 items: 4 write units, 2 for each KiB of the users. Whoever comes second
    finds it done, and its counts with it.
    """
    transaction = guard.Transaction()
    transaction.update(
        RunBatch(run.key, _item(number)),
        [RunBatch.status.set(BatchStatus.DONE), RunBatch.ended_at.set(now)],
        condition=RunBatch.status == BatchStatus.PENDING,
        otherwise=BatchDone(),
    )
    counted = [getattr(RunCounts, outcome.value).add(n) for outcome, n in counts.items()]
    shard = RunCounts(run.key, f"counts#{shard_of(number):02d}")
    transaction.upsert(shard, [RunCounts.batches.add(1), *counted, RunCounts.kind.set(RunCounts)])
    transaction.erase(RunUsers(_users_key(run, number), _USERS))
    with contextlib.suppress(BatchDone):
        transaction.commit()


def _item(number: int) -> str:
    return f"batch#{number:06d}"


def _users_key(run: Run, number: int) -> str:
    return ids.key(run.organization_id, run.run_id, f"{number:06d}")
