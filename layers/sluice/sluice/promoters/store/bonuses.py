"""Bonus tasks: offered by sharing, accepted by the promoter, listed (D6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from pynamodb.expressions.operand import Path

from sluice.promoters.bonus_tables import BonusesByDue, BonusItem, TaskItem
from sluice.promoters.refusals import BonusTaskMoved, NoBonusTask
from sluice.promoters.rules import bonuses as rules
from sluice.promoters.rules.bonuses import BonusRule, State, Task, Telling
from sluice.promoters.rules.offers import is_running
from sluice.promoters.store import bonus_settings, figures, offers
from sluice.shared import guard, ids, outbox
from sluice.shared.guard import Transaction
from sluice.shared.sweeping import FAILURES, Waiting
from sluice.shared.table import set_all, start_behind

DUE = Waiting(BonusItem.by_due, BonusesByDue.due_at, 8)
MAX_TASKS = 2_000  # of a promoter with one offer: 20 channel types of 99 episodes each
MAX_TRIES = 5
PLACE = r"task#[A-Za-z0-9][A-Za-z0-9_.-]{0,63}#[a-z][a-z0-9_.-]{0,31}#[0-9]{2}"


@dataclass(frozen=True)
class Share:
    """Somebody shared an offer to a channel of a type."""

    member_id: str
    offer_id: str
    channel_type: str
    at: datetime


def new_task(organization_id: str, share: Share, now: datetime) -> TaskItem | None:
    """Return the bonus task that a share brings about, not stored yet; None where it brings none.

    One query, and 3 reads where there may be one.
    """
    found = tasks_with(organization_id, share.member_id, share.offer_id)
    last = max(_of_type(found, share.channel_type), key=_episode_of, default=None)
    settings = [
        bonus_settings.find(organization_id, share.offer_id),
        bonus_settings.find(organization_id),
    ]
    rule = rules.rule_for(share.channel_type, *settings)
    if rule is None:
        return None
    episode = rules.next_episode(*_end_of(last), rule, share.at)
    offer = None if episode is None else offers.find(organization_id, share.offer_id)
    if offer is None or not is_running(offer, now):
        return None
    given = next(each for each in settings if each is not None and rule in each.rules)
    tells = next((each.telling for each in settings if each and each.telling), None)
    names = (share.offer_id, share.channel_type, f"{episode:02}")
    return TaskItem(
        key_of(organization_id, share.member_id),
        ids.key("task", *names),
        task_id=ids.derived(organization_id.encode(), "bonus", share.member_id, *names),
        member_id=share.member_id,
        offer_id=share.offer_id,
        episode=episode,
        rule=msgspec.json.encode(rule).decode(),
        programme=given.programme,
        telling=msgspec.json.encode(tells).decode() if tells else None,
        product=offer.product.name,
        state=State.OFFERED.value,
        offered_at=now,
        version=1,
    )


def accept(
    organization_id: str, member_id: str, offer_id: str, channel_type: str, now: datetime
) -> TaskItem:
    """Accept the latest bonus task of a channel type; repeated, it answers the task as it stands.

    One query and one transaction of 2 items, 4 write units. Raises NoBonusTask, Contention.
    """
    for _ in guard.attempts(MAX_TRIES):
        found = tasks_with(organization_id, member_id, offer_id)
        item = max(_of_type(found, channel_type), key=_episode_of, default=None)
        if item is None:
            raise NoBonusTask
        before = task_of(item)
        if before.state is not State.OFFERED:
            return item
        transaction = Transaction()
        after = change(transaction, item, rules.accepted(before, now), now)
        try:
            transaction.commit()
        except BonusTaskMoved:
            continue
        return after
    raise AssertionError  # the loop ends in Contention


def tasks_with(organization_id: str, member_id: str, offer_id: str) -> Sequence[TaskItem]:
    """Return a promoter's bonus tasks with an offer: one query for each MB, hardly ever two."""
    return _query(key_of(organization_id, member_id), ids.key("task", offer_id) + "#", MAX_TASKS)


def load(item: BonusItem) -> TaskItem:
    """Return a task as it is now: one read."""
    return TaskItem.get(item.key, item.item, consistent_read=True)


