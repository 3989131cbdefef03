"""POST /organizations/{organization_id}/payouts/{payout_id}/results: what the bank paid, what not.

For an owner (all their rows) or one row: `paid` moves the money to what was paid out, `failed`
gives the rewards back to wait for the next batch. Each row once, whole; told again, a result
changes nothing; another result than the row's is told as its `problem`. A read, a query for each
result, and for each row a read of at most 25 rewards and a transaction of at most 80 items. After
20 seconds it stops and tells how many results are `remaining`: they are sent again. Refuses:
not-found, payout-cannot (the batch is not ready).
"""

import time
from typing import Annotated, Literal

from msgspec import Meta, convert

from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.rewards import rules
from sluice.rewards.refusals import PayoutCannot
from sluice.rewards.rules import payouts as ordering
from sluice.rewards.store import settling
from sluice.shared import http, telemetry
from sluice.shared.fields import Name

BUDGET_SECONDS = 20  # of a function's 29: an owner's rows that were begun end in time


class ResultBody(http.Body):
    """What became of an owner's rows, or of one of them; the reason is of a failure."""

    owner_id: Name
    state: Literal["paid", "failed"]
    row: Annotated[int, Meta(ge=1, le=ordering.MAX_OWNER_ROWS)] | None = None
    reason: Annotated[str, Meta(pattern=rules.REASON)] = "not-said"


class SettlePayout(http.Body):
    """The results, at most 100."""

    results: Annotated[tuple[ResultBody, ...], Meta(min_length=1, max_length=ordering.MAX_RESULTS)]


class SettledRow(http.View):
    """A row as it is now; `problem` where that is not what the result says."""

    owner_id: str
    row: int | None
    state: str | None
    amount_minor: int
    problem: str | None = None


class SettledRows(http.View):
    """The rows of the results that were come to, and how many were not."""

    items: list[SettledRow]
    remaining: int = 0


@http.operation(
    access.staff("POST /organizations/{organization_id}/payouts/{payout_id}/results", OPERATOR),
    body=SettlePayout,
    answers={200: SettledRows},
    refusals=(PayoutCannot,),
)
def handler(call: http.Call[SettlePayout, http.NoBody]) -> http.Answer:
    """Carry out the results in the body."""
    payout_id = call.path["payout_id"]
    settled, remaining = settling.settle(
        call.organization_id,
        payout_id,
        convert(call.body.results, list[settling.Result], from_attributes=True),
        by=call.caller.id,
        now=call.now,
        until=time.monotonic() + BUDGET_SECONDS,
    )
    telemetry.note(payout_id=payout_id, settled=len(settled), remaining=remaining)
    items = convert(settled, list[SettledRow], from_attributes=True)
    return http.Answer(200, SettledRows(items=items, remaining=remaining))
