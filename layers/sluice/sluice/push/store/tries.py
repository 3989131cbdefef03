"""An attempt's tries: what waits for its time, who takes it, and through which account (E7).

What has to wait has `send_at`: it has surely not left. Whoever takes that away sends it, so that it
is sent once however many processes come for it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any

from pynamodb.expressions.condition import Condition

from sluice.push import trails
from sluice.push.refusals import AttemptSettled, PushStopped, TryTaken
from sluice.push.rules.chain import HURRY, Status, look_at
from sluice.push.rules.courtesy import Withheld
from sluice.push.rules.judging import Facts, Level
from sluice.push.rules.windows import QuietHours, next_allowed
from sluice.push.store.held import Held, facts, next_version
from sluice.push.store.pushes import looked_at
from sluice.push.tables import Attempt, Push
from sluice.push.trails import TrailStep
from sluice.shared import ids
from sluice.shared.guard import Transaction
from sluice.shared.table import mirror, set_all

QUIET = "quiet hours"
QUEUED = timedelta(minutes=15)  # the longest that a message waits in a queue of SQS


@dataclass(frozen=True)
class Turn:
    """What was decided of a message before a provider is given it, or is not (E7)."""

    send_at: datetime  # now, or when it may go out
    due_at: datetime  # when its wait is over
    quiet: QuietHours | None
    zone: tzinfo
    withheld: Withheld | None
    guard: Callable[[Transaction], None]  # adds what must still hold when it is begun

    def allowed(self, moment: datetime) -> datetime:
        """Return the first moment from this on that is not quiet."""
        return next_allowed(moment, self.quiet, self.zone)


def taken(held: Held, attempt: Attempt, turn: Turn, now: datetime) -> dict[str, Any]:
    """Return what a turn makes of an attempt: not sent at all, or later, or now.

    What has not been sent costs nothing.
    """
    if turn.withheld is not None:
        step = TrailStep(now, trails.WITHHELD, why=turn.withheld.why)
        return {
            "failed": True,
            "withheld": turn.withheld.by,
            "why": turn.withheld.why,
            "price_micros": 0,
            "settled_at": now,
            "send_at": None,
            "trail": trails.with_step(attempt, step),
        }
    if turn.send_at > now:
        step = TrailStep(now, trails.DEFERRED, why=QUIET, until=turn.send_at)
        trail = trails.with_step(attempt, step)
        return {"send_at": turn.send_at, "price_micros": 0, "trail": trail}
    channel = held.plan.channels[int(attempt.position)]
    tries = int(attempt.tries or 0) + 1
    step = TrailStep(now, trails.TRIED, channel.provider)  # whoever takes over says so
    return {
        "send_at": None,
        "tries": tries,
        "tried_at": now,
        "price_micros": channel.price.amount_micros,
        "trail": trails.with_step(attempt, step),
    }


def next_look(held: Held, attempt: Facts, now: datetime) -> dict[str, Any]:
    """Return what changes so that the sweeper sees what nobody else has seen to."""
    if attempt.failed:
        return looked_at(held, now + HURRY)
    if attempt.send_at is not None:
        others = attempt.send_at - now <= QUEUED
    else:  # the task's timer, where the wait's end was known when it was set
        others = not (_is_last(held, attempt.position) or held.plan.quiet)
    return looked_at(held, look_at(attempt, others_first=others))


def _is_last(held: Held, position: float) -> bool:
    return int(position) == len(held.plan.channels) - 1


def claim_try(held: Held, attempt: Attempt, turn: Turn, now: datetime) -> None:
    """Take what had to wait for its time: it is this process's to send, unless the turn says no.

    One transaction of 2 items, 6 write units, and the turn's, 2. Raises TryTaken, PushStopped, and
    what the turn's guard refuses.
    """
    changes = taken(held, attempt, turn, now)
    if _is_last(held, attempt.position):
        changes["due_at"] = max(attempt.due_at, turn.due_at)  # no timer runs: a whole wait
    transaction = Transaction()
    waiting = _open(attempt) & (Attempt.send_at == attempt.send_at)
    actions = set_all(Attempt, changes)
    transaction.update(attempt, actions, condition=waiting, otherwise=TryTaken())
    turn.guard(transaction)
    _commit(transaction, held, attempt, changes, now)


def defer(held: Held, attempt: Attempt, send_at: datetime, why: str, now: datetime) -> None:
    """Let what surely did not leave wait for another try: one transaction, 6 write units.

    Raises AttemptSettled, PushStopped.
    """
    step = TrailStep(now, trails.DEFERRED, attempt.account_id, why, send_at)
    trail = trails.with_step(attempt, step)
    changes = {"send_at": send_at, "why": why, "price_micros": 0, "trail": trail}
    transaction = Transaction()
    tried = _open(attempt) & Attempt.send_at.does_not_exist()
    actions = set_all(Attempt, changes)
    transaction.update(attempt, actions, condition=tried, otherwise=AttemptSettled())
    _commit(transaction, held, attempt, changes, now)


def _commit(
    transaction: Transaction, held: Held, attempt: Attempt, changes: dict[str, Any], now: datetime
) -> None:
    """Write, if the push runs and this is its latest attempt; the sweeper looks when it should.

    The push has another version then: who settles an earlier attempt has to read anew whether this
    one has left, and is waste.
    """
    seen = {name: changes[name] for name in ("failed", "send_at", "due_at") if name in changes}
    look = next_look(held, replace(facts(attempt), **seen), now)
    transaction.update(
        held.push,
        [*set_all(Push, look), Push.version.add(1)],
        condition=_has_its_turn(attempt),
        otherwise=PushStopped(),
    )
    transaction.commit()
    mirror(attempt, changes)
    mirror(held.push, look | {"version": next_version(held)})


def _has_its_turn(attempt: Attempt) -> Condition:
    """The push runs, and the chain is not past this attempt."""
    turn: Condition = (Push.status == Status.RUNNING) & (Push.position == int(attempt.position))
    return turn


def _open(attempt: Attempt) -> Condition:
    """Nobody knows what became of this attempt, and nobody has tried it again since it was read."""
    untried = Attempt.tries == int(attempt.tries or 0)
    unsettled = (Attempt.level == Level.BEGUN) & Attempt.failed.does_not_exist()
    both: Condition = untried & unsettled
    return both


def take_over(held: Held, attempt: Attempt, account_id: str, now: datetime) -> None:
    """Name the account that is about to be given the message in the first one's place.

    One transaction of 2 items, 6 write units. Raises AttemptSettled, and PushStopped: nothing more
    is sent, or the chain is past it.
    """
    changes = {
        "account_id": account_id,
        "account_user": ids.key(held.push.organization_id, account_id, held.push.user_id),
        "trail": trails.with_step(attempt, TrailStep(now, trails.TRIED, account_id)),
    }
    transaction = Transaction()
    transaction.update(
        attempt,
        set_all(Attempt, changes),
        condition=_open(attempt),
        otherwise=AttemptSettled(),
    )
    transaction.update(
        held.push,
        [Push.version.add(1)],
        condition=_has_its_turn(attempt),
        otherwise=PushStopped(),
    )
    transaction.commit()
    mirror(attempt, changes)
    mirror(held.push, {"version": next_version(held)})
