"""POST /organizations/{organization_id}/provider-accounts/{account_id}/syncs: ask for one (A9).

The provider's channels are compared with ours, and with `customers` also who is in them. It runs
by itself; its report is read under its id. From then on the account is synced each hour, with its
customers each night. One transaction of 4 items (8 write units and 2 of the index), 5 with an
Idempotency-Key. Refuses: no-such-provider-account, sync-just-wanted.
"""

from sluice.codes.refusals import NoSuchProviderAccount, SyncJustWanted
from sluice.codes.store import syncs
from sluice.organizations import rules
from sluice.organizations.access import staff
from sluice.shared import claims, http


class RequestSync(http.Body):
    """What is compared beside the list of channels."""

    customers: bool = False


class SyncWanted(http.View):
    """The sync that was asked for."""

    sync_id: str


@http.operation(
    staff(
        "POST /organizations/{organization_id}/provider-accounts/{account_id}/syncs",
        rules.OPERATOR,
    ),
    body=RequestSync,
    answers={202: SyncWanted},
    refusals=(NoSuchProviderAccount, SyncJustWanted, claims.KeyReused),
)
def handler(call: http.Call[RequestSync, http.NoBody]) -> http.Answer:
    """Ask for a sync of the account in the path."""
    try:
        sync_id = syncs.want(
            call.organization_id,
            call.path["account_id"],
            call.now,
            cause=syncs.OPERATOR,
            customers=call.body.customers,
            claim=call.claim,
        )
    except claims.AlreadyClaimed as claimed:
        if call.claim is None:
            raise
        sync_id = call.claim.replay(claimed)
    return http.Answer(202, SyncWanted(sync_id=sync_id))
