"""Reading what a promoter's tasks count for from the events of visits, shares and payments (D3)."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from sluice.organizations import calendar
from sluice.promoters.rules import counts
from sluice.promoters.rules.counts import Happening
from sluice.shared.outbox import Event

_Id = Annotated[str, Meta(min_length=1, max_length=256)]


class _Task(msgspec.Struct):
    """What each of the events says of the task; of a payment that is nobody's, no promoter."""

    offer_id: str | None = None
    member_id: str | None = None


class _Visit(_Task, kw_only=True):
    visit_id: _Id


class _Share(_Task, kw_only=True):
    share_id: _Id


class _Payment(_Task, kw_only=True):
    order_id: _Id
    paid_at: datetime | None = None


class _Refund(_Payment, kw_only=True):
    is_whole: bool


def of_event(event: Event) -> Happening | None:
    """Return what happened, None where it counts for nobody; a read of the time zone a minute."""
    match event.type:
        case "promoter.visited.v1":
            visit = _read(event, _Visit)
            return _happening(event, visit, visit.visit_id, counts.VISITS, 1)
        case "task.shared.v1":
            share = _read(event, _Share)
            return _happening(event, share, share.share_id, counts.PROMOTIONS, 1)
        case "payment.settled.v1":
            paid = _read(event, _Payment)
            return _happening(event, paid, paid.order_id, counts.TRANSACTIONS, 1)
        case "payment.refunded.v1":
            back = _read(event, _Refund)
            change = -1 if back.is_whole else 0
            return _happening(event, back, back.order_id, counts.TRANSACTIONS, change)
        case _:
            return None


def _read[T](event: Event, given: type[T]) -> T:
    return msgspec.convert(event.data, given)


def _happening(event: Event, task: _Task, name: str, counter: str, change: int) -> Happening | None:
    if task.member_id is None or task.offer_id is None or not change:
        return None
    paid_at: Any = getattr(task, "paid_at", None)
    day = calendar.day(event.organization_id, paid_at or event.occurred_at)
    return Happening(event.type, name, counter, change, task.offer_id, task.member_id, day[:7])
