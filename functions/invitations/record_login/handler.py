"""POST /partners/{organization_id}/logins: a customer logged in to app 1; tell them in app 2 (C1).

Who is an existing customer and in the segment of a promotion that runs is pushed it, once for ever.
A query for each identity, one for the promotions; for each that is for them a read of its segment
and of whether they were told; then a push: one query and one transaction of 4 to 6 items. Nothing
happens for who is not known in app 2, nor of a promotion whose strategy does not exist.
"""

from sluice.invitations.people_views import Identities, identities_in
from sluice.invitations.store import participants, telling
from sluice.organizations import access
from sluice.shared import http


class RecordLogin(http.Body):
    """Who logged in."""

    customer: Identities


class LoginView(http.View):
    """The promotions that were pushed now."""

    pushed: list[str]


@http.operation(
    access.partner("POST /partners/{organization_id}/logins", "customer.logged_in.v1"),
    body=RecordLogin,
    answers={202: LoginView},
)
def handler(call: http.Call[RecordLogin, http.NoBody]) -> http.Answer:
    """Tell the customer what runs for them."""
    given = identities_in(call.body.customer, "customer")
    person = participants.find_person(call.organization_id, given, "customer")
    if person is None:
        return http.Answer(202, LoginView(pushed=[]))
    base_url = call.request.base_url
    pushed = telling.tell(call.organization_id, person, base_url, call.now)
    return http.Answer(202, LoginView(pushed=pushed))
