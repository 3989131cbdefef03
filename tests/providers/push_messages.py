"""A message and an account to send it with, for the tests of push adapters."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sluice.organizations.tables import ProviderAccount
from sluice.push.providers import Message
from sluice.push.rules.contents import Content
from sluice.shared import clock
from sluice.shared.http import Request

TRACKING_ID = "4h7k9m2p5r8t0w3y"
MESSAGE = Message(
    organization_id="acme",
    account_id="the-account",
    channel="the-channel",
    user_id="u-7",
    tracking_id=TRACKING_ID,
    content=Content("Spring tea", "The first leaves are in.", content_id="spring-tea"),
    begun_at=datetime(2026, 3, 5, 8, tzinfo=UTC),
    purpose="service",
    link="https://s.example.com/l/4h7k9m2p5r8t0w3y",
)


def message(**given: Any) -> Message:
    """Return the message, with what is given instead."""
    return replace(MESSAGE, **given)


def account(account_type: str, reference: str | None = None, **settings: Any) -> ProviderAccount:
    """Return an account of a type."""
    return ProviderAccount(
        organization_id="acme",
        item="provider#the-account",
        account_id="the-account",
        type=account_type,
        settings=settings,
        secret_reference=reference,
    )


def request(
    raw: bytes, headers: dict[str, str] | None = None, query: dict[str, str] | None = None
) -> Request:
    """Return a provider's call to the account's receipts address."""
    path = {"organization_id": "acme", "provider_account_id": "the-account"}
    event = {"queryStringParameters": query, "requestContext": {}}
    return Request(event, path, headers or {}, raw, clock.now())
