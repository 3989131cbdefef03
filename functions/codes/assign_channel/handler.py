"""POST /s/{code}/join: give the customer one channel with room, and the same one again (A4, A5).

With a visitor token (or the visitor cookie) the customer is the visitor: one request of two items
(4 write units and 1 of the expiry index) where there is room, one and no read when repeated, one
read when sold out. An identity token adds one query for its partner. Where most of the pool is
unconfirmed, a join without one also counts for its source network: a third item (2 write units),
one read when the network has had its joins. Refuses: no-room, too-many-joins.
"""

from typing import Annotated

from msgspec import Meta

from sluice.codes import identities, views, visitors
from sluice.codes.refusals import CodeGone, NoRoom, TooManyJoins
from sluice.codes.rules.areas import Location
from sluice.codes.rules.places import place_of
from sluice.codes.store import issued, joining, pool
from sluice.codes.store.joining import Joined
from sluice.codes.tables import Code
from sluice.organizations import access
from sluice.shared import errors, http, metrics, root_secret, settings

Token = Annotated[str, Meta(min_length=1, max_length=4096)]


class Join(http.Body):
    """Who joins, and where they are if they said so."""

    visitor_token: Token | None = None
    identity_token: Token | None = None
    location: Location | None = None


@http.operation(
    http.anyone("POST /s/{code}/join"),
    body=Join,
    answers={200: views.AssignmentView, 201: views.AssignmentView},
    refusals=(NoRoom, TooManyJoins, CodeGone),
    primes=(root_secret.read, pool.connect),
)
def handler(call: http.Call[Join, http.NoBody]) -> http.Answer:
    """Reserve a seat for the customer, or answer the one they have."""
    code = pool.code(call.path["code"])
    try:
        joined = _join(call, code)
    except TooManyJoins:
        metrics.count("JoinsRefusedByNetwork", call.now)
        raise
    view = views.of_assignment(joined.assignment, pool.pool(code.organization_id))
    return http.Answer(201 if joined.is_new else 200, view)


def _join(call: http.Call[Join, http.NoBody], code: Code) -> Joined:
    rule = issued.rule_of(code)
    default_seconds = settings.number("RESERVATION_SECONDS", 5, 86_400)
    return joining.join(
        code,
        rule,
        _customer(call, code),
        place_of(call.body.location, call.request.headers),
        when=pool.when(code.organization_id, call.now),
        seconds=rule.reservation_seconds or default_seconds,
        source_ip=None if call.body.identity_token is not None else call.request.source_ip,
    )


def _customer(call: http.Call[Join, http.NoBody], code: Code) -> str:
    organization_id, given = code.organization_id, call.body
    if given.identity_token is not None:
        partner_id, subject = access.identity_in(given.identity_token, organization_id, code.code)
        return identities.outside_customer(organization_id, f"partner:{partner_id}", subject)
    if given.visitor_token is not None:
        visitor_id = visitors.visitor_in(given.visitor_token, code.code)
    else:
        visitor_id = visitors.visitor_of(call.request) or ""
    if not visitor_id:
        reason = "give the token of GET /s/{code}, or its cookie"
        raise errors.Invalid("Nobody joins: there is no token.", [("visitor_token", reason)])
    return identities.visitor_customer(organization_id, visitor_id)
