"""POST /callbacks/{organization_id}/{provider_account_id}: the provider tells of a customer (A6).

The sandbox's event is applied and answered at once: a connection makes the reserved seat
connected, however late; a loss frees it. Twice or out of order changes nothing more. One or two
reads and one transaction of 3 items (6 write units), 2 more for each channel whose counter
changes; for a customer's first connection in a second scope another read, and the transaction once
more. What WeCom tells is verified, decrypted, stored (a transaction of 2 items, 4 write units, for
each thing told), and acknowledged; it is applied by `apply_callback`. An account that cannot be
opened is shown so and alarmed, once an hour (3 items, 6 write units). Refuses: not-found.
"""

from sluice.codes.providers import doors
from sluice.codes.providers.sandbox import ContactEvent
from sluice.codes.rules.seats import Contact
from sluice.codes.store import contacts, told, trouble
from sluice.shared import fields, http


class ContactTaken(http.View):
    """What became of the event: applied, or known before."""

    outcome: str
    assignment_id: str
    status: str


@http.operation(
    doors.callback(
        "POST /callbacks/{organization_id}/{provider_account_id}", trouble.note_at_the_door
    ),
    body=doors.Callbacks,
    query=doors.CallbackQuery,
    answers={200: (ContactTaken, "text/plain")},
)
def handler(call: http.Call[doors.Callbacks, doors.CallbackQuery]) -> http.Answer:
    """Apply the event to the seat of its assignment, or store what was told."""
    if call.body.event is not None:
        return http.Answer(200, _apply(call, call.body.event))
    told.keep(call.organization_id, call.caller.id, call.body.happened, call.now)
    return http.Answer(200, "", "text/plain")


def _apply(
    call: http.Call[doors.Callbacks, doors.CallbackQuery], given: ContactEvent
) -> ContactTaken:
    fields.check_past(given.at, "at", call.now)
    contact = Contact(given.event, given.assignment_id, given.at, given.customer_ref, given.by)
    done = contacts.tell(call.organization_id, call.caller.id, contact, call.now)
    return ContactTaken(
        outcome=done.outcome,
        assignment_id=done.assignment.assignment_id,
        status=done.assignment.status,
    )
