"""PUT /organizations/{organization_id}/campaigns/{campaign_id}: a campaign's next version (B1).

Published, its members get a code, a personal link and a notice within a minute, and are told of
each later version. 4 reads; one transaction: for each KiB of the campaign 2 write units, 4 from the
publishing on, a check of each salesperson, an event; 16 more where budget or hold period change.
Refuses: forbidden, invalid-request, not-found (no such organisation), no-such-salesperson,
campaign-fixed, changed-meanwhile.
"""

import re

from sluice.campaigns import campaign_views
from sluice.campaigns.campaign_views import CampaignView, PutCampaign
from sluice.campaigns.refusals import CampaignFixed, NoSuchSalesperson
from sluice.campaigns.rules.campaigns import CAMPAIGN_ID
from sluice.campaigns.store import publishing
from sluice.organizations import access
from sluice.organizations.rules import OPERATOR
from sluice.shared import errors, http
from sluice.shared.preconditions import ChangedMeanwhile


@http.operation(
    access.staff("PUT /organizations/{organization_id}/campaigns/{campaign_id}", OPERATOR),
    body=PutCampaign,
    answers={200: CampaignView},
    refusals=(errors.NotFound, NoSuchSalesperson, CampaignFixed, ChangedMeanwhile),
)
def handler(call: http.Call[PutCampaign, http.NoBody]) -> http.Answer:
    """Store the campaign in the path."""
    campaign_id = call.path["campaign_id"]
    if not re.fullmatch(CAMPAIGN_ID, campaign_id):
        raise errors.Invalid("No id of a campaign.", [("campaign_id", "not in the expected form")])
    wanted = campaign_views.definition_of(call.body)
    stored = publishing.put(
        call.organization_id,
        campaign_id,
        wanted,
        call.request.base_url,
        call.now,
        expected=call.expected,
    )
    return http.Answer(200, campaign_views.view_of(stored))
