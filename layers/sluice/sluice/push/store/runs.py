"""Runs (E8): started, set going, paused, cancelled, ended; every change is guarded by version."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from sluice.push.refusals import RunCannot, RunExists, RunMoved
from sluice.push.rules.audiences import Audience, Entry, pack
from sluice.push.rules.contents import Content
from sluice.push.rules.run_words import Words
from sluice.push.rules.runs import KEPT, Going, Order, Status, is_over, reached_from
from sluice.push.run_tables import Run, RunCounts, RunItem, RunsByDue
from sluice.push.store import contents
from sluice.push.store.pushes import plan_of
from sluice.push.store.run_batches import put_batch
from sluice.push.store.run_words import put_words
from sluice.push.store.strategies import latest_strategy
from sluice.push.strategy_tables import Strategy
from sluice.shared import guard, ids, outbox
from sluice.shared.claims import Claim
from sluice.shared.errors import NotFound
from sluice.shared.sweeping import Waiting
from sluice.shared.table import find, mirror, set_all

MAX_NAMED = 1000  # users that a call may name: they are stored with the run
MAX_TRIES = 5
LOOKED_AFTER = timedelta(minutes=10)  # while it is running
OVER = f"This run was ordered over {KEPT.days} days ago: its users are forgotten. Order another."
OVERDUE = Waiting(RunItem.by_due, RunsByDue.due_at, buckets=1)
NOT_DUE: dict[str, Any] = {"due_bucket": None, "due_at": None, "sweep_failures": None}
_RUN = "run"
_FIRST = 1


def start_run(
    organization_id: str,
    strategy_id: str,
    content: Content,
    audience: Audience,
    entries: Sequence[Entry],
    *,
    words: Words | None = None,
    base_url: str | None,
    claim: Claim | None,
    now: datetime,
) -> str:
    """Store a run of the strategy's latest version and return its id; its execution follows.

    `entries` are the users named with it, at most 1,000. One whose list is to be uploaded waits
    for the word to begin. With `words` each user is told those, filled in. One query and one
    transaction of 3 items, 1 for the words and 2 for each batch: 2 write units for each item and
    KiB; before it what `contents.keep` needs. Raises NotFound, AlreadyClaimed.
    """
    strategy = latest_strategy(organization_id, strategy_id)
    if content.version is None:
        content = contents.keep(organization_id, content, now)
    batches = list(pack(entries))
    template_id = words.template_id if words else None
    order = Order(plan_of(strategy, content, base_url), audience, template_id)
    run = _new_run(organization_id, strategy, order, batches, now)
    run.repeated = len(entries) - int(run.users)
    transaction = guard.Transaction()
    if claim is not None:
        claim.take(transaction, now, {"run_id": run.run_id})
    if words is not None:
        put_words(transaction, run, words)
    for number, users in enumerate(batches):
        put_batch(transaction, run, number, users)
    if run.status == Status.RUNNING:
        mirror(run, due_in(run, now))
        _tell(transaction, run, "run.requested.v1", now)
    transaction.put(run, Run.key.does_not_exist(), RunExists())
    transaction.commit()
    return run.run_id


def _new_run(
    organization_id: str,
    strategy: Strategy,
    order: Order,
    batches: Sequence[Sequence[Entry]],
    now: datetime,
) -> Run:
    """Return a run of which nothing is stored, with the users that were named with it."""
    uploads, users = order.audience.kind == "upload", sum(map(len, batches))
    run_id = ids.sortable(now)
    return Run(
        ids.key(organization_id, run_id),
        _RUN,
        organization_id=organization_id,
        run_id=run_id,
        strategy_id=strategy.strategy_id,
        strategy_version=strategy.version,
        order=msgspec.json.encode(order).decode(),
        status=Status.UPLOADING if uploads else Status.RUNNING,
        version=1,
        generation=0 if uploads else _FIRST,
        rounds=0,
        prepared=order.audience.kind == "users",
        users=users,
        batches=len(batches),
        repeated=0,
        rejected=0,
        created_at=now,
    )


def change_run(organization_id: str, run_id: str, wanted: Status, now: datetime) -> Run:
    """Bring a run to a status, as an operator says; one that has it is left as it is.

    One read and one transaction of 1 or 2 items (2 write units each and KiB); both again, at most
    5 times, when the run changed in between. Raises NotFound, RunCannot, Contention.
    """
    for _ in guard.attempts(MAX_TRIES):
        run = load_run(organization_id, run_id)
        if run.status == wanted:
            break
        if run.status not in reached_from(wanted):
            raise RunCannot(f"This run is {run.status}.")
        if wanted is Status.RUNNING and is_over(run.created_at, now):
            raise RunCannot(OVER)
        if change(run, _changes(run, wanted, now), wanted, now):
            break
    return run


def _changes(run: Run, wanted: Status, now: datetime) -> dict[str, Any]:
    if wanted is Status.RUNNING:
        going = {"generation": int(run.generation) + 1, "rounds": 0, "why": None}
        return going | due_in(run, now)
    return NOT_DUE | ({"ended_at": now} if wanted is Status.CANCELLED else {})


def change(run: Run, changes: dict[str, Any], status: Status, now: datetime) -> bool:
    """Change a run and its status, if it is as it was read, and tell it: 1 transaction, 2 items.

    Returns False when it changed meanwhile: nothing was written.
    """
    transaction = guard.Transaction()
    named = {Status.RUNNING: "run.requested.v1", Status.PAUSED: None}
    event_type = named.get(status, f"run.{status}.v1")
    changed = changes | {"status": status, "version": int(run.version) + 1}
    guarded(transaction, run, changed)
    if event_type is not None:
        told = Run(**run.attribute_values)
        mirror(told, changed)
        _tell(transaction, told, event_type, now)
    return commit(transaction, run, changed)


def update(run: Run, changes: dict[str, Any]) -> bool:
    """Change a run that stays what it is, if it is as it was read: one write."""
    changed = changes | {"version": int(run.version) + 1}
    transaction = guard.Transaction()
    guarded(transaction, run, changed)
    return commit(transaction, run, changed)


def guarded(transaction: guard.Transaction, run: Run, changes: dict[str, Any]) -> None:
    """Add a change of a run to a transaction; it refuses with RunMoved if the run has moved."""
    transaction.update(
        run,
        set_all(Run, changes),
        condition=Run.version == int(run.version),
        otherwise=RunMoved(),
    )


def commit(transaction: guard.Transaction, run: Run, changes: dict[str, Any]) -> bool:
    """Write, and bring the run in memory in line; False when it had moved."""
    try:
        transaction.commit()
    except RunMoved:
        return False
    mirror(run, changes)
    return True


def find_run(organization_id: str, run_id: str) -> Run | None:
    """Return a run: one consistent read."""
    found = find(RunItem, ids.key(organization_id, run_id), _RUN)
    return found if isinstance(found, Run) else None


def load_run(organization_id: str, run_id: str) -> Run:
    """Return a run: one consistent read. Raises NotFound."""
    found = find_run(organization_id, run_id)
    if found is None:
        raise NotFound("There is no such run.")
    return found


def going(run: Run, now: datetime) -> Going:
    """Return a run as the rules see it."""
    return Going(
        Status(run.status),
        int(run.generation),
        bool(run.prepared),
        int(run.rounds),
        is_over(run.created_at, now),
    )


def order_of(run: Run) -> Order:
    """Return what a run was started with."""
    return msgspec.json.decode(run.order, type=Order)


def counts_of(run: Run) -> list[RunCounts]:
    """Return the counters of a run, of all shards: one consistent query."""
    found = RunItem.query(run.key, RunItem.item.startswith("counts#"), consistent_read=True)
    return [item for item in found if isinstance(item, RunCounts)]


def list_runs(organization_id: str, before: str | None, limit: int) -> list[Run]:
    """Return an organisation's runs, newest first, begun before another: one query of an index."""
    beyond = None if before is None else Run.run_id < before
    found = RunItem.by_organization.query(
        organization_id, beyond, scan_index_forward=False, limit=limit
    )
    return list(found)


def due_in(run: Run, now: datetime) -> dict[str, Any]:
    """Return what changes when the sweeper is to look after a run's execution."""
    return NOT_DUE | {
        "due_bucket": OVERDUE.bucket_of(run.run_id),
        "due_at": now + LOOKED_AFTER,
    }


def _tell(transaction: guard.Transaction, run: Run, event_type: str, now: datetime) -> None:
    outbox.emit(
        transaction,
        outbox.Event(
            id=ids.sortable(now),
            type=event_type,
            organization_id=run.organization_id,
            occurred_at=now,
            version=int(run.version),
            data={
                "run_id": run.run_id,
                "strategy_id": run.strategy_id,
                "generation": int(run.generation),
            },
        ),
    )
