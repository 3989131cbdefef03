"""Payout batches: ordered, brought on under their version, listed, cancelled."""

from collections.abc import Callable
from datetime import datetime
from itertools import islice
from typing import Any

from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from sluice.rewards.payout_tables import Payout, PayoutRow, PayoutsByDue
from sluice.rewards.refusals import PayoutCannot, PayoutMoved
from sluice.rewards.rules import TRANSFER_ID
from sluice.rewards.rules.payouts import ROW_ID, Order, Status, way_to
from sluice.shared import cursors, guard, ids, outbox, slices, sweeping
from sluice.shared.claims import Claim
from sluice.shared.errors import NotFound
from sluice.shared.guard import Transaction
from sluice.shared.table import find, mirror, set_all

MAX_TRIES = 5
REQUESTED, READY, CANCELLED = "payout.requested.v1", "payout.ready.v1", "payout.cancelled.v1"
DUE = sweeping.Waiting(Payout.by_due, PayoutsByDue.due_at, 1, "payouts")
FIRST = "0"  # sorts before every owner and every row
_NONE: dict[str, Any] = dict.fromkeys(
    (
        "shard",
        "place_rows",
        "below_minimum",
        "rewards",
        "rows",
        "amount_minor",
        "paid_rows",
        "paid_minor",
        "failed_rows",
        "failed_minor",
        "released_rows",
        "released_minor",
    ),
    0,
)


def start_payout(
    organization_id: str, order: Order, by: str, *, claim: Claim | None, now: datetime
) -> str:
    """Store a batch and set its worker going; return its id. One transaction, 2 or 3 items.

    Raises AlreadyClaimed, whose answer has the id.
    """
    payout_id = ids.sortable(now)
    payout = Payout(
        *_place(organization_id, payout_id),
        organization_id=organization_id,
        payout_id=payout_id,
        status=Status.CLAIMING.value,
        currency=order.currency,
        minimum_minor=order.minimum_minor,
        programme=order.programme,
        owner_id=order.owner_id,
        note=order.note,
        created_at=now,
        created_by=by,
        version=1,
        slice=1,
        place=FIRST,
        due_bucket=DUE.bucket_of(payout_id),
        due_at=now + slices.STALLED,
        **_NONE,
    )
    transaction = Transaction()
    if claim is not None:
        claim.take(transaction, now, {"payout_id": payout_id})
    transaction.put(payout, Payout.key.does_not_exist(), PayoutMoved())
    outbox.emit(transaction, _event(payout, REQUESTED, now, 1, 1))
    transaction.commit()
    return payout_id


def order_of(payout: Payout) -> Order:
    """Return what a batch was ordered to pay."""
    return Order(
        payout.currency,
        int(payout.minimum_minor),
        payout.programme,
        payout.owner_id,
        payout.note,
    )


def find_payout(organization_id: str, payout_id: str) -> Payout | None:
    """Return a batch, or None: one read."""
    return find(Payout, *_place(organization_id, payout_id))


def load_payout(organization_id: str, payout_id: str) -> Payout:
    """Return a batch: one read. Raises NotFound."""
    found = find_payout(organization_id, payout_id)
    if found is None:
        raise NotFound("There is no such payout.")
    return found


def list_payouts(
    organization_id: str, limit: int, cursor: str | None
) -> tuple[list[Payout], str | None]:
    """Return batches, the newest first, and the next page's cursor. One query. Raises Invalid."""
    last = cursors.place_in(cursor, TRANSFER_ID) if cursor else "~"
    found = Payout.query(
        ids.key(organization_id, "payouts"),
        Payout.item <= ids.key("batch", last),
        limit=limit + 1,
        scan_index_forward=False,
        consistent_read=True,
    )
    page = list(islice(found, limit + 1))
    return page[:limit], cursors.cursor_of(page[limit].payout_id) if len(page) > limit else None


def list_rows(payout: Payout, limit: int, cursor: str | None) -> tuple[list[PayoutRow], str | None]:
    """Return rows by owner, and the next page's cursor. One query. Raises Invalid."""
    first = cursors.place_in(cursor, ROW_ID) if cursor else FIRST
    page = rows_from(payout, first, limit + 1)
    if len(page) <= limit:
        return page, None
    return page[:limit], cursors.cursor_of(page[limit].item.split("#", 1)[1])