def list_tasks(organization_id: str, member_id: str, after: str, limit: int) -> Sequence[TaskItem]:
    """Return a promoter's bonus tasks behind a place, by offer, type and episode: one query."""
    key = key_of(organization_id, member_id)
    start = start_behind(key=key, item=after) if after else None
    return _query(key, "task#", limit, start)


def _end_of(item: TaskItem | None) -> tuple[Task | None, datetime | None]:
    """Return a task, and when it was completed or else is over."""
    if item is None:
        return None, None
    completed_at: Any = item.completed_at
    return task_of(item), completed_at or item.deadline_at


def _of_type(found: Sequence[TaskItem], channel_type: str) -> list[TaskItem]:
    return [item for item in found if task_of(item).rule.channel_type == channel_type]


def _episode_of(item: TaskItem) -> int:
    return int(item.episode)


def _query(key: str, beginning: str, limit: int, start: Any = None) -> Sequence[TaskItem]:
    return list(
        TaskItem.query(
            key,
            TaskItem.item.startswith(beginning),
            consistent_read=True,
            limit=limit,
            last_evaluated_key=start,
        )
    )


def task_of(item: TaskItem) -> Task:
    """Return what the rules know of a task."""
    return Task(
        item.offer_id,
        int(item.episode),
        msgspec.json.decode(item.rule, type=BonusRule),
        State(item.state),
        int(item.transactions),
        int(item.promotions),
        item.accepted_at,
        item.deadline_at,
        item.reminded_at,
        bool(item.is_doubtful),
    )


def telling_of(item: TaskItem) -> Telling | None:
    """Return how the promoter of a task is told."""
    return msgspec.json.decode(item.telling, type=Telling) if item.telling else None


def change(
    transaction: Transaction,
    item: TaskItem,
    after: Task,
    now: datetime,
    due_at: datetime | None = None,
    **more: Any,
) -> TaskItem:
    """Add a change of a task to a transaction, if it is as it was read; return it as it becomes.

    `due_at` is when to look again, where the task itself does not say; `more` are attributes. A
    new state is told by an event: 2 items, else 1. Refuses with BonusTaskMoved.
    """
    due_at = rules.next_due(after) or due_at
    values: dict[str, Any] = {
        "state": after.state.value,
        "transactions": after.transactions,
        "promotions": after.promotions,
        "accepted_at": after.accepted_at,
        "deadline_at": after.deadline_at,
        "reminded_at": after.reminded_at,
        "is_doubtful": after.is_doubtful or None,
        "due_bucket": DUE.bucket_of(item.task_id) if due_at else None,
        "due_at": due_at,
        "version": int(item.version) + 1,
        **more,
    }
    changed = TaskItem()
    changed.attribute_values = item.attribute_values | values
    differing = {name: value for name, value in values.items() if value != getattr(item, name)}
    actions = [Path(FAILURES).remove(), *set_all(TaskItem, differing)]
    unchanged = TaskItem.version == item.version
    place = TaskItem(item.key, item.item)
    transaction.update(place, actions, condition=unchanged, otherwise=BonusTaskMoved())
    if changed.state != item.state:
        emit(transaction, changed, now)
    return changed


def emit(transaction: Transaction, item: TaskItem, now: datetime) -> None:
    """Add the event of a task's new state, such as `bonus_task.completed.v1`."""
    data = {
        "task_id": item.task_id,
        "member_id": item.member_id,
        "offer_id": item.offer_id,
        "channel_type": task_of(item).rule.channel_type,
        "episode": int(item.episode),
        "transactions": int(item.transactions),
        "promotions": int(item.promotions),
        "reward_id": item.reward_id,
    }
    event = outbox.Event(
        id=ids.sortable(now),
        type=f"bonus_task.{item.state}.v1",
        organization_id=organization_of(item),
        occurred_at=now,
        version=int(item.version),
        data=data,
    )
    outbox.emit(transaction, event)


def key_of(organization_id: str, member_id: str) -> str:
    """Return the partition of a promoter's bonus tasks."""
    return figures.promoter_key(organization_id, member_id)


def organization_of(item: BonusItem) -> str:
    """Return whose an item is, by its key."""
    return item.key.split("#", 1)[0]
