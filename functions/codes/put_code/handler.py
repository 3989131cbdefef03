"""PUT /organizations/{organization_id}/codes/{code_id}: change what is behind a live code (A2).

Its rule, campaign and expiry; what is left out is set to its default, and the printed image stays
right. Functions that remember the code follow within 5 s. A member changes codes of their own. One
transaction of 1 item (2 write units and 1 of the index), then a read. Refuses: no-such-code,
code-of-campaign, code-gone (retired).
"""

from sluice.codes.refusals import CodeGone, CodeOfCampaign, NoSuchCode
from sluice.codes.rules.choice import Rule
from sluice.codes.store import issued
from sluice.codes.views import codes as code_views
from sluice.organizations import access, rules
from sluice.shared import fields, http
from sluice.shared.fields import Name, Time


class PutCode(http.Body):
    """What may change of a code; whom it is for may not."""

    rule: Rule = Rule()
    campaign_id: Name | None = None
    expires_at: Time | None = None


@http.operation(
    access.staff(
        "PUT /organizations/{organization_id}/codes/{code_id}", rules.OPERATOR, rules.MEMBER
    ),
    body=PutCode,
    answers={200: code_views.CodeView},
    refusals=(NoSuchCode, CodeOfCampaign, CodeGone),
)
def handler(call: http.Call[PutCode, http.NoBody]) -> http.Answer:
    """Change the code in the path."""
    given = call.body
    if given.expires_at is not None:
        fields.check_future(given.expires_at, "expires_at", call.now)
    wanted = issued.Wanted(
        rule=given.rule, campaign_id=given.campaign_id, expires_at=given.expires_at
    )
    owner_id = access.owner(call.caller)
    issued.change_code(call.organization_id, call.path["code_id"], wanted, owner_id)
    found = issued.read_own(call.organization_id, call.path["code_id"], owner_id)
    return http.Answer(200, code_views.of_code(found, call.request.base_url, call.now))
