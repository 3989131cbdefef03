"""Who calls a public route: the customer of an identity token, a visitor token or the cookie."""

from typing import Annotated, NamedTuple

from msgspec import Meta

from sluice.codes import identities, visitors
from sluice.codes.tables import Code
from sluice.organizations import access
from sluice.shared import errors, http

Token = Annotated[str, Meta(min_length=1, max_length=4096)]


class Who(http.Body):
    """Who calls; without a token the visitor of the cookie."""

    visitor_token: Token | None = None
    identity_token: Token | None = None


class Customer(NamedTuple):
    """Who calls; proved by a partner's token or by WeChat, not by a visitor's that is for free."""

    customer_id: str
    is_proved: bool


def customer_of(request: http.Request, given: Who, code: Code) -> Customer:
    """Return the customer. Raises Invalid: no token, or none of this code.

    An identity token costs one query, for its partner.
    """
    organization_id = code.organization_id
    if given.identity_token is not None:
        partner_id, subject = access.identity_in(given.identity_token, organization_id, code.code)
        kind = f"partner:{partner_id}"
        return Customer(identities.outside_customer(organization_id, kind, subject), is_proved=True)
    named = visitors.customer_of(request, organization_id)
    if named is not None:
        return Customer(named, is_proved=True)
    if given.visitor_token is not None:
        visitor_id = visitors.visitor_in(given.visitor_token, code.code)
    else:
        visitor_id = visitors.visitor_of(request) or ""
    if not visitor_id:
        reason = "give the token of GET /s/{code}, or its cookie"
        raise errors.Invalid("Nobody calls: there is no token.", [("visitor_token", reason)])
    return Customer(identities.visitor_customer(organization_id, visitor_id), is_proved=False)
