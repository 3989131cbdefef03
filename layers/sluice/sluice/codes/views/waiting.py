"""What the API shows of places on the waiting list."""

from datetime import datetime

from sluice.codes.store.waiting import Entered
from sluice.codes.tables.waiting import Ticket
from sluice.shared.http import View


class WaitingView(View):
    """A customer's place on the waiting list; `ahead` of them are so many, counted up to 100."""

    status: str
    waiting_id: str
    entered_at: datetime
    expires_at: datetime
    ahead: int


class TicketView(View):
    """A place on the waiting list, as operators see it."""

    waiting_id: str
    code: str
    customer_id: str
    kind: str  # of channel that is waited for: contact, group or any
    entered_at: datetime
    expires_at: datetime


def of_entered(entered: Entered) -> WaitingView:
    """Show a customer their place."""
    ticket = entered.ticket
    return WaitingView(
        status=ticket.status,
        waiting_id=ticket.ticket_id,
        entered_at=ticket.entered_at,
        expires_at=ticket.expires_at,
        ahead=entered.ahead,
    )


def of_ticket(ticket: Ticket) -> TicketView:
    """Show an operator a place."""
    _, code, customer_id = ticket.key.split("#")
    return TicketView(
        waiting_id=ticket.ticket_id,
        code=code,
        customer_id=customer_id,
        kind=ticket.kind,
        entered_at=ticket.entered_at,
        expires_at=ticket.expires_at,
    )
