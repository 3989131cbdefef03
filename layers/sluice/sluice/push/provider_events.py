"""What AWS tells of messages that went through it: by a topic's queue, or by a log (E3)."""

from typing import Any

import msgspec

from sluice.push import receipts
from sluice.push.providers import aws_sms, ses, sns_sms
from sluice.push.providers.tools.amazon import Told
from sluice.shared import clock, telemetry


class _Kind(msgspec.Struct):
    eventType: str = ""  # noqa: N815 - AWS's name
    mail: Any = None  # SES's events have one


def receive(body: str) -> None:
    """Settle what an event of SES or End User Messaging says of its message.

    Costs what a receipt with a tracking id does. What is no event of a message of ours is counted
    and left. Raises ValidationError: it is set aside.
    """
    raw = body.encode()
    found = _told(raw)
    if found is None:
        telemetry.note(receipt="not_ours")
        return
    receipts.receive(
        receipts.Incoming(found.organization_id, found.account_id, found.receipt, clock.now())
    )


def receive_line(line: str) -> None:
    """Settle what a line of SNS's delivery log says of a message: as `receive`, a query more.

    Raises ValidationError: it is set aside.
    """
    receipt = sns_sms.told(line.encode())
    receipts.receive_unnamed(receipt.message_id or "", receipt, clock.now())


def _told(raw: bytes) -> Told | None:
    kind = msgspec.json.decode(raw, type=_Kind)
    if kind.mail is not None:
        return ses.told(raw)
    return aws_sms.told(raw) if kind.eventType.startswith("TEXT_") else None
