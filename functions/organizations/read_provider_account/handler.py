"""GET /organizations/{organization_id}/provider-accounts/{account_id}: an account and its problem.

The problem is what the provider last said is wrong with how it is set up, until a sync of the
account ends well or the account is put again. One read. Refuses: not-found.
"""

from typing import Any

from sluice.organizations import rules, store
from sluice.organizations.access import staff
from sluice.shared import http


class AccountShown(http.View):
    """The account; its secret stays in Secrets Manager."""

    account_id: str
    type: str
    callback_url: str
    settings: dict[str, Any] | None = None
    secret_reference: str | None = None
    problem: str | None = None


@http.operation(
    staff("GET /organizations/{organization_id}/provider-accounts/{account_id}", rules.OPERATOR),
    answers={200: AccountShown},
)
def handler(call: http.Call[http.NoBody, http.NoBody]) -> http.Answer:
    """Show the account in the path."""
    account_id = call.path["account_id"]
    found = store.find_provider_account(call.organization_id, account_id)
    view = AccountShown(
        account_id=account_id,
        type=found.type,
        callback_url=f"{call.request.base_url}/callbacks/{call.organization_id}/{account_id}",
        settings=found.settings,
        secret_reference=found.secret_reference,
        problem=found.problem,
    )
    return http.Answer(200, view)
