"""Sessions: a random cookie, its item in a table, tokens renewed from the user pool (F5).

The browser holds 256 random bits and no token. Whoever reads the table cannot sign in with what
stands there as a key; whoever signs out ends the session and its refresh token at once.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action

from sluice.console import user_pool
from sluice.console.tables import ConsoleSession
from sluice.console.user_pool import Tokens
from sluice.shared import clock
from sluice.shared.table import find

LASTS = timedelta(hours=12)
RENEW_BEFORE = timedelta(minutes=2)  # the end of the ID token, which outlives a page's calls
_BYTES = 32


class Session(NamedTuple):
    """Who is signed in, and the token that says so to the API."""

    secret: str  # the cookie's value
    organization_id: str
    member_id: str
    roles: frozenset[str]
    id_token: str
    profile: Mapping[str, Any]

    @property
    def csrf_token(self) -> str:
        """What a form of this session carries; it tells nothing of the cookie it follows from."""
        return hmac.new(self.secret.encode(), b"csrf", hashlib.sha256).hexdigest()


def opened(tokens: Tokens, profile: Mapping[str, Any]) -> Session:
    """Store a new session: 1 write unit or 2 (tokens are long)."""
    secret, now = secrets.token_urlsafe(_BYTES), clock.now()
    claims = tokens.claims
    item = ConsoleSession(
        _key(secret),
        organization_id=claims.organization_id,
        member_id=claims.member_id,
        roles=set(claims.roles) or None,
        id_token=tokens.id_token,
        id_token_until=claims.expires_at,
        refresh_token=tokens.refresh_token,
        profile=dict(profile),
        expires_at=now + LASTS,
        expires=now + LASTS,
    )
    item.save(ConsoleSession.session_key.does_not_exist())
    return _session(secret, item)


def found(secret: str | None, now: datetime) -> Session | None:
    """Return the session of a cookie: one read, and a write where its ID token is renewed.

    None where there is none, it is over, or the user pool renews it no more.
    """
    if not secret or len(secret) > 2 * _BYTES:
        return None
    item = find(ConsoleSession, _key(secret))
    if item is None or item.expires_at <= now:
        return None
    if item.id_token_until - RENEW_BEFORE <= now and not _renew(item):
        return None
    return _session(secret, item)


def end(secret: str) -> None:
    """Delete a session and take its refresh token back. One write, one call."""
    item = find(ConsoleSession, _key(secret))
    if item is not None:
        item.delete()
        user_pool.revoke(item.refresh_token)


def show(session: Session, shown: Mapping[str, str]) -> None:
    """Change what this session's pages show: 1 write unit or 2; nothing of one that was ended.

    Other sessions show what they began with until they end.
    """
    item = ConsoleSession(_key(session.secret))
    profile = ConsoleSession.profile.set({**session.profile, **shown})
    _update(item, [profile])


def cookie(base_url: str, secret: str) -> dict[str, str]:
    """Return the header that signs a browser in, or out where the secret is empty."""
    lasts = int(LASTS.total_seconds()) if secret else 0
    made = f"{cookie_name(base_url)}={secret}; Path=/; HttpOnly; SameSite=Lax; Max-Age={lasts}"
    return {"Set-Cookie": made + ("; Secure" if is_secure(base_url) else "")}


def cookie_name(base_url: str) -> str:
    """Return the cookie's name: bound to this very host, where there is TLS (not on one's desk)."""
    return "__Host-sluice" if is_secure(base_url) else "sluice_console"


def is_secure(base_url: str) -> bool:
    """Tell whether browsers come by TLS."""
    return urlsplit(base_url).scheme == "https"


def cookie_of(headers: Mapping[str, str], name: str) -> str | None:
    """Return a cookie's value; what others have set on this host may look like anything."""
    for part in headers.get("cookie", "").split(";"):
        own, _, value = part.strip().partition("=")
        if own == name:
            return value
    return None


def _renew(item: ConsoleSession) -> bool:
    """Renew the ID token; False where the session is over, or was ended in the meantime."""
    tokens = user_pool.renewed(item.refresh_token)
    if tokens is None:
        item.delete()
        return False
    roles = set(tokens.claims.roles)
    return _update(
        item,
        [
            ConsoleSession.id_token.set(tokens.id_token),
            ConsoleSession.id_token_until.set(tokens.claims.expires_at),
            ConsoleSession.roles.set(roles) if roles else ConsoleSession.roles.remove(),
        ],
    )


def _update(item: ConsoleSession, actions: list[Action]) -> bool:
    """Change a session's item; False where it was ended in the meantime."""
    try:
        item.update(actions, condition=ConsoleSession.session_key.exists())
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        return False
    return True


def _session(secret: str, item: ConsoleSession) -> Session:
    return Session(
        secret,
        item.organization_id,
        item.member_id,
        frozenset(item.roles or ()),
        item.id_token,
        item.profile,
    )


def _key(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
