"""Promoters told of a bonus task by the push chain: that there is one, that time is short (D7).

What is stored with a telling goes into the push's own transaction, so both happen or neither.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sluice.promoters.bonus_tables import TaskItem
from sluice.promoters.refusals import BonusTaskMoved
from sluice.promoters.rules import bonuses as rules
from sluice.promoters.rules.bonuses import Message
from sluice.promoters.store import bonuses
from sluice.promoters.store.bonuses import Share
from sluice.push.rules.contents import Content
from sluice.push.store import pushes
from sluice.shared import settings, telemetry
from sluice.shared.claims import Claim
from sluice.shared.errors import NotFound
from sluice.shared.guard import Transaction

type Add = Callable[[Transaction], Any]


class _With(Claim, frozen=True):
    """What is written with a push, where a claim of the push would be."""

    add: Add

    def take(self, transaction: Transaction, now: datetime, answer: object = None) -> None:
        """Add it to the transaction that stores the push."""
        del now, answer
        self.add(transaction)


def offer(organization_id: str, share: Share, now: datetime) -> TaskItem | None:
    """Store the bonus task that a share brings about, and tell the promoter of it, if any (D6).

    What `bonuses.new_task` reads; 2 items, and a push. Raises Contention.
    """
    item = bonuses.new_task(organization_id, share, now)
    if item is None:
        return None

    def add(transaction: Transaction) -> None:
        transaction.put(item, TaskItem.key.does_not_exist(), BonusTaskMoved())
        bonuses.emit(transaction, item, now)

    telling = bonuses.telling_of(item)
    message = telling.offered if telling else None
    try:
        _tell(organization_id, item, message, now, add)
    except BonusTaskMoved:  # another share was first
        return None
    return item


def remind(organization_id: str, item: TaskItem, now: datetime) -> TaskItem:
    """Remind the promoter of a task, once: a transaction of 1 item and a push.

    Raises BonusTaskMoved, Contention.
    """
    after = replace(bonuses.task_of(item), reminded_at=now)
    changed = item

    def add(transaction: Transaction) -> None:
        nonlocal changed
        changed = bonuses.change(transaction, item, after, now)

    telling = bonuses.telling_of(item)
    _tell(organization_id, item, telling.reminder if telling else None, now, add)
    return changed


def _tell(
    organization_id: str, item: TaskItem, message: Message | None, now: datetime, add: Add
) -> None:
    telling, task = bonuses.telling_of(item), bonuses.task_of(item)
    words = rules.words(message, item.product, task.missing) if message else None
    strategy_id = telling.strategy_id if telling and words else None
    write(organization_id, item.member_id, strategy_id, words, now, add)


def write(  # noqa: PLR0917 - who is told what, and what is stored
    organization_id: str,
    member_id: str,
    strategy_id: str | None,
    words: Message | None,
    now: datetime,
    add: Add,
) -> None:
    """Write what `add` adds, with a push to a member where there is something to say.

    Where the strategy does not exist nobody is told; what happened is stored all the same. Raises
    what `add` refuses with, Contention.
    """
    if strategy_id is not None and words is not None:
        content = Content(words.title, words.body, words.link)
        claim = _With(key="", input_hash="", add=add)
        try:
            pushes.start_push(
                organization_id,
                member_id,
                strategy_id,
                content,
                claim=claim,
                now=now,
                base_url=settings.optional("PUBLIC_BASE_URL"),
            )
        except NotFound:
            telemetry.logger.warning("no_such_strategy", extra={"strategy_id": strategy_id})
        else:
            return
    transaction = Transaction()
    add(transaction)
    transaction.commit()
