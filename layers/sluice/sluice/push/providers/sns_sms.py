"""SMS by Amazon SNS: known again by its message id, in the log that SNS writes of deliveries.

Settings: `sender_id`, where the country allows one; `max_price_usd`, such as "0.50". There is no
secret: the functions' role may send. Receipts need the delivery log (docs/push-providers.md).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from sluice.organizations.tables import ProviderAccount
from sluice.push.inputs import PriceBody
from sluice.push.providers import ANY_PURPOSE, Message, Receipt, ReceiptsBy, Sent
from sluice.push.providers.tools import accounts, amazon, silent, texts
from sluice.push.tables import UNNAMED
from sluice.shared import clock
from sluice.shared.clients import client

deduplicates = False
address_kind: str | None = "phone"
purposes = ANY_PURPOSE
receipts: ReceiptsBy = "none"  # to the address: AWS's events come by a queue or a log
authenticate, parse, reply = silent.authenticate, silent.parse, silent.reply

_REFUSALS = frozenset({"InvalidParameter", "InvalidParameterValue", "ValidationException"})


class Settings(msgspec.Struct, frozen=True):
    """What an account is given."""

    sender_id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9]{1,11}$(?!\n)")] | None = None
    max_price_usd: Annotated[str, Meta(pattern=r"^[0-9]{0,2}\.[0-9]{1,5}$(?!\n)")] | None = None


class _Notification(msgspec.Struct):
    messageId: Annotated[str, Meta(min_length=1, max_length=200)]  # noqa: N815 - SNS's name
    timestamp: str = ""


class _Delivery(msgspec.Struct):
    priceInUSD: Annotated[float, Meta(ge=0, le=1000)] | None = None  # noqa: N815 - SNS's name


class Line(msgspec.Struct):
    """A line of the delivery log."""

    notification: _Notification
    status: str
    delivery: _Delivery = msgspec.field(default_factory=_Delivery)


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
    marketing = message.purpose == "marketing"
    attributes = {"AWS.SNS.SMS.SMSType": "Promotional" if marketing else "Transactional"}
    if settings.sender_id is not None:
        attributes["AWS.SNS.SMS.SenderID"] = settings.sender_id
    if settings.max_price_usd is not None:
        attributes["AWS.SNS.SMS.MaxPrice"] = settings.max_price_usd
    answer = amazon.ask(
        client("sns", attempts=1).publish,
        _REFUSALS,
        PhoneNumber=message.address,
        Message=texts.short(message),
        MessageAttributes={
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
        },
    )
    return Sent(f"{UNNAMED}{answer['MessageId']}" if answer.get("MessageId") else None)


def told(line: bytes) -> Receipt:
    """Read a line of the delivery log. Raises ValidationError."""
    found = msgspec.json.decode(line, type=Line)
    dollars = found.delivery.priceInUSD
    return Receipt(
        status="delivered" if found.status == "SUCCESS" else "failed",
        message_id=f"{UNNAMED}{found.notification.messageId}",
        price=None
        if dollars is None
        else PriceBody(amount_micros=round(dollars * 1_000_000), currency="USD"),
        at=_at(found.notification.timestamp),
    )


def _at(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return None
    return moment if moment <= clock.now() else None
