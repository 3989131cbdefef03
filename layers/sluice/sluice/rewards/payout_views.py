"""How operations show payout batches and their rows; as CSV for the bank."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sluice.rewards.payout_tables import Payout, PayoutRow
from sluice.rewards.rules import money
from sluice.rewards.rules import payouts as rules
from sluice.rewards.rules.payouts import Status
from sluice.shared import http, sheets

ROW_COLUMNS = (
    "payout_id",
    "owner_id",
    "row",
    "currency",
    "amount",
    "amount_minor",
    "rewards",
    "state",
    "reason",
    "claimed_at",
    "settled_at",
)
BATCH_COLUMNS = (
    "payout_id",
    "status",
    "created_at",
    "currency",
    "amount",
    "amount_minor",
    "rows",
    "rewards",
    "open_minor",
    "paid_minor",
    "failed_minor",
    "released_minor",
)


class Part(http.View):
    """The rows of a batch in one state: how many, and their sum."""

    rows: int
    amount_minor: int


class PayoutView(http.View):
    """A batch: what it takes, how far it is, and the sums of its rows.

    While it claims, the sums grow; `open` rows wait for the bank's result.
    """

    payout_id: str
    status: str
    currency: str
    minimum_minor: int
    created_at: datetime
    created_by: str
    rewards: int
    rows: int
    amount_minor: int
    below_minimum: int  # owners who were left out
    open: Part
    paid: Part
    failed: Part
    released: Part
    programme: str | None = None
    owner_id: str | None = None
    note: str | None = None
    ready_at: datetime | None = None
    ended_at: datetime | None = None


class RowView(http.View):
    """At most 25 rewards of one owner, paid together."""

    payout_id: str
    owner_id: str
    row: int
    state: str
    currency: str
    amount_minor: int
    rewards: int
    reward_ids: list[str]
    claimed_at: datetime
    reason: str | None = None
    settled_at: datetime | None = None
    settled_by: str | None = None


def of(payout: Payout) -> PayoutView:
    """Return what is shown of a batch."""
    ended = [
        Part(rows=int(rows), amount_minor=int(minor))
        for rows, minor in (
            (payout.paid_rows, payout.paid_minor),
            (payout.failed_rows, payout.failed_minor),
            (payout.released_rows, payout.released_minor),
        )
    ]
    still_open = Part(
        rows=int(payout.rows) - sum(part.rows for part in ended),
        amount_minor=int(payout.amount_minor) - sum(part.amount_minor for part in ended),
    )
    paid, failed, released = ended
    return PayoutView(
        payout_id=payout.payout_id,
        status=rules.shown(Status(payout.status), still_open.rows),
        currency=payout.currency,
        minimum_minor=int(payout.minimum_minor),
        created_at=payout.created_at,
        created_by=payout.created_by,
        rewards=int(payout.rewards),
        rows=int(payout.rows),
        amount_minor=int(payout.amount_minor),
        below_minimum=int(payout.below_minimum),
        open=still_open,
        paid=paid,
        failed=failed,
        released=released,
        programme=payout.programme,
        owner_id=payout.owner_id,
        note=payout.note,
        ready_at=payout.ready_at,
        ended_at=payout.ended_at,
    )


def row_of(row: PayoutRow) -> RowView:
    """Return what is shown of a row."""
    return RowView(
        payout_id=row.payout_id,
        owner_id=row.owner_id,
        row=int(row.row),
        state=row.state,
        currency=row.currency,
        amount_minor=int(row.amount_minor),
        rewards=len(row.reward_ids),
        reward_ids=list(row.reward_ids),
        claimed_at=row.claimed_at,
        reason=row.reason,
        settled_at=row.settled_at,
        settled_by=row.settled_by,
    )


def sheet(rows: Sequence[RowView]) -> str:
    """Return rows as CSV; `amount` is written out by the currency's exponent."""
    return sheets.render(ROW_COLUMNS, _lines(rows, ROW_COLUMNS))


def sheet_of_batches(batches: Sequence[PayoutView]) -> str:
    """Return batches as CSV."""
    return sheets.render(BATCH_COLUMNS, _lines(batches, BATCH_COLUMNS))


def _lines(
    found: Sequence[RowView] | Sequence[PayoutView], columns: Sequence[str]
) -> Iterator[list[sheets.Cell]]:
    for one in found:
        yield [_cell(one, name) for name in columns]


def _cell(one: RowView | PayoutView, name: str) -> sheets.Cell:
    if name == "amount":
        return money.exact(one.amount_minor, one.currency)
    if isinstance(one, PayoutView) and name.endswith("_minor") and name != "amount_minor":
        part: Part = getattr(one, name.removesuffix("_minor"))
        return part.amount_minor
    value: sheets.Cell | datetime = getattr(one, name)
    return value.isoformat() if isinstance(value, datetime) else value
