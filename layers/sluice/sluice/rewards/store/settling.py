"""What becomes of a payout's rows: paid, failed, or released; each whole, once."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sluice.rewards.payout_tables import Payout, PayoutRow
from sluice.rewards.refusals import PayoutCannot, RowSettled
from sluice.rewards.rules import State
from sluice.rewards.rules.payouts import MAX_OWNER_ROWS, RowState, Status
from sluice.rewards.store import items, moves, payouts
from sluice.rewards.tables import Reward
from sluice.shared import ids, outbox
from sluice.shared.errors import Contention
from sluice.shared.guard import Transaction
from sluice.shared.table import find

EVENTS = {RowState.PAID: "payout.paid.v1", RowState.FAILED: "payout.failed.v1"}


@dataclass(frozen=True)
class Result:
    """What the bank says of an owner's rows, or of one of them."""

    owner_id: str
    row: int | None
    state: RowState  # paid or failed
    reason: str


@dataclass(frozen=True)
class Settled:
    """A row as it is after a result; `problem` where that is not what the result says."""

    owner_id: str
    row: int | None
    state: str | None
    amount_minor: int = 0
    problem: str | None = None


def settle(
    organization_id: str,
    payout_id: str,
    results: Sequence[Result],
    *,
    by: str,
    now: datetime,
    until: float,
) -> tuple[list[Settled], int]:
    """Carry results out; return each row as it is then, and how many results were not come to.

    A read, and for each result a query, and for each row a read of its rewards and a transaction
    of at most 80 items. A result that is told again changes nothing. `until` is on the monotonic
    clock, in seconds. Raises NotFound, PayoutCannot, Contention.
    """
    payout = payouts.load_payout(organization_id, payout_id)
    if payout.status != Status.READY:
        raise PayoutCannot(f"This payout is {payout.status}.")
    told: list[Settled] = []
    for number, result in enumerate(results):
        if time.monotonic() >= until:
            return told, len(results) - number
        rows = list(_rows_of(payout, result))
        if not rows:
            told.append(Settled(result.owner_id, result.row, None, problem="not-found"))
        told += [_settle_row(payout, row, result, by, now) for row in rows]
    return told, 0


def release_row(payout: Payout, row: PayoutRow) -> None:
    """Let a row of a cancelled batch go, with the batch's sums and its place.

    Two requests, at most 27 items. Raises PayoutMoved.
    """
    rewards = _rewards_of(payout.organization_id, row)

    def add(transaction: Transaction) -> None:
        _change_row(transaction, row, RowState.RELEASED)
        for reward in rewards:
            moves.add_release(transaction, payout.organization_id, reward)

    changes = {
        "place": payout.place,
        "released_rows": int(payout.released_rows) + 1,
        "released_minor": int(payout.released_minor) + int(row.amount_minor),
    }
    payouts.bring_on(payout, changes, row.claimed_at, add=add)


def _rows_of(payout: Payout, result: Result) -> Iterator[PayoutRow]:
    key = payouts.rows_key(payout.organization_id, payout.payout_id)
    if result.row is None:
        its_own = PayoutRow.item.startswith(f"row#{result.owner_id}#")
        yield from PayoutRow.query(key, its_own, limit=MAX_OWNER_ROWS, consistent_read=True)
        return
    found = find(PayoutRow, key, f"row#{result.owner_id}#{result.row:02}")
    if found is not None:
        yield found


def _settle_row(payout: Payout, row: PayoutRow, result: Result, by: str, now: datetime) -> Settled:
    if row.state == RowState.CLAIMED:
        try:
            _carry_out(payout, row, result, by, now)
        except RowSettled:
            row = find(PayoutRow, row.key, row.item) or row
            if row.state == RowState.CLAIMED:
                raise Contention from None
        else:
            row.state = result.state.value
    problem = None if row.state == result.state else f"already-{row.state}"
    return Settled(row.owner_id, int(row.row), row.state, int(row.amount_minor), problem)


def _carry_out(payout: Payout, row: PayoutRow, result: Result, by: str, now: datetime) -> None:
    """Settle a row in one transaction with its rewards and the batch's sums."""
    is_paid = result.state is RowState.PAID
    organization_id, amount_minor = payout.organization_id, int(row.amount_minor)
    rewards = _rewards_of(organization_id, row)
    transaction = Transaction()
    _change_row(
        transaction, row, result.state, reason=None if is_paid else result.reason, by=by, now=now
    )
    rows, minor = (
        (Payout.paid_rows, Payout.paid_minor)
        if is_paid
        else (Payout.failed_rows, Payout.failed_minor)
    )
    transaction.update(
        payout,
        [rows.add(1), minor.add(amount_minor), Payout.version.add(1)],
        condition=Payout.status == Status.READY.value,
        otherwise=PayoutCannot("This payout is cancelled."),
    )
    if is_paid:
        moves.add_payments(transaction, organization_id, rewards, now)
    else:
        for reward in rewards:
            moves.add_release(transaction, organization_id, reward)
    outbox.emit(transaction, _event(payout, row, result, now))
    transaction.commit()


def _change_row(
    transaction: Transaction,
    row: PayoutRow,
    state: RowState,
    *,
    reason: str | None = None,
    by: str | None = None,
    now: datetime | None = None,
) -> None:
    given = {"state": state.value, "reason": reason, "settled_by": by, "settled_at": now}
    transaction.update(
        row,
        [getattr(PayoutRow, name).set(value) for name, value in given.items() if value is not None],
        condition=PayoutRow.state == RowState.CLAIMED.value,
        otherwise=RowSettled(),
    )


def _rewards_of(organization_id: str, row: PayoutRow) -> list[Reward]:
    """Return the rewards of a claimed row; they stay as they are until it is settled. One read.

    Raises RowSettled where one moved: then the row did.
    """
    keys = [items.key_of(organization_id, reward_id) for reward_id in row.reward_ids]
    found = {reward.key: reward for reward in Reward.batch_get(keys, consistent_read=True)}
    if any(key not in found or found[key].state != State.PAYABLE for key in keys):
        raise RowSettled
    return [found[key] for key in keys]


def _event(payout: Payout, row: PayoutRow, result: Result, now: datetime) -> outbox.Event:
    return outbox.Event(
        id=ids.sortable(now),
        type=EVENTS[result.state],
        organization_id=payout.organization_id,
        occurred_at=now,
        version=2,  # of a row, which was claimed as its first
        data={
            "payout_id": payout.payout_id,
            "owner_id": row.owner_id,
            "row": int(row.row),
            "amount_minor": int(row.amount_minor),
            "currency": row.currency,
            "rewards": len(row.reward_ids),
            "reason": None if result.state is RowState.PAID else result.reason,
        },
    )
