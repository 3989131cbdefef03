"""Receipts in our own form, signed as Standard Webhooks says with a provider account's key."""

from typing import Literal

from sluice.organizations import access
from sluice.organizations.tables import ProviderAccount
from sluice.push.providers import Receipt
from sluice.shared import clock, fields, signing, wire
from sluice.shared.http import Request


class WireReceipt(Receipt, kw_only=True):
    """A receipt as it comes."""

    type: Literal["receipt"]


def authenticate(account: ProviderAccount, request: Request) -> None:
    """Check the Standard Webhooks signature with the account's key. Raises Unauthenticated."""
    keys = access.provider_keys(request.path["organization_id"], account.account_id)
    signing.verify_webhook(request.headers, request.raw, keys)


def parse(request: Request) -> list[Receipt]:
    """Read one receipt. Raises Invalid, naming the field."""
    received = wire.parse(request.raw, WireReceipt)
    if received.at is not None:
        fields.check_past(received.at, "at", clock.now())
    return [Receipt(**{name: getattr(received, name) for name in Receipt.__struct_fields__})]
