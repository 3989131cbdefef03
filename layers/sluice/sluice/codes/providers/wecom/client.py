"""The client: a call with the app's token, which is fetched anew once when WeCom calls it dead.

The verbs are in `ways`, `customers` and `groups`. Each is one request, two with a new token.
"""

from collections.abc import Mapping
from typing import Any

from sluice.codes.providers.wecom import accounts, answers
from sluice.codes.providers.wecom.accounts import Account
from sluice.codes.providers.wecom.failures import failure_of, failure_of_secret
from sluice.shared.providers.tokens import Tokens, tokens
from sluice.shared.providers.transport import Transport, http


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
        def send(token: str) -> T:
            signed = {"access_token": token, **query}
            return self._transport.ask(call, signed, body, expected, failure_of)

        account = self.account
        return self._tokens.using(account.organization_id, account.app, self._fetch, send)

    def _fetch(self) -> tuple[str, int]:
        query = {"corpid": self.account.corp_id, "corpsecret": self.account.secret.app_secret}
        found = self._transport.ask("gettoken", query, None, answers.Token, failure_of_secret)
        return found.access_token, found.expires_in


def client_of(account: Account) -> Client:
    """Return the client of an account at the deployment's WeCom address."""
    return Client(account, tokens(), http(f"{accounts.base_url()}/cgi-bin/"))
