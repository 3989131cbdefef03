"""Anonymous visitors: a long-lived cookie tells them apart, a short token lets them join (A3)."""

from datetime import datetime, timedelta
from http.cookies import CookieError, SimpleCookie

from sluice.shared import ids, signing
from sluice.shared.errors import Invalid
from sluice.shared.http import Request

COOKIE = "sluice_visitor"
COOKIE_VALID = timedelta(days=400)  # browsers keep none longer
TOKEN_VALID = timedelta(minutes=30)
_COOKIE_AUDIENCE = "visitor"


def visitor_of(request: Request) -> str | None:
    """Return the visitor id in a genuine cookie, or None."""
    cookies = SimpleCookie()
    try:
        cookies.load(request.headers.get("cookie", ""))
    except CookieError:
        return None
    if COOKIE not in cookies:
        return None
    try:
        claims = signing.read_token(cookies[COOKIE].value, _keys(), _COOKIE_AUDIENCE, COOKIE)
    except Invalid:
        return None
    return str(claims["sub"])


def new_visitor() -> str:
    """Return a new visitor id."""
    return ids.unguessable()


def cookie(visitor_id: str, now: datetime, *, secure: bool) -> str:
    """Return a Set-Cookie header that recognises the visitor next time."""
    token = signing.make_token(_key(), _COOKIE_AUDIENCE, visitor_id, now, COOKIE_VALID)
    age = int(COOKIE_VALID.total_seconds())
    tail = "; Secure" if secure else ""
    return f"{COOKIE}={token}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{tail}"


def token(visitor_id: str, code: str, now: datetime) -> str:
    """Return the token with which this visitor may join through this code, for 30 minutes."""
    return signing.make_token(_key(), f"join:{code}", visitor_id, now, TOKEN_VALID)


def visitor_in(given: str, code: str) -> str:
    """Return the visitor of a token. Raises Invalid: forged, expired or of another code."""
    return str(signing.read_token(given, _keys(), f"join:{code}", "visitor_token")["sub"])


def _key() -> bytes:
    return signing.derived_key("visitor")


def _keys() -> list[bytes]:
    return signing.derived_keys("visitor")
