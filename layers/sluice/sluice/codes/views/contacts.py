"""What a customer is shown of a channel: how to get in touch, and until when (A4, B4)."""

from datetime import datetime

from sluice.codes.providers import contact_of
from sluice.codes.rules.seats import Assignment
from sluice.codes.store.pool import Pool
from sluice.shared.http import View

_SCALE = 5  # pixels or units of a module


class ContactView(View):
    """A contact: how a customer gets in touch, and until when the seat is kept."""

    assignment_id: str
    status: str
    name: str
    reference: str | None = None
    url: str | None = None
    qr_svg: str = ""
    expires_at: datetime | None = None


def contact(seat: Assignment, pool: Pool) -> ContactView | None:
    """Show how to get in touch; None: nothing is known of the channel here."""
    known = pool.find(seat.channel_id)
    if known is None:
        return None
    given = contact_of(known, seat.assignment_id)
    return ContactView(
        assignment_id=seat.assignment_id,
        status=seat.status,
        name=known.name,
        reference=given.get("reference"),
        url=given.get("qr_code"),
        expires_at=seat.expires_at if seat.status == "reserved" else None,
    )


def drawn(shown: ContactView) -> ContactView:
    """Return the contact with its code as SVG, for who draws a page of their own."""
    from sluice.codes import qr  # noqa: PLC0415 - segno costs a start 70 ms, few need it

    if meant := shown.url or shown.reference:
        svg = qr.image(meant, qr.Style(scale=_SCALE)).decode()
        shown.qr_svg = svg[svg.find("<svg") :]
    return shown


def symbol(shown: ContactView) -> bytes:
    """Return the contact's code as PNG, which a phone knows by a long press; nothing: no code."""
    from sluice.codes import qr  # noqa: PLC0415 - as above

    meant = shown.url or shown.reference
    return qr.image(meant, qr.Style("png", scale=_SCALE)) if meant else b""
