"""The worker of a payout: claims cleared rewards row by row, or lets a cancelled batch's go.

Each row is one transaction with the batch's sums and its place, so that a crash between two loses
nothing and counts nothing twice. Of two workers on one batch one finds it moved, and stops.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from pynamodb.expressions.condition import Condition

from sluice.rewards.payout_tables import Payout, PayoutRow
from sluice.rewards.refusals import Outdated, PayoutMoved, RowSettled
from sluice.rewards.rules import State, transfers
from sluice.rewards.rules.payouts import (
    MAX_OWNER_ROWS,
    MAX_ROW_REWARDS,
    RowState,
    Status,
    is_enough,
)
from sluice.rewards.store import items, moves, payouts, settling
from sluice.rewards.tables import Reward
from sluice.shared import clock, ids, telemetry
from sluice.shared.guard import Transaction

PAGE_ITEMS = 500
MAX_OWNER_REWARDS = MAX_OWNER_ROWS * MAX_ROW_REWARDS  # looked at in one batch, the oldest
MAX_REFUSALS = 100  # of one owner's rewards that moved meanwhile
_END = "~"  # sorts after every id


@dataclass
class _Owner:
    """What is left to claim of one owner, and what is claimed."""

    owner_id: str
    left: list[Reward]
    rows: int = 0


def work(organization_id: str, payout_id: str, number: int, until: float) -> None:
    """Bring a batch on in its slice `number`, until the monotonic clock says so, in seconds.

    A slice that is over, or of a batch that stands still, is left alone.
    """
    payout = payouts.find_payout(organization_id, payout_id)
    if payout is None or int(payout.slice) != number:
        return
    try:
        if payout.status == Status.CLAIMING:
            _claim_on(payout, until)
        elif payout.status == Status.CANCELLING:
            _release_on(payout, until)
    except (PayoutMoved, RowSettled):
        telemetry.note(moved=True)  # whoever changed it brings it on
    telemetry.note(payout_id=payout_id, status=payout.status, rows=int(payout.rows))


def _claim_on(payout: Payout, until: float) -> None:
    """Claim owner by owner: a query for each page of the queues, a transaction for each row."""
    owner_id: str | None = payout.owner_id
    only = None if owner_id is None else items.cleared_shard(owner_id)
    for shard in range(int(payout.shard), items.CLEARED_SHARDS):
        if only not in {None, shard}:
            continue
        if shard != payout.shard:
            payout.shard, payout.place, payout.place_rows = shard, payouts.FIRST, 0
        for owner in _owners(payout):
            if time.monotonic() >= until:
                _next_slice(payout)
                return
            _claim_owner(payout, owner)
    payout.shard, payout.place, payout.place_rows = items.CLEARED_SHARDS, payouts.FIRST, 0
    now = clock.now()
    changes = {"status": Status.READY.value, "ready_at": now, **_progress(payout)}
    payouts.bring_on(payout, changes, now, event_type=payouts.READY)


def _owners(payout: Payout) -> Iterator[_Owner]:
    """Yield what waits in the batch's queue from its place on, owner by owner."""
    place, rows = payout.place, int(payout.place_rows)
    if payout.owner_id is not None:
        place = max(place, f"{payout.owner_id}#")
    begun = place if rows else None
    while True:
        page = _waiting(payout, Reward.queue_place > place, PAGE_ITEMS)
        groups = [(name, list(own)) for name, own in groupby(page, lambda one: one.owner_id)]
        if len(page) == PAGE_ITEMS and len(groups) > 1:
            groups.pop()  # the last one may go on
        elif len(page) == PAGE_ITEMS:
            name = groups[0][0]
            its_own = Reward.queue_place.startswith(f"{name}#")
            groups = [(name, _waiting(payout, its_own, MAX_OWNER_REWARDS))]
        for name, own in groups:
            if payout.owner_id not in {None, name}:
                return
            yield _Owner(name, own, rows if begun == f"{name}#" else 0)
        if len(page) < PAGE_ITEMS:
            return
        place = ids.key(groups[-1][0], _END)


