"""POST /organizations/{organization_id}/code-batches: issue many codes at once (A2).

So many for the organisation, or one for each referrer. The batch is stored first; what ends in the
middle goes on when the request is repeated under its Idempotency-Key, and no code is issued twice.
A read of the referrers (100 at a time), a transaction of 2 items, one for 45 codes each (2 write
units for a code, 1 of the index, 2 for a referrer checked), one of 1 item. Refuses:
no-such-referrer.
"""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from sluice.codes.refusals import BatchTaken, CodeTaken, NoSuchBatch, NoSuchReferrer
from sluice.codes.rules.choice import Rule
from sluice.codes.store import batches
from sluice.organizations import access, rules
from sluice.shared import claims, errors, fields, http, ids
from sluice.shared.fields import Name, Time


class IssueCodes(http.Body):
    """Either `count` or `referrer_ids`; what the codes are for and how they choose a channel."""

    count: Annotated[int, Meta(ge=1, le=batches.MAX_CODES)] | None = None
    referrer_ids: Annotated[list[Name], Meta(min_length=1, max_length=batches.MAX_CODES)] | None = (
        None
    )
    campaign_id: Name | None = None
    rule: Rule = Rule()
    expires_at: Time | None = None


class BatchIssued(http.View):
    """The batch; its codes are read with it."""

    batch_id: str
    count: int
    created_at: datetime


@http.operation(
    access.staff("POST /organizations/{organization_id}/code-batches", rules.OPERATOR),
    body=IssueCodes,
    answers={201: BatchIssued},
    refusals=(NoSuchReferrer, NoSuchBatch, BatchTaken, CodeTaken, claims.KeyReused),
)
def handler(call: http.Call[IssueCodes, http.NoBody]) -> http.Answer:
    """Issue a batch; the same Idempotency-Key goes on with the same batch."""
    wanted = _wanted(call.body, call.now)
    organization_id = call.organization_id
    batches.check_referrers(organization_id, wanted.referrer_ids)
    view = BatchIssued(batch_id=ids.sortable(call.now), count=wanted.count, created_at=call.now)
    answer = msgspec.to_builtins(view)
    try:
        batches.begin(
            organization_id, view.batch_id, wanted, answer=answer, claim=call.claim, now=call.now
        )
    except claims.AlreadyClaimed as claimed:
        if call.claim is None:
            raise
        view = msgspec.convert(call.claim.replay(claimed), BatchIssued)
    batches.fill(batches.read_batch(organization_id, view.batch_id))
    return http.Answer(201, view)


def _wanted(given: IssueCodes, now: datetime) -> batches.Wanted:
    if (given.count is None) == (given.referrer_ids is None):
        reason = "give one of count and referrer_ids"
        raise errors.Invalid(f"{reason}.", [("count", reason)])
    if given.expires_at is not None:
        fields.check_future(given.expires_at, "expires_at", now)
    referrers = given.referrer_ids or []
    count = given.count or len(referrers)
    return batches.Wanted(count, referrers, given.rule, given.campaign_id, given.expires_at)
