"""What people do with our own links, as receipts of their messages (E3)."""

from dataclasses import dataclass
from datetime import datetime

from sluice.push import signals
from sluice.push.rules.judging import Evidence, Finding, Level, improves
from sluice.push.store import lookups
from sluice.push.store.held import Held, facts, find_push
from sluice.push.store.settling import NO_EFFECT, Settlement, settle
from sluice.push.tables import Attempt, ReceiptItem
from sluice.shared.claims import hash_of
from sluice.shared.errors import NotFound

OWN = "own_link"
_WHY = {
    Level.SEEN: "its picture was loaded",
    Level.CLICKED: "its link was followed",
}


@dataclass
class Tracked:
    """The message that one of our links names."""

    held: Held
    attempt: Attempt


def find_tracked(tracking_id: str) -> Tracked:
    """Return the message: one read and one query. Raises NotFound, also after 90 days."""
    found = lookups.find_anywhere(tracking_id)
    held = find_push(found.organization_id, found.place.push_id) if found else None
    attempt = held.attempt(found.place.position) if held and found else None
    if held is None or attempt is None:
        raise NotFound("This link leads nowhere, or no more.")
    return Tracked(held, attempt)


def record(tracked: Tracked, level: Level, now: datetime, why: str = "") -> None:
    """Record how far a message got, as a person shows us by themselves; once.

    Nothing where it is known; else a transaction as for a receipt, at most one request to Step
    Functions and one write.
    """
    held, attempt = tracked.held, tracked.attempt
    finding = Finding(level, Evidence.CONFIRMED, why or _WHY[level])
    if improves(facts(attempt), finding):
        receipt = _receipt(tracked, level, finding.why, now)
        settlement = Settlement(int(attempt.position), finding, receipt)
        signals.follow(settle(held, settlement, now))


def _receipt(tracked: Tracked, level: Level, why: str, now: datetime) -> ReceiptItem:
    attempt, status = tracked.attempt, level.name.lower()
    return ReceiptItem(
        tracked.held.push.key,
        f"receipt#{hash_of(OWN, attempt.tracking_id, status)[:32]}",
        position=int(attempt.position),
        status=status,
        found_by=OWN,
        effect=NO_EFFECT,
        why=why,
        at=now,
        received_at=now,
    )
