"""The reward of a completed bonus task: granted with it, reversed by a refund (D6)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sluice.promoters.bonus_tables import TaskItem
from sluice.promoters.refusals import BonusTaskMoved
from sluice.promoters.rules.bonuses import State, Task
from sluice.promoters.store import bonuses
from sluice.rewards.refusals import (
    BudgetExhausted,
    CapReached,
    ProgrammeClosed,
    RewardNotReversible,
)
from sluice.rewards.rules import UNCLEARED, Grant, Standing, checks
from sluice.rewards.rules import State as Reward
from sluice.rewards.rules.checks import NO_CHECKS, Verdict
from sluice.rewards.rules.programmes import Programme
from sluice.rewards.rules.reversals import Reversal
from sluice.rewards.store import facts, items, programmes, reversals
from sluice.rewards.store.grants import grant_together
from sluice.rewards.store.reversals import Why
from sluice.shared.errors import Refusal
from sluice.shared.guard import Transaction

ATTEMPTS = 8  # at a transaction: a promoter's balance is one item
REASON, BACK = "bonus-task", "bonus-task-uncompleted"
LATER = timedelta(minutes=2)  # than a reward clears: its sweep comes every minute
AGAIN = timedelta(hours=1)  # until an unrewarded or held task is looked at again
PATIENCE = timedelta(days=30)  # for which a refused reward is asked for again
TAKEN_BACK = "reward-reversed"
HELD = "held-payment"  # why a reward waits for a person
_LEDGER: tuple[type[Refusal], ...] = (BudgetExhausted, CapReached, ProgrammeClosed)

type Add = Callable[[Transaction], None]


def complete(
    organization_id: str, item: TaskItem, after: Task, now: datetime, add: Add
) -> TaskItem:
    """Complete a task and grant its reward, in one transaction with what `add` adds.

    Where the ledger refuses, the task is completed without a reward, with the reason, and asked
    for it again every hour for 30 days; one whose reward somebody took back gets no other. A read
    of the programme and of each velocity; 2 items and the grant's 6 to 8. Raises BonusTaskMoved,
    what `add` refuses with, Contention.
    """
    if item.reason == TAKEN_BACK:
        return _unrewarded(item, after, now, add, TAKEN_BACK)
    programme = programmes.find_programme(organization_id, item.programme)
    changed = item

    def compose(transaction: Transaction, standings: Sequence[Standing]) -> None:
        nonlocal changed
        add(transaction)
        changed = _rewarded(transaction, item, after, now, standings[0])

    try:
        grant_together(
            organization_id,
            [_grant_of(item, after)],
            programme,
            now,
            compose,
            judge=lambda latest: [_judge(organization_id, latest, item.member_id, after, now)],
            attempts=ATTEMPTS,
        )
    except _LEDGER as refusal:
        return _unrewarded(item, after, now, add, refusal.slug)
    return changed


def uncomplete(
    organization_id: str, item: TaskItem, after: Task, now: datetime, add: Add
) -> TaskItem:
    """Take a task's completion back with its reward, which is pending or held, in one transaction.

    A reward that is the promoter's own by now stays, and the task is rewarded. One read; 2 items
    and the reversal's 6 to 8. Raises BonusTaskMoved, what `add` refuses with, Contention.
    """
    reward_id = item.reward_id
    reward = items.find_reward(organization_id, reward_id) if reward_id else None
    state = Reward(reward.state) if reward else Reward.REVERSED
    # Decided by somebody, and so for good: the task may be completed anew, its reward not earned.
    is_refused = item.reason == TAKEN_BACK or (reward is not None and state is Reward.REVERSED)
    reason = TAKEN_BACK if is_refused else None
    changed = item

    def compose(transaction: Transaction, _: Sequence[Standing]) -> None:
        nonlocal changed
        add(transaction)
        changed = bonuses.change(transaction, item, after, now, reward_id=None, reason=reason)

    if reward is not None and state in UNCLEARED:
        why = Why(BACK, expected=state)
        wanted = [Reversal(reward.reward_id)]
        try:
            reversals.reverse_together(
                organization_id, wanted, why, now, compose, attempts=ATTEMPTS
            )
        except RewardNotReversible:  # it cleared meanwhile
            raise BonusTaskMoved from None
        return changed
    transaction = Transaction()
    if state is Reward.REVERSED:
        compose(transaction, [])
    else:
        add(transaction)
        stays = replace(after, state=State.REWARDED)
        changed = bonuses.change(transaction, item, stays, now)
    transaction.commit()
    return changed


def follow(organization_id: str, item: TaskItem, now: datetime) -> TaskItem:
    """Bring a completed task in line with its reward: cleared, rejected, or refused before.

    A read and a transaction of 1 or 2 items; where a reward is asked for again, that of
    `complete`. Raises BonusTaskMoved, Contention.
    """
    task = bonuses.task_of(item)
    transaction = Transaction()
    if not item.reward_id:
        if item.reason != TAKEN_BACK and now <= item.completed_at + PATIENCE:
            return complete(organization_id, item, task, now, lambda _: None)
        changed = bonuses.change(transaction, item, task, now)
    else:
        reward = items.find_reward(organization_id, item.reward_id)
        if reward is None or reward.state in UNCLEARED:
            changed = bonuses.change(transaction, item, task, now, now + AGAIN)
        elif reward.state == Reward.REVERSED:
            changed = bonuses.change(
                transaction, item, task, now, reward_id=None, reason=TAKEN_BACK
            )
        else:
            own = replace(task, state=State.REWARDED)
            changed = bonuses.change(transaction, item, own, now)
    transaction.commit()
    return changed


def _grant_of(item: TaskItem, after: Task) -> Grant:
    return Grant(
        natural_key=f"{item.task_id}:{int(item.completions) + 1}",
        owner_id=item.member_id,
        amount_minor=after.rule.amount_minor,
        currency=after.rule.currency,
        reason=REASON,
        programme=item.programme,
    )


def _rewarded(
    transaction: Transaction, item: TaskItem, after: Task, now: datetime, standing: Standing
) -> TaskItem:
    own = standing.state not in UNCLEARED
    due_at = None if own else max(standing.clears_at or now, now) + LATER
    return bonuses.change(
        transaction,
        item,
        replace(after, state=State.REWARDED) if own else after,
        now,
        due_at,
        reward_id=standing.reward_id,
        reason=None,
        completed_at=now,
        completions=int(item.completions) + 1,
    )


def _unrewarded(item: TaskItem, after: Task, now: datetime, add: Add, reason: str) -> TaskItem:
    transaction = Transaction()
    add(transaction)
    since = item.completed_at if item.reason else None
    changed = bonuses.change(
        transaction, item, after, now, now + AGAIN, reason=reason, completed_at=since or now
    )
    transaction.commit()
    return changed


def _judge(
    organization_id: str, programme: Programme | None, owner_id: str, task: Task, now: datetime
) -> Verdict:
    """Make the checks; nobody is on the other side of a bonus, so one that asks for them holds.

    So does a payment that is held for review itself, and was counted.
    """
    found = checks.PASSED
    if programme is not None and programme.checks != NO_CHECKS:
        known = facts.gather(organization_id, programme, owner_id, now)
        found = checks.judge(programme.checks, owner_id, known)
    return Verdict((*found.reasons, HELD)) if task.is_doubtful else found
