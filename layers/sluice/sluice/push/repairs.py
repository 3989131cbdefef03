"""The sweeper: pushes whose timer, token, start or signal was lost are set right.

Also settles what time alone decides: a last channel whose wait is over.
"""

from datetime import datetime

from sluice.push import evidence, executions, later, signals
from sluice.push.rules import chain
from sluice.push.rules.chain import Repair
from sluice.push.rules.strategies import task_seconds
from sluice.push.store import pushes
from sluice.push.store.held import Held, load_again, load_push
from sluice.push.store.settling import Settlement, settle
from sluice.push.tables import PushItem
from sluice.shared import sweeping

WAIT_OVER = "the last wait is over"
LOST = "its execution has ended"


def repair_overdue(now: datetime, until: float) -> None:
    """Set right every push that somebody should have looked at: `sweeping.sweep`.

    `until` is on the monotonic clock, in seconds. Each push: one query, and what `repair` needs.
    """

    def work(found: PushItem) -> str:
        organization_id, push_id = found.key.split("#")
        return repair(load_push(organization_id, push_id), now).value

    sweeping.sweep(pushes.OVERDUE, work, now, until)


def review(held: Held, now: datetime) -> Held:
    """Settle what behaviour proves, or that the last wait is over, or its message was withheld.

    At most one query and one transaction; none while the push waits or is long over.
    """
    if chain.may_earn(held.chain, now):
        judged = evidence.judge(held)
        if judged is not None:
            attempt, finding = judged
            held = settle(held, Settlement(attempt.position, finding), now)
    if chain.repair(held.chain, now) is Repair.GIVE_UP:
        last = held.attempts[-1]
        why = str(last.why) if last.failed else WAIT_OVER
        if not pushes.give_up(held, why, now):
            held = load_again(held)
    return held


def repair(held: Held, now: datetime) -> Repair:
    """Set one overdue push right; returns what was done.

    One query, and what it needs: a transaction, two requests to Step Functions, one write.
    """
    held = review(held, now)
    action = chain.repair(held.chain, now)
    match action:
        case Repair.SIGNAL:
            if not signals.follow(held):
                signals.close(held)  # the task was told, or its execution is gone
        case Repair.START:
            _start(held, now)
        case Repair.PUSH_ON:
            _push_on(held, now)
        case Repair.SEND:
            later.queue(held, held.attempts[-1], now)
            pushes.postpone(held, now)
        case Repair.WAIT | Repair.GIVE_UP:
            pushes.postpone(held, now)
    return action


def _start(held: Held, now: datetime) -> None:
    """Start what was requested; the name makes sure that it is started once."""
    push = held.push
    waits = task_seconds(held.plan)
    if executions.start(push.organization_id, push.push_id, waits):
        pushes.postpone(held, now)
    else:
        _wait_or_give_up(held, now)


def _push_on(held: Held, now: datetime) -> None:
    """End a wait that is over; where nobody waits, see whether the execution is still there."""
    if signals.move_on(held):
        pushes.postpone(held, now)
    else:
        _wait_or_give_up(held, now)


def _wait_or_give_up(held: Held, now: datetime) -> None:
    push = held.push
    status = executions.status_of(push.organization_id, push.push_id)
    had_a_task = bool(held.attempts and held.attempts[-1].task_token)
    was_started = status is None and not had_a_task  # as we have just been told
    if was_started or status == executions.RUNNING:
        pushes.postpone(held, now)
    else:
        pushes.give_up(held, LOST, now)
