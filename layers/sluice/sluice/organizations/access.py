"""Who may enter by which door (design 4): staff by their token, partners by their signature."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from sluice.organizations import partners, rules, store
from sluice.organizations.tables import Partner
from sluice.shared import clock, errors, signing, wire
from sluice.shared.claims import Claim, hash_of
from sluice.shared.http import Caller, Door, Request
from sluice.shared.ids import key

MAX_IDENTITY_SECONDS = 3600
MAX_SUBJECT = 256


class _Envelope(msgspec.Struct):
    """The body of a Standard Webhooks call."""

    type: str
    data: msgspec.Raw
    timestamp: str = ""


def staff(route: str, *roles: str, admin: bool = False, reads_body: bool = True) -> Door:
    """Declare a route for signed-in staff with one of the roles, in their own organisation.

    A writing method checks the role on the member item too (one consistent read): a token may
    outlive the role it names. It leaves an entry in the audit log: two requests, 2 write units.
    """
    from sluice.organizations import audit  # noqa: PLC0415 - joins start without it

    allowed = frozenset(roles)
    writes = not route.startswith("GET ")

    def authenticate(request: Request) -> tuple[Caller, bytes, Claim | None]:
        authorizer = request.event.get("requestContext", {}).get("authorizer") or {}
        claims = authorizer.get("claims") or {}
        if not claims.get("sub"):
            raise errors.Unauthenticated
        caller = Caller(
            "staff",
            str(claims.get("custom:member_id") or claims["sub"]),
            rules.groups_of(claims.get("cognito:groups")),
        )
        if admin and rules.ADMIN in caller.roles:
            return caller, request.raw, None
        organization_id = request.path["organization_id"]
        if claims.get("custom:organization_id") != organization_id:
            raise errors.Forbidden("This is another organisation's.")
        if writes:
            member = store.find_member(organization_id, caller.id)
            kept = frozenset(member.roles) if member and member.active else frozenset[str]()
            caller = msgspec.structs.replace(caller, roles=caller.roles & kept)
        if not caller.roles & allowed:
            if writes:
                audit.keep_refused(request, caller, route)
            raise errors.Forbidden(f"This needs one of the roles: {', '.join(sorted(allowed))}.")
        return caller, request.raw, None

    roles_let_in = allowed | ({rules.ADMIN} if admin else frozenset())
    witness = audit.witness(route) if writes else None
    return Door(route, "staff", authenticate, roles_let_in, witness=witness, reads_body=reads_body)


def owner(caller: Caller) -> str | None:
    """Return whose things alone a caller may manage: their own; None of an operator, anybody's."""
    return None if rules.OPERATOR in caller.roles else caller.id


def connect() -> None:
    """Open the connection to DynamoDB by reading a member there is not: 1 read unit."""
    store.find_member("none", "none")


def partner(route: str, event_type: str) -> Door:
    """Declare a route for partner systems: Standard Webhooks over the raw body (F3).

    The signature is tried with the keys of the organisation's partners (one query, at most 20);
    `webhook-id` becomes the claim that the effect's transaction takes. Raises TooMany: the
    partner's quota is used up.
    """

    def authenticate(request: Request) -> tuple[Caller, bytes, Claim | None]:
        organization_id = request.path["organization_id"]
        for found in partners.list_partners(organization_id):
            keys = _partner_keys(found, request.now)
            try:
                webhook_id = signing.verify_webhook(request.headers, request.raw, keys)
            except errors.Unauthenticated:
                continue
            _count(found, request.now)
            data = _open(request.raw, event_type)
            claimed = key(
                organization_id, "webhook", hash_of(event_type, found.partner_id, webhook_id)
            )
            return Caller("partner", found.partner_id), data, Claim(claimed, hash_of(data))
        raise errors.Unauthenticated("No partner of this organisation signed this.")

    return Door(route, "partner", authenticate, event_type=event_type)


def _count(found: Partner, now: datetime) -> None:
    """Count a call of a partner with a quota. Raises TooMany."""
    given: dict[str, int] | None = found.quota
    if given is None:
        return
    from sluice.organizations import quotas  # noqa: PLC0415 - most have none

    quota = msgspec.convert(given, rules.Quota)
    quotas.take(found.organization_id, found.partner_id, quota, now)


def partner_key(organization_id: str, partner_id: str, version: int) -> bytes:
    """Return the key a partner signs with."""
    return signing.derived_key(*_partner(organization_id, partner_id, version))


def _partner(organization_id: str, partner_id: str, version: int) -> tuple[str, ...]:
    return "partner", organization_id, partner_id, str(version)


def _partner_keys(found: Partner, now: datetime) -> list[bytes]:
    """Return every key that verifies for a partner: of its versions, and of the root's."""
    versions = rules.key_versions(int(found.key_version), found.previous_valid_until, now)
    return [
        key
        for version in versions
        for key in signing.derived_keys(*_partner(found.organization_id, found.partner_id, version))
    ]


def _open(raw: bytes, event_type: str) -> bytes:
    try:
        envelope = msgspec.json.decode(raw, type=_Envelope)
    except wire.NOT_JSON as error:
        raise errors.Invalid(f"The body is not a Standard Webhooks event: {error}") from None
    if envelope.type != event_type:
        reason = f"this route takes {event_type}"
        raise errors.Invalid(f"The type is wrong: {reason}.", [("type", reason)])
    return bytes(envelope.data)


def provider_key(organization_id: str, account_id: str) -> bytes:
    """Return the key a sandbox provider account signs its calls with (Standard Webhooks)."""
    return signing.derived_key("provider", organization_id, account_id)


def provider_keys(organization_id: str, account_id: str) -> list[bytes]:
    """Return the keys that verify a sandbox account's calls."""
    return signing.derived_keys("provider", organization_id, account_id)


def identity_in(token: str, organization_id: str, code: str) -> tuple[str, str]:
    """Return the partner that vouches for a customer, and the customer's id there.

    The token is a JWT (HS256) signed with the partner's key: `iss` the partner, `sub` the
    customer, `aud` organisation and code as `acme/CODE`, `iat` and `exp` an hour apart at most.
    Raises Invalid.
    """
    field = "identity_token"
    issuer = signing.issuer_of(token, field)
    for found in partners.list_partners(organization_id):
        if found.partner_id == issuer:
            keys = _partner_keys(found, clock.now())
            return issuer, _subject(token, keys, f"{organization_id}/{code}")
    raise errors.Invalid(f"{field} is of no partner.", [(field, "unknown iss")])


def _subject(token: str, keys: Sequence[bytes], audience: str) -> str:
    field = "identity_token"
    claims = signing.read_token(token, keys, audience, field)
    subject = str(claims["sub"])
    if int(claims["exp"]) - int(claims["iat"]) > MAX_IDENTITY_SECONDS:
        raise errors.Invalid(f"{field} is valid for too long.", [(field, "at most an hour")])
    if not subject.isprintable() or not 0 < len(subject) <= MAX_SUBJECT:
        raise errors.Invalid(f"{field} names nobody.", [(field, "sub is not printable text")])
    return subject
