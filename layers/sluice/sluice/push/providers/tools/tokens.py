"""A call with the access token of an account's app, which is fetched anew once when it is dead."""

from collections.abc import Callable

from sluice.organizations.tables import ProviderAccount
from sluice.push.providers import NotTaken, Unreachable
from sluice.shared import guard
from sluice.shared.providers.failures import ProviderFailure, TokenExpired
from sluice.shared.providers.tokens import Fetch, tokens

BUSY_SECONDS = 1


def call_with_token[T](
    account: ProviderAccount, app: str, fetch: Fetch, call: Callable[[str], T]
) -> T:
    """Return what `call` does with a token; `app` is whoever has a token of its own.

    `call` raises TokenExpired where the token is dead. Without a token nothing leaves: then
    whatever is wrong is Unreachable. Raises what `call` does, too.
    """

    def fetch_surely() -> tuple[str, int]:
        try:
            return fetch()
        except NotTaken as error:
            raise Unreachable(f"no access token: {error}", _wait_of(error)) from None

    sending = False

    def send(token: str) -> T:
        nonlocal sending
        sending = True
        try:
            return call(token)
        except TokenExpired:
            sending = False  # it was not done
            raise

    try:
        return tokens().using(account.organization_id, app, fetch_surely, send)
    except TokenExpired:
        raise Unreachable("a new access token is not taken either") from None
    except ProviderFailure as failure:
        why = f"no access token: {failure}"
        raise Unreachable(why, failure.retry_after_seconds) from None
    except Exception as error:
        if sending or not guard.is_busy(error):
            raise
        raise Unreachable("no access token: AWS is busy", BUSY_SECONDS) from None


def _wait_of(error: NotTaken) -> int | None:
    return error.retry_after_seconds if isinstance(error, Unreachable) else None
