"""Provider accounts as operations show them."""

from typing import Any

from sluice.organizations.tables import ProviderAccount
from sluice.shared import http


class AccountShown(http.View):
    """The account; its secret stays in Secrets Manager."""

    account_id: str
    type: str
    callback_url: str
    settings: dict[str, Any] | None = None
    secret_reference: str | None = None
    problem: str | None = None


def of_account(
    organization_id: str, found: ProviderAccount, account_id: str, base_url: str
) -> AccountShown:
    """Show an account, with where its provider calls back."""
    return AccountShown(
        account_id=account_id,
        type=found.type,
        callback_url=f"{base_url}/callbacks/{organization_id}/{account_id}",
        settings=found.settings,
        secret_reference=found.secret_reference,
        problem=found.problem,
    )
