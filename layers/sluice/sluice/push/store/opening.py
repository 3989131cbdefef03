"""A push as it is stored first: on its way, or of its strategy's hold-out group (E1, E6)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sluice.organizations import calendar
from sluice.push.refusals import PushExists
from sluice.push.rules import conversions
from sluice.push.rules.chain import GRACE, Status
from sluice.push.rules.figures import HOLD_OUT, legs_of
from sluice.push.rules.strategies import Plan
from sluice.push.store.held import PLAN, PUSH, emit
from sluice.push.tables import ConversionWindow, Push, PushesByDue, PushItem, PushPlan
from sluice.shared import ids, telemetry
from sluice.shared.guard import Transaction
from sluice.shared.sweeping import Waiting
from sluice.shared.table import mirror

OVERDUE = Waiting(PushItem.by_due, PushesByDue.due_at, 8)
CLOSING = Waiting(PushItem.by_due, PushesByDue.due_at, 4, "conversion")
BEFORE_THE_FIRST = -1
WINDOW = "window"  # after all other items of a push, so that a step does not read it
HELD_OUT = "the user is of the strategy's hold-out group"


@dataclass(frozen=True)
class Opening:
    """Who is pushed what, and under which id."""

    organization_id: str
    push_id: str
    user_id: str
    strategy_id: str
    strategy_version: int
    plan: Plan


def put_push(transaction: Transaction, opening: Opening, now: datetime, **facts: Any) -> Push:
    """Add a push to the transaction that starts it; `facts` are further attributes of it.

    Two items, a third where its strategy counts conversions: 4 or 6 write units, and 2 for each
    KiB that the plan has over the first. A user of the hold-out group is told nothing: then the
    push is withheld, which is an event. Refuses with PushExists.
    """
    push = _new_push(opening, now)
    if conversions.is_held_out(
        opening.organization_id,
        opening.strategy_id,
        opening.user_id,
        opening.plan.terms.hold_out_percent,
    ):
        facts |= _held_out(now)
    mirror(push, facts)
    transaction.put(push, Push.key.does_not_exist(), PushExists())
    transaction.put(PushPlan(push.key, PLAN, plan=opening.plan))
    kinds = conversions.kinds_of(opening.plan.behaviours)
    if kinds:
        transaction.put(_window(opening, push, kinds, now))
    if push.status == Status.WITHHELD:
        data = {"strategy_id": push.strategy_id, "withheld_by": HOLD_OUT}
        emit(transaction, push, "push.withheld.v1", version=1, data=data, now=now)
    return push


def _new_push(opening: Opening, now: datetime) -> Push:
    organization_id, push_id = opening.organization_id, opening.push_id
    return Push(
        ids.key(organization_id, push_id),
        PUSH,
        organization_id=organization_id,
        push_id=push_id,
        user_id=opening.user_id,
        strategy_id=opening.strategy_id,
        strategy_version=opening.strategy_version,
        status=Status.RUNNING,
        position=BEFORE_THE_FIRST,
        version=1,
        created_at=now,
        day=calendar.day(organization_id, now),
        legs=legs_of(opening.plan.channels),
        account_user=ids.key(organization_id, opening.user_id),
        due_bucket=OVERDUE.bucket_of(push_id),
        due_at=now + GRACE,
        correlation_id=telemetry.correlation_id() or None,
    )


def _held_out(now: datetime) -> dict[str, Any]:
    return {
        "status": Status.WITHHELD,
        "withheld_by": HOLD_OUT,
        "why": HELD_OUT,
        "ended_at": now,
        "due_bucket": None,
        "due_at": None,
    }


def _window(opening: Opening, push: Push, kinds: list[str], now: datetime) -> ConversionWindow:
    """Both groups have one, alike: it tells of the user, not of the message."""
    closes_at = now + timedelta(seconds=opening.plan.terms.conversion_seconds)
    return ConversionWindow(
        push.key,
        WINDOW,
        user_id=push.user_id,
        strategy_id=push.strategy_id,
        strategy_version=push.strategy_version,
        day=push.day,
        held_out=push.withheld_by == HOLD_OUT,
        kinds=set(kinds),
        content_id=opening.plan.content.content_id,
        opened_at=now,
        closes_at=closes_at,
        due_bucket=CLOSING.bucket_of(push.push_id),
        due_at=closes_at,
    )
