"""Visitors on their way to a shop: the token by which the shop says later who paid (D10)."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit, urlunsplit

from sluice.promoters.rules.attribution import KEPT
from sluice.shared import ids, signing
from sluice.shared.errors import Invalid

PARAMETER = "sluice_visitor"  # of the shop's address; the shop sends it back with the payment
COUPON_PARAMETER = "sluice_coupon"


def key_of(organization_id: str, visitor_id: str) -> str:
    """Return what a visitor is called in an organisation: not the cookie's id, which is ours."""
    return ids.derived(signing.identity_key("task-visitor"), organization_id, visitor_id)


def token_of(organization_id: str, visitor_key: str, now: datetime, valid: timedelta) -> str:
    """Return the signed token that names a visitor to the shop."""
    key = signing.derived_key("task-visitor")
    return signing.make_token(key, _audience(organization_id), visitor_key, now, valid)


def visitor_in(token: str, organization_id: str) -> str | None:
    """Return the visitor of a token; None: forged, too old or another organisation's."""
    keys = signing.derived_keys("task-visitor")
    try:
        claims = signing.read_token(token, keys, _audience(organization_id), PARAMETER)
    except Invalid:
        return None
    return str(claims["sub"])


def validity(window_seconds: int) -> timedelta:
    """Return how long a visitor's token is good: while a click can count, and a while after."""
    return timedelta(seconds=window_seconds) + KEPT


def address(url: str, token: str | None, coupon: str | None = None) -> str:
    """Return the product's page with the visitor's token, and a coupon's code, as parameters."""
    parts, given = urlsplit(url), {PARAMETER: token, COUPON_PARAMETER: coupon}
    added = [f"{name}={value}" for name, value in given.items() if value]
    query = "&".join([parts.query, *added] if parts.query else added)
    return urlunsplit(parts._replace(query=query))


def _audience(organization_id: str) -> str:
    return f"task-visitor:{organization_id}"
