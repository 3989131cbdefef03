"""What an event counts for, and in which rows (D3)."""

from collections import Counter
from dataclasses import dataclass

from sluice.shared.counts import Count

VISITS, PROMOTIONS, TRANSACTIONS = "visits", "promotions", "transactions"
EVER = "all"  # the period without an end

type Row = tuple[str, ...]
type Counts = Counter[Count[Row]]

OFFER, OWN, TOTAL = "offer", "own", "total"  # what a row is of: its first part


@dataclass(frozen=True)
class Happening:
    """Something that happened once: what it adds to which counter, whose and when.

    `id` is of the visit, share or order; no two of one `type` are the same.
    """

    type: str
    id: str
    counter: str
    change: int
    offer_id: str
    member_id: str
    month: str  # of the organisation's calendar, as 2026-11


def of_happening(happening: Happening) -> Counts:
    """Return what counts: of the offer, of the promoter with it, of the promoter in a period."""
    rows: list[Row] = [
        (OFFER, happening.offer_id),
        (OWN, happening.member_id, happening.offer_id),
        (TOTAL, EVER, happening.member_id),
        (TOTAL, happening.month, happening.member_id),
    ]
    return Counter({Count(row, happening.counter): happening.change for row in rows})
