"""GET /organizations/{organization_id}/campaigns: campaigns by id (B1).

Members get those that they are a salesperson of, by its list or as a customer's whom they had
before, and no drafts (B4). Or one of them, by the path, as it is now or was in a version. By the
paths below a member those they are in, the newest invitation first with what they brought, or one
of these as their personal page shows it (B2, B7): members get their own with that page's address,
operators anybody's without. A query, and for a salesperson's a request and a query for each that
does not name them, or a read; of a member's a query and 3 requests, or 3 reads and a request. A
page that asks for a status, a state or a salesperson may hold fewer than its limit. Refuses:
no-such-campaign, forbidden, not-found (who is not in it).
"""

from typing import Annotated

from msgspec import Meta

from sluice.campaigns import campaign_views, own_views
from sluice.campaigns.campaign_views import CampaignPage, CampaignView
from sluice.campaigns.own_views import OwnCampaignPage, OwnDetailView, Whose
from sluice.campaigns.refusals import NoSuchCampaign
from sluice.campaigns.rules.campaigns import State, Status
from sluice.campaigns.store import campaigns
from sluice.organizations import access
from sluice.organizations.rules import MEMBER, OPERATOR
from sluice.shared import errors, http
from sluice.shared.fields import Name
from sluice.shared.paging import Page

_LIST = "/organizations/{organization_id}/campaigns"
_OWN = "/organizations/{organization_id}/members/{member_id}/campaigns"


class ReadCampaigns(Page):
    """Which page of the list, or which version of a campaign; of a member's, in which state."""

    status: Status | None = None
    state: State | None = None
    salesperson_id: Name | None = None
    version: Annotated[int, Meta(ge=1, le=10**9 - 1)] | None = None


type Called = http.Call[http.NoBody, ReadCampaigns]


@http.operation(
    access.staff(f"GET {_LIST}", OPERATOR, MEMBER),
    access.staff(f"GET {_LIST}/{{campaign_id}}", OPERATOR),
    access.staff(f"GET {_OWN}", OPERATOR, MEMBER),
    access.staff(f"GET {_OWN}/{{campaign_id}}", OPERATOR, MEMBER),
    query=ReadCampaigns,
    answers={200: (CampaignPage, CampaignView, OwnCampaignPage, OwnDetailView)},
    refusals=(NoSuchCampaign, errors.NotFound),
)
def handler(call: Called) -> http.Answer:
    """Show the campaign in the path, or a page of them; to a member what is theirs."""
    query, owner = call.query, access.owner(call.caller)
    campaign_id, member_id = call.path.get("campaign_id"), call.path.get("member_id")
    if owner is not None and not {member_id, query.salesperson_id} <= {None, owner}:
        raise errors.Forbidden("These are somebody else's campaigns.")
    if member_id is not None:
        is_own, base_url = member_id == call.caller.id, call.request.base_url
        whose = Whose(call.organization_id, member_id, is_own, base_url, call.now)
        if campaign_id is None:
            return http.Answer(200, own_views.own_page(whose, query, query.state))
        return http.Answer(200, own_views.own_detail(whose, campaign_id))
    if campaign_id is None:
        named = query.status, owner or query.salesperson_id
        page = campaign_views.page(call.organization_id, query, *named, with_drafts=owner is None)
        return http.Answer(200, page)
    found = campaigns.find(call.organization_id, campaign_id, query.version)
    if found is None:
        raise NoSuchCampaign
    return http.Answer(200, campaign_views.view_of(found))
