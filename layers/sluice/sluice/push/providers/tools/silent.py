"""The half of an adapter whose provider says nothing after it took a message."""

from sluice.organizations.tables import ProviderAccount
from sluice.push.providers import Receipt, Reply
from sluice.shared.errors import Unauthenticated
from sluice.shared.http import Request


def authenticate(account: ProviderAccount, request: Request) -> None:  # noqa: ARG001 - protocol
    """Refuse: this provider sends no receipts. Raises Unauthenticated."""
    raise Unauthenticated("This provider sends no receipts.")


def parse(account: ProviderAccount, request: Request) -> list[Receipt]:  # noqa: ARG001 - protocol
    """Return none."""
    return []


def reply(account: ProviderAccount, request: Request) -> Reply | None:  # noqa: ARG001 - protocol
    """Return None: there is nothing to answer."""
    return None
