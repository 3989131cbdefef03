"""SMS by AWS End User Messaging: sent with a context that its events bring back, with the price.

Settings: `origination_identity`, a phone number, sender id or pool; `configuration_set`, whose
events go to the topic of the stack's output ProviderEventsTopicArn; `max_price_usd`, such as
"0.50". There is no secret: the functions' role may send.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from sluice.organizations.tables import ProviderAccount
from sluice.push.inputs import PriceBody
from sluice.push.providers import ANY_PURPOSE, Message, Receipt, ReceiptsBy, Sent
from sluice.push.providers.tools import accounts, amazon, silent, texts
from sluice.push.providers.tools.amazon import Told
from sluice.shared import clock
from sluice.shared.clients import client

deduplicates = False
address_kind: str | None = "phone"
purposes = ANY_PURPOSE
receipts: ReceiptsBy = "none"  # to the address: AWS's events come by a queue or a log
authenticate, parse, reply = silent.authenticate, silent.parse, silent.reply

# A ConflictException is a number that has opted out.
_REFUSALS = frozenset({"ConflictException", "ValidationException"})
_STATUS: dict[str, Literal["sent", "delivered", "failed"]] = {
    "TEXT_SENT": "sent",
    "TEXT_SUCCESSFUL": "sent",  # the carrier has it
    "TEXT_DELIVERED": "delivered",
    "TEXT_BLOCKED": "failed",
    "TEXT_CARRIER_BLOCKED": "failed",
    "TEXT_CARRIER_UNREACHABLE": "failed",
    "TEXT_INVALID": "failed",
    "TEXT_INVALID_MESSAGE": "failed",
    "TEXT_PROTECT_BLOCKED": "failed",
    "TEXT_SPAM": "failed",
    "TEXT_TTL_EXPIRED": "failed",
    "TEXT_UNREACHABLE": "failed",
}  # queued, pending and unknown say nothing
_NO_NUMBER = "TEXT_INVALID"


class Settings(msgspec.Struct, frozen=True):
    """What an account is given."""

    origination_identity: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_:/+-]{1,256}$(?!\n)")]
    configuration_set: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_:/-]{1,256}$(?!\n)")]
    max_price_usd: Annotated[str, Meta(pattern=r"^[0-9]{0,2}\.[0-9]{1,5}$(?!\n)")] | None = None


class Event(msgspec.Struct):
    """What End User Messaging publishes."""

    eventType: str  # noqa: N815 - AWS's name
    messageId: str = ""  # noqa: N815 - AWS's name
    eventTimestamp: int | None = None  # noqa: N815 - AWS's name; milliseconds
    context: dict[str, str] = {}
    totalMessagePrice: Annotated[float, Meta(ge=0, le=1000)] | None = None  # noqa: N815
    totalCarrierFee: Annotated[float, Meta(ge=0, le=1000)] | None = None  # noqa: N815


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
    given: dict[str, Any] = {
        "DestinationPhoneNumber": message.address,
        "OriginationIdentity": settings.origination_identity,
        "MessageBody": texts.short(message),
        "MessageType": "PROMOTIONAL" if marketing else "TRANSACTIONAL",
        "ConfigurationSetName": settings.configuration_set,
        "Context": {
            amazon.ORGANIZATION: message.organization_id,
            amazon.ACCOUNT: message.account_id,
            amazon.TRACKING: message.tracking_id,
        },
    }
    if settings.max_price_usd is not None:
        given["MaxPrice"] = settings.max_price_usd
    sms = client("pinpoint-sms-voice-v2", attempts=1)
    return Sent(amazon.ask(sms.send_text_message, _REFUSALS, **given).get("MessageId"))


def told(raw: bytes) -> Told | None:
    """Read an event; None where it says nothing of a message of ours. Raises ValidationError."""
    event = msgspec.json.decode(raw, type=Event)
    status, context = _STATUS.get(event.eventType), event.context
    named = [context.get(name) for name in (amazon.ORGANIZATION, amazon.ACCOUNT, amazon.TRACKING)]
    if status is None or not all(named):
        return None
    organization_id, account_id, tracking_id = (name or "" for name in named)
    receipt = Receipt(
        status=status,
        tracking_id=tracking_id,
        message_id=event.messageId or None,
        price=_price(event),
        at=_at(event.eventTimestamp),
        suppress="address" if event.eventType == _NO_NUMBER else None,
    )
    return Told(organization_id, account_id, receipt)


def _price(event: Event) -> PriceBody | None:
    if event.totalMessagePrice is None:
        return None
    dollars = event.totalMessagePrice + (event.totalCarrierFee or 0)
    return PriceBody(amount_micros=round(dollars * 1_000_000), currency="USD")


def _at(milliseconds: int | None) -> datetime | None:
    try:
        moment = datetime.fromtimestamp((milliseconds or 0) / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None
    return moment if milliseconds and moment <= clock.now() else None
