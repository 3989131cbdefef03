"""A push as it was read, and how a change of it is written: only if it is still as it was read."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pynamodb.expressions.condition import Condition

from sluice.push.refusals import PushMoved, ReceiptKnown
from sluice.push.rules.chain import Chain, Status
from sluice.push.rules.judging import Evidence, Facts, Level
from sluice.push.rules.strategies import MAX_CHANNELS, Plan
from sluice.push.tables import Attempt, Push, PushItem, PushPlan, ReceiptItem
from sluice.shared import ids, outbox
from sluice.shared.errors import NotFound
from sluice.shared.guard import Transaction
from sluice.shared.table import set_all

MAX_KEPT = 20  # receipts of an attempt; of later ones only how many
PUSH = "push"
PLAN = "plan"


@dataclass
class Held:
    """A push as one query read it, brought in line with each write that succeeded."""

    push: Push
    plan: Plan
    attempts: list[Attempt]

    @property
    def chain(self) -> Chain:
        """The push as the rules see it."""
        return Chain(
            Status(self.push.status),
            len(self.plan.channels),
            [facts(attempt) for attempt in self.attempts],
            whole(self.push.reached_position),
        )

    def attempt(self, position: int) -> Attempt | None:
        """Return the attempt at a position."""
        return next((a for a in self.attempts if int(a.position) == position), None)


def whole(number: float | None) -> int | None:
    """Return a stored number as the whole number it is; None where there is none."""
    return None if number is None else int(number)


def _known(moment: datetime | None, otherwise: datetime) -> datetime:
    return otherwise if moment is None else moment


def facts(attempt: Attempt) -> Facts:
    """Return an attempt as the rules see it."""
    return Facts(
        position=int(attempt.position),
        begun_at=_known(attempt.tried_at, attempt.created_at),
        due_at=attempt.due_at,
        wanted=Level(int(attempt.wanted)),
        level=Level(int(attempt.level)),
        evidence=Evidence(int(attempt.evidence)),
        failed=bool(attempt.failed),
        send_at=attempt.send_at,
    )


def find_push(organization_id: str, push_id: str) -> Held | None:
    """Return a push with its plan and attempts, without receipts: one consistent query."""
    items = PushItem.query(
        ids.key(organization_id, push_id),
        PushItem.item <= PUSH,
        limit=2 + MAX_CHANNELS,
        consistent_read=True,
    )
    return _held(list(items))


def load_push(organization_id: str, push_id: str) -> Held:
    """Return a push with its plan and attempts: one consistent query. Raises NotFound."""
    held = find_push(organization_id, push_id)
    if held is None:
        raise NotFound("There is no such push.")
    return held


def load_with_receipts(organization_id: str, push_id: str) -> tuple[Held, list[ReceiptItem]]:
    """Return a push and the receipts it keeps: one consistent query. Raises NotFound."""
    items = list(
        PushItem.query(
            ids.key(organization_id, push_id),
            limit=2 + MAX_CHANNELS * (1 + MAX_KEPT),
            consistent_read=True,
        )
    )
    held = _held(items)
    if held is None:
        raise NotFound("There is no such push.")
    return held, [item for item in items if isinstance(item, ReceiptItem)]


def load_again(held: Held) -> Held:
    """Return the push as it is now: one consistent query."""
    return load_push(held.push.organization_id, held.push.push_id)


def _held(items: list[PushItem]) -> Held | None:
    push = next((item for item in items if isinstance(item, Push)), None)
    plan = next((item for item in items if isinstance(item, PushPlan)), None)
    if push is None or plan is None:
        return None
    return Held(push, plan.plan, [item for item in items if isinstance(item, Attempt)])


def next_version(held: Held) -> int:
    """Return the version that the next change of state makes."""
    return int(held.push.version) + 1


def update_push(transaction: Transaction, held: Held, changes: dict[str, Any]) -> None:
    """Change the push if it is as it was read; refuses with PushMoved."""
    transaction.update(
        held.push,
        set_all(Push, changes),
        condition=Push.version == int(held.push.version),
        otherwise=PushMoved(),
    )


def keep(transaction: Transaction, receipt: ReceiptItem, attempt: Attempt) -> Condition:
    """Add a receipt to the transaction, unless its attempt has 20.

    Returns what the attempt must meet where the receipt is counted: that there is room for it. One
    that is full stays full, and counts what comes as often as it comes. Refuses with ReceiptKnown.
    """
    if int(attempt.receipts or 0) >= MAX_KEPT:
        return Attempt.key.exists()
    transaction.put(receipt, ReceiptItem.key.does_not_exist(), ReceiptKnown())
    room: Condition = Attempt.receipts.does_not_exist() | (Attempt.receipts < MAX_KEPT)
    return room


def emit(
    transaction: Transaction,
    push: Push,
    event_type: str,
    *,
    version: int,
    data: dict[str, Any],
    now: datetime,
) -> None:
    """Add an event about a push to the transaction of its cause."""
    outbox.emit(
        transaction,
        outbox.Event(
            id=ids.sortable(now),
            type=event_type,
            organization_id=push.organization_id,
            occurred_at=now,
            version=version,
            data={"push_id": push.push_id, **data},
            correlation_id=push.correlation_id or "",
        ),
    )
