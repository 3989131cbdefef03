"""The doors that provider accounts knock at, each in its provider's own scheme (A6)."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from sluice.codes import providers
from sluice.codes.providers.protocol import Callback, Happened, Provider
from sluice.codes.providers.sandbox import ContactEvent, Sandbox
from sluice.organizations import store
from sluice.organizations.tables import ProviderAccount
from sluice.shared import telemetry
from sluice.shared.claims import Claim
from sluice.shared.errors import NotFound, Unauthenticated
from sluice.shared.http import Body, Caller, Door, Request
from sluice.shared.providers.failures import ProviderFailure

MAX_HAPPENED = 1_000  # in one callback: a group has 500 people

type Unusable = Callable[[ProviderAccount, ProviderFailure, datetime], None]


class CallbackQuery(Body):
    """What WeCom signs its calls with; the sandbox has it in headers."""

    msg_signature: Annotated[str, Meta(max_length=64)] = ""  # 40 digits
    timestamp: Annotated[str, Meta(max_length=32)] = ""
    nonce: Annotated[str, Meta(max_length=128)] = ""
    echostr: Annotated[str, Meta(max_length=512)] = ""  # a number and the corporation, sealed


class Callbacks(Body):
    """What a door reads out of a callback; on the wire it has the provider's own format.

    The sandbox's is one event, answered at once; what others tell is stored and worked off.
    """

    event: ContactEvent | None = None
    happened: Annotated[list[Happened], Meta(max_length=MAX_HAPPENED)] = msgspec.field(
        default_factory=list
    )


class Echo(Body):
    """What answers a test of the address."""

    text: str = ""


def callback(route: str, unusable: Unusable) -> Door:
    """Declare a route that a provider account calls with what happened there.

    `unusable` is told of an account that is called and cannot be opened.
    """

    def authenticate(request: Request) -> tuple[Caller, bytes, Claim | None]:
        provider, given = _account(request, unusable)
        if isinstance(provider, Sandbox):
            read = Callbacks(event=provider.read_event(given))
        else:
            read = Callbacks(happened=list(provider.read(given)))
        return _caller(request), msgspec.json.encode(read), None

    return Door(route, "provider", authenticate)


def echo(route: str) -> Door:
    """Declare a route by which a provider tests the callback address."""

    def authenticate(request: Request) -> tuple[Caller, bytes, Claim | None]:
        provider, given = _account(request, _not_told)  # whoever enters the address sees it
        text = provider.answer_echo(given).decode(errors="replace")
        return _caller(request), msgspec.json.encode(Echo(text=text)), None

    return Door(route, "provider", authenticate)


def _account(request: Request, unusable: Unusable) -> tuple[Provider, Callback]:
    """Return whom the path names. Strangers do not learn which accounts there are."""
    organization_id = request.path["organization_id"]
    account_id = request.path["provider_account_id"]
    try:
        account = store.find_provider_account(organization_id, account_id)
        provider = _opened(account, unusable, request.now)
    except (NotFound, ProviderFailure):
        raise Unauthenticated("No provider account of that name sends callbacks.") from None
    query = request.event.get("queryStringParameters") or {}
    return provider, Callback(query, request.headers, request.raw)


def _opened(account: ProviderAccount, unusable: Unusable, now: datetime) -> Provider:
    """Open an account, or tell that it cannot be. Raises NotFound, ProviderFailure."""
    try:
        return providers.open_account(account)
    except ProviderFailure as failure:
        telemetry.logger.warning("provider_account_unusable", exc_info=failure)
        unusable(account, failure, now)
        raise


def _not_told(*_: object) -> None: ...


def _caller(request: Request) -> Caller:
    return Caller("provider", request.path["provider_account_id"])
