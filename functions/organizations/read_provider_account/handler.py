"""GET /organizations/{organization_id}/provider-accounts/{account_id}: an account and its problem.

The problem is what the provider last said is wrong with how it is set up, until a sync of the
account ends well or the account is put again. One read. Refuses: not-found.
"""

from sluice.organizations import account_views, rules, store
from sluice.organizations.access import staff
from sluice.shared import http


@http.operation(
    staff("GET /organizations/{organization_id}/provider-accounts/{account_id}", rules.OPERATOR),
    answers={200: account_views.AccountShown},
)
def handler(call: http.Call[http.NoBody, http.NoBody]) -> http.Answer:
    """Show the account in the path."""
    account_id = call.path["account_id"]
    found = store.find_provider_account(call.organization_id, account_id)
    view = account_views.of_account(call.organization_id, found, account_id, call.request.base_url)
    return http.Answer(200, view)
