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
    limits: dict[str, int] | None = None
    problem: str | None = None


class ListedAccount(http.View):
    """An account in the list."""

    account_id: str
    type: str
    problem: str | None = None


class AccountPage(http.View):
    """Some of the accounts, by id; the sandbox only where it was put."""

    items: list[ListedAccount]
    next_cursor: str | None = None


def listed(found: ProviderAccount) -> ListedAccount:
    """Return a line of the list."""
    return ListedAccount(account_id=found.account_id, type=found.type, problem=found.problem)


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
        limits=found.limits,
        problem=found.problem,
    )
