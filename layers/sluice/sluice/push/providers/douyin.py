"""Subscribe notifications of a Toutiao or Douyin mini app: who asked for a template gets it.

The send returns no message id, and nothing says that a message arrived. An event of the app that
tells of a failure is taken where the account's setting `failure_event` names it: its form is not
confirmed, so what is read of it is the openid and, where it is there, the template.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from sluice.organizations.tables import ProviderAccount
from sluice.push.providers import (
    ANY_PURPOSE,
    Message,
    Receipt,
    ReceiptsBy,
    Reply,
    Sent,
)
from sluice.push.providers.tools import accounts, codes, templating
from sluice.push.providers.tools.tokens import call_with_token
from sluice.shared import wire
from sluice.shared.errors import Unauthenticated
from sluice.shared.http import Request
from sluice.shared.providers import secrets, tokens, transport
from sluice.shared.providers.failures import Misconfigured

deduplicates = False
address_kind: str | None = "openid"
purposes = ANY_PURPOSE
receipts: ReceiptsBy = "own"

URL = "https://developer.toutiao.com"
CODES = codes.Codes(
    account={
        1009: "the app is barred from notifications",
        11001: "the app id is not valid",
        40006: "enter this deployment's fixed address in the app's list of addresses",
        40015: "the app id is not valid",
        40017: "the app's secret is wrong: enter it again",
    },
    limits={1010: 60, 28006003: 1},
    unsure={-1, 2000},
    token={11016, 40002, 28001003, 28001008},
)
_VERIFY = "verify_webhook"
_REFUSAL = "The signature is missing or wrong."


class Settings(msgspec.Struct, frozen=True):
    """The app; a template for contents that name none; where a message leads."""

    app_id: Annotated[str, Meta(pattern=r"^tt[A-Za-z0-9]{1,62}$(?!\n)")]
    template_id: Annotated[str, Meta(max_length=128)] = ""
    template_parameters: templating.Parameters = msgspec.field(default_factory=dict)
    page: Annotated[str, Meta(max_length=1024)] = ""
    failure_event: Annotated[str, Meta(max_length=64)] = ""


class Secret(secrets.Hidden, frozen=True):
    """What Secrets Manager holds."""

    app_secret: Annotated[str, Meta(min_length=1, max_length=128)]


class _TokenData(msgspec.Struct):
    access_token: str = ""
    expires_in: int = 0


class _Token(msgspec.Struct):
    err_no: int
    data: _TokenData = msgspec.field(default_factory=_TokenData)


class _Outcome(msgspec.Struct):
    err_no: int


class _Challenge(msgspec.Struct):
    challenge: int


class _Failure(msgspec.Struct):
    open_id: str = ""
    tpl_id: str = ""


class _Event(msgspec.Struct):
    event: str = ""
    from_user_id: str = ""
    content: msgspec.Raw = msgspec.Raw(b"{}")


def check_account(organization_id: str, settings: Mapping[str, Any], reference: str | None) -> None:
    """Check the app and that there is a secret. Raises Invalid."""
    accounts.read_settings(settings, Settings)
    secrets.check_reference(organization_id, reference)


def send(account: ProviderAccount, message: Message) -> Sent:
    """Send the template. Raises Rejected, Unreachable, Unknown."""
    settings = accounts.settings_of(account, Settings)
    secret = accounts.secret_of(account, Secret).app_secret
    template = templating.template_of(account, message)
    base = transport.base_url("DOUYIN_BASE_URL", URL)
    body = {
        "app_id": settings.app_id,
        "tpl_id": template.id,
        "open_id": message.address,
        "data": template.parameters,
        "page": settings.page,
    }

    def fetch() -> tuple[str, int]:
        given = {"appid": settings.app_id, "secret": secret, "grant_type": "client_credential"}
        found = codes.post(f"{base}/api/apps/v2/token", given, _Token)
        codes.check(CODES, found.err_no)
        return found.data.access_token, found.data.expires_in

    def call(token: str) -> None:
        url = f"{base}/api/apps/subscribe_notification/developer/v1/notify"
        outcome = codes.post(url, {"access_token": token, **body}, _Outcome)
        codes.check(CODES, outcome.err_no)

    app = tokens.app_of("douyin", settings.app_id, secret)
    call_with_token(account, app, fetch, call)
    return Sent()


def authenticate(account: ProviderAccount, request: Request) -> None:
    """Check the SHA-1 of secret and body. Raises Unauthenticated."""
    try:
        secret = accounts.read_secret(account, Secret).app_secret
    except Misconfigured:
        raise Unauthenticated(_REFUSAL) from None
    digest = hashlib.sha1(secret.encode() + request.raw, usedforsecurity=False).hexdigest()
    given = request.headers.get("x-douyin-signature", "").lower()
    if not hmac.compare_digest(digest.encode(), given.encode()):
        raise Unauthenticated(_REFUSAL)


def parse(account: ProviderAccount, request: Request) -> list[Receipt]:
    """Read a failure; other events tell nothing. Raises Invalid."""
    event = wire.parse(request.raw, _Event)
    wanted = accounts.settings_of(account, Settings).failure_event
    if not wanted or event.event != wanted:
        return []
    failure = _content(event, _Failure)
    address = failure.open_id or event.from_user_id
    if not address:
        return []
    return [Receipt(status="failed", address=address, template_id=failure.tpl_id or None)]


def reply(account: ProviderAccount, request: Request) -> Reply | None:  # noqa: ARG001 - protocol
    """Return the challenge of a test of the address, else nothing in particular."""
    event = wire.parse(request.raw, _Event)
    if event.event != _VERIFY:
        return Reply(text="{}")
    challenge = _content(event, _Challenge)
    return Reply(text=msgspec.json.encode(challenge).decode())


def _content[T](event: _Event, expected: type[T]) -> T:
    """Return the content, which some events have as JSON inside a text. Raises Invalid."""
    raw = bytes(event.content)
    if raw.startswith(b'"'):
        raw = wire.parse(raw, str).encode()
    return wire.parse(raw, expected)
