"""Anonymous visitors: a long-lived cookie tells them apart, a short token lets them join (A3)."""

from datetime import datetime, timedelta
from http.cookies import CookieError, SimpleCookie

from sluice.shared import ids, signing, telemetry
from sluice.shared.errors import Invalid
from sluice.shared.http import Request

COOKIE = "sluice_visitor"
COOKIE_VALID = timedelta(days=400)  # browsers keep none longer
TOKEN_VALID = timedelta(minutes=30)
IDENTITY_COOKIE = "sluice_identity"
ASKED = "asked"  # in the query of a page whose visitor WeChat was asked about
_COOKIE_AUDIENCE = "visitor"


def visitor_of(request: Request) -> str | None:
    """Return the visitor id in a genuine cookie, or None."""
    return _subject(request, COOKIE, _COOKIE_AUDIENCE)


def customer_of(request: Request, organization_id: str) -> str | None:
    """Return the customer whom WeChat named half an hour ago at most, or None."""
    return _subject(request, IDENTITY_COOKIE, f"identity:{organization_id}")


def _subject(request: Request, name: str, audience: str) -> str | None:
    cookies = SimpleCookie()
    try:
        cookies.load(request.headers.get("cookie", ""))
    except CookieError:
        return None
    if name not in cookies:
        return None
    try:
        claims = signing.read_token(cookies[name].value, _keys(), audience, name)
    except Invalid:
        return None
    return str(claims["sub"])


def new_visitor() -> str:
    """Return a new visitor id."""
    return ids.unguessable()


def cookie(visitor_id: str, now: datetime, *, secure: bool) -> str:
    """Return a Set-Cookie header that recognises the visitor next time."""
    token = signing.make_token(_key(), _COOKIE_AUDIENCE, visitor_id, now, COOKIE_VALID)
    return _set_cookie(COOKIE, token, COOKIE_VALID, secure=secure)


def identity_cookie(customer_id: str, organization_id: str, now: datetime, *, secure: bool) -> str:
    """Return a Set-Cookie header with which a customer joins as who they are, for 30 minutes."""
    audience = f"identity:{organization_id}"
    token = signing.make_token(_key(), audience, customer_id, now, TOKEN_VALID)
    return _set_cookie(IDENTITY_COOKIE, token, TOKEN_VALID, secure=secure)


def _set_cookie(name: str, token: str, valid: timedelta, *, secure: bool) -> str:
    tail = "; Secure" if secure else ""
    age = int(valid.total_seconds())
    return f"{name}={token}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{tail}"


def token(visitor_id: str, code: str, now: datetime) -> str:
    """Return the token with which this visitor may join through this code, for 30 minutes.

    It carries the correlation id of the scan, so that the join's log lines are of the same story.
    """
    story = telemetry.correlation_id()
    return signing.make_token(_key(), f"join:{code}", visitor_id, now, TOKEN_VALID, story=story)


def visitor_in(given: str, code: str) -> str:
    """Return the visitor of a token, and go on in the logs with the story of its scan.

    Raises Invalid: forged, expired or of another code.
    """
    claims = signing.read_token(given, _keys(), f"join:{code}", "visitor_token")
    telemetry.follow(str(claims.get("story", "")))
    return str(claims["sub"])


def _key() -> bytes:
    return signing.derived_key("visitor")


def _keys() -> list[bytes]:
    return signing.derived_keys("visitor")
