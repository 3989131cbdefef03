"""One access token per app, kept by all processes together; one refresher at a time.

A token lives some two hours and may die early; until then WeCom answers the same one, so fetching
ahead of its end gains nothing. Whoever needs another takes a lease on the app's item, under a
condition on the generation they saw, asks the provider, and stores the token in place of that
generation; the others wait for it, some seconds at most. A token that was called dead is never
used again: who finds the item already a generation further takes that one, so many who find it
dead cause one fetch.
"""

import contextlib
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple

from pynamodb.expressions.update import Action

from sluice.shared import clock, ids, signing
from sluice.shared.errors import Refusal
from sluice.shared.guard import Transaction
from sluice.shared.providers import vault
from sluice.shared.providers.failures import TokenExpired, Unavailable
from sluice.shared.providers.tables import ProviderToken
from sluice.shared.table import find

# Longer than a fetch can take; also the least time between two fetches when one has failed.
LEASE = timedelta(seconds=10)
KEPT = timedelta(days=7)
WAITS = 16
WAIT_SECONDS = 0.25  # 4 s in all: with the call that follows still below a function's 10
_FETCH = "token"


class LeaseTaken(Refusal):
    """Somebody else is fetching, or has stored another generation; `current` is the item."""

    slug, title = "token-lease-taken", "Another process is fetching the token"


class Token(NamedTuple):
    """A token and which one of its app it is. Its text must not be logged."""

    text: str
    generation: int
    expires_at: datetime

    def __repr__(self) -> str:
        """Show what is no secret."""
        return f"Token(generation={self.generation}, expires_at={self.expires_at})"


type Fetch = Callable[[], tuple[str, int]]  # the token's text and its seconds of life


class Tokens:
    """The tokens of this process and the table behind them."""

    def __init__(
        self,
        now: Callable[[], datetime] = clock.now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._now = now
        self._sleep = sleep
        self._known: dict[str, Token] = {}  # by the key of their item

    def using[T](self, organization_id: str, app: str, fetch: Fetch, call: Callable[[str], T]) -> T:
        """Call with a token; once more with another where the provider says that it is dead.

        `call` raises TokenExpired then: it was not done. Raises as `current`, and what `call` does.
        """
        token = self.current(organization_id, app, fetch)
        try:
            return call(token.text)
        except TokenExpired:
            token = self.replace(organization_id, app, token, fetch)
        return call(token.text)

    def current(self, organization_id: str, app: str, fetch: Fetch) -> Token:
        """Return a token that should be valid: no request while this process knows one.

        Else one read; at the end of a token's life two transactions and one fetch, by one process.
        Raises Unavailable where another process is fetching and does not finish in time, and
        whatever `fetch` raises.
        """
        key = ids.key(organization_id, app)
        known = self._known.get(key)
        if known and self._now() < known.expires_at:
            return known
        return self._obtain(key, 0, fetch)

    def replace(self, organization_id: str, app: str, dead: Token, fetch: Fetch) -> Token:
        """Return another token than one that was called dead; raises as `current`."""
        key = ids.key(organization_id, app)
        if self._known.get(key) == dead:
            self._known.pop(key, None)
        return self._obtain(key, dead.generation, fetch)

    def _obtain(self, key: str, dead: int, fetch: Fetch) -> Token:
        """Return a token of a later generation than `dead`: the stored one, or a new one."""
        item = find(ProviderToken, key)
        for _ in range(WAITS):
            token = _usable(item, dead, self._now()) or self._refresh(key, item, dead, fetch)
            if token:
                self._known[key] = token
                return token
            self._sleep(WAIT_SECONDS)
            item = find(ProviderToken, key)
        raise Unavailable(_FETCH, advice="Another process is fetching the token.")

    def _refresh(
        self, key: str, item: ProviderToken | None, dead: int, fetch: Fetch
    ) -> Token | None:
        """Fetch and store the next token; None where another process is about it.

        Where the fetch fails the lease runs out by itself.
        """
        asked_at = self._now()
        try:
            _take_lease(key, item, dead, asked_at)
        except LeaseTaken as taken:
            return _usable(taken.current, dead, asked_at)
        text, seconds = fetch()
        generation = (int(item.generation) if item else 0) + 1
        token = Token(text, generation, asked_at + timedelta(seconds=max(seconds, 1)))
        # Slower than the lease, and another was stored: this is a token all the same.
        with contextlib.suppress(LeaseTaken):
            _store(key, token)
        return token


def app_of(*parts: str) -> str:
    """Return a fixed id of whoever has a token of their own, such as an app id and its secret."""
    return ids.derived(signing.derived_key("provider-app"), *parts)


@cache
def tokens() -> Tokens:
    """Return the tokens of this process."""
    return Tokens()


def _usable(item: ProviderToken | None, dead: int, now: datetime) -> Token | None:
    if item is None or not item.sealed:
        return None
    if item.generation <= dead or now >= item.expires_at:
        return None
    text = vault.unseal(item.key, item.sealed)
    return Token(text, int(item.generation), item.expires_at) if text else None


def _take_lease(key: str, item: ProviderToken | None, dead: int, now: datetime) -> None:
    """Become the one refresher of the generation seen. Raises LeaseTaken."""
    actions: list[Action] = [
        ProviderToken.generation.set(item.generation if item else 0),
        ProviderToken.lease_until.set(now + LEASE),
        ProviderToken.expires.set(now + KEPT),
    ]
    if item is None:
        as_seen = ProviderToken.key.does_not_exist()
    else:
        free = ProviderToken.lease_until.does_not_exist() | (ProviderToken.lease_until < now)
        as_seen = (ProviderToken.generation == item.generation) & free
        if item.generation <= dead:
            actions.append(ProviderToken.sealed.remove())  # nobody else is to try it meanwhile
    transaction = Transaction()
    transaction.update(ProviderToken(key), actions, condition=as_seen, otherwise=LeaseTaken())
    transaction.commit()


def _store(key: str, token: Token) -> None:
    """Put a fetched token in place of the one before, and end the lease. Raises LeaseTaken."""
    transaction = Transaction()
    transaction.update(
        ProviderToken(key),
        [
            ProviderToken.generation.set(token.generation),
            ProviderToken.sealed.set(vault.seal(key, token.text)),
            ProviderToken.expires_at.set(token.expires_at),
            ProviderToken.expires.set(token.expires_at + KEPT),
            ProviderToken.lease_until.remove(),
        ],
        condition=ProviderToken.generation == token.generation - 1,
        otherwise=LeaseTaken(),
    )
    transaction.commit()
