"""What an adapter of a provider does. Adding one: docs/push-providers.md, "How to add a channel".

Each module of this package is the adapter of the account type that it is named after.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Literal, Protocol, cast, runtime_checkable

import msgspec
from msgspec import Meta

from sluice.organizations import store
from sluice.organizations.tables import ProviderAccount
from sluice.push.inputs import PriceBody, UserId
from sluice.push.rules.contents import Content
from sluice.shared.claims import Claim
from sluice.shared.errors import NotFound, Unauthenticated
from sluice.shared.http import Body, Caller, Door, Request

MAX_RECEIPTS = 100  # in one call
MAX_ECHO = 128
type ReceiptsBy = Literal["signed", "keyed", "own", "none"]

Id = Annotated[str, Meta(min_length=1, max_length=256)]

ANY_PURPOSE = frozenset({"transactional", "service", "marketing"})
NO_MARKETING = ANY_PURPOSE - {"marketing"}
_NOBODY = "No provider account of that name sends receipts."


@dataclass(frozen=True)
class Message:
    """One message to one user on one channel."""

    organization_id: str
    account_id: str
    channel: str
    user_id: str
    tracking_id: str  # goes into the message: link, template field or the provider's context
    content: Content  # rendered: nothing is left to be filled in
    begun_at: datetime  # with the tracking id, the same for every try
    address: str = ""  # of the adapter's `address_kind`; empty where it has none
    purpose: str = "transactional"
    link: str | None = None  # ours, which records the click, or else the content's own
    open_url: str | None = None  # a picture that records the opening
    unsubscribe_url: str | None = None
    display: str | None = None  # how an inbox shows it


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


class AddressGone(Rejected):
    """The address does not exist, nor will it: nothing more is sent to it on any channel."""


class Unreachable(NotTaken):
    """It surely did not leave, and that is the account's trouble, not this message's.

    No such host, connection refused, throttled, out of balance, wrong credentials. It is worth
    another try after `retry_after_seconds`, where that is known.
    """

    def __init__(self, why: str, retry_after_seconds: int | None = None) -> None:
        super().__init__(why)
        self.retry_after_seconds = retry_after_seconds


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
    address: Id | None = None  # of the user at the provider, where it does not know our user id
    template_id: Id | None = None  # with the user and the time, where there is neither id
    price: PriceBody | None = None
    at: Annotated[datetime, Meta(tz=True)] | None = None
    suppress: Literal["address", "marketing"] | None = None  # a hard bounce, a complaint


class ReceiptsQuery(Body):
    """What providers put into the address: a key of ours, or WeChat's signature."""

    key: Annotated[str, Meta(max_length=64)] = ""
    signature: Annotated[str, Meta(max_length=64)] = ""
    msg_signature: Annotated[str, Meta(max_length=64)] = ""
    timestamp: Annotated[str, Meta(max_length=32)] = ""
    nonce: Annotated[str, Meta(max_length=128)] = ""
    echostr: Annotated[str, Meta(max_length=MAX_ECHO)] = ""
    encrypt_type: Annotated[str, Meta(max_length=16)] = ""
    openid: Annotated[str, Meta(max_length=128)] = ""


class Reply(Body):
    """What a provider wants to be answered, word for word."""

    text: Annotated[str, Meta(max_length=1024)]
    content_type: Annotated[str, Meta(max_length=64)] = "application/json"


class Receipts(Body):
    """What an adapter reads out of a call. Without `reply` the answer is ours."""

    receipts: Annotated[list[Receipt], Meta(max_length=MAX_RECEIPTS)]
    reply: Reply | None = None


