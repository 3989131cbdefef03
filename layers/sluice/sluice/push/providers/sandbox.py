"""The sandbox: a provider without an account. It delivers into a table and answers receipts.

What it answers is the account's setting `script`, a map to a word of SCRIPTS, looked up by
`user/channel`, `user`, `channel`, then `*`; without one: `deliver`. The setting
`receipt_price_micros` (with `receipt_currency`) puts a price on receipts. A message that is sent
again is delivered once; its receipts may come twice, as other providers' do.
"""

import contextlib
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec

from sluice.organizations.tables import ProviderAccount
from sluice.push.inputs import PriceBody
from sluice.push.providers import (
    ANY_PURPOSE,
    MAX_ECHO,
    Message,
    Receipt,
    ReceiptsBy,
    Rejected,
    Reply,
    Sent,
    Unknown,
    Unreachable,
)
from sluice.push.providers.tools import signed
from sluice.push.refusals import MessageDelivered
from sluice.push.tables import SandboxMessage
from sluice.shared import clock, ids, settings
from sluice.shared.clients import client
from sluice.shared.guard import Transaction
from sluice.shared.http import Request
from sluice.shared.table import Moment

deduplicates = True  # by the key of the message's item
address_kind: str | None = None
purposes = ANY_PURPOSE
receipts: ReceiptsBy = "signed"

SCRIPTS = {
    "accept",  # takes the message and never answers
    "reject",
    "no_answer",  # takes the message and does not say so
    "sent",
    "deliver",
    "seen",
    "click",
    "fail",  # takes the message, then says that it was not received
    "duplicate",  # the same receipt twice
    "by_message",  # a receipt with the message id only
    "no_id",  # a receipt with the user only
    "failed_no_id",
    "wrong_id",  # a receipt with a tracking id that is nobody's
}  # and late:<seconds>, down:<seconds> (then it delivers), up to 900
MAX_DELAY_SECONDS = 900  # of a message in SQS
KEPT = timedelta(days=30)
MAX_LISTED = 100
_LATE = re.compile(r"late:(\d{1,3})\Z")
_DOWN = re.compile(r"down:(\d{1,3})\Z")
_STATUS = {"sent": "sent", "seen": "seen", "click": "clicked", "fail": "failed"}
_moment = Moment()


class Delivery(msgspec.Struct):
    """A receipt on its way, in the queue."""

    organization_id: str
    account_id: str
    receipt: Receipt


def check_account(
    organization_id: str,
    settings: Mapping[str, Any],
    reference: str | None,
) -> None:
    """Take any settings: a script that there is not rejects what is sent."""


def send(account: ProviderAccount, message: Message) -> Sent:
    """Put the message in the user's table, once, and queue the receipts that the script names."""
    script = _script(account, message)
    late, down = _LATE.match(script), _DOWN.match(script)
    timed = late or down
    if script not in SCRIPTS and not (timed and int(timed[1]) <= MAX_DELAY_SECONDS):
        raise Rejected(f"the sandbox knows no script {script!r}")
    if script == "reject":
        raise Rejected("the sandbox was told to reject")
    if down and clock.now() < message.begun_at + timedelta(seconds=int(down[1])):
        raise Unreachable("the sandbox was told to be down")
    _deliver(message, script)
    if script == "no_answer":
        raise Unknown("the sandbox was told not to answer")
    message_id = f"sandbox-{message.tracking_id}"
    for receipt in _receipts(account, message, message_id, script):
        _queue(Delivery(message.organization_id, message.account_id, receipt), late)
    return Sent(message_id)


def authenticate(account: ProviderAccount, request: Request) -> None:
    """Check the Standard Webhooks signature with the account's key. Raises Unauthenticated."""
    signed.authenticate(account, request)


def parse(account: ProviderAccount, request: Request) -> list[Receipt]:  # noqa: ARG001 - protocol
    """Read one receipt. Raises Invalid, naming the field."""
    return signed.parse(request)


def answer_echo(account: ProviderAccount, request: Request) -> Reply:
    """Return the query's `echostr`, signed as receipts are. Raises Unauthenticated."""
    authenticate(account, request)
    query = request.event.get("queryStringParameters") or {}
    return Reply(text=str(query.get("echostr", ""))[:MAX_ECHO], content_type="text/plain")


def reply(account: ProviderAccount, request: Request) -> Reply | None:  # noqa: ARG001 - protocol
    """Return None: any 2xx will do."""
    return None


def delivered(organization_id: str, user_id: str, limit: int) -> list[SandboxMessage]:
    """Return a user's latest messages, newest first, at most 100: one query."""
    found = SandboxMessage.query(
        ids.key(organization_id, user_id),
        scan_index_forward=False,
        limit=min(limit, MAX_LISTED),
    )
    return list(found)


def _script(account: ProviderAccount, message: Message) -> str:
    script: dict[str, str] = (account.settings or {}).get("script") or {}
    places = (f"{message.user_id}/{message.channel}", message.user_id, message.channel, "*")
    return next((str(script[place]) for place in places if place in script), "deliver")


def _deliver(message: Message, script: str) -> None:
    """Put the message, unless it is there: the sandbox knows a tracking id again."""
    content = message.content
    item = SandboxMessage(
        ids.key(message.organization_id, message.user_id),
        ids.key(_moment.serialize(message.begun_at), message.tracking_id),
        account_id=message.account_id,
        channel=message.channel,
        tracking_id=message.tracking_id,
        title=content.title,
        body=content.body,
        link=message.link,
        unsubscribe_url=message.unsubscribe_url,
        content_id=content.content_id,
        script=script,
        at=message.begun_at,
        expires=message.begun_at + KEPT,
    )
    transaction = Transaction()
    transaction.put(item, SandboxMessage.key.does_not_exist(), MessageDelivered())
    with contextlib.suppress(MessageDelivered):
        transaction.commit()


def _receipts(
    account: ProviderAccount, message: Message, message_id: str, script: str
) -> list[Receipt]:
    if script == "accept":
        return []
    found = account.settings or {}
    micros, currency = found.get("receipt_price_micros"), found.get("receipt_currency", "USD")
    price = None if micros is None else PriceBody(amount_micros=micros, currency=currency)
    status: Any = "failed" if script == "failed_no_id" else _STATUS.get(script, "delivered")
    receipt = Receipt(status=status, user_id=message.user_id, price=price, at=message.begun_at)
    if script == "by_message":
        receipt.message_id = message_id
    elif script == "wrong_id":
        receipt.tracking_id = "nobody-knows-this"
        receipt.user_id = None
    elif script not in {"no_id", "failed_no_id"}:
        receipt.tracking_id, receipt.message_id = message.tracking_id, message_id
    return [receipt] * (2 if script == "duplicate" else 1)


def _queue(delivery: Delivery, late: re.Match[str] | None) -> None:
    client("sqs").send_message(
        QueueUrl=settings.text("SANDBOX_QUEUE_URL"),
        MessageBody=msgspec.json.encode(delivery).decode(),
        DelaySeconds=int(late[1]) if late else 0,
    )
