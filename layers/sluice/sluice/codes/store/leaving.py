"""What a customer gives up of their own accord (A4): a place on the list, or a reservation."""

from datetime import datetime
from typing import Literal

from sluice.codes.refusals import ChannelGone, SeatChanged
from sluice.codes.rules import choice
from sluice.codes.rules import seats as rules
from sluice.codes.rules.choice import Rule
from sluice.codes.store import waiting
from sluice.codes.store.counters import admit
from sluice.codes.store.seats import Found, Slot, put_seat, read_all
from sluice.codes.tables import Code
from sluice.shared import guard
from sluice.shared.guard import Transaction

MAX_ATTEMPTS = 5

type GaveUp = Literal["place", "seat"]


def leave(code: Code, rule: Rule, customer_id: str, now: datetime) -> GaveUp | None:
    """Give up the customer's place on the list, else a seat that only is reserved.

    A connected seat is the provider's to end. One transaction of 1 item for a place; else a batch
    read and a transaction of 2 items for a seat (4 write units). None where there is neither.
    Raises Contention.
    """
    if waiting.leave(code, customer_id, now):
        return "place"
    for _ in guard.attempts(MAX_ATTEMPTS):
        found = _reserved(code.organization_id, rule, customer_id)
        if found is None:
            return None
        if _release(found):
            return "seat"
    return None


def _reserved(organization_id: str, rule: Rule, customer_id: str) -> Found | None:
    """Return a seat of the customer that only is reserved, of the kinds that the code gives."""
    scopes = [kind for kind in choice.KINDS if rule.kind in {None, kind}]
    merged: str | None = customer_id
    for _ in range(MAX_ATTEMPTS):
        if merged is None:
            break
        seats = read_all([Slot(organization_id, merged, scope) for scope in scopes])
        for found in seats:
            if found.seat is not None and rules.give_up(found.seat) is not None:
                return found
        merged = next((f.seat.merged_into for f in seats if f.seat and f.seat.merged_into), None)
    return None


def _release(found: Found) -> bool:
    """Release the seat; False where it changed meanwhile."""
    new = rules.give_up(found.seat) if found.seat else None
    if new is None:
        return False
    transaction = Transaction()
    put_seat(transaction, found, new)
    admit(transaction, found.slot.organization_id, [found.seat], [new])
    try:
        transaction.commit()
    except (SeatChanged, ChannelGone):
        return False
    return True
