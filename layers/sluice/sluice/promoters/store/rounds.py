"""Where the search for merchants' hints has come: a page at a time, round after round (D9)."""

from datetime import datetime

from sluice.promoters.bonus_tables import BonusesByDue, BonusItem, HintRound
from sluice.shared.sweeping import Waiting

ROUND = "round"
DUE = Waiting(BonusItem.by_due, BonusesByDue.due_at, 1, "hints")


def first(item: HintRound, now: datetime) -> HintRound:
    """Return a round that begins at once."""
    item.due_bucket, item.due_at, item.version = DUE.bucket_of(item.key), now, 1
    return item
