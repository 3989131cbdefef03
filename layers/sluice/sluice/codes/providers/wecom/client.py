"""The client: a call with the app's token, which is fetched anew once when WeCom calls it dead.

The verbs are in `ways`, `customers` and `groups`. Each is one request, two with a new token.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sluice.codes.providers.failures import TokenExpired
from sluice.codes.providers.wecom import accounts, answers
from sluice.codes.providers.wecom.accounts import Account
from sluice.codes.providers.wecom.failures import failure_of_secret
from sluice.codes.providers.wecom.tokens import Tokens
from sluice.codes.providers.wecom.transport import Transport, http


class Client:
    """WeCom as one app of one corporation."""

    def __init__(self, account: Account, tokens: Tokens, transport: Transport) -> None:
        self.account = account
        self._tokens = tokens
        self._transport = transport

    def get[T](self, call: str, expected: type[T], **query: str) -> T:
        """Ask for something. Raises a ProviderFailure."""
        return self._ask(call, query, None, expected)

    def post[T](self, call: str, body: Mapping[str, Any], expected: type[T]) -> T:
        """Have something done. Raises a ProviderFailure; after Unavailable it may be done."""
        return self._ask(call, {}, body, expected)

    def _ask[T](
        self,
        call: str,
        query: Mapping[str, str],
        body: Mapping[str, Any] | None,
        expected: type[T],
    ) -> T:
        organization_id, app = self.account.organization_id, self.account.app
        token = self._tokens.current(organization_id, app, self._fetch)
        try:
            signed = {"access_token": token.text, **query}
            return self._transport.ask(call, signed, body, expected)
        except TokenExpired:
            token = self._tokens.replace(organization_id, app, token, self._fetch)
        return self._transport.ask(call, {"access_token": token.text, **query}, body, expected)

    def _fetch(self) -> tuple[str, int]:
        query = {"corpid": self.account.corp_id, "corpsecret": self.account.secret.app_secret}
        found = self._transport.ask("gettoken", query, None, answers.Token, failure_of_secret)
        return found.access_token, found.expires_in


@cache
def tokens() -> Tokens:
    """Return the tokens of this process."""
    return Tokens()


def client_of(account: Account) -> Client:
    """Return the client of an account at the deployment's WeCom address."""
    return Client(account, tokens(), http(accounts.base_url()))