def _waiting(payout: Payout, where: Condition, limit: int) -> list[Reward]:
    """Return what waits there of the batch's currency and programme."""
    wanted = Reward.currency == payout.currency
    if payout.programme is not None:
        wanted &= Reward.programme == payout.programme
    queue = items.cleared_queue(payout.organization_id, int(payout.shard))
    return list(Reward.by_queue.query(queue, where, wanted, limit=limit))


def _claim_owner(payout: Payout, owner: _Owner) -> None:
    """Claim an owner's rewards, the largest first, if they reach the minimum."""
    owner.left.sort(key=_due, reverse=True)
    order = payouts.order_of(payout)
    for _ in range(MAX_OWNER_ROWS + MAX_REFUSALS):
        dues = [_due(reward) for reward in owner.left]
        if owner.rows == 0 and not is_enough(order, dues):
            payout.below_minimum = int(payout.below_minimum) + 1
            break
        if owner.rows == MAX_OWNER_ROWS or not any(dues):
            break
        try:
            _claim_row(payout, owner)
        except Outdated as refusal:
            owner.left = _renewed(owner.left, refusal.current)
    payout.place, payout.place_rows = ids.key(owner.owner_id, _END), 0


def _claim_row(payout: Payout, owner: _Owner) -> None:
    """Claim the next rewards of an owner as a row, in one transaction with the batch's sums."""
    taken, number = owner.left[:MAX_ROW_REWARDS], owner.rows + 1
    amount_minor, now = sum(map(_due, taken)), clock.now()
    row = PayoutRow(
        payouts.rows_key(payout.organization_id, payout.payout_id),
        f"row#{owner.owner_id}#{number:02}",
        payout_id=payout.payout_id,
        owner_id=owner.owner_id,
        row=number,
        state=RowState.CLAIMED.value,
        currency=payout.currency,
        amount_minor=amount_minor,
        reward_ids=[reward.reward_id for reward in taken],
        claimed_at=now,
    )

    def add(transaction: Transaction) -> None:
        transaction.put(row, PayoutRow.key.does_not_exist(), PayoutMoved())
        for reward in taken:
            moves.add_claim(transaction, payout.organization_id, reward, payout.payout_id)

    changes = {
        **_progress(payout),
        "place": f"{owner.owner_id}#",
        "place_rows": number,
        "rewards": int(payout.rewards) + len(taken),
        "rows": int(payout.rows) + 1,
        "amount_minor": int(payout.amount_minor) + amount_minor,
    }
    payouts.bring_on(payout, changes, now, add=add)
    owner.rows, owner.left = number, owner.left[MAX_ROW_REWARDS:]


def _renewed(left: Sequence[Reward], current: Reward | None) -> list[Reward]:
    """Take in how a reward was found that the queue showed otherwise: it may not wait any more."""
    if not isinstance(current, Reward):
        return []
    renewed = [current if one.reward_id == current.reward_id else one for one in left]
    return [one for one in renewed if one.state == State.CLEARED]


def _release_on(payout: Payout, until: float) -> None:
    """Let go of row by row: a query for each page, a transaction for each row."""
    place = payout.place
    while True:
        page = payouts.rows_from(payout, place, PAGE_ITEMS)
        for row in page:
            if time.monotonic() >= until:
                _next_slice(payout)
                return
            place = payout.place = f"{row.owner_id}#{row.row:02}{_END}"
            if row.state == RowState.CLAIMED:
                settling.release_row(payout, row)
        if len(page) < PAGE_ITEMS:
            break
    now = clock.now()
    changes = {"status": Status.CANCELLED.value, "ended_at": now}
    payouts.bring_on(payout, changes, now, event_type=payouts.CANCELLED)


def _next_slice(payout: Payout) -> None:
    """Ask for the next slice in the transaction that ends this one."""
    changes = {"slice": int(payout.slice) + 1, **_progress(payout)}
    payouts.bring_on(payout, changes, clock.now(), event_type=payouts.REQUESTED)


def _progress(payout: Payout) -> dict[str, object]:
    names = ("shard", "place", "place_rows", "below_minimum")
    return {name: getattr(payout, name) for name in names}


def _due(reward: Reward) -> int:
    return transfers.due_of(items.standing_of(reward))
