"""Attempts: written before the provider is called, so that a receipt always finds its own (E2)."""

from datetime import datetime

from sluice.push.refusals import AttemptBegun, AttemptSettled, PushStopped
from sluice.push.rules.chain import Status
from sluice.push.rules.judging import Evidence, Level
from sluice.push.rules.strategies import wanted
from sluice.push.store.held import Held, facts, load_again, next_version
from sluice.push.store.lookups import put_tracking
from sluice.push.store.tries import Turn, next_look, taken
from sluice.push.tables import Attempt, Push
from sluice.shared import ids
from sluice.shared.guard import Transaction
from sluice.shared.table import mirror, set_all


def begin_attempt(
    held: Held,
    position: int,
    turn: Turn,
    now: datetime,
    *,
    task_token: str | None,
    tracking_id: str,
) -> Attempt:
    """Write the attempt, its tracking id and the push's progress in one transaction, then send.

    Three items, 8 write units with a task token of up to 1 KiB, and the turn's check, 2. Raises
    AttemptBegun when this position was begun before, PushStopped when nothing more is sent or the
    chain is past it, and what the turn's guard refuses.
    """
    attempt = _new_attempt(held, position, task_token, tracking_id, now)
    mirror(attempt, taken(held, attempt, turn, now) | {"due_at": turn.due_at})
    changes = {"position": position, **next_look(held, facts(attempt), now)}
    transaction = Transaction()
    transaction.put(attempt, Attempt.key.does_not_exist(), AttemptBegun())
    transaction.update(
        held.push,
        [*set_all(Push, changes), Push.version.add(1)],
        condition=(Push.status == Status.RUNNING) & (Push.position < position),
        otherwise=PushStopped(),
    )
    put_tracking(transaction, held, attempt, now)
    turn.guard(transaction)
    transaction.commit()
    mirror(held.push, changes | {"version": next_version(held)})
    held.attempts.append(attempt)
    return attempt


def _new_attempt(
    held: Held, position: int, task_token: str | None, tracking_id: str, now: datetime
) -> Attempt:
    channel, push = held.plan.channels[position], held.push
    return Attempt(
        push.key,
        f"attempt#{position:02d}",
        position=position,
        channel=channel.channel,
        account_id=channel.provider,
        account_user=ids.key(push.organization_id, channel.provider, push.user_id),
        tracking_id=tracking_id,
        task_token=task_token,
        created_at=now,
        wanted=wanted(channel),
        level=Level.BEGUN,
        evidence=Evidence.NONE,
        tries=0,
        price_micros=0,
        currency=channel.price.currency,
        strategy_id=push.strategy_id,
        strategy_version=push.strategy_version,
        day=push.day,
    )


def renew_token(held: Held, attempt: Attempt, task_token: str) -> None:
    """Let a retried task wait in the place of the one before.

    One transaction, 4 write units for the attempt and 2 for the check. Raises PushStopped when
    nothing more is sent or the chain is past this attempt.
    """
    transaction = Transaction()
    transaction.check(
        held.push,
        condition=(Push.status == Status.RUNNING) & (Push.position == int(attempt.position)),
        otherwise=PushStopped(),
    )
    transaction.update(
        attempt,
        [Attempt.task_token.set(task_token)],
        condition=Attempt.key.exists(),
        otherwise=PushStopped(),
    )
    transaction.commit()
    attempt.task_token = task_token


def leave_unknown(held: Held, attempt: Attempt, why: str) -> Held:
    """Record why nobody knows whether this attempt was sent; whatever is known by now stays.

    One transaction, 4 write units. Returns the push as it is afterwards.
    """
    unsettled = (Attempt.level == Level.BEGUN) & Attempt.failed.does_not_exist()
    transaction = Transaction()
    transaction.update(
        attempt, [Attempt.why.set(why)], condition=unsettled, otherwise=AttemptSettled()
    )
    try:
        transaction.commit()
    except AttemptSettled:
        return load_again(held)
    attempt.why = why
    return held