def rows_from(payout: Payout, place: str, limit: int) -> list[PayoutRow]:
    """Return rows from a place on, such as `owner#01`. One query."""
    found = PayoutRow.query(
        rows_key(payout.organization_id, payout.payout_id),
        PayoutRow.item.between(f"row#{place}", "row#~"),
        limit=limit,
        consistent_read=True,
    )
    return list(found)


def rows_key(organization_id: str, payout_id: str) -> str:
    """Return the partition of a batch's rows."""
    return ids.key(organization_id, "payout", payout_id)


def change_payout(organization_id: str, payout_id: str, wanted: Status, now: datetime) -> Payout:
    """Set the worker going that brings a batch to a status; one that has it is left as it is.

    One read and one transaction of 2 items; both again, at most 5 times, where the batch changed
    in between. Raises NotFound, PayoutCannot, Contention.
    """
    for _ in guard.attempts(MAX_TRIES):
        payout = load_payout(organization_id, payout_id)
        status = Status(payout.status)
        if status is wanted:
            return payout
        way = way_to(wanted, status, int(payout.paid_rows))
        if way is None:
            raise PayoutCannot(f"This payout is {status}, with {payout.paid_rows} rows paid.")
        changes = {"status": way.value, "slice": int(payout.slice) + 1}
        if way is not status:
            changes["place"] = FIRST
        try:
            bring_on(payout, changes, now, event_type=REQUESTED)
        except PayoutMoved:
            continue
        return payout
    raise AssertionError  # the loop ends in Contention


def bring_on(
    payout: Payout,
    changes: dict[str, Any],
    now: datetime,
    *,
    add: Callable[[Transaction], None] | None = None,
    event_type: str | None = None,
) -> None:
    """Change a batch that is as it was read, with what `add` adds, in one transaction.

    Raises PayoutMoved where the batch changed meanwhile, and what the parts refuse with.
    """
    changes = {**changes, "version": int(payout.version) + 1}
    transaction = Transaction()
    transaction.update(
        payout,
        [
            *set_all(Payout, changes),
            *(_due(payout, event_type, now) if event_type is not None else ()),
        ],
        condition=Payout.version == int(payout.version),
        otherwise=PayoutMoved(),
    )
    if add is not None:
        add(transaction)
    if event_type is not None:
        slice_ = int(changes.get("slice", payout.slice))
        outbox.emit(transaction, _event(payout, event_type, now, changes["version"], slice_))
    transaction.commit()
    mirror(payout, changes)


def _due(payout: Payout, event_type: str, now: datetime) -> list[Action]:
    """Set when a worker is looked after, each time it is set going; its rows leave that alone."""
    again: list[Action] = [Path(sweeping.FAILURES).remove()]
    if event_type == REQUESTED:
        bucket = DUE.bucket_of(payout.payout_id)
        return [*again, Payout.due_bucket.set(bucket), Payout.due_at.set(now + slices.STALLED)]
    return [*again, Payout.due_bucket.remove(), Payout.due_at.remove()]


def sweep(now: datetime, until: float) -> None:
    """Set workers going again that did not end in 20 minutes: something lost their event.

    `sweeping.sweep`, over 1 bucket; a batch is a read and a transaction of 2 items. One that still
    works finds the batch moved, and ends. `until` is on the monotonic clock, in seconds.
    """

    def work(found: Payout) -> str:
        payout = find(Payout, found.key, found.item)
        due_at = payout.due_at if payout else None
        if payout is None or due_at is None or due_at > now:
            return "moved"
        try:
            bring_on(payout, {"slice": int(payout.slice) + 1}, now, event_type=REQUESTED)
        except PayoutMoved:
            return "moved"
        return "woken"

    sweeping.sweep(DUE, work, now, until)


def _event(
    payout: Payout, event_type: str, now: datetime, version: int, slice_: int
) -> outbox.Event:
    return outbox.Event(
        id=ids.sortable(now),
        type=event_type,
        organization_id=payout.organization_id,
        occurred_at=now,
        version=version,
        data={"payout_id": payout.payout_id, "slice": slice_},
    )


def _place(organization_id: str, payout_id: str) -> tuple[str, str]:
    return ids.key(organization_id, "payouts"), ids.key("batch", payout_id)
