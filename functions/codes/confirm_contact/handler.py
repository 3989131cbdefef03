"""POST /callbacks/{organization_id}/{provider_account_id}: the provider tells of a customer (A6).

A connection makes the reserved seat connected, however late; a loss frees it. Twice or out of
order changes nothing more. One or two reads and one transaction of 3 items (6 write units), 2
more for each channel whose counter changes; for a customer's first connection in a second scope
another read, and the transaction once more. Refuses: not-found.
"""

from typing import Annotated, Literal

from msgspec import Meta

from sluice.codes import providers
from sluice.codes.rules.seats import Contact
from sluice.codes.store import contacts
from sluice.shared import fields, http
from sluice.shared.fields import Time


class ContactEvent(http.Body):
    """The sandbox's callback; `assignment_id` is the `state` that was given with the contact."""

    event: Literal["connected", "lost"]
    assignment_id: Annotated[str, Meta(min_length=1, max_length=128)]
    customer_ref: Annotated[str, Meta(min_length=1, max_length=128)]
    at: Time
    by: Literal["customer", "member"] = "customer"


class ContactTaken(http.View):
    """What became of the event: applied, or known before."""

    outcome: str
    assignment_id: str
    status: str


@http.operation(
    providers.callback("POST /callbacks/{organization_id}/{provider_account_id}"),
    body=ContactEvent,
    answers={200: ContactTaken},
)
def handler(call: http.Call[ContactEvent, http.NoBody]) -> http.Answer:
    """Apply the event to the seat of its assignment."""
    given = call.body
    fields.check_past(given.at, "at", call.now)
    contact = Contact(given.event, given.assignment_id, given.at, given.customer_ref, given.by)
    told = contacts.tell(call.organization_id, call.caller.id, contact, call.now)
    view = ContactTaken(
        outcome=told.outcome,
        assignment_id=told.assignment.assignment_id,
        status=told.assignment.status,
    )
    return http.Answer(200, view)
