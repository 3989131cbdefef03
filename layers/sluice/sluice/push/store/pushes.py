"""Pushes: started, cancelled, given up, and the marks by which the sweeper finds them."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sluice.push.refusals import PurposeDiffers, PushMoved, PushOver
from sluice.push.rules.chain import GRACE, HURRY, Status
from sluice.push.rules.contents import Content
from sluice.push.rules.strategies import PURPOSES, Plan, task_seconds
from sluice.push.store import contents
from sluice.push.store.held import Held, emit, load_again, load_push, next_version, update_push
from sluice.push.store.opening import OVERDUE as OVERDUE  # noqa: PLC0414 - the sweeper names it
from sluice.push.store.opening import Opening, put_push
from sluice.push.store.strategies import definition_of, latest_strategy
from sluice.push.strategy_tables import Strategy
from sluice.shared import guard, ids
from sluice.shared.claims import Claim
from sluice.shared.table import mirror

MAX_TRIES = 5
NOT_LOOKED_AT: dict[str, Any] = {"due_bucket": None, "due_at": None, "sweep_failures": None}


def start_push(
    organization_id: str,
    user_id: str,
    strategy_id: str,
    content: Content,
    *,
    claim: Claim | None,
    now: datetime,
    base_url: str | None = None,
    purposes: Collection[str] = PURPOSES,
) -> str:
    """Store a push of the strategy's latest version and return its id; the chain follows (E2).

    One query and one transaction of 3 to 5 items: 6 to 10 write units, and 2 for each KiB that
    plan and content have over the first; before it what `contents.keep` needs for content without
    a version. A user of the strategy's hold-out group is sent nothing: then the push is withheld
    (E6). Raises NotFound, AlreadyClaimed, PurposeDiffers: the strategy is for none of `purposes`.
    """
    strategy = latest_strategy(organization_id, strategy_id)
    if content.version is None:
        content = contents.keep(organization_id, content, now)
    push_id = ids.sortable(now)
    plan = plan_of(strategy, content, base_url)
    if plan.purpose not in purposes:
        raise PurposeDiffers
    version = int(strategy.version)
    opening = Opening(organization_id, push_id, user_id, strategy_id, version, plan)
    transaction = guard.Transaction()
    if claim is not None:
        claim.take(transaction, now, {"push_id": push_id})
    push = put_push(transaction, opening, now)
    if push.status == Status.RUNNING:
        waits = {"waits": task_seconds(plan)}
        emit(transaction, push, "push.requested.v1", version=1, data=waits, now=now)
    transaction.commit()
    return push_id


def plan_of(strategy: Strategy, content: Content, base_url: str | None) -> Plan:
    """Return what pushes carry of a strategy's version."""
    given = definition_of(strategy)
    purpose, behaviours, terms = given.purpose, given.behaviours, given.terms
    return Plan(purpose, given.channels, behaviours, content, terms, base_url)


def cancel_push(organization_id: str, push_id: str, now: datetime) -> Held:
    """Cancel a running push; a cancelled one is left as it is. Nothing is sent afterwards (E7).

    One query and one transaction of 2 items (4 write units); both again, at most 5 times, when
    the push changed in between. The sweeper looks at the push in 30 seconds, should the caller
    die before it has told the waiting task. Raises NotFound, PushOver, Contention.
    """
    held = load_push(organization_id, push_id)
    for attempt in guard.attempts(MAX_TRIES):
        held = load_again(held) if attempt else held
        if held.push.status == Status.CANCELLED:
            break
        if held.push.status != Status.RUNNING:
            raise PushOver
        changes = ended(Status.CANCELLED, "cancelled", now) | looked_at_in(held, HURRY, now)
        if _end(held, changes, "push.cancelled.v1", now):
            break
    return held


def give_up(held: Held, why: str, now: datetime, by: str | None = None) -> bool:
    """End a running push as unreached, or as withheld where no provider was given a message.

    One transaction of 2 items, 4 write units. `by` names what forbids the rest, if anything does.
    Returns False when the push changed meanwhile: nothing was written, look again.
    """
    forbidden = [attempt.withheld for attempt in held.attempts] + ([by] if by else [])
    if not forbidden or not all(forbidden):
        return _end(held, ended(Status.UNREACHED, why, now), "push.unreached.v1", now)
    changes = ended(Status.WITHHELD, why, now) | {"withheld_by": forbidden[-1]}
    data = {"strategy_id": held.push.strategy_id, "withheld_by": forbidden[-1]}
    return _end(held, changes, "push.withheld.v1", now, data)


def _end(
    held: Held,
    changes: dict[str, Any],
    event_type: str,
    now: datetime,
    data: dict[str, Any] | None = None,
) -> bool:
    version = next_version(held)
    transaction = guard.Transaction()
    emit(transaction, held.push, event_type, version=version, data=data or {}, now=now)
    return _commit(transaction, held, changes | {"version": version})


def close_wait(held: Held) -> None:
    """Take an ended push from the sweeper's index, once its task was told: one write."""
    _commit(guard.Transaction(), held, NOT_LOOKED_AT)


def postpone(held: Held, now: datetime) -> None:
    """Let the sweeper look again in a minute: one write."""
    _commit(guard.Transaction(), held, looked_at_in(held, GRACE, now))


def _commit(transaction: guard.Transaction, held: Held, changes: dict[str, Any]) -> bool:
    update_push(transaction, held, changes)
    try:
        transaction.commit()
    except PushMoved:
        return False
    mirror(held.push, changes)
    return True


def ended(status: Status, why: str, now: datetime) -> dict[str, Any]:
    """Return what changes when a push ends and no task waits any more."""
    return {
        "status": status,
        "why": why,
        "ended_at": now,
        **NOT_LOOKED_AT,
    }


def looked_at_in(held: Held, wait: timedelta, now: datetime) -> dict[str, Any]:
    """Return what changes when the sweeper is to look at a push after a wait."""
    return looked_at(held, now + wait)


def looked_at(held: Held, moment: datetime) -> dict[str, Any]:
    """Return what changes when the sweeper is to look at a push at a moment."""
    return {**NOT_LOOKED_AT, "due_bucket": OVERDUE.bucket_of(held.push.push_id), "due_at": moment}
