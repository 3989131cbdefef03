"""GET /organizations/{organization_id}/accounts/{account_id}/recount: its entries added up again.

Counts the entries of one currency again, at most 5,000 in a call, and from `cursor` on the rest;
where none is left, `result` says what came of it: equal, different, or moved (the balance changed
meanwhile: count again). Reads the balance of each part before and after, and queries its entries:
an owner has one part, a system account such as programme:referral 16. Writes nothing: what is
different is for people to look into. Refuses: invalid-request.
"""

from typing import Annotated

from msgspec import Meta

from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.rewards import rules
from sluice.rewards.rules import recounts
from sluice.rewards.store import recounting
from sluice.shared import http, telemetry
from sluice.shared.fields import Currency


class Asked(http.Body):
    """Which currency, and from where on."""

    currency: Currency
    cursor: Annotated[str, Meta(max_length=recounting.MAX_CURSOR)] | None = None


class SumsView(http.View):
    """In minor units; `owed_minor` above zero is the owner's debt."""

    balance_minor: int
    pending_minor: int
    owed_minor: int


class RecountView(http.View):
    """Of the parts that are done, what was counted and what their balances say."""

    account_id: str
    currency: str
    result: recounts.Result
    entries: int
    counted: SumsView
    kept: SumsView
    next_cursor: str | None = None


@http.operation(
    access.staff("GET /organizations/{organization_id}/accounts/{account_id}/recount", OPERATOR),
    query=Asked,
    answers={200: RecountView},
)
def handler(call: http.Call[http.NoBody, Asked]) -> http.Answer:
    """Count the account in the path again."""
    account_id, currency = call.path["account_id"], call.query.currency
    so_far, following = recounting.recount(
        call.organization_id, account_id, currency, call.query.cursor
    )
    result = recounts.result_of(so_far, len(rules.shards_of(account_id)))
    telemetry.note(result=result, different=so_far.different)
    counted, kept = (
        SumsView(balance_minor=sums.held, pending_minor=sums.pending, owed_minor=-sums.owed)
        for sums in (so_far.counted, so_far.kept)
    )
    return http.Answer(
        200,
        RecountView(
            account_id=account_id,
            currency=currency,
            result=result,
            entries=so_far.entries,
            counted=counted,
            kept=kept,
            next_cursor=following,
        ),
    )
