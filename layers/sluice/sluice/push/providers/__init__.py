"""What an adapter of a provider does. Adding one: docs/push.md, "How to add a provider"."""

import importlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, Protocol, cast

import msgspec
from msgspec import Meta

from sluice.organizations import store
from sluice.organizations.tables import ProviderAccount
from sluice.push.inputs import PriceBody, UserId
from sluice.push.rules.strategies import Content
from sluice.shared.claims import Claim
from sluice.shared.errors import NotFound, Unauthenticated
from sluice.shared.http import Body, Caller, Door, Request

MAX_RECEIPTS = 100  # in one call

Id = Annotated[str, Meta(min_length=1, max_length=256)]

_MODULES = {"sandbox": "sluice.push.providers.sandbox"}  # loaded when first used


class Outcome(StrEnum):
    """What the provider made of a message."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"  # surely not sent: the chain moves on at once
    UNKNOWN = "unknown"  # no answer: it may have been sent, so the wait decides


@dataclass(frozen=True)
class Message:
    """One message to one user on one channel."""

    organization_id: str
    account_id: str
    channel: str
    user_id: str
    tracking_id: str  # goes into the message: link, template field or the provider's context
    content: Content
    begun_at: datetime  # with the tracking id, the same for every try


@dataclass(frozen=True)
class Sent:
    """The provider's answer to a send."""

    outcome: Outcome
    message_id: str | None = None
    why: str = ""


class Receipt(Body, omit_defaults=True):
    """A receipt in our words, whatever the provider calls it."""

    status: Literal["sent", "delivered", "seen", "clicked", "failed"]
    tracking_id: Id | None = None
    message_id: Id | None = None
    user_id: UserId | None = None
    price: PriceBody | None = None
    at: Annotated[datetime, Meta(tz=True)] | None = None


class Receipts(Body):
    """What an adapter reads out of a call; on the wire it has the provider's own format.

    The sandbox's is one receipt with `type: receipt`.
    """

    receipts: Annotated[list[Receipt], Meta(max_length=MAX_RECEIPTS)]


class Adapter(Protocol):
    """A module in this folder has these three functions."""

    def send(self, account: ProviderAccount, message: Message) -> Sent:
        """Give the message to the provider, with a timeout. What it raises counts as rejected."""
        ...

    def authenticate(self, account: ProviderAccount, request: Request) -> None:
        """Check that the provider sent this receipt. Raises Unauthenticated."""
        ...

    def parse(self, raw: bytes) -> list[Receipt]:
        """Read the provider's receipts. Raises Invalid."""
        ...


def adapter_of(account: ProviderAccount) -> Adapter:
    """Return the adapter for an account's type. Raises NotFound where it cannot push."""
    module = _MODULES.get(account.type)
    if module is None:
        raise NotFound(f"Accounts of type {account.type} send no pushes.")
    return cast("Adapter", importlib.import_module(module))


def receipts_door(route: str) -> Door:
    """Declare a route that a provider account calls with receipts, in its own scheme and format."""

    def authenticate(request: Request) -> tuple[Caller, bytes, Claim | None]:
        account_id = request.path["provider_account_id"]
        try:
            account = store.find_provider_account(request.path["organization_id"], account_id)
            adapter = adapter_of(account)
        except NotFound:
            raise Unauthenticated("No provider account of that name sends receipts.") from None
        adapter.authenticate(account, request)
        read = Receipts(receipts=adapter.parse(request.raw))
        return Caller("provider", account_id), msgspec.json.encode(read), None

    return Door(route, "provider", authenticate)
