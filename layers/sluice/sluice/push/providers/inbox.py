"""The inbox of the organisation's own app: pop-ups, splash screens, buttons (E1).

A message waits for 30 days to be fetched (`GET /inbox/{organization_id}`); the app reports that
it was delivered, seen or clicked. Nothing leaves us, so a message that is sent again is there once.
"""

from collections.abc import Mapping
from typing import Any

from sluice.organizations.tables import ProviderAccount
from sluice.push.providers import ANY_PURPOSE, Message, Receipt, ReceiptsBy, Reply, Sent
from sluice.push.recipient_tables import InboxMessage
from sluice.push.store import inbox
from sluice.shared.errors import Unauthenticated
from sluice.shared.http import Request

deduplicates = True  # by the key of the message's item
address_kind = None  # the app knows its users as we do
purposes = ANY_PURPOSE
receipts: ReceiptsBy = "none"  # the app reports by an operation of its own


def check_account(organization_id: str, settings: Mapping[str, Any], reference: str | None) -> None:
    """Take any settings: it needs none."""


def send(account: ProviderAccount, message: Message) -> Sent:
    """Put the message into the user's inbox, once."""
    content = message.content
    item = InboxMessage(
        tracking_id=message.tracking_id,
        account_id=account.account_id,
        display=message.display,
        title=content.title,
        body=content.body,
        link=message.link,
        content_id=content.content_id,
        at=message.begun_at,
    )
    inbox.put_message(message.organization_id, message.user_id, item)
    return Sent()


def authenticate(account: ProviderAccount, request: Request) -> None:  # noqa: ARG001 - protocol
    """Refuse: apps report by the user's own token, at /inbox. Raises Unauthenticated."""
    raise Unauthenticated("Apps report at /inbox/{organization_id}/events.")


def parse(account: ProviderAccount, request: Request) -> list[Receipt]:  # noqa: ARG001 - protocol
    """Return none: nobody gets this far."""
    return []


def reply(account: ProviderAccount, request: Request) -> Reply | None:  # noqa: ARG001 - protocol
    """Return None: nobody waits for it."""
    return None
