"""People who came to a channel without a code, as operations show them (A6)."""

from datetime import datetime

from sluice.codes.tables.contacts import OutsideContact
from sluice.shared import http


class OutsideContactView(http.View):
    """A person; `matched` who has a seat by now."""

    customer_ref: str
    status: str
    connected_at: datetime | None = None
    lost_at: datetime | None = None


def of_contact(item: OutsideContact) -> OutsideContactView:
    """Show a person in a channel."""
    return OutsideContactView(
        customer_ref=item.customer_ref,
        status=item.status,
        connected_at=item.connected_at,
        lost_at=item.lost_at,
    )
