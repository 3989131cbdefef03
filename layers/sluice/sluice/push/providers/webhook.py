"""Any system that takes a signed call: Standard Webhooks both ways, with the account's key.

A message is posted to the account's setting `url`. The receiver knows a `webhook-id` again, as
Standard Webhooks asks, so a repeated send shows the message once; the id is the tracking id. Its
receipts have the form of the sandbox's. The address is public and over TLS, and not redirected.
"""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from sluice.organizations import access
from sluice.organizations.tables import ProviderAccount
from sluice.push.providers import (
    ANY_PURPOSE,
    Message,
    Receipt,
    ReceiptsBy,
    Reply,
    Sent,
)
from sluice.push.providers.tools import accounts, calls, signed
from sluice.shared import clock, outside, signing
from sluice.shared.fields import WebUrl
from sluice.shared.http import Request

deduplicates = True  # by `webhook-id`: part of what the receiver has to do
address_kind: str | None = None  # the receiver knows its users by our ids
purposes = ANY_PURPOSE
receipts: ReceiptsBy = "signed"


class Settings(msgspec.Struct, frozen=True):
    """Where messages go."""

    url: WebUrl


class Outgoing(msgspec.Struct, omit_defaults=True):
    """A message as the receiver reads it."""

    type: str
    tracking_id: str
    organization_id: str
    account_id: str
    channel: str
    purpose: str
    user_id: str
    title: str
    body: str
    link: str | None = None
    content_id: str | None = None
    open_url: str | None = None
    unsubscribe_url: str | None = None
    display: str | None = None


class _Taken(msgspec.Struct):
    message_id: Annotated[str, Meta(min_length=1, max_length=256)] | None = None


def check_account(
    organization_id: str,  # noqa: ARG001 - the protocol's
    settings: Mapping[str, Any],
    reference: str | None,  # noqa: ARG001 - its key is derived
) -> None:
    """Check that there is an address. Raises Invalid."""
    accounts.read_settings(settings, Settings)


def send(account: ProviderAccount, message: Message) -> Sent:
    """Post the message, signed. The receiver may answer its own `message_id` as JSON."""
    url = accounts.settings_of(account, Settings).url
    body = msgspec.json.encode(_outgoing(message))
    key = access.provider_key(message.organization_id, account.account_id)
    headers = signing.sign_webhook(key, message.tracking_id, clock.now(), body)
    headers["Content-Type"] = "application/json"
    answer = calls.ask(outside.post_public, url, headers, body)
    calls.check_status(answer)
    try:
        return Sent(msgspec.json.decode(answer.body, type=_Taken).message_id)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Sent()


def authenticate(account: ProviderAccount, request: Request) -> None:
    """Check the Standard Webhooks signature with the account's key. Raises Unauthenticated."""
    signed.authenticate(account, request)


def parse(account: ProviderAccount, request: Request) -> list[Receipt]:  # noqa: ARG001 - protocol
    """Read one receipt. Raises Invalid, naming the field."""
    return signed.parse(request)


def reply(account: ProviderAccount, request: Request) -> Reply | None:  # noqa: ARG001 - protocol
    """Return None: any 2xx will do."""
    return None


def _outgoing(message: Message) -> Outgoing:
    content = message.content
    return Outgoing(
        type="message",
        tracking_id=message.tracking_id,
        organization_id=message.organization_id,
        account_id=message.account_id,
        channel=message.channel,
        purpose=message.purpose,
        user_id=message.user_id,
        title=content.title,
        body=content.body,
        link=message.link or content.link,
        content_id=content.content_id,
        open_url=message.open_url,
        unsubscribe_url=message.unsubscribe_url,
        display=message.display,
    )
