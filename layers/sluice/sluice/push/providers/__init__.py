"""What an adapter of a provider does. Adding one: docs/push.md, "How to add a provider"."""

import importlib
from dataclasses import dataclass
from datetime import datetime
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
    """The provider has taken the message."""

    message_id: str | None = None  # where the provider has one


class NotTaken(Exception):  # noqa: N818 - what happened, not what is wrong
    """The provider has not said that it took the message; raised as one of the classes below.

    The text stands in the push's timeline: it names no person, no address and no secret.
    """


class Rejected(NotTaken):
    """The provider said no: no such user, not allowed, an error code inside HTTP 200."""


class Unreachable(NotTaken):
    """It surely did not leave: no such host, connection refused, throttled by the provider."""


class Unknown(NotTaken):
    """It may have left: no answer in time, the connection lost after sending, HTTP 5xx.

    Whatever else `send` raises counts as this.
    """


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
    """A module in this folder has this attribute and these three functions.

    `deduplicates`: the provider knows a tracking id again and answers a repeated send as it did
    the first, without sending twice. Where it does not, a send that may have left is not repeated.
    """

    deduplicates: bool

    def send(self, account: ProviderAccount, message: Message) -> Sent:
        """Give the message to the provider, within 10 seconds.

        One request, not retried by the SDK either, unless the provider deduplicates. Raises
        Rejected, Unreachable or Unknown.
        """
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
