"""The sandbox: behaves like a messaging provider without an account anywhere."""

from typing import Any

from sluice.codes.rules.choice import Candidate
from sluice.organizations import access
from sluice.shared import signing
from sluice.shared.http import Request


def verify(request: Request, organization_id: str, account_id: str) -> None:
    """Check the Standard Webhooks signature by the account's key. Raises Unauthenticated."""
    keys = access.provider_keys(organization_id, account_id)
    signing.verify_webhook(request.headers, request.raw, keys)


def contact(channel: Candidate, assignment_id: str) -> dict[str, Any]:
    """Return the reference to add and the state that comes back in the callback."""
    return {"reference": channel.provider_ref, "state": assignment_id}
