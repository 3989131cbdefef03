"""Payouts: batches of cleared rewards for a bank to pay (D5). A row is a part of one owner's.

Everything of a row happens in one transaction, so a row is claimed, paid or let go whole.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

MAX_ROW_REWARDS = 25  # paid in one transaction: 3 items each, and 5
MAX_OWNER_ROWS = 40  # of one batch; what is left waits for the next one
MAX_MINIMUM_MINOR = 10**12
MAX_NOTE = 200
MAX_RESULTS = 100  # of one call
ROW_ID = r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}#[0-9]{2}"


class Status(StrEnum):
    """Where a batch stands."""

    CLAIMING = "claiming"  # rewards are looked for
    READY = "ready"  # the bank may be told, and says what became of it
    CANCELLING = "cancelling"  # rewards are let go
    CANCELLED = "cancelled"


SETTLED = "settled"  # ready, and every row is paid or failed: shown, not stored
# What a batch is asked to be, and where its worker brings it there.
WAYS: Mapping[Status, Status] = {
    Status.READY: Status.CLAIMING,
    Status.CANCELLED: Status.CANCELLING,
}


class RowState(StrEnum):
    """Where a row stands; only a claimed one changes."""

    CLAIMED = "claimed"
    PAID = "paid"
    FAILED = "failed"  # not paid: its rewards wait for the next batch
    RELEASED = "released"  # the batch was cancelled


@dataclass(frozen=True)
class Order:
    """Which cleared rewards a batch pays: of a currency, of owners who have the minimum there."""

    currency: str
    minimum_minor: int = 1
    programme: str | None = None
    owner_id: str | None = None
    note: str | None = None


def is_enough(order: Order, dues: Sequence[int]) -> bool:
    """Tell whether what an owner would get reaches the minimum."""
    return sum(dues) >= order.minimum_minor


def way_to(wanted: Status, status: Status, paid_rows: int) -> Status | None:
    """Return the status in which a batch is brought to the wanted one; None: it cannot be.

    A batch that is on its way is set going again; one that paid a row is not cancelled.
    """
    way = WAYS[wanted]
    if status is way:
        return way
    return way if wanted is Status.CANCELLED and not paid_rows else None


def shown(status: Status, open_rows: int) -> str:
    """Return the status that people see: a batch with nothing open, or of nothing, is settled."""
    return SETTLED if status is Status.READY and open_rows == 0 else status.value
