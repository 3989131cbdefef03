"""Who an app speaks for: the user that the partner's identity token names (E1)."""

import msgspec

from sluice.organizations import access
from sluice.push.inputs import UserId
from sluice.shared.claims import Claim
from sluice.shared.errors import Invalid, Unauthenticated
from sluice.shared.http import Caller, Door, Request

AUDIENCE = "inbox"
_BEARER = "bearer "


def door(route: str) -> Door:
    """Declare a route for apps: `Authorization: Bearer` and an identity token for the inbox.

    The token is a JWT (HS256) signed with a partner's key: `iss` the partner, `sub` the user,
    `aud` the organisation as `acme/inbox`, `iat` and `exp` an hour apart at most. One query.
    """

    def authenticate(request: Request) -> tuple[Caller, bytes, Claim | None]:
        given = request.headers.get("authorization", "")
        if given[: len(_BEARER)].lower() != _BEARER:
            raise Unauthenticated("An identity token is needed: Authorization: Bearer.")
        token = given[len(_BEARER) :].strip()
        try:
            _, subject = access.identity_in(token, request.path["organization_id"], AUDIENCE)
            user_id = msgspec.convert(subject, UserId)
        except (Invalid, msgspec.ValidationError):
            raise Unauthenticated("The identity token is not valid.") from None
        return Caller("app", user_id), request.raw, None

    return Door(route, "app", authenticate)
