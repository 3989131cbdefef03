"""Providers of the channel side (A7): each verifies its callbacks and says how to get in touch.

A provider is a module with `verify` and `contact`; the account's type names it.
"""

from typing import Any, Protocol

from sluice.codes.providers import sandbox
from sluice.codes.rules.choice import Candidate
from sluice.organizations import store
from sluice.shared.claims import Claim
from sluice.shared.errors import NotFound, Unauthenticated
from sluice.shared.http import Caller, Door, Request


class Provider(Protocol):
    """What the rest asks of a provider."""

    def verify(self, request: Request, organization_id: str, account_id: str) -> None:
        """Check that the provider sent this. Raises Unauthenticated."""

    def contact(self, channel: Candidate, assignment_id: str) -> dict[str, Any]:
        """Return what a customer needs to get in touch with the channel."""


PROVIDERS: dict[str, Provider] = {"sandbox": sandbox}


def callback(route: str) -> Door:
    """Declare a route that a provider account calls, in the provider's own scheme."""

    def authenticate(request: Request) -> tuple[Caller, bytes, Claim | None]:
        organization_id = request.path["organization_id"]
        account_id = request.path["provider_account_id"]
        try:
            provider = PROVIDERS[store.find_provider_account(organization_id, account_id).type]
        except (NotFound, KeyError):  # strangers do not learn which accounts there are
            raise Unauthenticated("No provider account of that name sends callbacks.") from None
        provider.verify(request, organization_id, account_id)
        return Caller("provider", account_id), request.raw, None

    return Door(route, "provider", authenticate)
