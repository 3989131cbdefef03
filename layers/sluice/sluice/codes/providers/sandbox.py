"""The sandbox: behaves like a messaging provider without an account anywhere.

What it has, and what it fails with, stand in the account's settings, all of them optional:

- `contacts`, `groups`: the channels that are there;
- `customers`: by a channel's reference, who is there, as `c1,c2`;
- `unionids`: by a customer's id, who they are at WeChat;
- `fail`: `abnormal`, `misconfigured`, `rate-limited`, `unavailable`, `not-there` or `too-late`.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, field

from sluice.codes.providers.protocol import (
    Asked,
    Callback,
    Connected,
    Happened,
    Held,
    Identity,
    Kind,
    Listed,
    Lost,
    Way,
)
from sluice.organizations import access
from sluice.organizations.tables import ProviderAccount
from sluice.shared import signing, wire
from sluice.shared.claims import hash_of
from sluice.shared.http import Body
from sluice.shared.providers import failures

SINCE = datetime(2026, 1, 1, tzinfo=UTC)  # of every customer it has
_FAILURES: Mapping[str, type[failures.ProviderFailure]] = {
    "abnormal": failures.AbnormalAccount,
    "misconfigured": failures.Misconfigured,
    "not-there": failures.NotThere,
    "rate-limited": failures.RateLimited,
    "too-late": failures.TooLate,
    "unavailable": failures.Unavailable,
}


class ContactEvent(Body):
    """The sandbox's callback; `assignment_id` is the `state` that was given with the contact."""

    event: Literal["connected", "lost"]
    assignment_id: Annotated[str, Meta(min_length=1, max_length=128)]
    customer_ref: Annotated[str, Meta(min_length=1, max_length=128)]
    at: Annotated[datetime, Meta(tz=True)]
    by: Literal["customer", "member"] = "customer"


class Settings(msgspec.Struct, frozen=True):
    """What the account's settings may hold; the rest is others' matter."""

    contacts: Sequence[str] = ()
    groups: Sequence[str] = ()
    customers: Mapping[str, str] = field(default_factory=dict)
    unionids: Mapping[str, str] = field(default_factory=dict)
    fail: str = ""


class Sandbox:
    """An account of the sandbox."""

    def __init__(self, account: ProviderAccount) -> None:
        self._organization_id, self._account_id = account.organization_id, account.account_id
        self._has = msgspec.convert(account.settings or {}, Settings)

    def answer_echo(self, callback: Callback) -> bytes:
        """Answer the test of the callback address: signed as every call. Raises Unauthenticated."""
        self._verify(callback)
        return callback.query.get("echostr", "").encode()

    def read(self, callback: Callback) -> Sequence[Happened]:
        """Return what a callback tells. Raises Unauthenticated, Invalid."""
        event = self.read_event(callback)
        kind: Kind = "group" if ".g." in event.assignment_id else "contact"
        key = hash_of(event.event, event.assignment_id, event.customer_ref, event.at.isoformat())
        if event.event == "lost":
            return [
                Lost(
                    key=key,
                    at=event.at,
                    kind=kind,
                    provider_ref="",
                    customer_ref=event.customer_ref,
                    by=event.by,
                )
            ]
        return [
            Connected(
                key=key,
                at=event.at,
                kind=kind,
                provider_ref="",
                customer_ref=event.customer_ref,
                state=event.assignment_id,
            )
        ]

    def read_event(self, callback: Callback) -> ContactEvent:
        """Return a callback as it is. Raises Unauthenticated, Invalid."""
        self._verify(callback)
        return wire.parse(callback.body, ContactEvent)

    def put_way(self, asked: Asked, way: Way | None) -> Way:
        """Return the channel's way: always the same."""
        self._fail("put_way")
        made = Way(f"way-{asked.state}", f"https://sandbox.invalid/ways/{asked.state}")
        return way or made

    def delete_way(self, kind: Kind, way: Way) -> None:  # noqa: ARG002 - there are none to delete
        """Delete a way."""
        self._fail("delete_way")

    def identify(self, told: Connected) -> Identity | None:
        """Return who came."""
        self._fail("identify")
        return Identity(told.customer_ref, self._has.unionids.get(told.customer_ref, ""), "")

    def welcome(self, told: Connected, text: str) -> None:  # noqa: ARG002 - nobody reads it
        """Send the welcome. Raises TooLate."""
        self._fail("welcome")

    def describe(self, told: Connected, remark: str, tags: Sequence[str]) -> None:  # noqa: ARG002
        """Set remark and tags."""
        self._fail("describe")

    def channels(self) -> Iterator[Listed]:
        """Yield the channels there are."""
        self._fail("channels")
        yield from (Listed("contact", name) for name in self._has.contacts)
        yield from (Listed("group", name) for name in self._has.groups)

    def customers(self, kind: Kind, provider_refs: Sequence[str]) -> Iterator[Held]:  # noqa: ARG002
        """Yield the customers of channels."""
        self._fail("customers")
        for provider_ref in provider_refs:
            for name in self._has.customers.get(provider_ref, "").split(","):
                if name.strip():
                    yield Held(provider_ref, name.strip(), SINCE)

    def _verify(self, callback: Callback) -> None:
        keys = access.provider_keys(self._organization_id, self._account_id)
        signing.verify_webhook(callback.headers, callback.body, keys)

    def _fail(self, call: str) -> None:
        failure = _FAILURES.get(self._has.fail)
        if failure is not None:
            raise failure(call, advice="The sandbox's settings say so.")


def open_account(account: ProviderAccount) -> Sandbox:
    """Return the account, ready to be asked."""
    return Sandbox(account)
