"""What WeChat's template and subscribe messages share: the app, its token, its calls and events."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlencode

import msgspec
from msgspec import Meta

from sluice.organizations.tables import ProviderAccount
from sluice.push.providers import MAX_ECHO, Reply, Unreachable
from sluice.push.providers.tools import accounts, codes
from sluice.push.providers.tools.tokens import call_with_token
from sluice.shared import telemetry
from sluice.shared.errors import Invalid, Unauthenticated
from sluice.shared.http import Request
from sluice.shared.providers import sealing, secrets, tokens, transport, xml
from sluice.shared.providers.failures import Misconfigured
from sluice.shared.providers.sealing import CallbackKey

_TIMESTAMP = re.compile(r"[0-9]{1,12}\Z")
URL = "https://api.weixin.qq.com"
OK = Reply(text="success", content_type="text/plain")
MAX_AGE_SECONDS = 600  # of what is not sealed: its signature says nothing of its words
CODES = codes.Codes(
    account={
        40013: "the app id is not valid",
        40125: "the app's secret is wrong: enter it again",
        40164: "enter this deployment's fixed address in the app's list of addresses",
        40243: "the app's secret is frozen: unfreeze it",
        48001: "the app has no right to this call",
        48004: "WeChat has barred the app from this call",
        50002: "the app is restricted",
    },
    limits={45009: 3600, 45011: 60},
    unsure={-1},
    token={40001, 40014, 41001, 42001},
)
# Asking for a token, 40001 says that the secret is wrong.
_TOKEN_CODES = msgspec.structs.replace(
    CODES,
    account={**CODES.account, 40001: "the app's secret is wrong: enter it again"},
    token=frozenset(),
)

AppId = Annotated[str, Meta(pattern=r"^wx[A-Za-z0-9]{1,62}$(?!\n)")]


class App(msgspec.Struct, frozen=True):
    """The app whose messages they are."""

    app_id: AppId
    plain_callbacks: bool = False  # taken unsealed, too


class Secret(secrets.Hidden, frozen=True):
    """What Secrets Manager holds. Two callback keys are valid while one is replaced."""

    app_secret: Annotated[str, Meta(min_length=1, max_length=128)]
    callbacks: Annotated[tuple[CallbackKey, ...], Meta(max_length=2)] = ()


class Outcome(msgspec.Struct):
    """What every answer to a message has."""

    errcode: int
    msgid: int | None = None


class _Token(msgspec.Struct):
    errcode: int = 0
    access_token: str = ""
    expires_in: int = 0


def post(account: ProviderAccount, path: str, body: Mapping[str, object]) -> Outcome:
    """POST with the app's token; return an answer whose code is 0.

    One request, two with a new token. Raises Rejected, Unreachable, Unknown.
    """
    app_id = accounts.settings_of(account, App).app_id
    secret = accounts.secret_of(account, Secret).app_secret
    base = transport.base_url("WECHAT_BASE_URL", URL)

    def fetch() -> tuple[str, int]:
        given = {"grant_type": "client_credential", "appid": app_id, "secret": secret}
        found = codes.post(f"{base}/cgi-bin/stable_token", given, _Token)
        codes.check(_TOKEN_CODES, found.errcode)
        return found.access_token, found.expires_in

    def call(token: str) -> Outcome:
        query = urlencode({"access_token": token})
        outcome = codes.post(f"{base}{path}?{query}", body, Outcome)
        codes.check(CODES, outcome.errcode)
        return outcome

    return call_with_token(account, tokens.app_of("wechat", app_id, secret), fetch, call)


def answer_echo(account: ProviderAccount, request: Request) -> Reply:
    """Return the text by which WeChat tests the address. Raises Unauthenticated."""
    query = _query(request)
    echo = query.get("echostr", "")
    _check_signature(_keys(account)[1], query)
    if not (echo.isascii() and echo.isalnum() and len(echo) <= MAX_ECHO):
        raise Unauthenticated(sealing.REFUSAL)
    return Reply(text=echo, content_type="text/plain")


def open_event(account: ProviderAccount, request: Request) -> bytes:
    """Return the event of a call, unsealed. Raises Unauthenticated.

    A call that is not sealed is taken where the account says so, and for ten minutes.
    """
    query, (app, keys) = _query(request), _keys(account)
    try:
        sealed = xml.parse(request.raw).get("Encrypt", "")
    except ValueError:
        sealed = ""  # an unsealed event may lie deeper
    if isinstance(sealed, str) and sealed:
        return sealing.unseal(
            keys,
            app.app_id,
            signature=query.get("msg_signature", ""),
            timestamp=query.get("timestamp", ""),
            nonce=query.get("nonce", ""),
            sealed=sealed,
        )
    _check_signature(keys, query)
    age = abs(request.now.timestamp() - int(query["timestamp"]))
    if not app.plain_callbacks or age > MAX_AGE_SECONDS:
        raise Unauthenticated(sealing.REFUSAL)
    return request.raw


def authenticate(account: ProviderAccount, request: Request) -> None:
    """Check the seal, or the signature. Raises Unauthenticated."""
    open_event(account, request)


def reply(account: ProviderAccount, request: Request) -> Reply:  # noqa: ARG001 - protocol
    """Return what ends WeChat's retries."""
    return OK


def read_event(event: bytes) -> tuple[dict[str, str], list[xml.Record]]:
    """Return an event's texts, and its records. Raises Invalid."""
    try:
        fields, records = xml.parse_records(event)
    except ValueError as error:
        raise Invalid(f"WeChat's event cannot be read: {error}") from None
    return {name: text for name, text in fields.items() if isinstance(text, str)}, records


def time_of(fields: Mapping[str, str], now: datetime) -> datetime | None:
    """Return when an event happened; None where it does not say, or names the future."""
    text = fields.get("CreateTime", "")
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(int(now.timestamp())))):
        return None
    return min(datetime.fromtimestamp(int(text), UTC), now)


def _keys(account: ProviderAccount) -> tuple[App, tuple[CallbackKey, ...]]:
    try:
        app = accounts.settings_of(account, App)
        return app, accounts.read_secret(account, Secret).callbacks
    except (Unreachable, Misconfigured) as error:
        telemetry.logger.warning("provider_account_unusable", extra={"why": str(error)})
        raise Unauthenticated(sealing.REFUSAL) from None


def _query(request: Request) -> Mapping[str, str]:
    return request.event.get("queryStringParameters") or {}


def _check_signature(keys: tuple[CallbackKey, ...], query: Mapping[str, str]) -> None:
    timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
    given = query.get("signature", "").encode()
    for key in keys:
        joined = "".join(sorted((key.token, timestamp, nonce)))
        expected = hashlib.sha1(joined.encode(), usedforsecurity=False).hexdigest()
        if _TIMESTAMP.match(timestamp) and hmac.compare_digest(expected.encode(), given):
            return
    raise Unauthenticated(sealing.REFUSAL)
