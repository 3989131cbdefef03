"""GET /organizations/{organization_id}/campaigns/{campaign_id}/performance: of all members (B7).

By the other path of one: figures against targets, day by day (31 days up to today or the
campaign's end unless `from` and `to` say others, at most 92), the rank and who is next to it. A
member reads their own, an operator everybody's. As CSV the members, or the one's days; the cursor
of the next page is in `X-Next-Cursor`. Of all: a query and a request for each 100 members, with a
read; of one: 4 reads and queries, and what the order of all takes unless it is known from the last
15 seconds. Refuses: forbidden, no-such-campaign, not-found (who was never in it).
"""

from sluice.campaigns import performance_views as views
from sluice.campaigns.performance_views import CampaignPerformanceView, PerformanceView, Wanted
from sluice.campaigns.refusals import NoSuchCampaign
from sluice.campaigns.store import campaigns, participations, performance
from sluice.organizations import access
from sluice.organizations.rules import MEMBER, OPERATOR
from sluice.shared import errors, http, sheets

_ALL = "/organizations/{organization_id}/campaigns/{campaign_id}/performance"


@http.operation(
    access.staff(f"GET {_ALL}", OPERATOR),
    access.staff(f"GET {_ALL}/{{member_id}}", OPERATOR, MEMBER),
    query=Wanted,
    answers={200: (CampaignPerformanceView, PerformanceView, sheets.MEDIA_TYPE)},
    refusals=(NoSuchCampaign, errors.NotFound),
)
def handler(call: http.Call[http.NoBody, Wanted]) -> http.Answer:
    """Show a page of members, or one."""
    member_id, query = call.path.get("member_id"), call.query
    if member_id is not None and access.owner(call.caller) not in {None, member_id}:
        raise errors.Forbidden("This is somebody else's performance.")
    campaign = campaigns.load(call.organization_id, call.path["campaign_id"])
    if member_id is None:
        every = performance.of_everybody(call.organization_id, campaign.campaign_id)
        page = views.page(campaign, every, query)
        if query.format == "json":
            return http.Answer(200, page)
        headers = {sheets.NEXT_CURSOR: page.next_cursor} if page.next_cursor else {}
        return http.Answer(200, views.sheet(page), sheets.MEDIA_TYPE, headers)
    found = participations.find(call.organization_id, campaign.campaign_id, member_id)
    if found is None:
        raise errors.NotFound("This member is not in the campaign.")
    days = views.days_in(query, campaign, call.now)
    shown = views.performance_view(performance.of_one(campaign, found, days, query.neighbours))
    if query.format == "json":
        return http.Answer(200, shown)
    return http.Answer(200, views.day_sheet(shown), sheets.MEDIA_TYPE)