class Adapter(Protocol):
    """A module in this folder has these four attributes and five functions.

    `deduplicates`: the provider knows a tracking id again and answers a repeated send as it did
    the first, without sending twice. Where it does not, a send that may have left is not repeated.
    `address_kind`: what it needs to know of a user, such as `phone`; None where it needs nothing:
    a robot writes to its group.
    `purposes`: what its messages may be for; WeChat's template messages may not be marketing.
    `receipts`: how its receipts are known to be its own. `signed`: with the account's key as
    Standard Webhooks says. `keyed`: by a key in their address. `own`: in the provider's own way.
    `none`: there are none.
    """

    deduplicates: bool
    address_kind: str | None
    purposes: frozenset[str]
    receipts: ReceiptsBy

    def check_account(
        self, organization_id: str, settings: Mapping[str, Any], reference: str | None
    ) -> None:
        """Check what an account of this type is given. Raises Invalid: the field, what to do."""
        ...

    def send(self, account: ProviderAccount, message: Message) -> Sent:
        """Give the message to the provider, within 10 seconds.

        One request, not retried by the SDK, unless the provider deduplicates. Raises NotTaken.
        """
        ...

    def authenticate(self, account: ProviderAccount, request: Request) -> None:
        """Check that the provider sent this receipt. Raises Unauthenticated."""
        ...

    def parse(self, account: ProviderAccount, request: Request) -> list[Receipt]:
        """Read the provider's receipts, after `authenticate`. Raises Invalid.

        A call that is the provider's and tells nothing we can use gives none.
        """
        ...

    def reply(self, account: ProviderAccount, request: Request) -> Reply | None:
        """Return what the provider wants to be answered once all is stored; None: anything."""
        ...


@runtime_checkable
class EchoAdapter(Protocol):
    """An adapter whose provider tests the address of receipts by a GET."""

    def answer_echo(self, account: ProviderAccount, request: Request) -> Reply:
        """Return what proves that the address is ours. Raises Unauthenticated."""
        ...


@cache
def types() -> frozenset[str]:
    """Return the account types that push: one for each module here."""
    return frozenset(found.name for found in pkgutil.iter_modules(__path__) if not found.ispkg)


def adapter_of_type(account_type: str) -> Adapter:
    """Return the adapter of a type, loaded when first used. Raises NotFound where none pushes."""
    if account_type not in types():
        raise NotFound(f"Accounts of type {account_type} send no pushes.")
    return cast("Adapter", importlib.import_module(f"{__name__}.{account_type}"))


def adapter_of(account: ProviderAccount) -> Adapter:
    """Return the adapter for an account's type. Raises NotFound where it cannot push."""
    return adapter_of_type(account.type)


def types_for(purpose: str) -> frozenset[str]:
    """Return the account types whose messages may be for a purpose: loads every adapter."""
    return frozenset(name for name in types() if purpose in adapter_of_type(name).purposes)


def receipts_door(route: str) -> Door:
    """Declare a route that a provider account calls with receipts, in its own scheme and format."""

    def authenticate(request: Request) -> tuple[Caller, bytes, Claim | None]:
        account, adapter = _account(request)
        adapter.authenticate(account, request)
        found = adapter.parse(account, request)
        read = Receipts(receipts=found, reply=adapter.reply(account, request))
        return Caller("provider", account.account_id), msgspec.json.encode(read), None

    return Door(route, "provider", authenticate)


def echo_door(route: str) -> Door:
    """Declare a route by which a provider tests the address of receipts."""

    def authenticate(request: Request) -> tuple[Caller, bytes, Claim | None]:
        account, adapter = _account(request)
        if not isinstance(adapter, EchoAdapter):
            raise Unauthenticated(_NOBODY)
        read = Receipts(receipts=[], reply=adapter.answer_echo(account, request))
        return Caller("provider", account.account_id), msgspec.json.encode(read), None

    return Door(route, "provider", authenticate)


def _account(request: Request) -> tuple[ProviderAccount, Adapter]:
    """Return whom the path names. Strangers do not learn which accounts there are."""
    organization_id = request.path["organization_id"]
    account_id = request.path["provider_account_id"]
    try:
        account = store.find_provider_account(organization_id, account_id)
        return account, adapter_of(account)
    except NotFound:
        raise Unauthenticated(_NOBODY) from None
