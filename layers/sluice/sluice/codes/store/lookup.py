"""Assignments as their seats say now (A8): one, or all of a customer, or of a provider's id.

Who turned out to be another customer leads there.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sluice.codes.identities import alias_key
from sluice.codes.rules.choice import KINDS
from sluice.codes.rules.seats import Assignment
from sluice.codes.store.seats import Found, Slot, read, read_all, slot_of
from sluice.codes.tables import Alias, Customer
from sluice.shared import ids
from sluice.shared.errors import Contention, NotFound
from sluice.shared.table import find

MAX_MERGES = 81  # followed, a request each: whoever merged on had an alias, of which 80 are kept


class Kept(NamedTuple):
    """An assignment that a seat keeps, and whose it is now."""

    assignment: Assignment
    customer_id: str


def standing(slot: Slot) -> Found:
    """Return a seat, or that of the customer whom its own was merged into, and so on.

    A read for each. Raises Contention: they are more than there can be.
    """
    for _ in range(MAX_MERGES):
        found = read(slot)
        if found.seat is None or found.seat.merged_into is None:
            return found
        slot = slot._replace(customer_id=found.seat.merged_into)
    raise Contention


def of_customer(organization_id: str, customer_id: str) -> list[Kept]:
    """Return what a customer's seats keep, the newest first; nothing of one who never joined.

    One request, and one more for each customer that they were merged into. Raises Contention.
    """
    for _ in range(MAX_MERGES):
        found = read_all([Slot(organization_id, customer_id, scope) for scope in KINDS])
        seats = [each.seat for each in found if each.seat]
        became = next((seat.merged_into for seat in seats if seat.merged_into), None)
        if became is None:
            kept = [Kept(a, customer_id) for seat in seats for a in seat.assignments]
            return sorted(kept, key=lambda each: each.assignment.reserved_at, reverse=True)
        customer_id = became
    raise Contention


def assignment(organization_id: str, assignment_id: str) -> Kept:
    """Return an assignment as its seat says. Raises NotFound: none of ours, or kept no longer."""
    slot = slot_of(organization_id, assignment_id)
    kept: Sequence[Kept] = of_customer(organization_id, slot.customer_id) if slot else ()
    for each in kept:
        if each.assignment.assignment_id == assignment_id:
            return each
    raise NotFound("There is no such assignment.")


def of_reference(organization_id: str, account_id: str, customer_ref: str) -> list[Kept]:
    """Return what is kept of the customer whom a provider account knows by this id.

    One read of the alias, whose key hides the id, then as `of_customer`. Of every provider.
    """
    alias = find(Alias, alias_key(organization_id, account_id, customer_ref))
    return of_customer(organization_id, alias.customer_id) if alias else []


def customer(organization_id: str, customer_id: str) -> Customer | None:
    """Return who brought a customer and since when; None before their first connection."""
    return find(Customer, ids.key(organization_id, "customer", customer_id))
