"""A call with the access token of an account's app, which is fetched anew once when it is dead."""

from collections.abc import Callable

from sluice.organizations.tables import ProviderAccount
from sluice.push.providers import NotTaken, Unreachable
from sluice.shared.providers.failures import ProviderFailure, TokenExpired
from sluice.shared.providers.tokens import Fetch, tokens


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

    try:
        return tokens().using(account.organization_id, app, fetch_surely, call)
    except TokenExpired:
        raise Unreachable("a new access token is not taken either") from None
    except ProviderFailure as failure:
        why = f"no access token: {failure}"
        raise Unreachable(why, failure.retry_after_seconds) from None


def _wait_of(error: NotTaken) -> int | None:
    return error.retry_after_seconds if isinstance(error, Unreachable) else None
