"""What bonus tasks count: each thing once, each taken back once, the reward at the quota (D6)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sluice.promoters.bonus_tables import CountedItem, TaskItem
from sluice.promoters.refusals import BonusTaskMoved, Counted
from sluice.promoters.rules import bonuses as rules
from sluice.promoters.rules.bonuses import PROMOTIONS, State, Task
from sluice.promoters.store import bonus_rewards, bonuses
from sluice.shared import guard, ids
from sluice.shared.claims import hash_of
from sluice.shared.guard import Transaction
from sluice.shared.table import find as find_item

MAX_TRIES = 8  # of one task, whose counts change meanwhile
KEPT = timedelta(days=400)  # after the deadline: longer than anything is told again


@dataclass(frozen=True)
class Happening:
    """A share or a payment of a promoter's, or that a payment was wholly given back.

    `id` is the share's or the order's; `at` when it was shared or paid.
    """

    kind: str  # rules.bonuses.TRANSACTIONS or PROMOTIONS
    id: str
    member_id: str
    offer_id: str
    at: datetime
    channel_type: str | None = None  # of a share
    is_back: bool = False
    is_held: bool = False  # a check wants a person to look at the payment


def count(organization_id: str, happening: Happening, now: datetime) -> list[str]:
    """Count for each bonus task that it is for; return how those stand.

    One query; for each task a transaction of 2 items, and where its quota is reached of those and
    the reward's. Safe to repeat. Raises Contention.
    """
    found = bonuses.tasks_with(organization_id, happening.member_id, happening.offer_id)
    return [
        _count(organization_id, item, happening, now)
        for item in found
        if _is_for(bonuses.task_of(item), happening)
    ]


def _is_for(task: Task, happening: Happening) -> bool:
    right = happening.kind != PROMOTIONS or task.rule.channel_type == happening.channel_type
    return right and rules.counts(task, happening.at)


def _count(organization_id: str, item: TaskItem, happening: Happening, now: datetime) -> str:
    for attempt in guard.attempts(MAX_TRIES):
        current = bonuses.load(item) if attempt else item
        marker = find_item(CountedItem, *_place(item, happening)) if happening.is_back else None
        if marker is not None and marker.is_back:
            return str(current.state)
        change = -1 if marker is not None else (0 if happening.is_back else 1)
        after = rules.counted(bonuses.task_of(current), happening.kind, change)
        if change > 0 and happening.is_held:
            after = replace(after, is_doubtful=True)
        mark = _Mark(current, happening, is_new=marker is None)
        try:
            return str(_write(organization_id, mark, after, now).state)
        except BonusTaskMoved:
            continue
        except Counted:
            if not happening.is_back:
                return str(current.state)
    raise AssertionError  # the loop ends in Contention


@dataclass(frozen=True)
class _Mark:
    """That something is counted or taken back, in the transaction that does it."""

    item: TaskItem
    happening: Happening
    is_new: bool

    def add(self, transaction: Transaction) -> None:
        marker = CountedItem(
            *_place(self.item, self.happening),
            is_back=self.happening.is_back,
            expires=self.item.deadline_at + KEPT,
        )
        same = CountedItem.is_back == False  # noqa: E712 - a condition
        condition = CountedItem.key.does_not_exist() if self.is_new else same
        transaction.put(marker, condition, Counted())


def _write(organization_id: str, mark: _Mark, after: Task, now: datetime) -> TaskItem:
    before = bonuses.task_of(mark.item)
    if after.state is State.COMPLETED and before.state is not State.COMPLETED:
        return bonus_rewards.complete(organization_id, mark.item, after, now, mark.add)
    if after.state is State.UNCOMPLETED and before.state is State.COMPLETED:
        return bonus_rewards.uncomplete(organization_id, mark.item, after, now, mark.add)
    transaction, changed = Transaction(), mark.item
    mark.add(transaction)
    if after != before:
        changed = bonuses.change(transaction, mark.item, after, now, mark.item.due_at)
    transaction.commit()
    return changed


def _place(item: TaskItem, happening: Happening) -> tuple[str, str]:
    what = hash_of(happening.kind, happening.id)[:32]
    return item.key, ids.key("counted", item.task_id, what)
