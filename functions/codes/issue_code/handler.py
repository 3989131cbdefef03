"""POST /organizations/{organization_id}/codes: issue a live code (A2).

For the organisation, or for one of its members as the referrer; a member issues their own. The
code stays valid while what is behind it changes. One transaction of 1 to 3 items, 2 to 6 write
units and 1 of the index. Refuses: no-such-referrer.
"""

import msgspec

from sluice.codes.refusals import CodeTaken, NoSuchReferrer
from sluice.codes.rules.choice import Rule
from sluice.codes.store import issued
from sluice.organizations import access, rules
from sluice.shared import claims, errors, fields, http, ids
from sluice.shared.fields import Name, Time


class IssueCode(http.Body):
    """What the code is for and how it chooses a channel."""

    referrer_id: Name | None = None
    campaign_id: Name | None = None
    rule: Rule = Rule()
    expires_at: Time | None = None


class CodeIssued(http.View):
    """The code, the address it stands for and its image."""

    code: str
    url: str
    image_url: str


@http.operation(
    access.staff("POST /organizations/{organization_id}/codes", rules.OPERATOR, rules.MEMBER),
    body=IssueCode,
    answers={201: CodeIssued},
    refusals=(NoSuchReferrer, CodeTaken, claims.KeyReused),
    primes=(access.connect,),
)
def handler(call: http.Call[IssueCode, http.NoBody]) -> http.Answer:
    """Issue a code; the same Idempotency-Key gives the same code."""
    given = call.body
    if rules.OPERATOR not in call.caller.roles and given.referrer_id != call.caller.id:
        raise errors.Forbidden("A member issues codes for themselves: referrer_id is your own id.")
    if given.expires_at is not None:
        fields.check_future(given.expires_at, "expires_at", call.now)
    code, base = ids.new_code(), call.request.base_url
    view = CodeIssued(code=code, url=f"{base}/s/{code}", image_url=f"{base}/codes/{code}/image")
    try:
        issued.issue(
            call.organization_id,
            code=code,
            referrer_id=given.referrer_id,
            campaign_id=given.campaign_id,
            rule=given.rule,
            expires_at=given.expires_at,
            answer=msgspec.to_builtins(view),
            claim=call.claim,
            now=call.now,
        )
    except claims.AlreadyClaimed as claimed:
        if call.claim is None:
            raise
        view = msgspec.convert(call.claim.replay(claimed), CodeIssued)
    return http.Answer(201, view)
