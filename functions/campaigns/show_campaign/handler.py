"""GET /c/{token}: a member's page of a campaign, by their personal link (B2).

With material to pass on, until the campaign's end; by the other path their performance (B7). HTML,
or JSON for who accepts only that. Who has the link is the member: no cache keeps it, and no page
that it leads to is told its address. 4 reads, and for the page one more of up to 25 salespeople;
for performance 3 requests, and what the order of all takes unless it is known from the last 15
seconds. Refuses: not-found (no such link, or the member was removed).
"""

from sluice.campaigns import detail_views, performance_views
from sluice.campaigns.detail_views import DetailView, Shown
from sluice.campaigns.pages import detail as detail_page
from sluice.campaigns.pages import performance as performance_page
from sluice.campaigns.performance_views import PerformanceView, Wanted
from sluice.campaigns.store import campaigns, participations, performance
from sluice.organizations import listing
from sluice.organizations import store as organizations
from sluice.shared import errors, http
from sluice.shared.pages import Page

_PERFORMANCE = "/c/{token}/performance"


@http.operation(
    http.anyone("GET /c/{token}"),
    http.anyone(f"GET {_PERFORMANCE}"),
    answers={200: (DetailView, PerformanceView, "text/html")},
    refusals=(errors.NotFound,),
)
def handler(call: http.Call[http.NoBody, http.NoBody]) -> http.Answer:
    """Show the page in the path."""
    shown = _shown(call.path["token"])
    accept = call.request.headers.get("accept", "")
    languages = call.request.headers.get("accept-language", "") or shown.organization.locale
    view: DetailView | PerformanceView
    page: Page
    if call.request.event["resource"] == _PERFORMANCE:
        wanted = Wanted()
        days = performance_views.days_in(wanted, shown.campaign, call.now)
        found = performance.of_one(shown.campaign, shown.member, days, wanted.neighbours)
        view = performance_views.performance_view(found)
        page = performance_page.render(shown, view, languages)
    else:
        salespeople = shown.campaign.definition.salespeople
        names = listing.names_of(shown.campaign.organization_id, salespeople)
        view = detail_views.detail_view(shown, names, call.request.base_url, call.now)
        page = detail_page.render(shown, view, languages)
    headers = {"Vary": "Accept, Accept-Language"}
    if "application/json" in accept and "text/html" not in accept:
        return http.Answer(200, view, headers=headers | {"Referrer-Policy": "no-referrer"})
    return http.Answer(200, page.html, "text/html; charset=utf-8", headers | page.headers)


def _shown(token: str) -> Shown:
    """Return whose page this is. Raises NotFound."""
    link = participations.find_link(token)
    if link is not None:
        names = link.organization_id, link.campaign_id
        campaign = campaigns.find(*names)
        member = participations.find(*names, link.member_id)
        if campaign is not None and member is not None and participations.is_there(member):
            organization = organizations.find_organization(link.organization_id)
            return Shown(campaign, member, organization)
    raise errors.NotFound("There is no such page.")
