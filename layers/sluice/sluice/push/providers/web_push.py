"""Web push: an encrypted message to a browser, by the service its subscription names.

The address is the browser's subscription as JSON: `endpoint`, `keys` with `p256dh` and `auth`. The
setting `subject` says who sends (`mailto:` or `https://`), `ttl_seconds` how long a service keeps
a message for a browser that is off. The secret is JSON with `private_key`: the 32 bytes of a P-256
key in URL-safe base64. The page's service worker shows the payload and puts `tag` on it, so that a
browser shows a message once. There are no receipts: `open_url` and `link` tell us.
"""

import os
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import Meta

from sluice.organizations.tables import ProviderAccount
from sluice.push.providers import (
    ANY_PURPOSE,
    AddressGone,
    Message,
    ReceiptsBy,
    Rejected,
    Sent,
    Unreachable,
)
from sluice.push.providers.signatures import web_push
from sluice.push.providers.tools import accounts, calls, silent
from sluice.shared import clock, outside
from sluice.shared.providers import secrets

deduplicates = False  # a tag replaces what is shown, but shows it again
address_kind: str | None = "web_push"
purposes = ANY_PURPOSE
receipts: ReceiptsBy = "none"
authenticate, parse, reply = silent.authenticate, silent.parse, silent.reply

_GONE = frozenset({404, 410})  # RFC 8030, section 7.3: the subscription has ended
_DENIED = frozenset({400, 401, 403})  # RFC 8292, section 4.2: who sends is not who subscribed
_URGENCY = {"transactional": "high", "service": "normal", "marketing": "low"}
_DAY_SECONDS = 86_400


class Settings(msgspec.Struct, frozen=True):
    """What an account is given."""

    subject: Annotated[str, Meta(pattern=r"^(mailto:[!-~]{3,200}|https://[!-~]{1,200})$(?!\n)")]
    ttl_seconds: Annotated[int, Meta(ge=0, le=28 * _DAY_SECONDS)] = _DAY_SECONDS


class Secret(secrets.Hidden, frozen=True):
    """The key that subscriptions were made for."""

    private_key: str


class Keys(msgspec.Struct, frozen=True):
    """A browser's point of the curve and its secret, in URL-safe base64."""

    p256dh: Annotated[str, Meta(max_length=100)]
    auth: Annotated[str, Meta(max_length=40)]


class Subscription(msgspec.Struct, frozen=True):
    """What `PushSubscription.toJSON()` gives."""

    endpoint: Annotated[str, Meta(pattern=r"^https?://[!-~]{1,1000}$(?!\n)")]
    keys: Keys


class Payload(msgspec.Struct, omit_defaults=True):
    """What the service worker gets."""

    title: str
    body: str
    tag: str
    url: str | None = None
    open_url: str | None = None
    content_id: str | None = None


def check_account(organization_id: str, settings: Mapping[str, Any], reference: str | None) -> None:
    """Check settings and the secret's name. Raises Invalid."""
    accounts.read_settings(settings, Settings)
    secrets.check_reference(organization_id, reference)


def send(account: ProviderAccount, message: Message) -> Sent:
    """Encrypt for the browser and post to its service; 201 is its yes."""
    settings = accounts.settings_of(account, Settings)
    subscription = _subscription(message.address)
    body = _body(subscription, message)
    parts = urlsplit(subscription.endpoint)
    try:
        key = web_push.private_key(accounts.secret_of(account, Secret).private_key)
    except ValueError:
        raise Unreachable("the account's secret has no P-256 key") from None
    audience = f"{parts.scheme}://{parts.netloc}"
    headers = {
        "Authorization": web_push.vapid(key, audience, settings.subject, clock.now()),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(settings.ttl_seconds),
        "Urgency": _URGENCY.get(message.purpose, "normal"),
    }
    answer = calls.ask(outside.post_public, subscription.endpoint, headers, body)
    if answer.status in _GONE:
        raise AddressGone("the browser's subscription has ended")
    if answer.status in _DENIED:
        raise Unreachable(f"HTTP {answer.status}: the service does not know the sender's key")
    calls.check_status(answer)
    return Sent()


def _subscription(address: str) -> Subscription:
    try:
        return msgspec.json.decode(address, type=Subscription)
    except (msgspec.DecodeError, RecursionError):
        raise AddressGone("the user's address is no web push subscription") from None


def _body(subscription: Subscription, message: Message) -> bytes:
    """Return the encrypted payload. Raises Rejected: no keys of a browser, or too long."""
    content = message.content
    payload = Payload(
        title=content.title,
        body=content.body,
        tag=message.tracking_id,
        url=message.link or content.link,
        open_url=message.open_url,
        content_id=content.content_id,
    )
    sender = ec.generate_private_key(ec.SECP256R1())
    salt = os.urandom(web_push.SALT_BYTES)
    try:
        receiver = web_push.decoded(subscription.keys.p256dh)
        auth = web_push.decoded(subscription.keys.auth)
        return web_push.encrypt(msgspec.json.encode(payload), receiver, auth, sender, salt)
    except ValueError:
        raise Rejected("the subscription's keys are none, or the message is too long") from None
