"""A push as a list and as one call show it: attempts, what happened when, cost, why it stopped."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sluice.push.rules.costs import Cost, totals
from sluice.push.rules.judging import Evidence, Level
from sluice.push.store.held import Held, whole
from sluice.push.tables import Attempt, Push, ReceiptItem
from sluice.push.trails import steps_of
from sluice.shared.http import View


class PriceView(View):
    """Money in micro-units: 1,000,000 are one major unit of the currency."""

    amount_micros: int
    currency: str


class MessageView(View):
    """One message on one channel, without what its links are opened by."""

    position: int
    channel: str
    provider: str
    wanted: str
    level: str
    evidence: str
    price: PriceView  # estimated at the send, corrected by the receipt
    begun_at: datetime
    due_at: datetime
    why: str | None = None
    failed: bool = False
    waste: bool = False
    sent_at: datetime | None = None
    settled_at: datetime | None = None
    tries: int = 0  # how often it was given to a provider
    receipts: int = 0  # that came; the first 20 are in the timeline
    send_at: datetime | None = None  # it has not left yet, and does not before this
    withheld_by: str | None = None  # what forbade it


class AttemptView(MessageView, kw_only=True):
    """One message on one channel."""

    tracking_id: str


class TimelineEntry(View):
    """Something that happened, in order of time."""

    at: datetime
    # requested, begun, tried, deferred, withheld, sent, receipt, judged, or the push's last status
    what: str
    position: int | None = None
    why: str | None = None
    provider: str | None = None  # the account that was tried
    until: datetime | None = None  # for how long it was deferred


class TotalView(View):
    """What the push cost in one currency; waste is the part that earned nothing."""

    currency: str
    amount_micros: int
    waste_micros: int


class ListedPush(View):
    """Where a push stands; `withheld_by` says what forbade it."""

    push_id: str
    strategy_id: str
    strategy_version: int
    status: str
    created_at: datetime
    reached_position: int | None = None
    ended_at: datetime | None = None
    why: str | None = None
    withheld_by: str | None = None


class PushView(View):
    """A push and all that happened to it."""

    push_id: str
    user_id: str
    strategy_id: str
    strategy_version: int
    purpose: str
    status: str
    created_at: datetime
    attempts: list[AttemptView]
    timeline: list[TimelineEntry]
    cost: list[TotalView]
    reached_position: int | None = None
    ended_at: datetime | None = None
    why: str | None = None
    content_id: str | None = None
    content_version: str | None = None  # of the words that were sent
    locale: str | None = None
    withheld_by: str | None = None


def listed(push: Push) -> ListedPush:
    """Return the view of a push among others."""
    return ListedPush(
        push_id=push.push_id,
        strategy_id=push.strategy_id,
        strategy_version=int(push.strategy_version),
        status=push.status,
        created_at=push.created_at,
        reached_position=whole(push.reached_position),
        ended_at=push.ended_at,
        why=push.why,
        withheld_by=push.withheld_by,
    )


def view_of(held: Held, receipts: Sequence[ReceiptItem]) -> PushView:
    """Return the view of a push. Task tokens are not in it."""
    push = held.push
    entries = sorted(_entries(held, receipts), key=lambda entry: entry.at)
    return PushView(
        push_id=push.push_id,
        user_id=push.user_id,
        strategy_id=push.strategy_id,
        strategy_version=int(push.strategy_version),
        purpose=held.plan.purpose,
        status=push.status,
        created_at=push.created_at,
        attempts=[attempt_of(attempt) for attempt in held.attempts],
        timeline=entries,
        cost=_cost(held.attempts),
        reached_position=whole(push.reached_position),
        ended_at=push.ended_at,
        why=push.why,
        content_id=held.plan.content.content_id,
        content_version=held.plan.content.version,
        locale=held.plan.content.locale,
        withheld_by=push.withheld_by,
    )


def attempt_of(attempt: Attempt) -> AttemptView:
    """Return the view of an attempt. Its task token is not in it."""
    return AttemptView(
        position=int(attempt.position),
        channel=attempt.channel,
        provider=attempt.account_id,
        tracking_id=attempt.tracking_id,
        wanted=Level(int(attempt.wanted)).name.lower(),
        level=Level(int(attempt.level)).name.lower(),
        evidence=Evidence(int(attempt.evidence)).name.lower(),
        price=PriceView(amount_micros=int(attempt.price_micros), currency=attempt.currency),
        begun_at=attempt.created_at,
        due_at=attempt.due_at,
        why=attempt.why,
        failed=bool(attempt.failed),
        waste=bool(attempt.waste),
        sent_at=attempt.sent_at,
        settled_at=attempt.settled_at,
        tries=int(attempt.tries or 0),
        receipts=int(attempt.receipts or 0),
        send_at=attempt.send_at,
        withheld_by=attempt.withheld,
    )


def _cost(attempts: Iterable[Attempt]) -> list[TotalView]:
    costs = [Cost(int(a.price_micros), a.currency, bool(a.waste)) for a in attempts]
    return [
        TotalView(
            currency=total.currency,
            amount_micros=total.amount_micros,
            waste_micros=total.waste_micros,
        )
        for total in totals(costs)
    ]


def _entries(held: Held, receipts: Iterable[ReceiptItem]) -> Iterator[TimelineEntry]:
    yield TimelineEntry(at=held.push.created_at, what="requested")
    for attempt in held.attempts:
        position = int(attempt.position)
        yield TimelineEntry(at=attempt.created_at, what="begun", position=position)
        for step in steps_of(attempt):
            yield TimelineEntry(
                at=step.at,
                what=step.what,
                position=position,
                why=step.why,
                provider=step.account_id,
                until=step.until,
            )
        if attempt.sent_at is not None:
            yield TimelineEntry(at=attempt.sent_at, what="sent", position=position)
        if attempt.settled_at is not None:
            yield TimelineEntry(
                at=attempt.settled_at, what="judged", position=position, why=attempt.why
            )
    for receipt in receipts:
        yield TimelineEntry(
            at=receipt.received_at,
            what="receipt",
            position=int(receipt.position),
            why=f"{receipt.status}, found by {receipt.found_by}: {receipt.why}",
        )
    if held.push.ended_at is not None:
        yield TimelineEntry(at=held.push.ended_at, what=held.push.status, why=held.push.why)
