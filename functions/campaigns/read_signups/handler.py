"""GET /organizations/{organization_id}/campaigns/{campaign_id}/signups: a page of signups (B6).

Operators see all, by customer, or a salesperson's; members those that are their own as a
salesperson, the newest first. `outcome` keeps those of this feedback, `none` those without; then a
page may be short, even empty, and the cursor leads on. As CSV, for operators, the cursor is in
`X-Next-Cursor`. A read of the campaign, one query of 500 items at most, a batch read for each 100
seats and answers. Refuses: no-such-campaign, forbidden.
"""

from typing import Annotated, Literal

from msgspec import Meta

from sluice.campaigns import signup_views as views
from sluice.campaigns.refusals import NoSuchCampaign
from sluice.campaigns.store import campaigns, listing
from sluice.campaigns.store.listing import Wanted
from sluice.organizations import access
from sluice.organizations.rules import MEMBER, OPERATOR
from sluice.shared import errors, http, sheets
from sluice.shared.fields import Name

ROUTE = "GET /organizations/{organization_id}/campaigns/{campaign_id}/signups"


class ListSignups(http.Body):
    """Which signups, and which page."""

    salesperson_id: Name | None = None
    outcome: Literal["took-part", "did-not", "cancelled", "none"] | None = None
    format: Literal["json", "csv"] = "json"
    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, Meta(max_length=200)] = ""


@http.operation(
    access.staff(ROUTE, OPERATOR, MEMBER),
    query=ListSignups,
    answers={200: (views.SignupPage, sheets.MEDIA_TYPE)},
    refusals=(NoSuchCampaign,),
)
def handler(call: http.Call[http.NoBody, ListSignups]) -> http.Answer:
    """List the signups of the campaign in the path."""
    asked, owner = call.query, access.owner(call.caller)
    if owner is not None and (asked.format == "csv" or asked.salesperson_id not in {None, owner}):
        raise errors.Forbidden("A member sees the signups of their own.")
    organization_id, campaign_id = call.organization_id, call.path["campaign_id"]
    campaign = campaigns.load(organization_id, campaign_id)
    wanted = Wanted(asked.limit, asked.cursor, asked.salesperson_id or owner, asked.outcome)
    found, following = listing.page(organization_id, campaign_id, wanted)
    if asked.format == "csv":
        headers = {sheets.NEXT_CURSOR: following} if following else {}
        text = views.sheet(found, campaign.definition.form)
        return http.Answer(200, text, sheets.MEDIA_TYPE, headers)
    items = [views.of_listed(each) for each in found]
    form = list(campaign.definition.form)
    return http.Answer(200, views.SignupPage(items=items, form=form, next_cursor=following))
