"""E-mail by Amazon SES: sent with tags that its events bring back.

Settings: `from`, a verified sender; `configuration_set`, whose events go to the topic of the
stack's output ProviderEventsTopicArn; `reply_to`. There is no secret: the functions' role may send.
"""

import html
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from sluice.organizations.tables import ProviderAccount
from sluice.push.providers import ANY_PURPOSE, Message, Receipt, ReceiptsBy, Sent
from sluice.push.providers.tools import accounts, amazon, silent
from sluice.push.providers.tools.amazon import Told
from sluice.shared import clock
from sluice.shared.clients import client

deduplicates = False
address_kind: str | None = "email"
purposes = ANY_PURPOSE
receipts: ReceiptsBy = "none"  # to the address: AWS's events come by a queue or a log
authenticate, parse, reply = silent.authenticate, silent.parse, silent.reply

_REFUSALS = frozenset({"BadRequestException", "MessageRejected", "ValidationException"})
_STATUS: dict[str, Literal["sent", "delivered", "seen", "clicked", "failed"]] = {
    "Send": "sent",
    "Delivery": "delivered",
    "Open": "seen",
    "Click": "clicked",
    "Bounce": "failed",
    "Complaint": "delivered",  # it arrived, and was unwanted
    "Reject": "failed",
    "Rendering Failure": "failed",
}
_UTF8 = "UTF-8"


class Settings(msgspec.Struct, frozen=True, rename={"sender": "from"}):
    """What an account is given."""

    sender: Annotated[
        str, Meta(pattern=r"^[^\r\n]{0,100}[^\s@]{1,64}@[A-Za-z0-9.-]{3,190}>?$(?!\n)")
    ]
    configuration_set: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$(?!\n)")]
    reply_to: Annotated[str, Meta(pattern=r"^[^\s@]{1,64}@[A-Za-z0-9.-]{3,190}$(?!\n)")] | None = (
        None
    )


class _Bounce(msgspec.Struct):
    bounceType: str = ""  # noqa: N815 - SES's name


class _Mail(msgspec.Struct):
    messageId: str = ""  # noqa: N815 - SES's name
    tags: dict[str, list[str]] = {}


class _When(msgspec.Struct):
    timestamp: datetime | None = None


class Event(msgspec.Struct):
    """What SES publishes."""

    eventType: str  # noqa: N815 - SES's name
    mail: _Mail
    bounce: _Bounce | None = None
    delivery: _When | None = None
    open: _When | None = None
    click: _When | None = None


def check_account(
    organization_id: str,  # noqa: ARG001 - the protocol's
    settings: Mapping[str, Any],
    reference: str | None,  # noqa: ARG001 - the functions' role may send
) -> None:
    """Check settings. Raises Invalid."""
    accounts.read_settings(settings, Settings)


def send(account: ProviderAccount, message: Message) -> Sent:
    """Send one message, once: the client does not repeat it."""
    settings = accounts.settings_of(account, Settings)
    given: dict[str, Any] = {
        "FromEmailAddress": settings.sender,
        "Destination": {"ToAddresses": [message.address]},
        "Content": {"Simple": _content(message)},
        "ConfigurationSetName": settings.configuration_set,
        "EmailTags": [
            {"Name": amazon.ORGANIZATION, "Value": _tag(message.organization_id)},
            {"Name": amazon.ACCOUNT, "Value": _tag(message.account_id)},
            {"Name": amazon.TRACKING, "Value": message.tracking_id},
        ],
    }
    if settings.reply_to:
        given["ReplyToAddresses"] = [settings.reply_to]
    mail = client("sesv2", attempts=1)
    return Sent(amazon.ask(mail.send_email, _REFUSALS, **given).get("MessageId"))


def told(raw: bytes) -> Told | None:
    """Read an event; None where it says nothing of a message of ours. Raises ValidationError."""
    event = msgspec.json.decode(raw, type=Event)
    tags = {name: values[0] for name, values in event.mail.tags.items() if values}
    named = [tags.get(name) for name in (amazon.ORGANIZATION, amazon.ACCOUNT, amazon.TRACKING)]
    status = _STATUS.get(event.eventType)
    if status is None or not all(named):
        return None
    organization_id, account_id, tracking_id = (name or "" for name in named)
    receipt = Receipt(
        status=status,
        tracking_id=tracking_id,
        message_id=event.mail.messageId or None,
        at=_at(event),
        suppress=_suppress(event),
    )
    return Told(_untag(organization_id), _untag(account_id), receipt)


def _suppress(event: Event) -> Literal["address", "marketing"] | None:
    if event.eventType == "Complaint":
        return "marketing"
    return "address" if event.bounce and event.bounce.bounceType == "Permanent" else None


def _at(event: Event) -> datetime | None:
    found = event.click or event.open or event.delivery
    if found is None or found.timestamp is None or found.timestamp.tzinfo is None:
        return None
    return found.timestamp if found.timestamp <= clock.now() else None


def _content(message: Message) -> dict[str, Any]:
    content = message.content
    link = message.link or content.link
    lines = [content.body, *([link] if link else [])]
    if message.unsubscribe_url:
        lines.append(message.unsubscribe_url)
    found: dict[str, Any] = {
        "Subject": {"Data": " ".join(content.title.split()), "Charset": _UTF8},
        "Body": {
            "Text": {"Data": "\n\n".join(lines), "Charset": _UTF8},
            "Html": {"Data": _html(message, link), "Charset": _UTF8},
        },
    }
    if message.unsubscribe_url:  # RFC 2369, and one click by RFC 8058
        found["Headers"] = [
            {"Name": "List-Unsubscribe", "Value": f"<{message.unsubscribe_url}>"},
            {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
        ]
    return found


def _html(message: Message, link: str | None) -> str:
    content = message.content
    language = html.escape(content.locale or "")
    paragraphs = "".join(
        f"<p>{html.escape(part).replace(chr(10), '<br>')}</p>"
        for part in content.body.split("\n\n")
    )
    parts = [f'<!doctype html><html lang="{language}"><meta charset="utf-8"><body>']
    parts += [f"<h1>{html.escape(content.title)}</h1>", paragraphs]
    if link:
        parts.append(f'<p><a href="{html.escape(link)}">{html.escape(content.title)}</a></p>')
    if message.unsubscribe_url:
        address = html.escape(message.unsubscribe_url)
        parts.append(f'<p><small><a href="{address}">{address}</a></small></p>')
    if message.open_url:
        parts.append(f'<img src="{html.escape(message.open_url)}" width="1" height="1" alt="">')
    return "".join([*parts, "</body></html>"])


def _tag(name: str) -> str:
    """Return a name as a tag may hold it: letters, digits, `_` and `-` only."""
    return name.replace("_", "_u").replace(":", "_c").replace(".", "_d")


def _untag(tag: str) -> str:
    return tag.replace("_d", ".").replace("_c", ":").replace("_u", "_")
