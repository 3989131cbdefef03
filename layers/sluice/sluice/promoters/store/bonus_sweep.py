"""Bonus tasks whose time has come: reminded, missed, or their reward looked after (D6, D7)."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sluice.promoters.bonus_tables import BonusItem, TaskItem
from sluice.promoters.rules import bonuses as rules
from sluice.promoters.rules.bonuses import OPEN, State
from sluice.promoters.store import bonus_rewards, bonus_telling, bonuses
from sluice.shared import sweeping
from sluice.shared.guard import Transaction


def sweep(now: datetime, until: float) -> None:
    """Bring every task in line that is due; `until` is on the monotonic clock, in seconds.

    `sweeping.sweep`, over 8 buckets; a task is a read and a transaction of 1 or 2 items.
    """

    def work(found: BonusItem) -> str:
        return bring_in_line(bonuses.load(found), now)

    sweeping.sweep(bonuses.DUE, work, now, until)


def bring_in_line(item: TaskItem, now: datetime) -> str:
    """Do what is due to a task; return what was done. Raises BonusTaskMoved, Contention."""
    organization_id, task = bonuses.organization_of(item), bonuses.task_of(item)
    due_at: Any = item.due_at  # None: somebody else brought it in line
    if due_at is None or due_at > now:
        return "moved"
    if task.state is State.COMPLETED:
        return f"{bonus_rewards.follow(organization_id, item, now).state}"
    if rules.is_to_remind(task, now):
        bonus_telling.remind(organization_id, item, now)
        return "reminded"
    over = task.state in OPEN and rules.is_over(task, now)
    after = replace(task, state=State.MISSED) if over else task
    transaction = Transaction()
    bonuses.change(transaction, item, after, now)
    transaction.commit()
    return "missed" if over else "looked_at"
